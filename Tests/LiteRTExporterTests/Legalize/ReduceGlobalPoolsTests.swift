import Testing

/// Pools over everything are reductions.
@Suite struct ReduceGlobalPoolsTests {
  @Test func means() throws {
    try RoundTrip.expectSame(
      """
      graph main(%x: f32[1,4,6,6]) -> (%y) {
        %y = GlobalAveragePool(%x)
      }
      """, steps: ["MEAN"])
  }

  @Test func maxima() throws {
    try RoundTrip.expectSame(
      """
      graph main(%x: f32[1,4,6,6]) -> (%y) {
        %y = GlobalMaxPool(%x)
      }
      """, steps: ["REDUCE_MAX"])
  }
}
