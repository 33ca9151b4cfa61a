import FerryTestSupport
import Lowerings
import Testing

@Suite struct DecomposeQuantizedProductsTests {
  private let scales = """
      %sa = const f32 0.5
      %za = const u8 120
      %sw = const f32[2] [0.25, 0.125]
      %zw = const i8[2] [0, 0]
      %s = const f32 0.25
      %z = const u8 110
    """

  @Test func convolutionWithItsBias() throws {
    try expectRewrite(
      DecomposeQuantizedProducts(),
      """
        graph main(%x: u8[1,3,4,4], %w: i8[2,3,1,1], %b: i32[2]) -> (%y) {
        \(scales)
          %y = QLinearConv(%x, %sa, %za, %w, %sw, %zw, %s, %z, %b) {pads: [1, 1, 1, 1]}
        }
        """,
      becomes: """
        graph main(%x: u8[1,3,4,4], %w: i8[2,3,1,1], %b: i32[2]) -> (%y) {
        \(scales)
          %sb = const f32[2] [0.125, 0.0625]
          %fx = DequantizeLinear(%x, %sa, %za)
          %fw = DequantizeLinear(%w, %sw, %zw) {axis: 0}
          %fb = DequantizeLinear(%b, %sb) {axis: 0}
          %f = Conv(%fx, %fw, %fb) {pads: [1, 1, 1, 1]}
          %y = QuantizeLinear(%f, %s, %z)
        }
        """)
  }

  @Test func productWithColumnsOfTheirOwn() throws {
    try expectRewrite(
      DecomposeQuantizedProducts(),
      """
        graph main(%a: u8[N,3], %b: i8[3,2]) -> (%y) {
        \(scales)
          %y = QLinearMatMul(%a, %sa, %za, %b, %sw, %zw, %s, %z)
        }
        """,
      becomes: """
        graph main(%a: u8[N,3], %b: i8[3,2]) -> (%y) {
        \(scales)
          %fa = DequantizeLinear(%a, %sa, %za)
          %fb = DequantizeLinear(%b, %sw, %zw) {axis: 1}
          %f = MatMul(%fa, %fb)
          %y = QuantizeLinear(%f, %s, %z)
        }
        """)
  }

  @Test func matricesGoTransposedAndMayGiveFloats() throws {
    try expectRewrite(
      DecomposeQuantizedProducts(),
      """
        graph main(%a: u8[N,3], %b: i8[2,3], %c: i32[2]) -> (%y) {
        \(scales)
          %y = com.microsoft::QGemm(%a, %sa, %za, %b, %sw, %zw, %c) {alpha: 2.0, transB: 1}
        }
        """,
      becomes: """
        graph main(%a: u8[N,3], %b: i8[2,3], %c: i32[2]) -> (%y) {
        \(scales)
          %sc = const f32[2] [0.25, 0.125]
          %fa = DequantizeLinear(%a, %sa, %za)
          %fb = DequantizeLinear(%b, %sw, %zw) {axis: 0}
          %fc = DequantizeLinear(%c, %sc) {axis: 0}
          %y = Gemm(%fa, %fb, %fc) {alpha: 2.0, transB: 1}
        }
        """)
  }

  @Test func productInFloats() throws {
    try expectRewrite(
      DecomposeQuantizedProducts(),
      """
        graph main(%a: u8[N,3], %b: i8[3,2], %sa: f32, %za: u8, %c: f32[2]) -> (%y) {
          %sb = const f32 0.5
          %y = com.microsoft::MatMulIntegerToFloat(%a, %b, %sa, %sb, %za, _, %c)
        }
        """,
      becomes: """
        graph main(%a: u8[N,3], %b: i8[3,2], %sa: f32, %za: u8, %c: f32[2]) -> (%y) {
          %sb = const f32 0.5
          %fa = DequantizeLinear(%a, %sa, %za)
          %fb = DequantizeLinear(%b, %sb)
          %p = MatMul(%fa, %fb)
          %y = Add(%p, %c)
        }
        """)
  }

  @Test func leavesScalesThatAreComputedForABias() throws {
    try expectUnchanged(
      DecomposeQuantizedProducts(),
      """
        graph main(%x: u8[1,3,4,4], %w: i8[2,3,1,1], %s: f32, %z: u8, %zw: i8, %b: i32[2]) -> (%y) {
          %y = QLinearConv(%x, %s, %z, %w, %s, %zw, %s, %z, %b)
        }
        """, because: "not a constant")
  }

  @Test func leavesScalesOfMoreThanOneAxis() throws {
    try expectUnchanged(
      DecomposeQuantizedProducts(),
      """
        graph main(%a: u8[2,3,4], %b: i8[2,4,2], %sa: f32[2,3,1], %za: u8[2,3,1], %s: f32, %z: i8, %zy: u8) -> (%y) {
          %y = QLinearMatMul(%a, %sa, %za, %b, %s, %z, %s, %zy)
        }
        """, because: "scales of more than one axis")
  }
}
