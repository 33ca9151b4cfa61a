import Testing

/// Resizes as the format has them.
@Suite struct ResizeChannelsLastTests {
  @Test func halfPixels() throws {
    try RoundTrip.expectSame(
      """
      graph main(%x: f32[1,4,6,6]) -> (%y) {
        %s = const f32[4] [1.0, 1.0, 2.0, 2.0]
        %y = Resize(%x, _, %s) {mode: "linear"}
      }
      """, steps: ["TRANSPOSE", "RESIZE_BILINEAR", "TRANSPOSE"])
  }

  @Test func nearestOnes() throws {
    try RoundTrip.expectSame(
      """
      graph main(%x: f32[1,4,6,6]) -> (%y) {
        %s = const f32[4] [1.0, 1.0, 2.0, 3.0]
        %y = Resize(%x, _, %s) {mode: "nearest", coordinate_transformation_mode: "asymmetric", nearest_mode: "floor"}
      }
      """)
  }

  @Test func cubesStay() throws {
    let text = """
      graph main(%x: f32[1,4,6,6]) -> (%y) {
        %s = const f32[4] [1.0, 1.0, 2.0, 2.0]
        %y = Resize(%x, _, %s) {mode: "cubic"}
      }
      """
    #expect(try RoundTrip.refused(text).contains("Resize"))
  }

  @Test func channelsStay() throws {
    let text = """
      graph main(%x: f32[1,4,6,6]) -> (%y) {
        %s = const f32[4] [1.0, 2.0, 2.0, 2.0]
        %y = Resize(%x, _, %s) {mode: "linear"}
      }
      """
    #expect(try RoundTrip.refused(text).contains("Resize"))
  }

  @Test func smoothingStays() throws {
    let text = """
      graph main(%x: f32[1,4,6,6]) -> (%y) {
        %s = const f32[4] [1.0, 1.0, 0.5, 0.5]
        %y = Resize(%x, _, %s) {mode: "linear", antialias: 1}
      }
      """
    #expect(try RoundTrip.refused(text).contains("Resize"))
  }
}
