import Testing

/// Pools as the format has them.
@Suite struct PoolChannelsLastTests {
  @Test func aMaximumOverPadding() throws {
    try RoundTrip.expectSame(
      """
      graph main(%x: f32[1,4,6,6]) -> (%y) {
        %y = MaxPool(%x) {kernel_shape: [3, 3], pads: [1, 0, 1, 1]}
      }
      """)
  }

  @Test func anAverageThatDoesNotCountPadding() throws {
    try RoundTrip.expectSame(
      """
      graph main(%x: f32[1,2,7,7]) -> (%y) {
        %y = AveragePool(%x) {kernel_shape: [3, 3], pads: [1, 1, 1, 1], strides: [2, 2]}
      }
      """)
  }

  @Test func oneAxis() throws {
    try RoundTrip.expectSame(
      """
      graph main(%x: f32[1,4,8]) -> (%y) {
        %y = MaxPool(%x) {kernel_shape: [2], strides: [2]}
      }
      """)
  }

  @Test func threeAxesStay() throws {
    let text = """
      graph main(%x: f32[1,4,4,4,4]) -> (%y) {
        %y = MaxPool(%x) {kernel_shape: [2, 2, 2]}
      }
      """
    #expect(try RoundTrip.refused(text).contains("MaxPool"))
  }

  @Test func usedPositionsStay() throws {
    let text = """
      graph main(%x: f32[1,4,6,6]) -> (%y, %i) {
        %y, %i = MaxPool(%x) {kernel_shape: [2, 2]}
      }
      """
    #expect(try RoundTrip.refused(text).contains("MaxPool"))
  }

  @Test func dilatedWindowsStay() throws {
    let text = """
      graph main(%x: f32[1,4,6,6]) -> (%y) {
        %y = MaxPool(%x) {kernel_shape: [2, 2], dilations: [2, 2]}
      }
      """
    #expect(try RoundTrip.refused(text).contains("MaxPool"))
  }
}
