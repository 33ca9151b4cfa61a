"""Rows 44 to 65 of the catalogue: arithmetic with constants folded into layers."""
import numpy as np
from pattern_builder import pattern


def normalized(b, x, channels):
    return b.BatchNormalization(x, b.positive(channels), b.weight(channels), b.weight(channels), b.positive(channels))


def conv(b, x, channels=4, given=3, bias=True, kernel=3, **rest):
    return b.Conv(x, b.weight(channels, given // rest.get("group", 1), kernel, kernel), *([b.weight(channels)] if bias else []), **rest)


def per_channel(b, count=4):
    return b.positive(1, count, 1, 1)


@pattern(44, 1, forms=[True, False])
def conv_and_normalization(b, bias):
    return normalized(b, conv(b, b.input(2, 3, 6, 6), bias=bias), 4)


@pattern(44, 1)
def grouped_conv_and_normalization(b):
    return normalized(b, conv(b, b.input(2, 4, 6, 6), given=4, group=2), 4)


@pattern(45, 1, forms=["transposed", "grouped", "gemm", "gemm transposed"])
def others_and_normalization(b, form):
    if form == "transposed":
        return normalized(b, b.ConvTranspose(b.input(2, 3, 6, 6), b.weight(3, 4, 3, 3)), 4)
    if form == "grouped":
        return normalized(b, b.ConvTranspose(b.input(2, 4, 6, 6), b.weight(4, 3, 3, 3), b.weight(6), group=2), 6)
    if form == "gemm":
        return normalized(b, b.Gemm(b.input(2, 3), b.weight(3, 4), b.weight(4)), 4)
    return normalized(b, b.Gemm(b.input(2, 3), b.weight(4, 3), b.weight(4), transB=1), 4)


@pattern(45, 1)
def matmul_and_normalization(b):
    return normalized(b, b.MatMul(b.input(2, 3), b.weight(3, 4)), 4)


@pattern(45, 1)
def sum_after_matmul_and_normalization(b):
    return normalized(b, b.Add(b.MatMul(b.input(2, 3), b.weight(3, 4)), b.weight(4)), 4)


@pattern(46, 2, forms=["alone", "scaled"])
def normalization_alone(b, form):
    x = normalized(b, b.Relu(b.input(2, 4, 6, 6)), 4)
    return x if form == "alone" else b.Mul(x, per_channel(b))


@pattern(47, 1, forms=["Mul", "Add", "Sub", "Div", "swapped Sub", "scalar", "vector of ones"])
def conv_and_arithmetic(b, form):
    x = conv(b, b.input(2, 3, 6, 6), bias=form != "Add")
    if form == "swapped Sub":
        return b.Sub(per_channel(b), x)
    if form == "scalar":
        return b.Mul(x, 0.7)
    if form == "vector of ones":
        return b.Mul(x, np.full((1, 1, 1, 1), 0.3, np.float32))
    return getattr(b, form)(x, per_channel(b))


@pattern(47, 1, forms=["Mul", "Add", "Sub", "Div"])
def transposed_conv_and_arithmetic(b, form):
    return getattr(b, form)(b.ConvTranspose(b.input(2, 3, 6, 6), b.weight(3, 4, 3, 3), b.weight(4)), per_channel(b))


@pattern(47, 1)
def conv_and_chain(b):
    return b.Add(b.Mul(conv(b, b.input(2, 3, 6, 6)), per_channel(b)), per_channel(b))


@pattern(47, 1)
def conv_and_negation(b):
    return b.Neg(conv(b, b.input(2, 3, 6, 6)))


@pattern(48, [2, 2, 2, 3], forms=["scale", "quotient", "shift", "padded shift"])
def arithmetic_and_conv(b, form):
    x = b.Relu(b.input(2, 3, 6, 6))
    if form == "scale":
        return conv(b, b.Mul(x, per_channel(b, 3)))
    if form == "quotient":
        return conv(b, b.Div(x, 255.0))
    return conv(b, b.Add(x, per_channel(b, 3)), pads=[1, 1, 1, 1] if form == "padded shift" else [0, 0, 0, 0])


@pattern(49, 1)
def image_statistics(b):
    x = b.Div(b.Sub(b.input(2, 3, 6, 6), per_channel(b, 3)), per_channel(b, 3))
    return conv(b, x)


@pattern(49, 2, left="image statistics and channel order into the first convolution")
def channel_order(b):
    return conv(b, b.Gather(b.input(2, 3, 6, 6), [2, 1, 0], axis=1))


@pattern(50, 1, forms=["right", "left"])
def matmul_and_bias(b, form):
    x = b.MatMul(b.input(2, 3), b.weight(3, 4))
    return b.Add(x, b.weight(4)) if form == "right" else b.Add(b.weight(4), x)


@pattern(50, 2)
def batched_matmul_and_bias(b):
    return b.Add(b.MatMul(b.input(2, 5, 3), b.weight(3, 4)), b.weight(4))


@pattern(50, 1)
def matmul_and_bias_of_inputs(b):
    return b.Add(b.MatMul(b.input(2, 3), b.input(3, 4, fixed=True)), b.input(4, fixed=True))


@pattern(51, 1, forms=["bias", "twice", "alpha", "sum"])
def gemm_and_more(b, form):
    x = b.input(2, 3)
    if form == "bias":
        return b.Add(b.Gemm(x, b.weight(3, 4)), b.weight(4))
    if form == "twice":
        return b.Add(b.Gemm(x, b.weight(3, 4), b.weight(4)), b.weight(4))
    if form == "alpha":
        return b.Mul(b.Gemm(x, b.weight(3, 4), b.weight(4), alpha=0.5), 2.0)
    return b.Sum(b.Gemm(x, b.weight(3, 4)), b.weight(4))


@pattern(51, 3)
def gemm_and_residual(b):
    x = b.Relu(b.input(2, 4))
    return b.Add(b.Gemm(x, b.weight(4, 4)), x)


@pattern(52, 1, forms=["left", "right", "product"])
def transpose_and_product(b, form):
    if form == "left":
        return b.Gemm(b.Transpose(b.input(3, 2, fixed=True), perm=[1, 0]), b.weight(3, 4), b.weight(4))
    if form == "right":
        return b.Gemm(b.input(2, 3), b.Transpose(b.input(4, 3, fixed=True), perm=[1, 0]), b.weight(4))
    return b.MatMul(b.input(2, 3), b.Transpose(b.weight(4, 3), perm=[1, 0]))


@pattern(52, 1)
def transpose_and_matmul(b):
    return b.MatMul(b.Transpose(b.input(3, 2, fixed=True), perm=[1, 0]), b.input(3, 4, fixed=True))


@pattern(52, 2)
def product_of_transposes(b):
    x = b.Transpose(b.input(2, 5, 3), perm=[0, 2, 1])
    return b.MatMul(x, b.weight(5, 4))


@pattern(53, 1, forms=["after", "before", "quotient"])
def scaled_product(b, form):
    x, w = b.input(2, 5, 3), b.weight(3, 4)
    if form == "before":
        return b.MatMul(b.Mul(x, 0.5), w)
    return b.Mul(b.MatMul(x, w), 0.5) if form == "after" else b.Div(b.MatMul(x, w), 4.0)


@pattern(54, 1, forms=["Mul", "Add", "Sub", "Div", "mixed"])
def chains(b, form):
    x = b.input(2, 3)
    if form == "mixed":
        return b.Mul(b.Div(x, 2.0), b.weight(3))
    return getattr(b, form)(getattr(b, form)(x, b.positive(3)), b.positive(3))


@pattern(54, 2)
def linear_chain(b):
    x = b.input(2, 3)
    return b.Mul(b.Add(b.Mul(x, 2.0), 1.0), 0.5)


@pattern(54, 2)
def branches_with_constants(b):
    x, y = b.input(2, 3), b.input(2, 3)
    return b.Add(b.Add(x, 1.0), b.Add(y, 2.0))


@pattern(55, 1, forms=["conv", "max pool", "average pool"])
def pad_and_window(b, form):
    x = b.input(2, 3, 6, 6)
    if form == "conv":
        return conv(b, b.Pad(x, [0, 0, 1, 1, 0, 0, 1, 1]))
    if form == "max pool":
        return b.MaxPool(b.Pad(x, [0, 0, 1, 1, 0, 0, 1, 1], -np.float32(np.inf)), kernel_shape=[3, 3])
    return b.AveragePool(b.Pad(x, [0, 0, 1, 1, 0, 0, 1, 1]), kernel_shape=[3, 3], count_include_pad=1)


@pattern(55, 2)
def relu_pad_and_max_pool(b):
    return b.MaxPool(b.Pad(b.Relu(b.input(2, 3, 6, 6)), [0, 0, 1, 1, 0, 0, 1, 1]), kernel_shape=[3, 3])


@pattern(56, 1)
def pointwise_product(b):
    return b.MatMul(b.input(2, 5, 3), b.weight(3, 4))


@pattern(57, 5, left="three products on one input as one")
def three_products(b):
    x = b.input(2, 5, 4)
    q, k, v = (b.MatMul(x, b.weight(4, 4)) for _ in range(3))
    return b.Add(b.Mul(q, k), v)


@pattern(58, 4, left="split, convolve, join as groups")
def split_convolutions(b):
    parts = b.Split(b.input(2, 4, 6, 6), outputs=2, num_outputs=2, axis=1)
    return b.Concat(*[conv(b, part, 2, 2) for part in parts], axis=1)


@pattern(60, 2, left="sums behind a convolution into its weights")
def sum_after_conv(b):
    return b.ReduceSum(conv(b, b.input(2, 3, 6, 6)), [1])


@pattern(60, 3)
def sum_of_convolutions(b):
    x = b.input(2, 3, 6, 6)
    return b.Add(conv(b, x), conv(b, x))


@pattern(61, 2, left="OneHot times a matrix as Gather")
def one_hot_product(b):
    return b.MatMul(b.OneHot(b.input(2, dtype=np.int64), np.array(4), np.array([0, 1], np.float32)), b.weight(4, 3))


@pattern(62, 1, forms=["transpose", "reshape", "cast", "arithmetic"])
def constant_arithmetic(b, form):
    x, w = b.input(2, 3), b.weight(4, 3)
    if form == "transpose":
        return b.MatMul(x, b.Transpose(w))
    if form == "reshape":
        return b.MatMul(x, b.Reshape(w, [3, 4]))
    if form == "cast":
        return b.MatMul(x, b.Cast(w.T.astype(np.float64), to=1))
    return b.Add(x, b.Sqrt(b.Abs(b.Mul(b.weight(3), 2.0))))


@pattern(63, 2, forms=["Relu", "Sigmoid", "Tanh", "HardSwish", "LeakyRelu"], left="anything with operators of a vendor")
def conv_and_activation(b, op):
    return getattr(b, op)(conv(b, b.input(2, 3, 6, 6)))


@pattern(64, 3, left="anything with operators of a vendor")
def conv_residual_activation(b):
    x = b.input(2, 4, 6, 6)
    return b.Relu(b.Add(conv(b, x, 4, 4, pads=[1, 1, 1, 1]), x))


@pattern(65, 2, left="anything with operators of a vendor")
def gemm_and_activation(b):
    return b.Relu(b.Gemm(b.input(2, 3), b.weight(3, 4), b.weight(4)))
