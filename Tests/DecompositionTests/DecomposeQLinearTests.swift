import FerryTestSupport
import Lowerings
import Testing

@Suite struct DecomposeQLinearTests {
  private let scales = """
      %sa = const f32 0.05
      %za = const u8 120
      %sb = const f32 0.03
      %zb = const u8 110
    """

  @Test func functionsOfTwo() throws {
    for (name, plain) in [("QLinearAdd", "Add"), ("QLinearMul", "Mul")] {
      try expectRewrite(
        DecomposeQLinear(),
        """
          graph main(%a: u8[N,3], %b: u8[3]) -> (%y) {
          \(scales)
            %y = com.microsoft::\(name)(%a, %sa, %za, %b, %sb, %zb, %sa, %zb)
          }
          """,
        becomes: """
          graph main(%a: u8[N,3], %b: u8[3]) -> (%y) {
          \(scales)
            %fa = DequantizeLinear(%a, %sa, %za)
            %fb = DequantizeLinear(%b, %sb, %zb)
            %f = \(plain)(%fa, %fb)
            %y = QuantizeLinear(%f, %sa, %zb)
          }
          """)
    }
  }

  @Test func functionsOfOne() throws {
    let forms = [
      ("QLinearSigmoid", "", "Sigmoid(%f)"), ("QLinearLeakyRelu", "{alpha: 0.25}", "LeakyRelu(%f) {alpha: 0.25}"),
      ("QLinearGlobalAveragePool", "", "GlobalAveragePool(%f)"),
      ("QLinearAveragePool", "{kernel_shape: [2, 2]}", "AveragePool(%f) {kernel_shape: [2, 2]}"),
    ]
    for (name, attributes, plain) in forms {
      try expectRewrite(
        DecomposeQLinear(),
        """
          graph main(%x: u8[N,3,4,4]) -> (%y) {
          \(scales)
            %y = com.microsoft::\(name)(%x, %sa, %za, %sb, %zb) \(attributes)
          }
          """,
        becomes: """
          graph main(%x: u8[N,3,4,4]) -> (%y) {
          \(scales)
            %f = DequantizeLinear(%x, %sa, %za)
            %g = \(plain)
            %y = QuantizeLinear(%g, %sb, %zb)
          }
          """)
    }
  }

  @Test func channelsAtTheEndAreMoved() throws {
    try expectRewrite(
      DecomposeQLinear(),
      """
        graph main(%x: u8[N,4,4,3]) -> (%y) {
        \(scales)
          %y = com.microsoft::QLinearGlobalAveragePool(%x, %sa, %za, %sb, %zb) {channels_last: 1}
        }
        """,
      becomes: """
        graph main(%x: u8[N,4,4,3]) -> (%y) {
        \(scales)
          %f = DequantizeLinear(%x, %sa, %za)
          %t = Transpose(%f) {perm: [0, 3, 1, 2]}
          %g = GlobalAveragePool(%t)
          %b = Transpose(%g) {perm: [0, 2, 3, 1]}
          %y = QuantizeLinear(%b, %sb, %zb)
        }
        """)
  }

  @Test func partsKeepTheirOwnScales() throws {
    try expectRewrite(
      DecomposeQLinear(),
      """
        graph main(%a: u8[N,3], %b: u8[N,2]) -> (%y) {
        \(scales)
          %y = com.microsoft::QLinearConcat(%sa, %zb, %a, %sa, %za, %b, %sb, %zb) {axis: 1}
        }
        """,
      becomes: """
        graph main(%a: u8[N,3], %b: u8[N,2]) -> (%y) {
        \(scales)
          %fa = DequantizeLinear(%a, %sa, %za)
          %fb = DequantizeLinear(%b, %sb, %zb)
          %f = Concat(%fa, %fb) {axis: 1}
          %y = QuantizeLinear(%f, %sa, %zb)
        }
        """)
  }

  @Test func aScaleInAVectorIsAScalar() throws {
    try expectRewrite(
      DecomposeQLinear(),
      """
        graph main(%x: i8[N,1]) -> (%y) {
          %s = const f32[1] [0.5]
          %y = com.microsoft::QLinearSigmoid(%x, %s, _, %s)
        }
        """,
      becomes: """
        graph main(%x: i8[N,1]) -> (%y) {
          %s = const f32 0.5
          %t = const f32 0.5
          %f = DequantizeLinear(%x, %s)
          %g = Sigmoid(%f)
          %y = QuantizeLinear(%g, %t) {output_dtype: i8}
        }
        """)
  }

  @Test func leavesAScaleOfUnknownRank() throws {
    try expectUnchanged(
      DecomposeQLinear(), "graph main(%x: u8[N,3], %s: f32[...]) -> (%y) { %y = com.microsoft::QLinearSigmoid(%x, %s, _, %s) }",
      because: "the rank is not known")
  }
}
