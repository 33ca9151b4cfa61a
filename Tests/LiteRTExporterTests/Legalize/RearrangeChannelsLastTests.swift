import Testing

/// Channels spread over space, or gathered from it.
@Suite struct RearrangeChannelsLastTests {
  @Test func toSpace() throws {
    try RoundTrip.expectSame(
      """
      graph main(%x: f32[1,4,6,6]) -> (%y) {
        %y = DepthToSpace(%x) {blocksize: 2}
      }
      """, steps: ["TRANSPOSE", "DEPTH_TO_SPACE", "TRANSPOSE"])
  }

  @Test func toDepth() throws {
    try RoundTrip.expectSame(
      """
      graph main(%x: f32[1,4,6,6]) -> (%y) {
        %y = SpaceToDepth(%x) {blocksize: 2}
      }
      """, steps: ["TRANSPOSE", "SPACE_TO_DEPTH", "TRANSPOSE"])
  }

  @Test func anotherOrderStays() throws {
    let text = """
      graph main(%x: f32[1,4,6,6]) -> (%y) {
        %y = DepthToSpace(%x) {blocksize: 2, mode: "CRD"}
      }
      """
    #expect(try RoundTrip.refused(text).contains("DepthToSpace"))
  }
}
