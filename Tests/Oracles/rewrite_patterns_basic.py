"""Rows 1 to 43 of the catalogue: what has no effect, shapes, constants, control flow."""
import numpy as np
from onnx import TensorProto, helper
from pattern_builder import pattern

FLOAT, DOUBLE, INT32, INT64 = TensorProto.FLOAT, TensorProto.DOUBLE, TensorProto.INT32, TensorProto.INT64
FIXED = ("plain", "branch", "loop", "function")


@pattern(1, 2)
def identity(b):
    return b.Neg(b.Identity(b.Relu(b.input(2, 3))))


@pattern(2, 2)
def dropout(b):
    return b.Neg(b.Dropout(b.Relu(b.input(2, 3)), 0.5))


@pattern(3, 2)
def noop_cast(b):
    return b.Neg(b.Cast(b.Relu(b.input(2, 3)), to=FLOAT))


@pattern(4, [2, 3, 2], forms=[(DOUBLE, FLOAT), (DOUBLE, INT32), (DOUBLE, DOUBLE, FLOAT)])
def cast_chain(b, types):
    x = b.Relu(b.input(2, 3))
    for t in types:
        x = b.Cast(x, to=t)
    return b.Neg(x)


@pattern(5, 2)
def noop_pad(b):
    return b.Neg(b.Pad(b.Relu(b.input(2, 3)), [0, 0, 0, 0]))


@pattern(6, 2, forms=[([0], [3], [1], [1]), ([0, 0], [2 ** 31 - 1] * 2, [0, 1], [1, 1]), ([-3], [2 ** 63 - 1], [1], [1])])
def noop_slice(b, form):
    return b.Neg(b.Slice(b.Relu(b.input(2, 3)), *form))


@pattern(7, 2)
def noop_transpose(b):
    return b.Neg(b.Transpose(b.Relu(b.input(2, 3, 4)), perm=[0, 1, 2]))


@pattern(8, [2, 3, 2], forms=[([1, 0, 2], [1, 0, 2]), ([1, 2, 0], [1, 0, 2]), ([1, 2, 0], [2, 0, 1])])
def transposes(b, form):
    x = b.Relu(b.input(2, 3, 4))
    for perm in form:
        x = b.Transpose(x, perm=perm)
    return b.Neg(x)


@pattern(8, 2)
def transposes_around_unary(b):
    x = b.Transpose(b.input(2, 3, 4), perm=[0, 2, 1])
    return b.Transpose(b.Neg(b.Relu(x)), perm=[0, 2, 1])


@pattern(9, [2, 3], forms=[[0, -1], None])
def transpose_to_reshape(b, target):
    x = b.Transpose(b.Relu(b.input(2, 4, 1, 1)), perm=[0, 2, 3, 1])
    return b.Reshape(x, target) if target else b.Neg(x)


@pattern(10, 2, forms=[[2, 3, 4], [0, 0, 0], [0, -1, 4]])
def noop_reshape(b, target):
    x = b.Relu(b.input(2, 3, 4, fixed=target[0] == 2))
    return b.Neg(b.Reshape(x, target))


@pattern(11, [2, 2, 1], forms=[([0, 12], [0, 4, 3]), ([-1], [2, 12]), ([0, 2, 6], [0, 3, 4])])
def reshapes(b, form):
    x = b.input(2, 3, 4, fixed=form[1][0] == 2)
    x = b.Reshape(b.Reshape(b.Relu(x) if form[1] != [0, 3, 4] else x, form[0]), form[1])
    return b.Neg(x) if form[1] == [0, 3, 4] else x


@pattern(12, [2, 2, 2], forms=["undo", "twice", "reshape"])
def squeezes(b, form):
    x = b.Relu(b.input(2, 1, 3, 1))
    if form == "undo":
        return b.Neg(b.Unsqueeze(b.Squeeze(x, [1]), [1]))
    if form == "twice":
        return b.Squeeze(b.Squeeze(x, [1]), [-1])
    return b.Reshape(b.Unsqueeze(x, [0]), [-1, 3])


@pattern(12, 2, forms=["twice", "undo"])
def unsqueezes(b, form):
    x = b.Relu(b.input(2, 3))
    return b.Unsqueeze(b.Unsqueeze(x, [1]), [0]) if form == "twice" else b.Neg(b.Squeeze(b.Unsqueeze(x, [-1]), [2]))


@pattern(13, 2, forms=["expand", "ones", "tile"])
def noop_expand(b, form):
    x = b.Relu(b.input(2, 3, 4))
    return b.Neg({"expand": lambda: b.Expand(x, [3, 4]), "ones": lambda: b.Expand(x, [1, 1, 1]), "tile": lambda: b.Tile(x, [1, 1, 1])}[form]())


@pattern(13, 2)
def expand_to_own_shape(b):
    x = b.Relu(b.input(2, 3, 4))
    return b.Neg(b.Expand(x, b.Shape(x)))


@pattern(14, 1, forms=["const", "shape"])
def expand_before_sum(b, form):
    x, y = b.input(2, 3, 4), b.input(3, 1, fixed=True)
    return b.Add(x, b.Expand(y, [3, 4] if form == "const" else b.Shape(x)))


@pattern(15, 2)
def single_concat(b):
    return b.Neg(b.Concat(b.Relu(b.input(2, 3)), axis=1))


@pattern(15, 3)
def nested_concat(b):
    x, y = b.Relu(b.input(2, 3)), b.Neg(b.input(2, 3))
    return b.Concat(b.Concat(x, y, axis=1), x, axis=-1)


@pattern(16, 2, forms=["cancel", "noop"])
def split(b, form):
    x = b.Relu(b.input(2, 4))
    if form == "noop":
        return b.Neg(b.Split(x, [4], axis=1))
    parts = b.Split(x, [1, 3], outputs=2, axis=1)
    return b.Neg(b.Concat(*parts, axis=-1))


@pattern(16, 4)
def split_joined_in_another_order(b):
    first, second = b.Split(b.Relu(b.input(2, 4)), [2, 2], outputs=2, axis=1)
    return b.Neg(b.Concat(second, first, axis=1))


@pattern(17, 2, forms=[("Add", 0.0), ("Mul", 1.0), ("Div", 1.0), ("Sub", 0.0), ("Pow", 1.0), ("Mul", np.ones((1, 3), np.float32)), ("Add", np.zeros(3, np.float32))])
def neutral(b, form):
    return b.Neg(getattr(b, form[0])(b.Relu(b.input(2, 3)), form[1]))


@pattern(17, 2, forms=["Or", "And"], places=FIXED)
def neutral_bool(b, form):
    x = b.Not(b.input(2, 3, dtype=np.bool_))
    return b.Cast(getattr(b, form)(x, np.array(form == "And")), to=FLOAT)


@pattern(18, 2, forms=["Relu", "Ceil", "Floor", "Round", "Sign", "Abs"])
def repeated(b, op):
    return b.Neg(getattr(b, op)(getattr(b, op)(b.input(2, 3))))


@pattern(18, 1, forms=["Neg", "Not"])
def involution(b, op):
    x = b.input(2, 3, dtype=np.bool_ if op == "Not" else np.float32)
    x = getattr(b, op)(getattr(b, op)(x))
    return b.Cast(x, to=FLOAT) if op == "Not" else b.Tanh(x)


@pattern(18, 1)
def clips(b):
    return b.Clip(b.Clip(b.input(2, 3), -1.0, 2.0), -0.5, 3.0)


@pattern(19, 1, forms=["relu first", "clip first", "relu6"])
def relu_and_clip(b, form):
    x = b.input(2, 3)
    if form == "relu first":
        return b.Clip(b.Relu(x), -1.0, 6.0)
    return b.Relu(b.Clip(x, -1.0, 6.0)) if form == "clip first" else b.Clip(b.Relu(x), 0.0, 6.0)


@pattern(20, 2, left="Softmax or Log before ArgMax")
def softmax_before_argmax(b):
    return b.ArgMax(b.Softmax(b.input(2, 5)), axis=-1, keepdims=0)


@pattern(21, 1)
def dead(b):
    x = b.input(2, 3)
    b.Exp(b.Add(x, 3.0))
    return b.Neg(x)


@pattern(22, 2)
def common(b):
    x = b.input(2, 3)
    return b.Add(b.Exp(x), b.Exp(x))


@pattern(22, 3)
def common_chain(b):
    x, y = b.input(2, 3), b.input(2, 3)
    return b.Mul(b.Exp(b.Add(x, y)), b.Exp(b.Add(x, y)))


@pattern(23, 2)
def equal_constants(b):
    x, w = b.input(2, 3), b.weight(3, 3)
    return b.MatMul(b.MatMul(x, w), w.copy())


@pattern(24, [1, 1, 1, 1], forms=["shape", "gather", "size", "slice"], places=FIXED)
def shape_of_known(b, form):
    x = b.input(2, 3, 4)
    if form == "shape":
        return b.Reshape(x, b.Concat(b.Gather(b.Shape(x), [0]), [12], axis=0))
    if form == "gather":
        return b.Mul(x, b.Cast(b.Gather(b.Shape(x), np.array(1)), to=FLOAT))
    if form == "size":
        return b.Div(x, b.Cast(b.Size(x), to=FLOAT))
    return b.Reshape(x, b.Concat([-1], b.Slice(b.Shape(x), [2], [3], [0]), axis=0))


@pattern(25, 5, places=("dynamic",))
def shape_of_cast_of_unknown_size(b):
    return shape_of_cast(b)


@pattern(25, 3, places=FIXED)
def shape_of_cast(b):
    x, y = b.Relu(b.input(2, 3)), b.input(2, 3)
    return b.Mul(b.Expand(b.Slice(y, [0], [1], [0]), b.Shape(b.Cast(x, to=DOUBLE))), x)


@pattern(26, 1, forms=["gather", "slice", "size"])
def reshape_target(b, form):
    x = b.input(2, 3, 4)
    if form == "gather":
        batch = b.Unsqueeze(b.Gather(b.Shape(x), np.array(0)), [0])
    elif form == "slice":
        batch = b.Slice(b.Shape(x), [0], [1], [0])
    else:
        batch = b.Unsqueeze(b.Div(b.Size(x), np.array(12)), [0])
    return b.Reshape(x, b.Concat(batch, [12], axis=0))


@pattern(26, 2)
def flatten_by_products(b):
    x = b.Relu(b.input(2, 3, 4, 5))
    def dim(i):
        return b.Gather(b.Shape(x), np.array(i))
    area = b.Unsqueeze(b.Mul(dim(2), dim(3)), [0])
    return b.Reshape(x, b.Concat(b.Unsqueeze(dim(0), [0]), b.Unsqueeze(dim(1), [0]), area, axis=0))


@pattern(27, 2)
def gathers_of_one_shape(b):
    x = b.Relu(b.input(2, 3, 4))
    target = b.Concat(*[b.Unsqueeze(b.Gather(b.Shape(x), np.array(i)), [0]) for i in range(3)], axis=0)
    return b.Neg(b.Reshape(x, target))


def graph_of(nodes, outputs):
    return helper.make_graph(nodes, "body", [], [helper.make_tensor_value_info(n, t, s) for n, t, s in outputs])


@pattern(28, 1, places=("plain", "dynamic"))
def constant_branch(b):
    x = b.input(2, 3)
    then = graph_of([helper.make_node("Neg", [x], ["t"])], [("t", FLOAT, None)])
    other = graph_of([helper.make_node("Exp", [x], ["e"])], [("e", FLOAT, None)])
    return b.If(np.array(True), then_branch=then, else_branch=other)


@pattern(29, 3, places=("plain",))
def counted_loop(b):
    x = b.input(2, 3)
    body = helper.make_graph(
        [helper.make_node("Identity", ["go"], ["on"]), helper.make_node("Exp", ["s"], ["s2"])], "body",
        [helper.make_tensor_value_info("i", INT64, []), helper.make_tensor_value_info("go", TensorProto.BOOL, []), helper.make_tensor_value_info("s", FLOAT, [2, 3])],
        [helper.make_tensor_value_info("on", TensorProto.BOOL, []), helper.make_tensor_value_info("s2", FLOAT, [2, 3])])
    return b.Neg(b.Loop(np.array(2), None, x, body=body))


@pattern(30, 4, places=("plain",))
def invariant_in_loop(b):
    x, y, n = b.input(2, 3), b.input(2, 3), b.input(dtype=np.int64)
    body = helper.make_graph(
        [helper.make_node("Identity", ["go"], ["on"]), helper.make_node("Exp", [y], ["e"]), helper.make_node("Add", ["s", "e"], ["s2"])], "body",
        [helper.make_tensor_value_info("i", INT64, []), helper.make_tensor_value_info("go", TensorProto.BOOL, []), helper.make_tensor_value_info("s", FLOAT, [2, 3])],
        [helper.make_tensor_value_info("on", TensorProto.BOOL, []), helper.make_tensor_value_info("s2", FLOAT, [2, 3])])
    return b.Loop(n, None, x, body=body)


@pattern(32, 1)
def unused_positions(b):
    return b.MaxPool(b.input(1, 2, 6, 6), outputs=2, kernel_shape=[2, 2])[0]


@pattern(33, [1, 1, 2, 1, 1, 1, 1, 1], forms=["ij,jk->ik", "bij,bjk->bik", "ij,kj->ik", "ij->ji", "ij->i", "ij,ij->ij", "bhid,bhjd->bhij", "i,j->ij"])
def einsum(b, equation):
    terms = equation.split("->")[0].split(",")
    return b.Einsum(*[b.input(*([3] * len(t)), fixed=True) for t in terms], equation=equation)


@pattern(34, [2, 2], forms=["slices", "gathers"])
def parts_of_one(b, form):
    x = b.input(2, 6)
    if form == "slices":
        parts = [b.Slice(x, [i], [i + 2], [1]) for i in (0, 2, 4)]
    else:
        parts = [b.Gather(x, np.arange(i, i + 2), axis=1) for i in (0, 2, 4)]
    return b.Max(*parts)


@pattern(34, 1)
def gather_as_slice(b):
    return b.Gather(b.input(2, 6), np.arange(1, 4), axis=1)


@pattern(35, 1, forms=[(([1], [5], [1]), ([1], [3], [1])), (([1], [2 ** 31 - 1], [1]), ([0], [1], [0])), (([-4], [-1], [1]), ([1], [9], [1]))])
def slices(b, form):
    x = b.input(3, 6, fixed=True)
    return b.Slice(b.Slice(x, *form[0]), *form[1])


@pattern(35, 1)
def slices_with_steps(b):
    x = b.input(3, 12, fixed=True)
    return b.Slice(b.Slice(x, [0], [12], [1], [2]), [1], [6], [1], [2])


@pattern(36, 1, forms=[True, False])
def constant_where(b, flag):
    x, y = b.input(2, 3), b.input(2, 3)
    return b.Neg(b.Where(np.full((1,), flag), x, y))


@pattern(36, 1)
def not_before_where(b):
    return b.Where(b.Not(b.input(2, 3, dtype=np.bool_)), b.input(2, 3), b.input(2, 3))


@pattern(36, 1)
def not_twice_before_where(b):
    return b.Where(b.Not(b.Not(b.input(2, 3, dtype=np.bool_))), b.input(2, 3), 0.0)


@pattern(37, [2, 1], forms=["constant", "reciprocal"], fast_math=True)
def quotients(b, form):
    x, y = b.input(2, 3), b.input(2, 3)
    return b.Neg(b.Div(x, 3.0)) if form == "constant" else b.Mul(b.Div(1.0, x), y)


@pattern(37, 1, forms=["reciprocal", "one over"])
def quotient(b, form):
    x, y = b.input(2, 3), b.input(2, 3)
    return b.Mul(b.Reciprocal(x) if form == "reciprocal" else b.Div(1.0, x), y)


@pattern(38, 1, forms=["unsqueeze", "squeeze"])
def kept_axes(b, form):
    x = b.input(2, 3, 4)
    if form == "squeeze":
        return b.Squeeze(b.ReduceMean(x, [1], keepdims=1), [1])
    return b.Unsqueeze(b.ReduceMean(x, [1], keepdims=0), [1])


@pattern(39, 1, forms=[1, 0])
def mean_of_planes(b, keep):
    return b.ReduceMean(b.input(2, 3, 4, 4), [2, 3], keepdims=keep)


@pattern(39, [1, 2], forms=["reduce", "pool"])
def pool_of_all(b, form):
    x = b.input(2, 3, 4, 4)
    return b.GlobalAveragePool(x) if form == "reduce" else b.Flatten(b.GlobalAveragePool(x))


@pattern(40, 2)
def flatten_before_gemm(b):
    x = b.Flatten(b.Relu(b.input(2, 3)))
    return b.Gemm(x, b.weight(3, 4), b.weight(4))


@pattern(40, 3)
def flatten_of_pool(b):
    x = b.Reshape(b.GlobalAveragePool(b.input(2, 3, 4, 4)), [0, -1])
    return b.Gemm(b.Flatten(x), b.weight(3, 4), b.weight(4))


@pattern(41, 1, places=FIXED)
def overwriting_scatter(b):
    x, y = b.input(2, 3), b.input(2, 3)
    return b.Neg(b.ScatterND(x, np.array([[0], [1]]), y))


@pattern(42, [3, 2], forms=["twice", "undone"])
def quantized(b, form):
    scale, zero = np.float32(0.1), np.array(3, np.uint8)
    x = b.QuantizeLinear(b.input(2, 3), scale, zero)
    if form == "twice":
        x = b.QuantizeLinear(b.DequantizeLinear(x, scale, zero), scale, zero)
        return b.Neg(b.DequantizeLinear(x, scale, zero))
    return b.DequantizeLinear(x, scale, zero)


@pattern(43, [2, 2], forms=["transpose", "reshape"])
def unary_between(b, form):
    x = b.input(2, 3, 4)
    if form == "transpose":
        return b.Transpose(b.Relu(b.Exp(b.Transpose(x, perm=[0, 2, 1]))), perm=[0, 2, 1])
    return b.Reshape(b.Relu(b.Reshape(x, [0, 12])), [0, 4, 3])
