"""The structural samples that the ONNX text form can say."""

MODELS = {
    "if-captured": """
<ir_version: 8, opset_import: ["": 17], producer_name: "ferry-samples">
captured (float[n] x, bool choose) => (float[n] y) <float[1] w = {2.5}> {
  h = Mul(x, w)
  z = If (choose) <
    then_branch: graph = taken () => (float[n] a) { a = Add(h, x) },
    else_branch: graph = other () => (float[n] b) {
      total = ReduceSum <keepdims: int = 0> (h)
      zero = Constant <value_float: float = 0.0> ()
      is_positive = Greater(total, zero)
      b = If (is_positive) <
        then_branch: graph = positive () => (float[n] p) { p = Sub(h, w) },
        else_branch: graph = negative () => (float[n] q) <float[1] v = {4.0}> { q = Div(x, v) }>
    }>
  y = Relu(z)
}""",
    "if-constant": """
<ir_version: 8, opset_import: ["": 17], producer_name: "ferry-samples">
constant_condition (float[n] x) => (float[n] y) <bool always = {1}> {
  y = If (always) <
    then_branch: graph = taken () => (float[n] a) { h = Neg(x) a = Exp(h) },
    else_branch: graph = dead () => (float[n] b) { b = Log(x) }>
}""",
    "loop": """
<ir_version: 8, opset_import: ["": 17], producer_name: "ferry-samples">
loop (float[n] x) => (float[n] last, float[steps, n] all) <int64 trips = {5}, float[1] rate = {0.5}, float limit = {1000.0}> {
  go = Constant <value: tensor = bool {1}> ()
  last, all = Loop (trips, go, x) <body: graph = step (int64 i, bool before, float[n] state) => (bool after, float[n] next, float[n] seen) {
    change = Mul(state, rate)
    next = Add(state, change)
    magnitude = Abs(next)
    greatest = ReduceMax <keepdims: int = 0> (magnitude)
    after = Less(greatest, limit)
    seen = Add(next, x)
  }>
}""",
    "scan": """
<ir_version: 8, opset_import: ["": 17], producer_name: "ferry-samples">
scan (float[3] start, float[length, 3] x) => (float[3] end, float[length, 3] running) {
  end, running = Scan (start, x) <num_scan_inputs: int = 1, scan_input_directions: ints = [1], scan_output_axes: ints = [0],
    body: graph = step (float[3] state, float[3] row) => (float[3] next, float[3] out) {
      next = Add(state, row)
      out = Tanh(next)
    }>
}""",
    "functions": """
<ir_version: 8, opset_import: ["": 17, "ferry.samples": 1], producer_name: "ferry-samples">
uses_functions (float[n, 4] x) => (float[n, 4] y, float[n, 4] z) {
  y = ferry.samples.Leaky <alpha: float = 0.25> (x)
  z = ferry.samples.Twice (x)
}
<domain: "ferry.samples", opset_import: ["": 17, "ferry.samples": 1]>
Twice <alpha: float = 0.5> (v) => (r) {
  a = ferry.samples.Leaky <alpha: float = @alpha> (v)
  r = ferry.samples.Leaky <alpha: float = @alpha> (a)
}
<domain: "ferry.samples", opset_import: ["": 17]>
Leaky <alpha> (v) => (r) {
  slope = Constant <value_float: float = @alpha> ()
  like = CastLike(slope, v)
  zero = Sub(v, v)
  low = Min(v, zero)
  high = Max(v, zero)
  small = Mul(low, like)
  r = Add(high, small)
}""",
    "opset-6": """
<ir_version: 3, opset_import: ["": 6], producer_name: "ferry-samples">
opset_6 (float[n, 3, 6, 6] x, float[3] scale, float[3] shift, float[3] mean, float[3] var, float[3] more) => (float[n, 3, 6, 6] y)
<float[3] scale = {1.0, 2.0, 0.5}, float[3] shift = {0.0, 1.0, -1.0}, float[3] mean = {0.1, 0.2, 0.3}, float[3] var = {1.0, 0.5, 2.0},
 float[3] more = {0.5, 1.0, 1.5}> {
  a = BatchNormalization <is_test: int = 1, spatial: int = 1, epsilon: float = 0.001, momentum: float = 0.99> (x, scale, shift, mean, var)
  b = Dropout <is_test: int = 1, ratio: float = 0.3> (a)
  c = Add <broadcast: int = 1, axis: int = 1> (b, more)
  y = Clip <min: float = 0.0, max: float = 6.0> (c)
}""",
    "opset-7": """
<ir_version: 3, opset_import: ["": 7], producer_name: "ferry-samples">
opset_7 (float[2, 3, 6, 6] x, float[3] scale, float[3] shift, float[3] mean, float[3] var) => (float[2, 3, 12, 12] y, float[2, 3] s)
<float[3] scale = {1.0, 2.0, 0.5}, float[3] shift = {0.0, 1.0, -1.0}, float[3] mean = {0.1, 0.2, 0.3}, float[3] var = {1.0, 0.5, 2.0}> {
  a = BatchNormalization <epsilon: float = 0.001, momentum: float = 0.99> (x, scale, shift, mean, var)
  b = Dropout <ratio: float = 0.3> (a)
  c = Clip <min: float = -1.0, max: float = 1.0> (b)
  d = Pad <mode: string = "reflect", pads: ints = [0, 0, 1, 1, 0, 0, 1, 1]> (c)
  e = Slice <axes: ints = [2, 3], starts: ints = [1, -7], ends: ints = [7, 2147483647]> (d)
  f = Slice <axes: ints = [3], starts: ints = [0], ends: ints = [6]> (e)
  y = Upsample <mode: string = "nearest", scales: floats = [1.0, 1.0, 2.0, 2.0]> (f)
  g = GlobalMaxPool(y)
  h = Squeeze <axes: ints = [2, 3]> (g)
  i = Unsqueeze <axes: ints = [0]> (h)
  j = ReduceSum <axes: ints = [0], keepdims: int = 0> (i)
  s = Softmax(j)
}""",
    "opset-9": """
<ir_version: 4, opset_import: ["": 9], producer_name: "ferry-samples">
opset_9 (float[n, 2, 4, 4] x) => (float[n, 2, 8, 8] y, float[n, 2, 4, 3] values, int64[n, 2, 4, 3] places) <float[4] scales = {1.0, 1.0, 2.0, 2.0}> {
  y = Upsample <mode: string = "nearest"> (x, scales)
  values, places = TopK <axis: int = -1, k: int = 3> (x)
}""",
    "sequences": """
<ir_version: 8, opset_import: ["": 17], producer_name: "ferry-samples">
sequences (seq(float[n]) many, float[n] one) => (seq(float[n]) longer, float[n] first, int64 count) {
  longer = SequenceInsert(many, one)
  zero = Constant <value: tensor = int64 {0}> ()
  first = SequenceAt(many, zero)
  count = SequenceLength(longer)
}""",
    "optional": """
<ir_version: 8, opset_import: ["": 18], producer_name: "ferry-samples">
optionals (optional(float[n]) maybe, float[n] otherwise) => (float[n] y) {
  is_there = OptionalHasElement(maybe)
  y = If (is_there) <
    then_branch: graph = present () => (float[n] a) { a = OptionalGetElement(maybe) },
    else_branch: graph = absent () => (float[n] b) { b = Neg(otherwise) }>
}""",
    "custom-domain": """
<ir_version: 8, opset_import: ["": 17, "com.example.port": 3], producer_name: "ferry-samples">
custom (float[n, 4] x) => (float[n, 4] y) {
  a = Relu(x)
  b, extra = com.example.port.Dock <berth: int = 7, name: string = "north", tides: floats = [0.5, 1.5]> (a, , x)
  y = Add(b, extra)
}""",
    "omitted-and-unnamed": """
<ir_version: 8, opset_import: ["": 17], producer_name: "ferry-samples">
omitted (float[5, n, 1] x) => (float[1, n, 2] last, float[5, n, 1] y)
<float top = {1.0}, float[1, 8, 1] w = {0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8}, float unused = {3.0},
 float[1, 8, 2] r = {0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8}> {
  c = Clip(x, , top)
  , last = LSTM <hidden_size: int = 2> (c, w, r)
  y, mask = Dropout(c)
  dead = Neg(last)
}""",
}

ANNOTATED = """
<ir_version: 11, opset_import: ["": 21, "ferry.samples": 1], producer_name: "ferry-samples">
annotated (float[batch, 3] x) => (float[batch, 2] y)
<float[3, 2] w = {0.5, -1.0, 1.5, 2.0, -0.25, 0.75}, float scale = {0.02}, int8 zero = {0}, float[batch, 2] h> {
  [product] h = MatMul(x, w)
  [doubled] y = ferry.samples.Double(h)
}
<domain: "ferry.samples", opset_import: ["": 21]>
Double (v) => (r) { [sum] r = Add(v, v) }
"""
