import Testing

/// A batch normalisation at inference is a product and a sum.
@Suite struct ScaleAndShiftChannelsTests {
  @Test func isAProductAndASum() throws {
    try RoundTrip.expectSame(
      """
      graph main(%x: f32[1,4,6,6]) -> (%y) {
        %s = const f32[4] random(1)
        %b = const f32[4] random(2)
        %m = const f32[4] random(3)
        %v = const f32[4] [1.0, 2.0, 0.5, 3.0]
        %y = BatchNormalization(%x, %s, %b, %m, %v)
      }
      """, steps: ["MUL", "ADD"])
  }

  @Test func parametersThatAreComputedStay() throws {
    let text = """
      graph main(%x: f32[1,4,6,6], %s: f32[4]) -> (%y) {
        %b = const f32[4] random(2)
        %m = const f32[4] random(3)
        %v = const f32[4] [1.0, 2.0, 0.5, 3.0]
        %y = BatchNormalization(%x, %s, %b, %m, %v)
      }
      """
    #expect(try RoundTrip.refused(text).contains("BatchNormalization"))
  }

  @Test func trainingStays() throws {
    let text = """
      graph main(%x: f32[1,4,6,6]) -> (%y) {
        %s = const f32[4] random(1)
        %v = const f32[4] [1.0, 2.0, 0.5, 3.0]
        %y, %a, %c = BatchNormalization(%x, %s, %s, %s, %v) {training_mode: 1}
      }
      """
    #expect(try RoundTrip.refused(text).contains("BatchNormalization"))
  }
}
