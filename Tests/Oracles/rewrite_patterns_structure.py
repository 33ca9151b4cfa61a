"""Rows 86 to 107 of the catalogue: attention, positions, layout, recurrence and quantisation."""
import math

import numpy as np
from pattern_builder import pattern


def heads(b, x, count=2, size=4):
    return b.Transpose(b.Reshape(x, [0, 0, count, size]), perm=[0, 2, 1, 3])


def attended(b, q, k, v, form="div", mask=None):
    scale = 1 / math.sqrt(4)
    if form == "both":
        q, k = b.Mul(q, math.sqrt(scale)), b.Mul(k, math.sqrt(scale))
    if form == "query":
        q = b.Mul(q, scale)
    scores = b.MatMul(q, b.Transpose(k, perm=[0, 1, 3, 2]))
    if form in ("div", "mul"):
        scores = b.Div(scores, 1 / scale) if form == "div" else b.Mul(scores, scale)
    if mask is not None:
        scores = b.Add(scores, mask)
    return b.MatMul(b.Softmax(scores, axis=-1), v)


@pattern(86, 1, forms=["div", "mul", "query", "both", "none"], opset=23)
def attention(b, form):
    q, k, v = (b.input(2, 2, 5, 4) for _ in range(3))
    return attended(b, q, k, v, form)


@pattern(86, 1, forms=["div", "mul"], opset=23)
def masked_attention(b, form):
    q, k, v = (b.input(2, 2, 5, 4) for _ in range(3))
    return attended(b, q, k, v, form, b.input(5, 5, fixed=True))


@pattern(87, 4, opset=23)
def attention_with_heads(b):
    x = b.input(2, 5, 8)
    q, k, v = (heads(b, b.MatMul(x, b.weight(8, 8))) for _ in range(3))
    return b.Reshape(b.Transpose(attended(b, q, k, v), perm=[0, 2, 1, 3]), [0, 0, 8])


@pattern(88, 1, opset=23)
def attention_with_repeated_heads(b):
    q, k, v = b.input(2, 4, 5, 4), b.input(2, 2, 5, 4), b.input(2, 2, 5, 4)
    def repeat(x):
        return b.Reshape(b.Expand(b.Unsqueeze(x, [2]), [1, 1, 2, 1, 1]), [0, 4, 5, 4])
    return attended(b, q, repeat(k), repeat(v), "mul")


@pattern(89, 1, opset=23)
def rotary_positions(b):
    x, cos, sin = b.input(2, 2, 5, 8), b.input(2, 5, 4), b.input(2, 5, 4)
    c, s = (b.Unsqueeze(b.Concat(t, t, axis=-1), [1]) for t in (cos, sin))
    first, second = b.Slice(x, [0], [4], [3]), b.Slice(x, [4], [2 ** 31 - 1], [3])
    return b.Add(b.Mul(x, c), b.Mul(b.Concat(b.Neg(second), first, axis=-1), s))


@pattern(91, 7, left="several products on packed weights, one product per head as one")
def unrolled_heads(b):
    q, k = b.input(2, 5, 8), b.input(2, 8, 5)
    parts = [b.MatMul(*pair) for pair in zip(b.Split(q, outputs=2, num_outputs=2, axis=2), b.Split(k, outputs=2, num_outputs=2, axis=1))]
    return b.Sub(b.Softmax(parts[0]), b.Softmax(parts[1]))


@pattern(94, 3, forms=["sum", "concat", "pad"])
def transposes_around(b, form):
    x, y = b.input(2, 4, 5, 3), b.input(2, 4, 5, 3)
    p, q = (b.Transpose(t, perm=[0, 3, 1, 2]) for t in (x, y))
    if form == "sum":
        z = b.Relu(b.Add(b.Tanh(p), q))
    elif form == "concat":
        z = b.Concat(b.Tanh(p), b.Relu(q), axis=1)
    else:
        z = b.Add(b.Pad(p, [0, 0, 1, 1, 0, 0, 1, 1]), b.Pad(q, [0, 0, 1, 1, 0, 0, 1, 1]))
    return b.Transpose(z, perm=[0, 2, 3, 1])


@pattern(94, [1, 1, 2, 2], forms=["mean", "slice", "softmax", "split"])
def transpose_moved(b, form):
    x = b.Transpose(b.input(2, 4, 5, 3), perm=[0, 3, 1, 2])
    if form == "mean":
        return b.ReduceMean(x, [2, 3], keepdims=0)
    if form == "slice":
        return b.Transpose(b.Slice(x, [1], [3], [1]), perm=[0, 2, 3, 1])
    if form == "softmax":
        return b.Relu(b.Transpose(b.Softmax(x, axis=1), perm=[0, 2, 3, 1]))
    first, second = b.Split(x, [1, 2], outputs=2, axis=1)
    return b.Mul(*[b.Transpose(part, perm=[0, 2, 3, 1]) for part in (first, second)])


@pattern(96, 1, forms=["CRD", "DCR"])
def depth_to_space(b, form):
    x = b.input(2, 8, 3, 5)
    if form == "CRD":
        y = b.Transpose(b.Reshape(x, [-1, 2, 2, 2, 3, 5]), perm=[0, 1, 4, 2, 5, 3])
    else:
        y = b.Transpose(b.Reshape(x, [-1, 2, 2, 2, 3, 5]), perm=[0, 3, 4, 1, 5, 2])
    return b.Reshape(y, [-1, 2, 6, 10])


@pattern(96, 1)
def space_to_depth(b):
    y = b.Transpose(b.Reshape(b.input(2, 2, 6, 10), [-1, 2, 3, 2, 5, 2]), perm=[0, 3, 5, 1, 2, 4])
    return b.Reshape(y, [-1, 8, 3, 5])


@pattern(96, 5, left="space to depth of slices put together")
def focus(b):
    x = b.input(2, 3, 6, 6)
    parts = [b.Slice(x, [i, j], [2 ** 31 - 1] * 2, [2, 3], [2, 2]) for j in (0, 1) for i in (0, 1)]
    return b.Concat(*parts, axis=1)


@pattern(97, 3)
def channel_shuffle(b):
    x = b.Transpose(b.Reshape(b.input(2, 4, 3, 3), [-1, 2, 2, 3, 3]), perm=[0, 2, 1, 3, 4])
    return b.Reshape(x, [-1, 4, 3, 3])


@pattern(97, 1)
def channel_shuffles_undone(b):
    x = b.input(2, 6, 3, 3)
    for a, c in ((2, 3), (3, 2)):
        x = b.Reshape(b.Transpose(b.Reshape(x, [-1, a, c, 3, 3]), perm=[0, 2, 1, 3, 4]), [-1, 6, 3, 3])
    return b.Neg(x)


@pattern(98, 1, forms=["tile", "expand"])
def nearest_resize(b, form):
    x = b.Reshape(b.input(2, 3, 4, 5), [-1, 3, 4, 1, 5, 1])
    x = b.Tile(x, [1, 1, 1, 2, 1, 2]) if form == "tile" else b.Expand(x, [1, 3, 4, 2, 5, 2])
    return b.Reshape(x, [-1, 3, 8, 10])


@pattern(102, 3, forms=["reshape", "transpose"])
def moved_between_quantizations(b, form):
    scale, zero = np.float32(0.1), np.array(3, np.uint8)
    x = b.DequantizeLinear(b.QuantizeLinear(b.input(2, 3, 4), scale, zero), scale, zero)
    x = b.Reshape(x, [0, 12]) if form == "reshape" else b.Transpose(x, perm=[0, 2, 1])
    return b.DequantizeLinear(b.QuantizeLinear(x, scale, zero), scale, zero)


@pattern(104, 3, left="quantisation of weights or biases in the graph, per-axis scales moved along")
def quantized_weight(b):
    scale, zero = np.float32(0.1), np.array(3, np.int8)
    return b.MatMul(b.input(2, 3), b.DequantizeLinear(b.QuantizeLinear(b.weight(3, 4), scale, zero), scale, zero))


@pattern(106, 2)
def sequential_fake_quantization(b):
    scale, zero = np.float32(0.1), np.array(3, np.uint8)
    x = b.input(2, 3)
    for _ in range(2):
        x = b.DequantizeLinear(b.QuantizeLinear(x, scale, zero), scale, zero)
    return x
