import Testing

/// Every kind of layer: what is written says what the graph says, as the reader understands it.
@Suite struct MappingTests {
  static let activations = [
    "Abs", "Ceil", "Cos", "Elu {alpha: 0.5}", "Erf", "Exp", "Floor", "Gelu", "Gelu {approximate: \"tanh\"}", "HardSwish", "Neg", "Relu",
    "Round", "Sigmoid", "Sign", "Sin", "Softplus", "Softsign", "Tanh", "HardSigmoid {alpha: 0.3, beta: 0.4}", "Selu", "LeakyRelu {alpha: 0.2}",
    "Identity", "Reciprocal", "Atan", "Tan", "Mish", "Swish", "Swish {alpha: 1.5}", "Celu {alpha: 0.7}", "ThresholdedRelu {alpha: 0.4}",
    "Softmax {axis: 1}", "LogSoftmax {axis: -1}", "Softmax {axis: 1, coerced: 1}", "Softmax {axis: 0}", "LpNormalization {axis: 1, p: 2}",
    "LpNormalization {axis: 1, p: 1}", "GlobalAveragePool", "GlobalMaxPool", "Flatten {axis: 2}",
    "Flatten {axis: 0}", "Flatten {axis: -1}", "Transpose {perm: [2, 0, 1, 3]}", "Transpose {perm: [0, 2, 3, 1]}", "Transpose", "LRN {size: 3, alpha: 0.1}",
    "DepthToSpace {blocksize: 2}", "DepthToSpace {blocksize: 2, mode: \"CRD\"}",
    "SpaceToDepth {blocksize: 2}", "MaxPool {kernel_shape: [2, 2], strides: [2, 2]}", "MaxPool {kernel_shape: [3, 3], strides: [2, 2], ceil_mode: 1}",
    "MaxPool {kernel_shape: [3, 3], auto_pad: \"SAME_UPPER\"}", "MaxPool {kernel_shape: [3, 2], strides: [1, 2], pads: [1, 0, 0, 1]}",
    "AveragePool {kernel_shape: [3, 3], pads: [1, 1, 1, 1]}", "AveragePool {kernel_shape: [3, 3], pads: [1, 1, 1, 1], count_include_pad: 1}",
    "ReduceLogSumExp {keepdims: 0}", "ReduceMean", "ReduceMax", "ReduceL2", "ReduceSumSquare",
  ]

  @Test(arguments: activations) func oneOperand(_ operation: String) throws {
    let parts = operation.split(separator: " ", maxSplits: 1)
    let attributes = parts.count > 1 ? String(parts[1]) : ""
    try RoundTrip("graph main(%x: f32[N,4,6,6]) -> (%y) { %y = \(parts[0])(%x) \(attributes) }").expectSame()
  }

  @Test(arguments: ["Add", "Sub", "Mul", "Div", "Pow", "Max", "Min", "Mean", "Sum", "PRelu"]) func binary(_ name: String) throws {
    try RoundTrip("graph main(%a: f32[N,4], %b: f32[4]) -> (%y) { %m = Abs(%a) %y = \(name)(%m, %b) }").expectSame()
    try RoundTrip("graph main(%a: f32[N,4,3,5], %b: f32[4,1,5]) -> (%y) { %m = Abs(%a) %y = \(name)(%m, %b) }").expectSame()
    try RoundTrip("graph main(%a: f32[3,5]) -> (%y) { %m = Abs(%a) %b = const f32 1.5 %y = \(name)(%m, %b) }").expectSame()
  }

  @Test(arguments: ["Sub", "Div", "Add"]) func aNumberFirst(_ name: String) throws {
    try RoundTrip("graph main(%a: f32[3,5]) -> (%y) { %b = const f32 1.5 %y = \(name)(%b, %a) }").expectSame()
  }

  @Test(arguments: ["Equal", "Greater", "GreaterOrEqual", "Less", "LessOrEqual"]) func comparisons(_ name: String) throws {
    try RoundTrip("graph main(%a: f32[N,4], %b: f32[4]) -> (%y) { %r = Round(%a) %s = Round(%b) %y = \(name)(%r, %s) }").expectSame()
  }

  @Test(arguments: ["And", "Or", "Xor"]) func truth(_ name: String) throws {
    try RoundTrip(
      "graph main(%a: f32[N,4], %b: f32[4]) -> (%y) { %p = Greater(%a, %b) %q = Not(%p) %y = \(name)(%p, %q) }").expectSame()
  }

  static let bodies = [
    "%w = const f32[5,4,3,3] random(1) %b = const f32[5] random(2) %y = Conv(%x, %w, %b) {pads: [1, 0, 1, 0], strides: [2, 1]}",
    "%w = const f32[5,4,3,3] random(1) %c = Conv(%x, %w) %y = Relu(%c)",
    "%w = const f32[8,2,3,3] random(1) %c = Conv(%x, %w) {group: 2, auto_pad: \"SAME_LOWER\", dilations: [2, 2]} %y = LeakyRelu(%c) {alpha: 0.1}",
    "%w = const f32[4,3,3,3] random(1) %b = const f32[3] random(2) %y = ConvTranspose(%x, %w, %b) {strides: [2, 2], output_padding: [1, 1]}",
    "%w = const f32[4,3,3,3] random(1) %y = ConvTranspose(%x, %w) {group: 2, strides: [2, 2], auto_pad: \"SAME_UPPER\"}",
    "%w = const f32[4,3,3,3] random(1) %y = ConvTranspose(%x, %w) {strides: [2, 2], output_shape: [12, 12]}",
    "%w = const f32[4,3,3,3] random(1) %y = ConvTranspose(%x, %w) {strides: [2, 1], pads: [1, 0, 1, 2]}",
    "%s = const f32[4] random(1) %b = const f32[4] random(2) %m = const f32[4] random(3) %v = const f32[4] [1.0, 2.0, 0.5, 3.0] %y = BatchNormalization(%x, %s, %b, %m, %v)",
    "%s = const f32[6] random(1) %b = const f32[6] random(2) %y, %m, %d = LayerNormalization(%x, %s, %b)",
    "%s = const f32[6,6] random(1) %y, %m, %d = LayerNormalization(%x, %s) {axis: 2}",
    "%s = const f32[4] random(1) %b = const f32[4] random(2) %y = InstanceNormalization(%x, %s, %b)",
    "%s = const f32[4] random(1) %b = const f32[4] random(2) %y = GroupNormalization(%x, %s, %b) {num_groups: 2}",
    "%s = const f32[6] random(1) %y = RMSNormalization(%x, %s)",
    "%s = const f32[4,1,1] random(1) %y = PRelu(%x, %s)", "%s = const f32[6] random(1) %y = PRelu(%x, %s)", "%s = const f32[1] random(1) %y = PRelu(%x, %s)",
    "%l = const f32 -0.5 %h = const f32 0.5 %y = Clip(%x, %l, %h)", "%l = const f32 -0.5 %y = Clip(%x, %l)",
    "%y, %z = Split(%x) {axis: 2, num_outputs: 2}", "%l = const i64[2] [1, 3] %y, %z = Split(%x, %l) {axis: 1}",
    "%y, %z = Split(%x) {axis: 3, num_outputs: 2}",
    "%p = const i64[8] [0, 1, 2, 0, 0, 0, 1, 1] %y = Pad(%x, %p)", "%p = const i64[4] [1, 2, 2, 1] %a = const i64[2] [2, -1] %y = Pad(%x, %p, _, %a) {mode: \"reflect\"}",
    "%p = const i64[4] [1, 2, 2, 1] %a = const i64[2] [2, -1] %y = Pad(%x, %p, _, %a) {mode: \"edge\"}",
    "%s = const i64[2] [1, -1] %e = const i64[2] [4, -9] %a = const i64[2] [1, 2] %t = const i64[2] [1, -1] %y = Slice(%x, %s, %e, %a, %t)",
    "%s = const i64[1] [-3] %e = const i64[1] [-1] %a = const i64[1] [3] %y = Slice(%x, %s, %e, %a)",
    "%s = const i64[2] [1, 0] %e = const i64[2] [6, 6] %a = const i64[2] [2, 3] %t = const i64[2] [2, 3] %y = Slice(%x, %s, %e, %a, %t)",
    "%i = const i64[2,2] [0, 1, -1, 2] %y = Gather(%x, %i) {axis: 1}", "%i = const i64 2 %y = Gather(%x, %i) {axis: 2}",
    "%a = const i64 1 %y = CumSum(%x, %a) {reverse: 1}", "%a = const i64[2] [1, -1] %y = ReduceSum(%x, %a) {keepdims: 0}",
    "%a = const i64[0] [] %y = ReduceMax(%x, %a) {noop_with_empty_axes: 1}", "%a = const i64[1] [2] %y = ReduceMean(%x, %a)",
    "%s = const i64[3] [0, -1, 6] %y = Reshape(%x, %s)", "%r = const i64[4] [1, 2, 1, 1] %y = Tile(%x, %r)",
    "%a = const i64[1] [0] %u = Unsqueeze(%x, %a) %y = Squeeze(%u, %a)", "%y = Concat(%x, %x) {axis: -2}",
    "%s = const f32[4] [1.0, 1.0, 2.0, 1.5] %y = Resize(%x, _, %s) {mode: \"linear\"}",
    "%s = const f32[4] [1.0, 1.0, 2.0, 2.0] %y = Resize(%x, _, %s) {mode: \"nearest\", coordinate_transformation_mode: \"asymmetric\", nearest_mode: \"floor\"}",
    "%s = const f32[4] [1.0, 1.0, 2.0, 3.0] %y = Resize(%x, _, %s) {mode: \"nearest\"}",
    "%s = const i64[2] [9, 3] %y = Resize(%x, _, _, %s) {mode: \"cubic\", axes: [2, 3]}",
    "%w = const f32[6,3] random(1) %y = MatMul(%x, %w)", "%z = const f32 0.0 %c = Greater(%x, %z) %n = Neg(%x) %y = Where(%c, %x, %n)",
    "%t = Transpose(%x) {perm: [0, 1, 3, 2]} %y = MatMul(%x, %t)", "%w = const f32[4,6,3] random(1) %y = MatMul(%x, %w)",
  ]

  @Test(arguments: bodies) func nodes(_ body: String) throws {
    let results = body.contains("%y, %z = ") ? "%y, %z" : "%y"
    try RoundTrip("graph main(%x: f32[N,4,6,6]) -> (\(results)) { \(body) }").expectSame()
  }

  @Test func windowsOverOneAndThreeAxes() throws {
    try RoundTrip("graph main(%x: f32[1,4,T]) -> (%y) { %w = const f32[6,2,3] random(1) %y = Conv(%x, %w) {group: 2, pads: [1, 1]} }").expectSame()
    try RoundTrip("graph main(%x: f32[1,4,8]) -> (%y) { %w = const f32[4,3,3] random(1) %y = ConvTranspose(%x, %w) {strides: [2]} }").expectSame()
    try RoundTrip("graph main(%x: f32[1,2,5,6,7]) -> (%y) { %w = const f32[3,2,3,2,1] random(1) %y = Conv(%x, %w) {pads: [1, 0, 0, 0, 1, 0]} }").expectSame()
    try RoundTrip("graph main(%x: f32[1,4,8]) -> (%y) { %p = MaxPool(%x) {kernel_shape: [2], strides: [2]} %y = GlobalMaxPool(%p) }").expectSame()
  }

  @Test func openSizesFollow() throws {
    try RoundTrip("graph main(%x: f32[1,T,4]) -> (%y) { %s = const i64[4] [0, 0, 2, 2] %r = Reshape(%x, %s) %t = Transpose(%r) {perm: [0, 2, 1, 3]} %y = Relu(%t) }").expectSame()
    try RoundTrip("graph main(%x: f32[N,3,H,W]) -> (%y) { %s = const i64[3] [0, 3, -1] %r = Reshape(%x, %s) %y = Transpose(%r) {perm: [0, 2, 1]} }").expectSame()
  }

  @Test func gemm() throws {
    for attributes in ["", "{transB: 1}", "{transA: 1, alpha: 0.5, beta: 2.0}"] {
      try RoundTrip("graph main(%a: f32[4,4], %b: f32[4,4], %c: f32[4]) -> (%y) { %y = Gemm(%a, %b, %c) \(attributes) }").expectSame()
      try RoundTrip("graph main(%a: f32[N,4]) -> (%y) { %b = const f32[4,4] random(1) %c = const f32[4] random(2) %y = Gemm(%a, %b, %c) \(attributes.contains("transA") ? "" : attributes) }").expectSame()
    }
    try RoundTrip("graph main(%a: f32[3,4]) -> (%y) { %b = const f32[4,4] random(1) %c = const f32[3,1] random(2) %y = Gemm(%a, %b, %c) {beta: 0.5} }").expectSame()
  }

  @Test func tables() throws {
    try RoundTrip("graph main(%i: i64[N,5]) -> (%y) { %t = const f32[7,3] random(1) %y = Gather(%t, %i) }").expectSame()
    try RoundTrip("graph main(%x: f32[N,5]) -> (%y) { %i = Cast(%x) {to: i64} %a = Mul(%x, %x) %t = const f32[7,3] random(1) %j = Cast(%a) {to: i32} %m = Cast(%j) {to: f32} %z = const f32 0.0 %h = const f32 6.0 %c = Clip(%m, %z, %h) %k = Cast(%c) {to: i64} %y = Gather(%t, %k) }").expectSame()
  }

  static let sequences = [
    "%w = const f32[1,12,5] random(1) %r = const f32[1,12,3] random(2) %b = const f32[1,24] random(3) %y, %h, %c = LSTM(%x, %w, %r, %b) {hidden_size: 3}",
    "%w = const f32[2,12,5] random(1) %r = const f32[2,12,3] random(2) %y, %h, %c = LSTM(%x, %w, %r) {hidden_size: 3, direction: \"bidirectional\"}",
    "%w = const f32[1,9,5] random(1) %r = const f32[1,9,3] random(2) %b = const f32[1,18] random(3) %y, %h = GRU(%x, %w, %r, %b) {hidden_size: 3, linear_before_reset: 1}",
    "%w = const f32[1,3,5] random(1) %r = const f32[1,3,3] random(2) %b = const f32[1,6] random(3) %y, %h = RNN(%x, %w, %r, %b) {hidden_size: 3}",
  ]

  @Test(arguments: sequences) func recurrentLayers(_ body: String) throws {
    let results = body.contains("LSTM") ? "%y, %h, %c" : "%y, %h"
    try RoundTrip("graph main(%x: f32[7,1,5]) -> (\(results)) { \(body) }").expectSame()
    try RoundTrip("graph main(%x: f32[7,1,5]) -> (%y) { \(body) }").expectSame()
  }

  /// Attention is one layer where it has no mask, or one that is known.
  @Test(arguments: ["", " %m = const f32[5,5] random(3) %b = Add(%a, %m)"]) func attention(_ mask: String) throws {
    let trip = try RoundTrip(
      """
      graph main(%q: f32[N,2,5,4], %k: f32[N,2,5,4], %v: f32[N,2,5,6]) -> (%y) {
        %t = Transpose(%k) {perm: [0, 1, 3, 2]} %p = MatMul(%q, %t) %s = const f32 0.4 %a = Mul(%p, %s)\(mask)
        %w = Softmax(\(mask.isEmpty ? "%a" : "%b")) %y = MatMul(%w, %v)
      }
      """)
    #expect(String(decoding: try network(trip.files), as: UTF8.self).contains("SDPA"))
    try trip.expectSame()
  }

  @Test func headsThatShareKeys() throws {
    let trip = try RoundTrip("graph main(%q: f32[1,4,3,4], %k: f32[1,2,5,4], %v: f32[1,2,5,4]) -> (%y) { %y = Attention(%q, %k, %v) }")
    #expect(String(decoding: try network(trip.files), as: UTF8.self).contains("SDPA"))
    try trip.expectSame()
  }

  @Test func halvedWeightsComeBackRounded() throws {
    let text = "graph main(%x: f32[1,4,6,6]) -> (%y) { %w = const f32[5,4,3,3] random(1) %y = Conv(%x, %w) }"
    let (whole, half) = (try RoundTrip(text), try RoundTrip(text, halvesWeights: true))
    #expect(try weights(half.files).count < weights(whole.files).count * 6 / 10)
    let inputs = try half.source.randomInputs(seed: 3, sizes: [2])
    let (a, b) = (try half.source.evaluated(inputs)[0].floats(), try half.result.evaluated(inputs)[0].floats())
    #expect(zip(a, b).allSatisfy { abs($0 - $1) < 0.02 } && a != b)
  }
}
