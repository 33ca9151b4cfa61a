import Testing

/// Elements without kernels are computed as others that hold all their numbers.
@Suite struct ComputeInWiderElementsTests {
  @Test func bytesWrapAround() throws {
    try RoundTrip.expectSame(
      "graph main(%x: u8[4]) -> (%y) { %k = const u8[4] [250, 251, 252, 253] %y = Add(%x, %k) }", steps: ["CAST", "ADD", "CAST"])
  }

  @Test func truthValuesStay() throws {
    try RoundTrip.expectSame("graph main(%x: i8[4], %z: i8[4]) -> (%y) { %y = Less(%x, %z) }", steps: ["CAST", "CAST", "LESS"])
  }

  @Test func halvesAreRoundedAtTheEnd() throws {
    try RoundTrip.expectSame(
      "graph main(%x: f16[4]) -> (%y) { %e = Exp(%x) %r = Relu(%e) %y = Sqrt(%r) }", steps: ["CAST", "EXP", "RELU", "SQRT", "CAST"])
  }

  @Test func anExponentIsOfTheBasesType() throws {
    try RoundTrip.expectSame("graph main(%x: f32[4]) -> (%y) { %k = const i64 3 %y = Pow(%x, %k) }", steps: ["POW"])
  }

  @Test func whatIsOnlyMovedStays() throws {
    try RoundTrip.expectSame("graph main(%x: f16[4,2]) -> (%y) { %y = Transpose(%x) }", steps: ["TRANSPOSE"])
  }

  @Test(arguments: ["u64", "f64"]) func noWiderElementsMeansRefusal(_ element: String) throws {
    #expect(try RoundTrip.refused("graph main(%x: \(element)[3]) -> (%y) { %y = Add(%x, %x) }").count == 1)
  }
}
