import Testing

/// The error function by a product of polynomials and an exponential.
@Suite struct ApproximateErfTests {
  @Test func isWithinTheTolerance() throws {
    try RoundTrip.expectSame(
      """
      graph main(%x: f32[1,4,6,6]) -> (%y) {
        %y = Erf(%x)
      }
      """)
  }

  @Test func otherElementsStay() throws {
    let text = """
      graph main(%x: f64[3]) -> (%y) {
        %y = Erf(%x)
      }
      """
    #expect(try RoundTrip.refused(text).contains("Erf"))
  }
}
