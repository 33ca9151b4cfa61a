import Testing

/// What is written in other layers than the obvious one, since the runtime's differs from ONNX or fails: it says the same.
@Suite struct RepairTests {
  @Test(arguments: [
    "%r = Shape(%x) %o = const i64[2] [2, 3] %d = Div(%r, %r) %t = Mul(%d, %o) %y = Tile(%x, %t)",
    "%y, %z = Split(%x) {axis: 0, num_outputs: 2}", "%y = Transpose(%x)",
    "%m = ReduceMax(%x) %i = const f32 -inf %y = Equal(%m, %i)", "%y = ReduceMin(%x)",
    "%a = const i64[1] [1] %b = Mul(%a, %a) %y = ReduceMax(%x, %b)",
  ]) func floats(_ body: String) throws {
    let results = body.contains("%y, %z = ") ? "%y, %z" : "%y"
    let text = "graph main(%x: f32[N,4]) -> (\(results)) { \(body) }"
    try RoundTrip(text).expectSame()
  }

  @Test(arguments: ["LEFT", "RIGHT"]) func shiftsBeyondTheWidth(_ direction: String) throws {
    try RoundTrip("graph main(%x: i32[6]) -> (%y) { %n = const i32[6] [0, 1, 31, 32, -1, 100] %y = BitShift(%x, %n) {direction: \"\(direction)\"} }").expectSame()
  }

  @Test func remaindersByInfinity() throws {
    try RoundTrip("graph main(%x: f32[4]) -> (%y) { %d = const f32[4] [2.0, -0.5, inf, -inf] %y = Mod(%x, %d) }").expectSame()
  }

  @Test func nothingIsNotComputed() throws {
    let trip = try RoundTrip("graph main(%x: f32[3,0,5], %k: i64) -> (%y) { %y = Trilu(%x, %k) }")
    try trip.expectSame()
    #expect(!String(decoding: try xml(trip.files), as: UTF8.self).contains("Subtract"))
  }

  @Test func columnsToImages() throws {
    try RoundTrip("graph main(%x: f32[N,8,9]) -> (%y) { %i = const i64[2] [4, 4] %b = const i64[2] [2, 2] %y = Col2Im(%x, %i, %b) }").expectSame()
  }

  @Test func framesOfAComputedLength() throws {
    try RoundTrip("graph main(%x: f32[1,32,1], %n: f32[8]) -> (%y) { %s = const i64 4 %l = Size(%n) %y = STFT(%x, %s, _, %l) }").expectSame()
  }

  @Test func integersByTheirBits() throws {
    try RoundTrip("graph main(%x: i32[4]) -> (%y) { %y = BitCast(%x) {to: u32} }").expectSame()
  }

  @Test func masksOfNothingDropped() throws {
    try RoundTrip("graph main(%x: f32[N,4]) -> (%y, %m) { %y, %m = Dropout(%x) }").expectSame()
  }

  /// Scales along the axis that a product sums over, and blocks along the other one, would be computed wrongly, or not compile.
  @Test(arguments: [
    ("axis: 0", "f32[4]", "%y = MatMul(%x, %f)", true), ("axis: 1", "f32[6]", "%y = MatMul(%x, %f)", false),
    ("axis: 1", "f32[6]", "%t = Transpose(%f) %y = MatMul(%z, %t)", true), ("axis: 0", "f32[4]", "%t = Transpose(%f) %y = MatMul(%z, %t)", false),
    ("axis: 1", "f32[6]", "%y = Gemm(%z, %f) {transB: 1}", true), ("axis: 0", "f32[4]", "%y = Gemm(%z, %f) {transB: 1}", false),
    ("axis: 1, block_size: 3", "f32[4,2]", "%y = MatMul(%x, %f)", true), ("axis: 0, block_size: 2", "f32[2,6]", "%y = MatMul(%x, %f)", false),
    ("axis: 0", "f32[4]", "%y = MatMul(%f, %z)", false),
  ]) func weightsScaledAlongTheDepth(_ attributes: String, _ scales: String, _ product: String, _ isDense: Bool) throws {
    let trip = try RoundTrip(
      """
      graph main(%x: f32[2,4], %z: f32[6,6]) -> (%y) {
        %w = const i8[4,6] random(1) %s = const \(scales) random(2)
        %f = DequantizeLinear(%w, %s) {\(attributes)} \(product)
      }
      """)
    #expect(String(decoding: try xml(trip.files), as: UTF8.self).contains("type=\"Convert\"") != isDense)
    try trip.expectSame()
  }
}
