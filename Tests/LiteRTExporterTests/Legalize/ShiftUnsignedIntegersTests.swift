import Testing

/// Integers from -128 on in the place of those from 0 on.
@Suite struct ShiftUnsignedIntegersTests {
  private func steps(_ text: String) throws -> [String] { try RoundTrip.codes(text).filter { $0 != "TRANSPOSE" } }

  @Test func productsOfUnsignedIntegersAreComputedWithIntegers() throws {
    let text = """
      graph main(%x: f32[3,2]) -> (%y) {
        %s = const f32 0.05
        %z = const u8 100
        %w = const u8[2,2] [138, 108, 158, 168]
        %ws = const f32 0.01
        %wz = const u8 128
        %xq = QuantizeLinear(%x, %s, %z)
        %xr = DequantizeLinear(%xq, %s, %z)
        %wr = DequantizeLinear(%w, %ws, %wz)
        %c = Gemm(%xr, %wr) {transB: 1}
        %cq = QuantizeLinear(%c, %s, %z)
        %y = DequantizeLinear(%cq, %s, %z)
      }
      """
    #expect(try steps(text) == ["QUANTIZE", "FULLY_CONNECTED", "DEQUANTIZE"])
    try RoundTrip.expectSame(text)
  }

  @Test func integersAreMovedBetween() throws {
    let text = """
      graph main(%x: f32[1,4,4,2]) -> (%y) {
        %s = const f32 0.05
        %z = const u8 100
        %a = const i64[2] [1, 32]
        %q = QuantizeLinear(%x, %s, %z)
        %m = Reshape(%q, %a)
        %d = DequantizeLinear(%m, %s, %z)
        %w = const i8[3,32] random(1)
        %ws = const f32 0.01
        %wr = DequantizeLinear(%w, %ws)
        %c = Gemm(%d, %wr) {transB: 1}
        %cq = QuantizeLinear(%c, %s, %z)
        %y = DequantizeLinear(%cq, %s, %z)
      }
      """
    #expect(try steps(text) == ["QUANTIZE", "RESHAPE", "FULLY_CONNECTED", "DEQUANTIZE"])
    try RoundTrip.expectSame(text)
  }

  @Test func whatIsPutAroundIsShifted() throws {
    // 100 stands for 0; 7 and the 0 that is not said for other numbers.
    for (filling, step) in [(", %z", "PAD"), (", %n", "PADV2"), ("", "PADV2")] {
      let text = """
        graph main(%x: f32[1,4]) -> (%y) {
          %s = const f32 0.05
          %z = const u8 100
          %n = const u8 7
          %p = const i64[4] [0, 1, 0, 2]
          %q = QuantizeLinear(%x, %s, %z)
          %m = Pad(%q, %p\(filling))
          %y = DequantizeLinear(%m, %s, %z)
        }
        """
      #expect(try steps(text) == ["QUANTIZE", step, "DEQUANTIZE"])
      try RoundTrip.expectSame(text)
    }
  }

  @Test func whatLeavesTheModelStaysUnsigned() throws {
    try RoundTrip.expectSame(
      """
      graph main(%x: f32[3,2]) -> (%q, %y) {
        %s = const f32 0.05
        %z = const u8 100
        %q = QuantizeLinear(%x, %s, %z)
        %y = DequantizeLinear(%q, %s, %z)
      }
      """)
  }

  @Test func whatComesFromOutsideStaysUnsigned() throws {
    let text = """
      graph main(%x: u8[3,2]) -> (%y) {
        %s = const f32 0.05
        %z = const u8 100
        %y = DequantizeLinear(%x, %s, %z)
      }
      """
    #expect(try steps(text) == ["DEQUANTIZE"])
    try RoundTrip.expectSame(text)
  }

  @Test func signedIntegersStay() throws {
    let text = """
      graph main(%x: f32[3,2]) -> (%y) {
        %s = const f32 0.05
        %z = const i8 100
        %q = QuantizeLinear(%x, %s, %z)
        %y = DequantizeLinear(%q, %s, %z)
      }
      """
    #expect(try steps(text) == ["QUANTIZE", "DEQUANTIZE"])
    try RoundTrip.expectSame(text)
  }
}
