import Testing

@Suite struct SqueezeTests {
  /// With one row, its axis would go as well, whatever rank the model states.
  @Test func axesThatGoByOpenSizesAreRefused() throws {
    #expect(try RoundTrip.refused("graph main(%x: f32[N,1]) -> (%y) { %y = Squeeze(%x) }").contains("Squeeze"))
  }

  @Test func axesThatAreNamedGo() throws {
    try RoundTrip.expectSame("graph main(%x: f32[n,1]) -> (%y) { %a = const i64[1] [1] %y = Squeeze(%x, %a) }")
  }
}
