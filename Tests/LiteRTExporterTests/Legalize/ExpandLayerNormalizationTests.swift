import Testing

/// Layer normalisation by means and a root.
@Suite struct ExpandLayerNormalizationTests {
  @Test func byMeansAndARoot() throws {
    try RoundTrip.expectSame(
      """
      graph main(%x: f32[1,4,6,6]) -> (%y) {
        %s = const f32[6] random(1)
        %b = const f32[6] random(2)
        %y = LayerNormalization(%x, %s, %b)
      }
      """)
  }

  @Test func overSeveralAxesWithoutABias() throws {
    try RoundTrip.expectSame(
      """
      graph main(%x: f32[1,4,6,6]) -> (%y) {
        %s = const f32[6,6] random(1)
        %y = LayerNormalization(%x, %s) {axis: 2}
      }
      """)
  }

  @Test func aUsedMeanStays() throws {
    let text = """
      graph main(%x: f32[1,4,6,6]) -> (%y, %m) {
        %s = const f32[6] random(1)
        %y, %m = LayerNormalization(%x, %s)
      }
      """
    #expect(try RoundTrip.refused(text).contains("LayerNormalization"))
  }
}
