import Testing

/// Sums of something as a sum.
@Suite struct ExpandReductionTests {
  @Test func magnitudes() throws {
    try RoundTrip.expectSame(
      """
      graph main(%x: f32[1,4,6,6]) -> (%y) {
        %a = const i64[2] [0, -1]
        %y = ReduceL1(%x, %a)
      }
      """)
  }

  @Test func squares() throws {
    try RoundTrip.expectSame(
      """
      graph main(%x: f32[1,4,6,6]) -> (%y) {
        %a = const i64[2] [0, -1]
        %y = ReduceSumSquare(%x, %a)
      }
      """)
  }

  @Test func exponentials() throws {
    try RoundTrip.expectSame(
      """
      graph main(%x: f32[1,4,6,6]) -> (%y) {
        %a = const i64[1] [1]
        %y = ReduceLogSumExp(%x, %a)
      }
      """)
  }

  @Test func exponentialsOverAnAxisThatGoes() throws {
    try RoundTrip.expectSame(
      """
      graph main(%x: f32[1,4,6,6]) -> (%y) {
        %a = const i64[1] [1]
        %y = ReduceLogSumExp(%x, %a) {keepdims: 0}
      }
      """)
  }
}
