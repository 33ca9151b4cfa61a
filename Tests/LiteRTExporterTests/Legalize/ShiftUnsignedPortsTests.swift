import Testing

/// Signed bytes within a model whose ports have unsigned ones.
@Suite struct ShiftUnsignedPortsTests {
  private func steps(_ text: String) throws -> [String] { try RoundTrip.codes(text).filter { $0 != "TRANSPOSE" } }

  @Test func productsOfUnsignedInputsAreComputedWithIntegers() throws {
    let text = """
      graph main(%x: u8[3,2]) -> (%y) {
        %s = const f32 0.05
        %z = const u8 100
        %w = const i8[2,2] [10, -20, 30, 40]
        %ws = const f32 0.01
        %xr = DequantizeLinear(%x, %s, %z) {axis: 0}
        %wr = DequantizeLinear(%w, %ws)
        %c = Gemm(%xr, %wr) {transB: 1}
        %y = QuantizeLinear(%c, %s, %z) {axis: 0}
      }
      """
    #expect(try steps(text) == ["QUANTIZE", "FULLY_CONNECTED", "QUANTIZE"])
    try RoundTrip.expectSame(text)
  }

  @Test func signedBytesWithinAreReachedInOneStep() throws {
    let text = """
      graph main(%x: u8[3,2]) -> (%y) {
        %s = const f32 0.05
        %z = const u8 128
        %n = const i8 0
        %w = const i8[2,2] [10, -20, 30, 40]
        %ws = const f32 0.01
        %xr = DequantizeLinear(%x, %s, %z)
        %q = QuantizeLinear(%xr, %s, %n)
        %qr = DequantizeLinear(%q, %s, %n)
        %wr = DequantizeLinear(%w, %ws)
        %c = Gemm(%qr, %wr) {transB: 1}
        %y = QuantizeLinear(%c, %s, %n)
      }
      """
    #expect(try steps(text) == ["QUANTIZE", "FULLY_CONNECTED"])
    try RoundTrip.expectSame(text)
  }

  @Test func whatIsComputedInRealNumbersIsOnlyDequantised() throws {
    let text = """
      graph main(%x: u8[3,2]) -> (%y) {
        %s = const f32 0.05
        %z = const u8 100
        %r = DequantizeLinear(%x, %s, %z)
        %y = Neg(%r)
      }
      """
    #expect(try steps(text) == ["DEQUANTIZE", "NEG"])
    try RoundTrip.expectSame(text)
  }

  @Test func anotherScaleTakesRealNumbersInBetween() throws {
    let text = """
      graph main(%x: u8[3,2]) -> (%y) {
        %s = const f32 0.05
        %t = const f32 0.07
        %z = const u8 128
        %n = const i8 0
        %r = DequantizeLinear(%x, %s, %z)
        %y = QuantizeLinear(%r, %t, %n)
      }
      """
    #expect(try steps(text) == ["DEQUANTIZE", "QUANTIZE"])
    try RoundTrip.expectSame(text)
  }
}
