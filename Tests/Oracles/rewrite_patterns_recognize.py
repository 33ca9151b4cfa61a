"""Rows 66 to 107 of the catalogue: functions, normalisations, attention, layout and quantisation that a graph spells out."""
import math

import numpy as np
from pattern_builder import pattern

ROOT2 = math.sqrt(2)


@pattern(66, 1, forms=range(7), opset=20)
def gelu_erf(b, form):
    x = b.input(2, 3)
    if form == 4:
        return b.Mul(x, b.Add(b.Mul(b.Erf(b.Div(x, ROOT2)), 0.5), 0.5))
    if form == 5:
        half = b.Mul(x, 0.5)
        return b.Add(half, b.Mul(half, b.Erf(b.Div(x, ROOT2))))
    if form == 6:
        return b.Mul(b.Mul(b.Add(b.Erf(b.Mul(x, b.Div(1.0, b.Sqrt(2.0)))), 1.0), 0.5), x)
    gate = b.Add(b.Erf(b.Mul(x, 1 / ROOT2) if form == 3 else b.Div(x, ROOT2)), 1.0)
    if form == 0:
        return b.Mul(b.Mul(x, gate), 0.5)
    if form == 1:
        return b.Mul(b.Mul(x, 0.5), gate)
    return b.Mul(x, b.Mul(0.5, gate)) if form == 2 else b.Div(b.Mul(x, gate), 2.0)


@pattern(67, 1, forms=range(4), opset=20)
def gelu_tanh(b, form):
    x, c = b.input(2, 3), math.sqrt(2 / math.pi)
    if form == 0:
        cube = b.Mul(0.044715, b.Pow(x, 3.0))
        return b.Mul(b.Mul(0.5, x), b.Add(1.0, b.Tanh(b.Mul(c, b.Add(x, cube)))))
    if form == 1:
        inner = b.Mul(b.Mul(x, c), b.Add(1.0, b.Mul(b.Mul(x, x), 0.044715)))
        return b.Mul(b.Mul(b.Add(b.Tanh(inner), 1.0), x), 0.5)
    if form == 2:
        cube = b.Mul(b.Mul(b.Mul(x, x), x), 0.044715)
        return b.Mul(x, b.Mul(b.Add(b.Tanh(b.Mul(b.Add(cube, x), c)), 1.0), 0.5))
    inner = b.Mul(x, b.Add(c, b.Mul(b.Mul(x, x), 0.044715 * c)))
    return b.Mul(b.Mul(x, 0.5), b.Add(b.Tanh(inner), 1.0))


@pattern(68, 3)
def quick_gelu(b):
    x = b.input(2, 3)
    return b.Mul(x, b.Sigmoid(b.Mul(x, 1.702)))


@pattern(68, 1, opset=24, enable=("RecognizeSwish",))
def quick_gelu_as_swish(b):
    x = b.input(2, 3)
    return b.Mul(x, b.Sigmoid(b.Mul(x, 1.702)))


@pattern(69, 2, opset=20)
def biased_gelu(b):
    x = b.Add(b.input(2, 3), b.weight(3))
    return b.Mul(b.Mul(x, 0.5), b.Add(b.Erf(b.Div(x, ROOT2)), 1.0))


@pattern(70, 1, forms=range(3), opset=24, enable=("RecognizeSwish",))
def swish(b, form):
    x = b.input(2, 3)
    if form == 0:
        return b.Mul(x, b.Sigmoid(x))
    if form == 1:
        return b.Mul(b.Sigmoid(b.Mul(x, 1.5)), x)
    return b.Div(x, b.Add(1.0, b.Exp(b.Neg(x))))


@pattern(70, 2, forms=range(2))
def sigmoid(b, form):
    x = b.Relu(b.input(2, 3))
    low = b.Add(1.0, b.Exp(b.Neg(x)))
    return b.Div(1.0, low) if form == 0 else b.Reciprocal(low)


@pattern(71, 1, forms=range(6))
def hard_sigmoid(b, form):
    x = b.input(2, 3)
    if form == 0:
        return b.Div(b.Clip(b.Add(x, 3.0), 0.0, 6.0), 6.0)
    if form == 1:
        return b.Mul(b.Clip(b.Add(x, 3.0), 0.0, 6.0), 1 / 6)
    if form == 2:
        return b.Clip(b.Add(b.Mul(x, 0.2), 0.5), 0.0, 1.0)
    if form == 3:
        return b.Clip(b.Add(b.Div(x, 6.0), 0.5), 0.0, 1.0)
    if form == 4:
        return b.Div(b.Min(b.Relu(b.Add(x, 3.0)), 6.0), 6.0)
    return b.Clip(b.Div(b.Add(x, 3.0), 6.0), 0.0, 1.0)


@pattern(71, 1, forms=range(6))
def hard_swish(b, form):
    x = b.input(2, 3)
    if form == 0:
        return b.Mul(x, b.Div(b.Clip(b.Add(x, 3.0), 0.0, 6.0), 6.0))
    if form == 1:
        return b.Div(b.Mul(x, b.Clip(b.Add(x, 3.0), 0.0, 6.0)), 6.0)
    if form == 2:
        return b.Mul(b.Mul(x, b.Clip(b.Add(x, 3.0), 0.0, 6.0)), 1 / 6)
    if form == 3:
        return b.Mul(x, b.HardSigmoid(x, alpha=1 / 6, beta=0.5))
    if form == 4:
        return b.Mul(b.Mul(x, 1 / 6), b.Clip(b.Add(x, 3.0), 0.0, 6.0))
    return b.Div(b.Mul(x, b.Min(b.Relu(b.Add(3.0, x)), 6.0)), 6.0)


@pattern(72, 1, forms=range(2), fast_math=True)
def softplus(b, form):
    x = b.input(2, 3)
    return b.Log(b.Add(1.0, b.Exp(x))) if form == 0 else b.Log(b.Add(b.Exp(x), 1.0))


@pattern(72, 1, forms=range(3))
def mish(b, form):
    x = b.input(2, 3)
    return b.Mul(x, b.Tanh(b.Softplus(x))) if form == 0 else b.Mul(b.Tanh(b.Softplus(x)), x) if form == 1 else b.Mish(x)


@pattern(73, 1, forms=range(9))
def leaky_relu(b, form):
    x = b.input(2, 3)
    if form == 0:
        return b.Max(x, b.Mul(x, 0.1))
    if form == 1:
        return b.Where(b.Greater(x, 0.0), x, b.Mul(x, 0.1))
    if form == 2:
        return b.Where(b.Less(x, 0.0), b.Mul(x, 0.1), x)
    if form == 3:
        return b.Sub(b.Relu(x), b.Mul(0.1, b.Relu(b.Neg(x))))
    if form == 4:
        return b.Add(b.Mul(x, 0.55), b.Mul(b.Abs(x), 0.45))
    if form == 5:
        return b.Add(b.Relu(x), b.Mul(-0.1, b.Relu(b.Neg(x))))
    if form == 6:
        return b.PRelu(x, np.full((1,), 0.1, np.float32))
    if form == 7:
        return b.Add(b.Relu(x), b.Mul(0.1, b.Min(x, 0.0)))
    return b.Add(b.Mul(0.9, b.Relu(x)), b.Mul(0.1, x))


@pattern(73, 1, forms=range(4))
def prelu(b, form):
    x, slope = b.input(2, 4, 3, 3), b.positive(4, 1, 1)
    if form == 0:
        return b.Add(b.Relu(x), b.Mul(-slope, b.Relu(b.Neg(x))))
    if form == 1:
        return b.Sub(b.Relu(x), b.Mul(slope, b.Relu(b.Neg(x))))
    if form == 2:
        return b.Add(b.Relu(x), b.Mul(slope, b.Min(x, 0.0)))
    return b.Add(b.Relu(x), b.Mul(slope, b.Mul(b.Sub(x, b.Abs(x)), 0.5)))


@pattern(74, 1, forms=range(3))
def softmax(b, form):
    x = b.input(2, 3)
    if form == 2:
        e = b.Exp(b.Sub(x, b.ReduceMax(x, [1], keepdims=1)))
        return b.Mul(e, b.Reciprocal(b.ReduceSum(e, [1], keepdims=1)))
    e = b.Exp(b.Sub(x, b.ReduceMax(x, [-1], keepdims=1)) if form else x)
    return b.Div(e, b.ReduceSum(e, [-1], keepdims=1))


@pattern(75, 1, forms=range(2), fast_math=True)
def log_softmax(b, form):
    x = b.input(2, 3)
    if form == 0:
        return b.Log(b.Softmax(x, axis=-1))
    shifted = b.Sub(x, b.ReduceMax(x, [1], keepdims=1))
    return b.Sub(shifted, b.Log(b.ReduceSum(b.Exp(shifted), [1], keepdims=1)))


@pattern(75, 2)
def biased_softmax(b):
    return b.Softmax(b.Add(b.input(2, 3, 5, 5), b.input(1, 1, 5, 5, fixed=True)), axis=-1)


@pattern(76, 1, forms=range(4))
def clamp(b, form):
    x = b.input(2, 3)
    if form == 0:
        return b.Max(b.Min(x, 2.0), -1.0)
    if form == 1:
        return b.Min(b.Max(-1.0, x), 2.0)
    return b.Min(b.Relu(x), 6.0) if form == 2 else b.Max(0.0, b.Clip(x, -1.0, 6.0))


@pattern(77, 3)
def gated_linear_unit(b):
    first, second = b.Split(b.input(2, 4), [2, 2], outputs=2, axis=1)
    return b.Mul(first, b.Sigmoid(second))


@pattern(77, 5)
def swiglu(b):
    x = b.input(2, 5, 4)
    gate, up = b.MatMul(x, b.weight(4, 6)), b.MatMul(x, b.weight(4, 6))
    return b.Mul(b.Mul(gate, b.Sigmoid(gate)), up)


@pattern(78, 1, forms=["Relu", "Clip"])
def clamp_before_quantization(b, form):
    x = b.input(2, 3)
    return b.QuantizeLinear(b.Relu(x) if form == "Relu" else b.Clip(x, 0.0, 30.0), np.float32(0.1), np.array(0, np.uint8))


def layer_normalized(b, x, form, affine=True):
    axes = [-1]
    centred = b.Sub(x, b.ReduceMean(x, axes))
    power = {"mul": lambda: b.Mul(centred, centred), "twice": lambda: b.Pow(b.Sub(x, b.ReduceMean(x, axes)), 2.0)}.get(form, lambda: b.Pow(centred, 2.0))()
    root = b.Sqrt(b.Add(b.ReduceMean(power, axes), 1e-5))
    y = b.Mul(centred, b.Reciprocal(root)) if form == "reciprocal" else b.Div(centred, root)
    return b.Add(b.Mul(y, b.positive(8)), b.weight(8)) if affine else y


@pattern(79, 1, forms=["pow", "mul", "twice", "reciprocal", "no scale", "cast"])
def layer_normalization(b, form):
    x = b.input(2, 5, 8)
    if form == "cast":
        y = layer_normalized(b, b.Cast(x, to=1), "pow")
        return b.Cast(y, to=1)
    return layer_normalized(b, x, form, affine=form != "no scale")


@pattern(79, 1, forms=["last axis", "two axes"])
def layer_normalization_of_axes(b, form):
    x = b.input(2, 5, 8)
    axes = [2] if form == "last axis" else [1, 2]
    centred = b.Sub(x, b.ReduceMean(x, axes))
    y = b.Div(centred, b.Sqrt(b.Add(b.ReduceMean(b.Mul(centred, centred), axes), 1e-5)))
    shape = (8,) if form == "last axis" else (5, 8)
    return b.Add(b.Mul(y, b.positive(*shape)), b.weight(*shape))


@pattern(80, 1, forms=range(5), opset=23)
def rms_normalization(b, form):
    x = b.input(2, 5, 8)
    square = b.Mul(x, x) if form == 1 else b.Pow(x, 2.0)
    root = b.Sqrt(b.Add(b.ReduceMean(square, [-1]), 1e-6))
    if form == 2:
        return b.Mul(b.positive(8), b.Div(x, root))
    y = b.Mul(x, b.Div(1.0, root) if form == 3 else b.Reciprocal(root))
    return y if form == 4 else b.Mul(y, b.positive(8))


@pattern(81, 2)
def skipped_layer_normalization(b):
    return layer_normalized(b, b.Add(b.input(2, 5, 8), b.input(2, 5, 8)), "pow")


@pattern(82, 1)
def instance_normalization(b):
    x = b.input(2, 4, 6, 6)
    centred = b.Sub(x, b.ReduceMean(x, [2, 3]))
    y = b.Div(centred, b.Sqrt(b.Add(b.ReduceMean(b.Mul(centred, centred), [2, 3]), 1e-5)))
    return b.Add(b.Mul(y, b.positive(4, 1, 1)), b.weight(4, 1, 1))


@pattern(82, 1, opset=21, enable=("RecognizeGroupNormalization",))
def group_normalization(b):
    x = b.input(2, 4, 6, 6)
    y = b.InstanceNormalization(b.Reshape(x, [0, 2, -1]), np.ones(2, np.float32), np.zeros(2, np.float32))
    return b.Add(b.Mul(b.Reshape(y, b.Shape(x)), b.positive(4, 1, 1)), b.weight(4, 1, 1))


@pattern(83, 1, forms=["norm", "sum of squares"])
def root_of_squares(b, form):
    x = b.input(2, 8)
    return b.ReduceL2(x, [1]) if form == "norm" else b.Sqrt(b.ReduceSum(b.Mul(x, x), [1]))


@pattern(83, 1, forms=["l1", "log sum", "sum square", "mean"])
def reductions(b, form):
    x = b.input(2, 8)
    if form == "l1":
        return b.ReduceSum(b.Abs(x), [1])
    if form == "log sum":
        return b.Log(b.ReduceSum(b.input(2, 8), [1]))
    return b.ReduceSum(b.Pow(x, 2.0), [1]) if form == "sum square" else b.Div(b.ReduceSum(x, [1]), 8.0)


@pattern(83, 1, fast_math=True)
def log_sum_exp(b):
    return b.Log(b.ReduceSum(b.Exp(b.input(2, 8)), [1]))


@pattern(83, 2, left="`LpNormalization`, `MeanVarianceNormalization`")
def l2_normalized(b):
    x = b.input(2, 8)
    return b.Div(x, b.ReduceL2(x, [1]))


@pattern(84, 4, left="anything with operators of a vendor")
def embeddings(b):
    ids = b.input(2, 5, dtype=np.int64)
    x = b.Add(b.Gather(b.weight(9, 8), ids), b.weight(5, 8))
    return layer_normalized(b, x, "pow")


@pattern(85, 2, left="sums behind a convolution into its weights, arithmetic per channel as a batch normalisation")
def arithmetic_per_channel(b):
    x = b.input(2, 4, 3, 3)
    return b.Add(b.Mul(x, b.positive(4, 1, 1)), b.weight(4, 1, 1))
