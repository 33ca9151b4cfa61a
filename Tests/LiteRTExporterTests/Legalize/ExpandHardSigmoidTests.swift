import Testing

/// A clipped line.
@Suite struct ExpandHardSigmoidTests {
  @Test func isAClippedLine() throws {
    try RoundTrip.expectSame(
      """
      graph main(%x: f32[1,4,6,6]) -> (%y) {
        %y = HardSigmoid(%x) {alpha: 0.3, beta: 0.4}
      }
      """)
  }
}
