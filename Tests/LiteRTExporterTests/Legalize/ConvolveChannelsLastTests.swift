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

  /// Where sizes are computed when the model runs, the file says how many channels there are.
  @Test func channelsAreKnownWhereNoOtherSizeIs() throws {
    try RoundTrip.expectSame(
      """
      graph main(%v: f32[1,1], %s: i64[2]) -> (%y) {
        %a = const i64[1] [1] %w = const f32[4,1,1] random(1)
        %m = Add(%s, %a) %x = Expand(%v, %m) %u = Unsqueeze(%x, %a) %y = Conv(%u, %w)
      }
      """)
  }
}
