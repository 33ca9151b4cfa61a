import Diagnostics
import FerryTestSupport
import GraphIR
import GraphText
import Lowerings
import Operators
import Tensors
import Testing

/// What takes the place of operators in older sets gives the same results: lowered, lifted again, and run beside the original, at two sizes
/// where axes are symbolic.
@Suite struct OlderSetTests {
  @Test(arguments: indexing + functions + loops + sampling + transforms + products + attention + axes + computed)
  func givesTheSame(_ sample: OlderSetCase) throws { try sample.expectTheSame() }

  static let indexing = [
    OlderSetCase(name: "Where", inputs: "%c: bool[2,1], %a: f32[2,3], %b: f32[3]", body: "%y = Where(%c, %a, %b)"),
    OlderSetCase(name: "Where of infinities", inputs: "%c: bool[2]", body: "%a = const f32[2] [inf, 1.0]\n%b = const f32[2] [2.0, nan]\n%y = Where(%c, %a, %b)"),
    OlderSetCase(name: "Where of any size", inputs: "%c: bool[N,M], %a: f32[N,M], %b: f32[N,M]", body: "%y = Where(%c, %a, %b)", opsets: [8, 9, 10, 11, 13]),
    OlderSetCase(name: "GatherElements", inputs: "%x: f32[5,3], %i: i64[2,3]", body: "%y = GatherElements(%x, %i) {axis: 0}"),
    OlderSetCase(name: "GatherND", inputs: "%x: f32[5,5,2], %i: i64[3,2]", body: "%y = GatherND(%x, %i)"),
    OlderSetCase(name: "GatherND by batch", inputs: "%x: f32[3,5,2], %i: i64[3,4,1]", body: "%y = GatherND(%x, %i) {batch_dims: 1}"),
    OlderSetCase(name: "OneHot", inputs: "%i: i64[N]", body: "%d = const i64 5\n%v = const f32[2] [-1.0, 2.0]\n%y = OneHot(%i, %d, %v)"),
    OlderSetCase(name: "EyeLike", inputs: "%x: f32[N,M]", body: "%y = EyeLike(%x) {k: 1}"),
    OlderSetCase(
      name: "ReverseSequence", inputs: "%x: f32[4,3,2]", body: "%l = const i64[3] [4, 1, 2]\n%y = ReverseSequence(%x, %l) {batch_axis: 1, time_axis: 0}"),
    OlderSetCase(
      name: "MaxUnpool", inputs: "%x: f32[1,1,2,2]",
      body: "%i = const i64[1,1,2,2] [0, 3, 9, 15]\n%y = MaxUnpool(%x, %i) {kernel_shape: [2, 2], strides: [2, 2]}"),
    OlderSetCase(
      name: "TensorScatter", inputs: "%c: f32[2,6,2], %u: f32[2,3,2]",
      body: "%w = const i64[2] [4, 1]\n%y = TensorScatter(%c, %u, %w) {axis: 1, mode: \"circular\"}", opsets: [11, 23]),
  ]

  static let functions = [
    OlderSetCase(name: "Erf", inputs: "%x: f32[50]", body: "%c = const f32 4.0\n%m = Mul(%x, %c)\n%y = Erf(%m)", opsets: [7, 8]),
    OlderSetCase(name: "Asinh", inputs: "%x: f32[9]", body: "%y = Asinh(%x)", opsets: [7]),
    OlderSetCase(name: "Acosh", inputs: "%x: f32[9]", body: "%e = Exp(%x)\n%c = const f32 3.0\n%s = Mul(%e, %c)\n%y = Acosh(%s)", opsets: [7]),
    OlderSetCase(name: "Atanh", inputs: "%x: f32[9]", body: "%y = Atanh(%x)", opsets: [7]),
    OlderSetCase(name: "Shrink", inputs: "%x: f32[9]", body: "%y = Shrink(%x) {bias: 0.25}", opsets: [7]),
    OlderSetCase(
      name: "Mod of both signs", inputs: "%x: i64[2]",
      body: "%a = const i64[6] [7, -7, 7, -7, 6, -6]\n%b = const i64[6] [3, 3, -3, -3, 3, -3]\n%y = Mod(%a, %b)", opsets: [7, 9]),
    OlderSetCase(name: "Mod of floats", inputs: "%x: f32[9]", body: "%b = const f32 0.3\n%y = Mod(%x, %b) {fmod: 1}", opsets: [7, 9]),
    OlderSetCase(
      name: "BitShift", inputs: "%x: u8[4]", body: "%b = const u8[4] [0, 3, 7, 8]\n%y = BitShift(%x, %b) {direction: \"LEFT\"}", opsets: [7, 10]),
    OlderSetCase(
      name: "BitShift of signed", inputs: "%x: i8[2]",
      body: "%a = const i8[6] [-5, -128, 77, -1, 3, -7]\n%b = const i8[6] [1, 7, 2, 9, -1, 0]\n%y = BitShift(%a, %b) {direction: \"RIGHT\"}", opsets: [11, 27]),
    OlderSetCase(
      name: "BitShift of signed to the left", inputs: "%x: i8[2]",
      body: "%a = const i8[5] [-5, 3, 77, -1, 5]\n%b = const i8[5] [1, 7, 2, 9, 6]\n%y = BitShift(%a, %b) {direction: \"LEFT\"}", opsets: [11, 27]),
    OlderSetCase(
      name: "Greater of 64 bits", inputs: "%x: i64[3]",
      body: "%a = const i64[5] [-9007199254740993, 5, 9223372036854775807, -1, 0]\n%b = const i64[5] [-9007199254740992, 5, 9223372036854775806, 1, -4294967297]\n%y = Greater(%a, %b)",
      opsets: [7, 8]),
    OlderSetCase(name: "Trilu", inputs: "%x: f32[N,M]", body: "%y = Trilu(%x) {upper: 0}", opsets: [9, 13]),
    OlderSetCase(name: "BitwiseXor", inputs: "%x: i32[2]", body: "%a = const i32[2] [-5, 77]\n%b = const i32[2] [12, -9]\n%y = BitwiseXor(%a, %b)", opsets: [7, 17]),
    OlderSetCase(name: "BitwiseNot", inputs: "%x: i32[4]", body: "%y = BitwiseNot(%x)", opsets: [7, 17]),
  ]

  static let loops = [
    OlderSetCase(
      name: "Range", inputs: "%x: f32[N]",
      body: "%s = Shape(%x)\n%e = const i64[0] []\n%n = Reshape(%s, %e)\n%a = const i64 -1\n%d = const i64 2\n%y = Range(%a, %n, %d)", opsets: [7, 10]),
    OlderSetCase(name: "NonZero", inputs: "%x: bool[3,4]", body: "%y = NonZero(%x)", opsets: [7, 8]),
    OlderSetCase(name: "Compress", inputs: "%x: f32[4,3], %c: bool[3]", body: "%y = Compress(%x, %c) {axis: 1}", opsets: [7, 8]),
    OlderSetCase(
      name: "ScatterElements", inputs: "%x: f32[5,2], %u: f32[2,2]",
      body: "%i = const i64[2,2] [4, 0, 1, 0]\n%y = ScatterElements(%x, %i, %u) {axis: 0, reduction: \"add\"}", opsets: [7, 11, 15]),
    OlderSetCase(
      name: "ScatterND", inputs: "%x: f32[5,2], %u: f32[3,2]", body: "%i = const i64[3,1] [4, 0, -2]\n%y = ScatterND(%x, %i, %u)", opsets: [7, 10]),
    OlderSetCase(name: "CumSum of any size", inputs: "%x: f32[2,N]", body: "%a = const i64 1\n%y = CumSum(%x, %a) {exclusive: 1, reverse: 1}", opsets: [8, 10]),
    OlderSetCase(name: "CumProd", inputs: "%x: f32[3,4]", body: "%a = const i64 0\n%y = CumProd(%x, %a)", opsets: [8, 13, 25]),
    OlderSetCase(
      name: "CumProd from the end", inputs: "%x: f32[2,5]", body: "%a = const i64 -1\n%y = CumProd(%x, %a) {exclusive: 1, reverse: 1}", opsets: [8, 13]),
    OlderSetCase(name: "CumProd of any size", inputs: "%x: f32[2,N]", body: "%a = const i64 1\n%y = CumProd(%x, %a) {reverse: 1}", opsets: [13, 25]),
    OlderSetCase(
      name: "NonMaxSuppression", inputs: "%p: f32[2,6,4], %s: f32[2,3,6]",
      body: """
        %n = const i64[1] [3]
        %o = const f32[1] [0.3]
        %l = const f32[1] [-0.5]
        %y = NonMaxSuppression(%p, %s, %n, %o, %l)
        """, opsets: [7, 8, 9]),
  ]

  private static func sampled(_ attributes: String, _ shape: String = "2,3,4,5", _ grid: String = "2,3,2,2") -> OlderSetCase {
    OlderSetCase(
      name: "GridSample \(attributes)", inputs: "%x: f32[\(shape)], %g: f32[\(grid)]",
      body: "%c = const f32 1.5\n%m = Mul(%g, %c)\n%y = GridSample(%x, %m) {\(attributes)}", opsets: [8, 11, 15])
  }

  private static func resized(_ attributes: String) -> OlderSetCase {
    OlderSetCase(
      name: "Resize \(attributes)", inputs: "%x: f32[N,2,6,5]", body: "%s = const i64[2] [9, 3]\n%y = Resize(%x, _, _, %s) {axes: [2, 3], \(attributes)}",
      opsets: [7, 10, 17])
  }

  static let sampling = [
    sampled("mode: \"linear\""), sampled("align_corners: 1, mode: \"linear\", padding_mode: \"border\""), sampled("mode: \"nearest\""),
    sampled("mode: \"cubic\""), sampled("mode: \"cubic\", padding_mode: \"border\""), sampled("mode: \"linear\", padding_mode: \"reflection\""),
    sampled("align_corners: 1, mode: \"cubic\", padding_mode: \"reflection\""), sampled("mode: \"linear\"", "N,3,H,W", "N,2,3,2"),
    sampled("mode: \"linear\"", "1,2,3,4,2", "1,2,3,2,3"),
    OlderSetCase(
      name: "AffineGrid", inputs: "%t: f32[2,2,3]", body: "%s = const i64[4] [2, 1, 3, 4]\n%y = AffineGrid(%t, %s)", opsets: [8, 13, 19]),
    OlderSetCase(
      name: "AffineGrid in space", inputs: "%t: f32[1,3,4]", body: "%s = const i64[5] [1, 1, 3, 1, 2]\n%y = AffineGrid(%t, %s) {align_corners: 1}", opsets: [8, 19]),
    resized("mode: \"linear\""), resized("coordinate_transformation_mode: \"align_corners\", mode: \"cubic\""),
    resized("mode: \"nearest\", nearest_mode: \"ceil\""), resized("antialias: 1, mode: \"linear\""),
    OlderSetCase(
      name: "Col2Im", inputs: "%x: f32[1,8,6]",
      body: "%i = const i64[2] [5, 4]\n%b = const i64[2] [2, 2]\n%y = Col2Im(%x, %i, %b) {strides: [2, 1]}", opsets: [7, 17]),
  ]

  static let transforms = [
    OlderSetCase(name: "DFT", inputs: "%x: f32[2,6,2]", body: "%n = const i64 5\n%a = const i64 1\n%y = DFT(%x, %n, %a)", opsets: [7, 16]),
    OlderSetCase(name: "DFT of one side", inputs: "%x: f32[N,6,1]", body: "%a = const i64 1\n%y = DFT(%x, _, %a) {onesided: 1}", opsets: [7, 16]),
    OlderSetCase(name: "DFT back", inputs: "%x: f32[2,6,2]", body: "%a = const i64 1\n%y = DFT(%x, _, %a) {inverse: 1}", opsets: [7, 16]),
    OlderSetCase(
      name: "STFT", inputs: "%x: f32[2,16,1], %w: f32[6]", body: "%s = const i64 4\n%y = STFT(%x, %s, %w)", opsets: [7, 16]),
  ]

  static let products = [
    OlderSetCase(name: "Einsum of matrices", inputs: "%a: f32[2,3,N], %b: f32[2,N,4]", body: "%y = Einsum(%a, %b) {equation: \"bij,bjk->bik\"}", opsets: [7, 11]),
    OlderSetCase(name: "Einsum of heads", inputs: "%a: f32[2,3,4,5], %b: f32[2,6,4,5]", body: "%y = Einsum(%a, %b) {equation: \"bqhd,bkhd->bhqk\"}", opsets: [7, 11]),
    OlderSetCase(name: "Einsum of three", inputs: "%a: f32[2,3], %b: f32[3,4], %c: f32[4]", body: "%y = Einsum(%a, %b, %c) {equation: \"ij,jk,k->i\"}", opsets: [7, 11]),
    OlderSetCase(name: "Einsum of a trace", inputs: "%a: f32[3,3,2]", body: "%y = Einsum(%a) {equation: \"iij->j\"}", opsets: [7, 11]),
    OlderSetCase(name: "Einsum outside", inputs: "%a: f32[3], %b: f32[2]", body: "%y = Einsum(%a, %b) {equation: \"i,j->ji\"}", opsets: [7, 11]),
    OlderSetCase(
      name: "ConvInteger", inputs: "%x: u8[1,2,4,4], %w: u8[3,2,2,2]", body: "%z = const u8 2\n%y = ConvInteger(%x, %w, %z)", opsets: [7, 9]),
    OlderSetCase(
      name: "QLinearMatMul", inputs: "%a: u8[2,3], %b: u8[3,4]",
      body: """
        %s = const f32 0.5
        %t = const f32 0.25
        %z = const u8 2
        %y = QLinearMatMul(%a, %s, %z, %b, %s, %z, %t, %z)
        """, opsets: [7, 9]),
    OlderSetCase(name: "DynamicQuantizeLinear", inputs: "%x: f32[7]", body: "%y, %s, %z = DynamicQuantizeLinear(%x)", opsets: [7, 10]),
    OlderSetCase(
      name: "NegativeLogLikelihoodLoss", inputs: "%x: f32[4,5,2], %t: i64[4,2], %w: f32[5]",
      body: "%y = NegativeLogLikelihoodLoss(%x, %t, %w) {ignore_index: 2, reduction: \"sum\"}", opsets: [7, 11]),
  ]

  static let attention = [
    OlderSetCase(
      name: "Attention within a window", inputs: "%q: f32[2,2,3,4], %k: f32[2,2,5,4], %v: f32[2,2,5,4]",
      body: "%y = Attention(%q, %k, %v) {is_causal: 1, left_window_size: 1}", opsets: [7, 14, 22, 24]),
    OlderSetCase(
      name: "Attention to so many keys", inputs: "%q: f32[2,2,3,4], %k: f32[2,2,5,4], %v: f32[2,2,5,4]",
      body: "%n = const i64[2] [5, 3]\n%y = Attention(%q, %k, %v, _, _, _, %n) {is_causal: 1}", opsets: [9, 22, 23]),
  ]

  static let axes = [
    OlderSetCase(
      name: "reductions along computed axes", inputs: "%x: f32[2,3,4]",
      body: """
        %one = const i64[2] [1, 1]
        %minus = const i64[2] [-2, 0]
        %a = Add(%one, %minus)
        %y = ReduceMax(%x, %a)
        %p = ReduceMean(%x, %a) {keepdims: 0}
        %q = ReduceL2(%x, %a)
        %r = ReduceLogSumExp(%x, %a)
        %s = ReduceSum(%x, %a) {keepdims: 0}
        """, outputs: "%y, %p, %q, %r, %s", opsets: [7, 9, 12]),
    OlderSetCase(
      name: "parts of computed sizes", inputs: "%x: f32[2,6]",
      body: """
        %one = const i64[2] [1, 2]
        %a = Add(%one, %one)
        %y, %z = Split(%x, %a) {axis: 1}
        """, outputs: "%y, %z", opsets: [7, 9, 12]),
    OlderSetCase(
      name: "LSTM of batches first", inputs: "%x: f32[2,5,3], %w: f32[1,8,3], %r: f32[1,8,2], %h: f32[2,1,2], %c: f32[2,1,2]",
      body: "%y, %a, %b = LSTM(%x, %w, %r, _, _, %h, %c) {hidden_size: 2, layout: 1}", outputs: "%y, %a, %b", opsets: [7, 13]),
  ]

  static let computed = [
    OlderSetCase(
      name: "Resize to computed sizes", inputs: "%x: f32[1,2,N,5], %z: f32[1,1,7,4]",
      body: """
        %y = Shape(%z)
        %t = const i64[4] [1, 2, 2, 2]
        %w = Mul(%y, %t)
        %a = Resize(%x, _, _, %w) {mode: "linear"}
        %b = Resize(%x, _, _, %w) {mode: "nearest", nearest_mode: "floor", coordinate_transformation_mode: "asymmetric"}
        %c = Resize(%x, _, _, %w) {mode: "cubic", coordinate_transformation_mode: "align_corners"}
        %d = Resize(%x, _, _, %w) {mode: "cubic", exclude_outside: 1}
        %e = Resize(%x, _, _, %w) {mode: "linear", coordinate_transformation_mode: "pytorch_half_pixel"}
        """, outputs: "%a, %b, %c, %d, %e", opsets: [8, 10]),
    OlderSetCase(
      name: "Resize by computed scales", inputs: "%x: f32[1,2,4,6]",
      body: """
        %h = const f32[2] [0.8, 0.7]
        %k = const f32[2] [1.5, 1]
        %s = Mul(%h, %k)
        %a = Resize(%x, _, %s) {axes: [2, 3], mode: "linear", coordinate_transformation_mode: "half_pixel_symmetric"}
        %b = Resize(%x, _, %s) {axes: [3, 2], mode: "nearest"}
        %c = Resize(%x, _, %s) {axes: [2, 3], mode: "linear", coordinate_transformation_mode: "align_corners"}
        """, outputs: "%a, %b, %c", opsets: [8, 10, 17]),
    OlderSetCase(
      name: "Resize of a region", inputs: "%x: f32[1,1,5,6], %r: f32[4]",
      body: """
        %s = const i64[2] [3, 4]
        %a = Resize(%x, %r, _, %s) {axes: [2, 3], mode: "linear", coordinate_transformation_mode: "tf_crop_and_resize", extrapolation_value: 9.0}
        %b = Resize(%x, %r, _, %s) {axes: [2, 3], mode: "nearest", coordinate_transformation_mode: "tf_crop_and_resize"}
        """, outputs: "%a, %b", opsets: [9, 12, 17]),
    OlderSetCase(
      name: "CumSum of any number", inputs: "%x: f32[2,N,3]",
      body: """
        %a = const i64 1
        %p = CumSum(%x, %a)
        %q = CumSum(%x, %a) {reverse: 1}
        %r = CumSum(%x, %a) {exclusive: 1}
        %s = CumSum(%x, %a) {exclusive: 1, reverse: 1}
        """, outputs: "%p, %q, %r, %s", opsets: [8, 10]),
    OlderSetCase(name: "CumSum of a vector", inputs: "%x: i64[N]", body: "%a = const i64 0\n%y = CumSum(%x, %a) {reverse: 1}", opsets: [8, 10]),
    OlderSetCase(
      name: "TopK of a computed number", inputs: "%x: f32[3,5]",
      body: "%o = const i64[1] [1]\n%k = Add(%o, %o)\n%y, %i = TopK(%x, %k) {axis: 1}", outputs: "%y, %i", opsets: [7, 9]),
    OlderSetCase(
      name: "Pad of computed axes", inputs: "%x: f32[2,3,N]",
      body: """
        %o = const i64[2] [1, -2]
        %z = const i64[2] [-1, 1]
        %a = Add(%o, %z)
        %p = const i64[4] [1, 2, 3, 4]
        %y = Pad(%x, %p, _, %a) {mode: "constant"}
        """, opsets: [11, 17]),
    OlderSetCase(
      name: "Pad with a computed value", inputs: "%x: f32[2,3], %v: f32",
      body: "%p = const i64[4] [1, 0, -1, 2]\n%y = Pad(%x, %p, %v) {mode: \"constant\"}", opsets: [8, 10]),
    OlderSetCase(name: "Dropout and its mask", inputs: "%x: f32[2,3]", body: "%y, %m = Dropout(%x)", outputs: "%y, %m", opsets: [8, 9]),
  ]

  @Test func aScanBecomesALoop() throws {
    let text = """
      graph g(%s: f32[2], %x: f32[N,2]) -> (%t, %y) {
        %t, %y = Scan(%s, %x) {
          body: graph body(%a: f32[2], %b: f32[2]) -> (%n, %m) { %n = Add(%a, %b)  %m = Mul(%n, %b) },
          num_scan_inputs: 1, scan_input_directions: [1], scan_output_directions: [1]
        }
      }
      """
    let original = try verified(text)
    var graph = original
    try lower(&graph, opsets: [("", 8)], retargeting: true)
    #expect(graph.nodeIDs.contains { graph[$0].op.name == "Loop" })
    lift(&graph, opsets: [("", 8)], report: DiagnosticSink())
    let inputs = try original.randomInputs(seed: 3, sizes: [4])
    for (a, b) in zip(try graph.evaluated(inputs), try original.evaluated(inputs)) { #expect(try a.difference(from: b) == nil) }
  }
}
