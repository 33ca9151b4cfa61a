import Testing

/// A normalisation across neighbouring channels.
@Suite struct NormalizeNeighboursChannelsLastTests {
  @Test func countsThemFromTheMiddle() throws {
    try RoundTrip.expectSame(
      """
      graph main(%x: f32[1,7,3,3]) -> (%y) {
        %y = LRN(%x) {alpha: 0.3, beta: 0.6, bias: 2.0, size: 5}
      }
      """, steps: ["TRANSPOSE", "LOCAL_RESPONSE_NORMALIZATION", "TRANSPOSE"])
  }

  @Test func anEvenNumberHasNoMiddle() throws {
    let text = """
      graph main(%x: f32[1,4,6,6]) -> (%y) {
        %y = LRN(%x) {size: 4}
      }
      """
    #expect(try RoundTrip.refused(text).contains("LRN"))
  }

  @Test func otherRanksStay() throws {
    let text = """
      graph main(%x: f32[1,7,3]) -> (%y) {
        %y = LRN(%x) {size: 3}
      }
      """
    #expect(try RoundTrip.refused(text).contains("LRN"))
  }
}
