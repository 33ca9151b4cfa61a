import Testing

/// Every kind of layer: what is written says what the graph says, as the reader understands it.
@Suite struct MappingTests {
  static let activations = [
    "Abs", "Ceil", "Cos", "Elu {alpha: 0.5}", "Erf", "Exp", "Floor", "Gelu", "Gelu {approximate: \"tanh\"}", "HardSwish", "Neg", "Relu",
    "Round", "Sigmoid", "Sign", "Sin", "Softplus", "Softsign", "Tanh", "HardSigmoid {alpha: 0.3, beta: 0.4}", "Selu", "LeakyRelu {alpha: 0.2}",
    "Identity", "Reciprocal", "Atan", "Sinh", "Cosh", "Asinh", "Tan", "Mish", "Swish {alpha: 1.5}", "Celu {alpha: 0.7}",
    "ThresholdedRelu {alpha: 0.4}", "Softmax {axis: 1}", "LogSoftmax {axis: -1}", "Softmax {axis: 1, coerced: 1}", "LpNormalization {axis: 1, p: 2}",
    "LpNormalization {axis: 1, p: 1}", "GlobalAveragePool", "GlobalMaxPool", "GlobalLpPool {p: 2}", "GlobalLpPool {p: 3}", "Flatten {axis: 2}",
    "Flatten {axis: 0}", "Flatten {axis: -1}", "Transpose {perm: [2, 0, 1, 3]}", "Transpose", "LRN {size: 3, alpha: 0.1}",
    "ArgMax {axis: 1}", "ArgMin {axis: 2, keepdims: 0}", "ArgMax {axis: 1, select_last_index: 1}", "Cast {to: i32}", "Cast {to: bool}",
    "Shape", "Shape {start: 1, end: 3}", "Size", "NonZero", "DepthToSpace {blocksize: 2}", "DepthToSpace {blocksize: 2, mode: \"CRD\"}",
    "SpaceToDepth {blocksize: 2}", "MaxPool {kernel_shape: [2, 2], strides: [2, 2]}", "MaxPool {kernel_shape: [3, 3], strides: [2, 2], ceil_mode: 1}",
    "MaxPool {kernel_shape: [3, 3], auto_pad: \"SAME_UPPER\"}", "AveragePool {kernel_shape: [3, 3], pads: [1, 1, 1, 1]}",
    "AveragePool {kernel_shape: [3, 3], pads: [1, 1, 1, 1], count_include_pad: 1}", "AveragePool {kernel_shape: [2, 2], dilations: [2, 2]}",
    "AveragePool {kernel_shape: [3, 3], strides: [2, 2], ceil_mode: 1}", "IsNaN", "IsInf {detect_negative: 0}", "ReduceLogSumExp {keepdims: 0}",
    "ReduceMean", "ReduceMax", "ReduceL2", "ReduceSumSquare", "MeanVarianceNormalization",
  ]

  @Test(arguments: activations) func oneOperand(_ operation: String) throws {
    let parts = operation.split(separator: " ", maxSplits: 1)
    let attributes = parts.count > 1 ? String(parts[1]) : ""
    try RoundTrip("graph main(%x: f32[N,4,6,6]) -> (%y) { %y = \(parts[0])(%x) \(attributes) }").expectSame()
  }

  @Test(arguments: [
    "Add", "Sub", "Mul", "Div", "Pow", "Max", "Min", "Mean", "Sum", "Equal", "Greater", "GreaterOrEqual", "Less", "LessOrEqual", "PRelu",
  ]) func binary(_ name: String) throws {
    try RoundTrip("graph main(%a: f32[N,4], %b: f32[4]) -> (%y) { %m = Abs(%a) %y = \(name)(%m, %b) }").expectSame()
  }

  @Test(arguments: ["Div", "Mod", "Add", "BitwiseAnd", "BitwiseOr", "BitwiseXor"]) func integers(_ name: String) throws {
    try RoundTrip("graph main(%a: i64[N,4]) -> (%y) { %b = const i64[4] [1, 3, -3, 7] %y = \(name)(%a, %b) }").expectSame()
  }

  @Test(arguments: ["And", "Or", "Xor"]) func truth(_ name: String) throws {
    try RoundTrip(
      "graph main(%a: f32[N,4], %b: f32[4]) -> (%y) { %p = Greater(%a, %b) %q = Not(%p) %y = \(name)(%p, %q) }").expectSame()
  }

  static let bodies = [
    "%w = const f32[5,4,3,3] random(1) %b = const f32[5] random(2) %y = Conv(%x, %w, %b) {pads: [1, 0, 1, 0], strides: [2, 1]}",
    "%w = const f32[8,2,3,3] random(1) %y = Conv(%x, %w) {group: 2, auto_pad: \"SAME_LOWER\", dilations: [2, 2]}",
    "%w = const f32[4,3,3,3] random(1) %b = const f32[3] random(2) %y = ConvTranspose(%x, %w, %b) {strides: [2, 2], output_padding: [1, 1]}",
    "%w = const f32[4,3,3,3] random(1) %y = ConvTranspose(%x, %w) {group: 2, strides: [2, 2], auto_pad: \"SAME_UPPER\"}",
    "%w = const f32[4,3,3,3] random(1) %y = ConvTranspose(%x, %w) {strides: [2, 2], output_shape: [12, 12]}",
    "%s = const f32[4] random(1) %b = const f32[4] random(2) %m = const f32[4] random(3) %v = const f32[4] [1.0, 2.0, 0.5, 3.0] %y = BatchNormalization(%x, %s, %b, %m, %v)",
    "%s = const f32[6] random(1) %b = const f32[6] random(2) %y, %m, %d = LayerNormalization(%x, %s, %b)",
    "%s = const f32[4] random(1) %b = const f32[4] random(2) %y = InstanceNormalization(%x, %s, %b)",
    "%s = const f32[4] random(1) %b = const f32[4] random(2) %y = GroupNormalization(%x, %s, %b) {num_groups: 2}",
    "%s = const f32[6] random(1) %y = RMSNormalization(%x, %s)",
    "%s = const f32[4,1,1] random(1) %y = PRelu(%x, %s)", "%s = const f32[6] random(1) %y = PRelu(%x, %s)",
    "%l = const f32 -0.5 %h = const f32 0.5 %y = Clip(%x, %l, %h)", "%l = const f32 -0.5 %y = Clip(%x, %l)",
    "%y, %z = Split(%x) {axis: 2, num_outputs: 2}", "%l = const i64[2] [1, 3] %y, %z = Split(%x, %l) {axis: 1}",
    "%y, %z = Split(%x) {axis: 3, num_outputs: 2}",
    "%p = const i64[8] [0, 1, 2, 0, 0, 0, 1, -1] %y = Pad(%x, %p)", "%p = const i64[4] [1, 2, 2, 1] %a = const i64[2] [2, -1] %y = Pad(%x, %p, _, %a) {mode: \"reflect\"}",
    "%s = const i64[2] [1, -1] %e = const i64[2] [4, -9] %a = const i64[2] [1, 2] %t = const i64[2] [2, -1] %y = Slice(%x, %s, %e, %a, %t)",
    "%s = const i64[1] [0] %e = const i64[1] [1] %y = Slice(%x, %s, %e)",
    "%i = const i64[2,2] [0, 1, -1, 2] %y = Gather(%x, %i) {axis: 1}", "%k = const i64[1] [3] %y, %z = TopK(%x, %k) {axis: 1, largest: 0}",
    "%a = const i64 1 %y = CumSum(%x, %a) {reverse: 1}", "%a = const i64[2] [1, -1] %y = ReduceSum(%x, %a) {keepdims: 0}",
    "%a = const i64[0] [] %y = ReduceSumSquare(%x, %a) {noop_with_empty_axes: 1}",
    "%a = const i64[0] [] %y = ReduceL1(%x, %a) {keepdims: 0, noop_with_empty_axes: 1}", "%a = const i64[0] [] %y = ReduceSum(%x, %a) {keepdims: 0}",
    "%a = const i64[0] [] %y = ReduceMax(%x, %a) {noop_with_empty_axes: 1}", "%a = const i64[1] [2] %y = ReduceLogSum(%x, %a)",
    "%s = const i64[3] [0, -1, 6] %y = Reshape(%x, %s)", "%s = Shape(%x) %y = Expand(%x, %s)", "%r = const i64[4] [1, 2, 1, 1] %y = Tile(%x, %r)",
    "%a = const i64[1] [0] %u = Unsqueeze(%x, %a) %y = Squeeze(%u, %a)", "%y = Trilu(%x)", "%k = const i64 1 %y = Trilu(%x, %k) {upper: 0}",
    "%s = Shape(%x) %y = ConstantOfShape(%s) {value: const f32[1] [2.5]}", "%y = Concat(%x, %x) {axis: -2}",
    "%s = const f32[4] [1.0, 1.0, 2.0, 1.5] %y = Resize(%x, _, %s) {mode: \"linear\"}",
    "%s = const f32[4] [1.0, 1.0, 2.0, 2.0] %y = Resize(%x, _, %s) {mode: \"nearest\", coordinate_transformation_mode: \"asymmetric\", nearest_mode: \"floor\"}",
    "%s = const i64[2] [9, 3] %y = Resize(%x, _, _, %s) {mode: \"cubic\", axes: [2, 3]}",
    "%w = const f32[6,3] random(1) %y = MatMul(%x, %w)", "%z = const f32 0.0 %c = Greater(%x, %z) %n = Neg(%x) %y = Where(%c, %x, %n)",
    "%s = const f32 0.02 %z = const u8 128 %q = QuantizeLinear(%x, %s, %z) %y = DequantizeLinear(%q, %s, %z)",
    "%s = const f32[4] [0.02, 0.03, 0.01, 0.05] %q = QuantizeLinear(%x, %s) {output_dtype: i8} %y = DequantizeLinear(%q, %s)",
    "%w = const i4[6,8] hex \"1032547698badcfe0123456789abcdef1032547698badcfe\" %s = const f32[2,8] random(3) %f = DequantizeLinear(%w, %s) {axis: 0, block_size: 3} %y = MatMul(%x, %f)",
    "%w = const i4[6,8] hex \"1032547698badcfe0123456789abcdef1032547698badcfe\" %s = const f32[2,8] random(3) %f = DequantizeLinear(%w, %s) {axis: 0, block_size: 4} %y = MatMul(%x, %f)",
    "%t = const i32 1 %y = CastLike(%x, %t)", "%f = Flatten(%x) %y = Einsum(%f, %f) {equation: \"ab, cb -> ac\"}",
  ]

  @Test(arguments: bodies) func nodes(_ body: String) throws {
    let results = body.contains("%z = ") && (body.contains("Split") || body.contains("TopK")) ? "%y, %z" : body.contains("%m, %d =") ? "%y, %m, %d" : "%y"
    try RoundTrip("graph main(%x: f32[N,4,6,6]) -> (\(results)) { \(body) }").expectSame()
  }

  @Test func gemm() throws {
    for attributes in ["", "{transB: 1}", "{transA: 1, alpha: 0.5, beta: 2.0}"] {
      try RoundTrip("graph main(%a: f32[4,4], %b: f32[4,4], %c: f32[4]) -> (%y) { %y = Gemm(%a, %b, %c) \(attributes) }").expectSame()
    }
  }

  @Test func scatters() throws {
    let head = "graph main(%x: f32[4,3]) -> (%y) { "
    for reduction in ["none", "add", "mul", "max", "min"] {
      try RoundTrip(
        head + "%i = const i64[2,1] [3, 1] %u = const f32[2,3] random(4) %y = ScatterND(%x, %i, %u) {reduction: \"\(reduction)\"} }").expectSame()
      try RoundTrip(
        head + "%i = const i64[1,3] [3, -3, 2] %u = const f32[1,3] random(4) %y = ScatterElements(%x, %i, %u) {reduction: \"\(reduction)\"} }").expectSame()
    }
    try RoundTrip(head + "%i = const i64[2,1] [3, 1] %y = GatherND(%x, %i) }").expectSame()
    try RoundTrip(head + "%i = const i64[2,3] [0, 1, -1, 2, 0, 1] %y = GatherElements(%x, %i) }").expectSame()
    try RoundTrip(head + "%i = const i64[3] [0, 2, -1] %d = const i64 4 %v = const f32[2] [0.5, 2.0] %y = OneHot(%i, %d, %v) }").expectSame()
  }

  @Test func ranges() throws {
    try RoundTrip(
      "graph main(%x: f32[N]) -> (%y) { %z = const i64 0 %o = const i64 1 %s = Size(%x) %r = Range(%z, %s, %o) %y = Cast(%r) {to: f32} }").expectSame()
    try RoundTrip("graph main(%x: f32[3,4]) -> (%y) { %y = EyeLike(%x) {k: 1} }").expectSame()
  }

  static let sequences = [
    "%w = const f32[1,12,5] random(1) %r = const f32[1,12,3] random(2) %b = const f32[1,24] random(3) %y, %h, %c = LSTM(%x, %w, %r, %b) {hidden_size: 3}",
    "%w = const f32[2,12,5] random(1) %r = const f32[2,12,3] random(2) %y, %h, %c = LSTM(%x, %w, %r) {hidden_size: 3, direction: \"bidirectional\"}",
    "%w = const f32[1,9,5] random(1) %r = const f32[1,9,3] random(2) %b = const f32[1,18] random(3) %y, %h = GRU(%x, %w, %r, %b) {hidden_size: 3, linear_before_reset: 1}",
    "%w = const f32[1,9,5] random(1) %r = const f32[1,9,3] random(2) %b = const f32[1,18] random(3) %y, %h = GRU(%x, %w, %r, %b) {hidden_size: 3, direction: \"reverse\"}",
    "%w = const f32[1,3,5] random(1) %r = const f32[1,3,3] random(2) %b = const f32[1,6] random(3) %y, %h = RNN(%x, %w, %r, %b) {hidden_size: 3}",
  ]

  @Test(arguments: sequences) func recurrentLayers(_ body: String) throws {
    let results = body.contains("LSTM") ? "%y, %h, %c" : "%y, %h"
    try RoundTrip("graph main(%x: f32[T,2,5]) -> (\(results)) { \(body) }").expectSame()
  }

  @Test func branches() throws {
    try RoundTrip(
      """
      graph main(%x: f32[N,3]) -> (%y) {
        %zero = const f32 0.0  %sum = ReduceSum(%x) {keepdims: 0}  %c = Greater(%sum, %zero)  %n = Neg(%x)
        %y = If(%c, %x, %n) {
          else_branch: graph e() captures(%a, %b) -> (%p) { %p = Relu(%b) },
          then_branch: graph t() captures(%u, %v) -> (%q) { %q = Add(%u, %v) }}
      }
      """).expectSame()
  }

  @Test func loops() throws {
    try RoundTrip(
      """
      graph main(%x: f32[3]) -> (%last, %all) {
        %count = const i64 4  %go = const bool true  %step = const f32[3] [1.0, 2.0, 3.0]
        %last, %all = Loop(%count, %go, %x, %step) {
          body: graph b(%i: i64, %before: bool, %state: f32[3]) captures(%s) -> (%after, %next, %square) {
            %after = Identity(%before)  %next = Add(%state, %s)  %square = Mul(%next, %next)
          }}
      }
      """).expectSame()
  }

  @Test(arguments: ["", ", scan_input_directions: [1], scan_output_directions: [1]", ", scan_input_axes: [1], scan_output_axes: [1]"])
  func scans(_ attributes: String) throws {
    try RoundTrip(
      """
      graph main(%s: f32[4], %x: f32[4,4]) -> (%end, %all) {
        %end, %all = Scan(%s, %x) {num_scan_inputs: 1\(attributes),
          body: graph b(%state: f32[4], %slice: f32[4]) -> (%next, %out) { %next = Add(%state, %slice)  %out = Neg(%next) }}
      }
      """).expectSame()
  }
}
