import Testing

/// Convolutions as the format has them.
@Suite struct ConvolveChannelsLastTests {
  @Test func groupsOfOneChannelAreDepthwise() throws {
    try RoundTrip.expectSame(
      """
      graph main(%x: f32[1,4,6,6]) -> (%y) {
        %w = const f32[4,1,3,3] random(1)
        %y = Conv(%x, %w) {group: 4}
      }
      """, steps: ["TRANSPOSE", "DEPTHWISE_CONV_2D", "TRANSPOSE"])
  }

  @Test func oneAxis() throws {
    try RoundTrip.expectSame(
      """
      graph main(%x: f32[1,4,9]) -> (%y) {
        %w = const f32[5,4,3] random(1)
        %y = Conv(%x, %w) {dilations: [2], pads: [1, 0]}
      }
      """)
  }

  @Test func threeAxes() throws {
    try RoundTrip.expectSame(
      """
      graph main(%x: f32[1,4,4,5,4]) -> (%y) {
        %w = const f32[5,4,2,3,2] random(1)
        %y = Conv(%x, %w)
      }
      """)
  }

  @Test func groupsOverThreeAxesStay() throws {
    let text = """
      graph main(%x: f32[1,4,4,5,4]) -> (%y) {
        %w = const f32[4,2,2,3,2] random(1)
        %y = Conv(%x, %w) {group: 2}
      }
      """
    #expect(try RoundTrip.refused(text).contains("Conv"))
  }
}
