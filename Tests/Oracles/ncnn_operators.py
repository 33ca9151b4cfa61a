"""Each operator that is written for ncnn, in small models that its own runtime runs.

    ncnn_operators.py [--ferry PATH] [--only WORD]

Contract: builds an ONNX model for each case, converts it with `ferry convert --to ncnn`, which verifies it by reading it back, and holds
it against ONNX Runtime as compare_ncnn.py does; products of 8-bit integers may be 1 % of the largest value apart. Prints what differs or is not written, and a count. Exit status 1 when something is.
"""
import argparse
import pathlib
import subprocess
import sys
import tempfile

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from compare_ncnn import Comparison, run_all

TOP = pathlib.Path(__file__).resolve().parents[2]
FLOAT, INT64, BOOL = TensorProto.FLOAT, TensorProto.INT64, TensorProto.BOOL
generator = np.random.default_rng(7)


def rand(*shape):
    return generator.standard_normal(shape).astype(np.float32)


def ints(*values):
    return np.array(values, np.int64)


class Case:
    """A chain of nodes; operands are names, arrays become initializers."""

    def __init__(self, name, inputs, outputs, *nodes, opset=21):
        self.name, self.opset, self.constants = name, opset, []
        self.inputs = [helper.make_tensor_value_info(n, t, s) for n, (t, s) in inputs.items()]
        self.outputs = [helper.make_tensor_value_info(n, t, None) for n, t in outputs.items()]
        self.nodes = [self.node(*node) for node in nodes]

    def node(self, kind, operands, results, attributes=None):
        names = []
        for operand in operands:
            if isinstance(operand, (np.ndarray, np.generic)):
                self.constants.append(numpy_helper.from_array(np.asarray(operand), f"k{len(self.constants)}"))
                operand = self.constants[-1].name
            names.append(operand)
        return helper.make_node(kind, names, results.split(), **(attributes or {}))

    def model(self):
        graph = helper.make_graph(self.nodes, "g", self.inputs, self.outputs, self.constants)
        domains = {"": self.opset, **{node.domain: 1 for node in self.nodes if node.domain}}
        return helper.make_model(graph, opset_imports=[helper.make_opsetid(*entry) for entry in domains.items()], ir_version=10)


IMAGE = {"x": (FLOAT, ["N", 4, 6, 8])}
SHAPES = [["N", 5], [3, 5], ["N", 4, 5], [3, 4, 5], ["N", 4, 3, 5], [2, 4, 3, 5], ["N", 2, 3, 4, 5], [7], [1, 1, 6]]


def unary_cases():
    kinds = ["Abs", "Ceil", "Cos", "Elu", "Erf", "Exp", "Floor", "Gelu", "HardSigmoid", "HardSwish", "LeakyRelu", "Mish", "Neg", "Relu", "Round",
             "Selu", "Celu", "ThresholdedRelu", "Sigmoid", "Sign", "Sin", "Softplus", "Softsign", "Tanh", "Atan", "Tan", "Reciprocal", "Identity", "Softmax", "LogSoftmax"]
    for kind in kinds:
        for shape in SHAPES[2:6] if kind not in ("Relu", "Softmax", "LogSoftmax") else SHAPES:
            yield Case(f"{kind} {shape}", {"x": (FLOAT, shape)}, {"y": FLOAT}, (kind, ["x"], "y"))
    for kind in ["Sqrt", "Log", "Acos", "Asin"]:
        yield Case(kind, IMAGE, {"y": FLOAT}, ("Sigmoid", ["x"], "s"), (kind, ["s"], "y"))
    for axis in range(4):
        for kind in ("Softmax", "LogSoftmax"):
            yield Case(f"{kind} axis {axis}", {"x": (FLOAT, [2, 4, 3, 5])}, {"y": FLOAT}, (kind, ["x"], "y", {"axis": axis}))
    yield Case("Gelu tanh", IMAGE, {"y": FLOAT}, ("Gelu", ["x"], "y", {"approximate": "tanh"}))
    yield Case("Clip", IMAGE, {"y": FLOAT}, ("Clip", ["x", np.float32(-0.5).reshape(()), np.float32(0.5).reshape(())], "y"))
    for slope in [rand(4, 1, 1), rand(8), rand(1), rand(1, 6, 1)]:
        yield Case(f"PRelu {slope.shape}", IMAGE, {"y": FLOAT}, ("PRelu", ["x", slope], "y"))
    yield Case("PRelu vector", {"x": (FLOAT, ["N", 5])}, {"y": FLOAT}, ("PRelu", ["x", rand(5)], "y"))


def binary_cases():
    pairs = [(["N", 4, 3, 5], [5]), (["N", 4, 3, 5], [4, 1, 1]), (["N", 4, 3, 5], [3, 1]), (["N", 4, 3, 5], [1, 4, 3, 5]), ([2, 4, 3, 5], [4, 1, 5]),
             ([2, 4, 3, 5], [2, 1, 1, 1]), ([3, 1, 5], [1, 4, 1]), ([1, 4, 1, 1], [1, 1, 3, 5]), (["N", 5], [3, 5]), ([6, 1], [1, 5]), ([5], [1]),
             ([2, 1, 3, 1], [1, 4, 1, 5]), (["N", 4], [4]), ([1, 4, 1, 5], [1, 1, 3, 1])]
    for kind in ["Add", "Sub", "Mul", "Div", "Max", "Min", "Pow"]:
        for a, b in pairs if kind in ("Sub", "Div") else pairs[:4]:
            nodes = [("Abs", ["a"], "p"), ("Abs", ["b"], "q"), (kind, ["p", "q"], "y")]
            yield Case(f"{kind} {a} {b}", {"a": (FLOAT, a), "b": (FLOAT, b)}, {"y": FLOAT}, *nodes)
            yield Case(f"{kind} {a} const {b}", {"a": (FLOAT, a)}, {"y": FLOAT}, ("Abs", ["a"], "p"), (kind, ["p", abs(rand(*b))], "y"))
            yield Case(f"{kind} const {b} {a}", {"a": (FLOAT, a)}, {"y": FLOAT}, ("Abs", ["a"], "p"), (kind, [abs(rand(*b)), "p"], "y"))
    for kind in ["Equal", "Greater", "GreaterOrEqual", "Less", "LessOrEqual"]:
        yield Case(kind, {"a": (FLOAT, ["N", 4, 5]), "b": (FLOAT, [4, 1])}, {"y": BOOL}, ("Round", ["a"], "p"), ("Round", ["b"], "q"), (kind, ["p", "q"], "y"))
    zero = np.float32(0).reshape(())
    for kind in ["And", "Or", "Xor"]:
        nodes = [("Greater", ["a", zero], "p"), ("Less", ["a", np.float32(0.5).reshape(())], "q"), ("Not", ["p"], "n"), (kind, ["n", "q"], "y")]
        yield Case(kind, {"a": (FLOAT, ["N", 4, 5])}, {"y": BOOL}, *nodes)
    yield Case("Where", {"a": (FLOAT, ["N", 4, 5])}, {"y": FLOAT}, ("Greater", ["a", zero], "c"), ("Neg", ["a"], "n"), ("Where", ["c", "a", "n"], "y"))
    yield Case("Where constant", {"a": (FLOAT, ["N", 4, 5])}, {"y": FLOAT}, ("Greater", ["a", zero], "c"), ("Where", ["c", rand(5), "a"], "y"))
    yield Case("Sum Mean", {"a": (FLOAT, ["N", 4, 5]), "b": (FLOAT, [5])}, {"y": FLOAT}, ("Sum", ["a", "b", "a"], "s"), ("Mean", ["s", "b"], "y"))


def window_cases():
    for name, weight, attributes in [
        ("plain", rand(5, 4, 3, 3), {}), ("strided", rand(5, 4, 3, 2), {"strides": [2, 1], "pads": [1, 0, 0, 1]}), ("dilated", rand(6, 4, 3, 3), {"dilations": [2, 2]}),
        ("depthwise", rand(4, 1, 3, 3), {"group": 4, "pads": [1, 1, 1, 1]}), ("grouped", rand(6, 2, 3, 3), {"group": 2}), ("same", rand(5, 4, 3, 3), {"auto_pad": "SAME_UPPER", "strides": [2, 2]}),
        ("lower", rand(5, 4, 2, 2), {"auto_pad": "SAME_LOWER"}), ("pointwise", rand(16, 4, 1, 1), {}),
    ]:
        for bias in ([], [rand(weight.shape[0])]):
            yield Case(f"Conv {name} {len(bias)}", IMAGE, {"y": FLOAT}, ("Conv", ["x", weight, *bias], "c", attributes), ("Relu", ["c"], "y"))
    open_image = {"x": (FLOAT, ["N", 4, "H", "W"])}
    for kind in ("SAME_UPPER", "SAME_LOWER"):
        yield Case(f"Conv open {kind}", {"x": (FLOAT, ["N", 4, "H", "W"])}, {"y": FLOAT}, ("Pad", ["x", ints(0, 0, 3, 3, 0, 0, 4, 3)], "p"),
                   ("Conv", ["p", rand(5, 4, 3, 3)], "y", {"auto_pad": kind, "strides": [2, 2]}))
        yield Case(f"MaxPool open {kind}", open_image, {"y": FLOAT}, ("Pad", ["x", ints(0, 0, 3, 3, 0, 0, 4, 3)], "p"),
                   ("MaxPool", ["p"], "y", {"auto_pad": kind, "kernel_shape": [3, 3], "strides": [2, 2]}))
    for name, activation in [("LeakyRelu", {"alpha": 0.1}), ("Sigmoid", {}), ("Mish", {}), ("HardSwish", {})]:
        yield Case(f"Conv {name}", IMAGE, {"y": FLOAT}, ("Conv", ["x", rand(5, 4, 3, 3)], "c"), (name, ["c"], "y", activation))
    line, volume = {"x": (FLOAT, ["N", 4, 9])}, {"x": (FLOAT, ["N", 2, 5, 6, 7])}
    yield Case("Conv 1D", line, {"y": FLOAT}, ("Conv", ["x", rand(6, 4, 3), rand(6)], "y", {"strides": [2], "pads": [2, 1]}))
    yield Case("Conv 1D grouped", line, {"y": FLOAT}, ("Conv", ["x", rand(6, 2, 3)], "y", {"group": 2}))
    yield Case("Conv 3D", volume, {"y": FLOAT}, ("Conv", ["x", rand(3, 2, 3, 2, 1), rand(3)], "y", {"pads": [1, 0, 2, 0, 1, 1], "strides": [1, 2, 1]}))
    yield Case("Conv 3D depthwise", volume, {"y": FLOAT}, ("Conv", ["x", rand(2, 1, 3, 3, 3)], "y", {"group": 2}))
    for name, weight, attributes in [
        ("plain", rand(4, 3, 3, 3), {}), ("strided", rand(4, 3, 3, 2), {"strides": [2, 1], "pads": [1, 0, 0, 1]}), ("extra", rand(4, 3, 3, 3), {"strides": [2, 2], "output_padding": [1, 1]}),
        ("extra and cut", rand(4, 3, 3, 3), {"strides": [2, 2], "output_padding": [1, 1], "pads": [1, 1, 1, 1]}), ("grouped", rand(4, 3, 3, 3), {"group": 2}),
        ("depthwise", rand(4, 1, 4, 4), {"group": 4, "strides": [2, 2], "pads": [1, 1, 1, 1]}), ("same", rand(4, 3, 3, 3), {"strides": [2, 2], "auto_pad": "SAME_UPPER"}),
        ("given", rand(4, 3, 3, 3), {"strides": [2, 2], "output_shape": [13, 16]}), ("dilated", rand(4, 3, 3, 3), {"dilations": [2, 1]}),
    ]:
        yield Case(f"ConvTranspose {name}", IMAGE, {"y": FLOAT}, ("ConvTranspose", ["x", weight], "y", attributes))
    yield Case("ConvTranspose bias", IMAGE, {"y": FLOAT}, ("ConvTranspose", ["x", rand(4, 3, 2, 2), rand(3)], "y", {"strides": [2, 2]}))
    yield Case("ConvTranspose 1D", line, {"y": FLOAT}, ("ConvTranspose", ["x", rand(4, 3, 3)], "y", {"strides": [2], "pads": [1, 1], "output_padding": [1]}))
    yield Case("ConvTranspose 3D", volume, {"y": FLOAT}, ("ConvTranspose", ["x", rand(2, 3, 2, 2, 2)], "y", {"strides": [2, 2, 2]}))


def pool_cases():
    for kind in ("MaxPool", "AveragePool"):
        for attributes in [{"kernel_shape": [2, 2], "strides": [2, 2]}, {"kernel_shape": [3, 2], "pads": [1, 0, 1, 1]}, {"kernel_shape": [3, 3], "strides": [2, 2], "ceil_mode": 1},
                           {"kernel_shape": [3, 3], "auto_pad": "SAME_UPPER", "strides": [2, 2]}]:
            yield Case(f"{kind} {attributes}", IMAGE, {"y": FLOAT}, (kind, ["x"], "y", attributes))
            yield Case(f"{kind} batch 2 {attributes}", {"x": (FLOAT, [2, 4, 6, 8])}, {"y": FLOAT}, (kind, ["x"], "y", attributes))
        yield Case(f"{kind} 1D", {"x": (FLOAT, ["N", 4, 9])}, {"y": FLOAT}, (kind, ["x"], "y", {"kernel_shape": [3], "strides": [2], "pads": [1, 1]}))
        yield Case(f"{kind} 3D", {"x": (FLOAT, ["N", 2, 5, 6, 7])}, {"y": FLOAT}, (kind, ["x"], "y", {"kernel_shape": [2, 3, 2], "strides": [1, 2, 2]}))
    yield Case("AveragePool counting", IMAGE, {"y": FLOAT}, ("AveragePool", ["x"], "y", {"kernel_shape": [3, 3], "pads": [1, 1, 1, 1], "count_include_pad": 1}))
    for kind in ("GlobalAveragePool", "GlobalMaxPool"):
        for shape in (["N", 4, 6, 8], [2, 4, 6, 8], ["N", 4, 9], ["N", 2, 5, 6, 7]):
            yield Case(f"{kind} {shape}", {"x": (FLOAT, shape)}, {"y": FLOAT}, (kind, ["x"], "y"))


def movement_cases():
    for perm in ([0, 2, 3, 1], [0, 3, 1, 2], [1, 0, 2, 3], [3, 2, 1, 0], [0, 1, 3, 2]):
        for shape in (["N", 4, 6, 8], [2, 4, 6, 8]):
            yield Case(f"Transpose {perm} {shape}", {"x": (FLOAT, shape)}, {"y": FLOAT}, ("Transpose", ["x"], "t", {"perm": perm}), ("Relu", ["t"], "y"))
    import itertools
    for perm in itertools.permutations(range(4)):
        yield Case(f"Transpose of four {perm}", {"x": (FLOAT, [2, 3, 4, 5])}, {"y": FLOAT}, ("Transpose", ["x"], "y", {"perm": list(perm)}))
    for perm in itertools.permutations(range(3)):
        yield Case(f"Transpose of three {perm}", {"x": (FLOAT, [2, 3, 4])}, {"y": FLOAT}, ("Transpose", ["x"], "y", {"perm": list(perm)}))
    for target in ([0, -1], [0, 8, 24], [0, 4, -1, 2], [-1]):
        yield Case(f"Reshape {target}", IMAGE, {"y": FLOAT}, ("Reshape", ["x", ints(*target)], "y"))
    yield Case("Reshape open", {"x": (FLOAT, [1, "T", 12])}, {"y": FLOAT}, ("Reshape", ["x", ints(0, 0, 3, 4)], "r"), ("Transpose", ["r"], "y", {"perm": [0, 2, 1, 3]}))
    yield Case("Reshape two open", {"x": (FLOAT, [1, "A", "B", 4])}, {"y": FLOAT}, ("Reshape", ["x", ints(0, 0, 0, 2, 2)], "r"), ("Relu", ["r"], "y"))
    for axis in (1, 2, 3):
        yield Case(f"Flatten {axis}", {"x": (FLOAT, ["N", 4, 3, 5])}, {"y": FLOAT}, ("Flatten", ["x"], "y", {"axis": axis}))
    yield Case("Squeeze Unsqueeze", {"x": (FLOAT, ["N", 1, 6])}, {"y": FLOAT}, ("Squeeze", ["x", ints(1)], "s"), ("Unsqueeze", ["s", ints(2, 3)], "y"))
    for shape in (["N", 4, 6, 8], [2, 4, 6, 8], ["N", 4, 6]):
        for axis in range(0 if shape[0] == 2 else 1, len(shape)):
            yield Case(f"Concat {axis} {shape}", {"x": (FLOAT, shape)}, {"y": FLOAT}, ("Neg", ["x"], "n"), ("Concat", ["x", "n", "x"], "y", {"axis": axis}))
            yield Case(f"Split {axis} {shape}", {"x": (FLOAT, shape)}, {"y": FLOAT, "z": FLOAT}, ("Split", ["x"], "y z", {"axis": axis, "num_outputs": 2}))
            yield Case(f"Slice {axis} {shape}", {"x": (FLOAT, shape)}, {"y": FLOAT}, ("Slice", ["x", ints(1), ints(1 << 62), ints(axis)], "y"))
            yield Case(f"Gather {axis} {shape}", {"x": (FLOAT, shape)}, {"y": FLOAT}, ("Gather", ["x", ints(1)[0]], "y", {"axis": axis}))
            yield Case(f"Gather several {axis} {shape}", {"x": (FLOAT, shape)}, {"y": FLOAT}, ("Gather", ["x", ints(1, 0, 1)], "y", {"axis": axis}))
            yield Case(f"Slice backwards {axis} {shape}", {"x": (FLOAT, shape)}, {"y": FLOAT}, ("Slice", ["x", ints(-1), ints(-1 << 62), ints(axis), ints(-1)], "y"))
            yield Case(f"CumSum {axis} {shape}", {"x": (FLOAT, shape)}, {"y": FLOAT}, ("CumSum", ["x", ints(axis)[0]], "y", {"reverse": axis % 2}))
    yield Case("Slice steps", IMAGE, {"y": FLOAT}, ("Slice", ["x", ints(1, 0), ints(6, 8), ints(2, 3), ints(2, 3)], "y"))
    yield Case("Slice channels by steps", IMAGE, {"y": FLOAT}, ("Slice", ["x", ints(1), ints(4), ints(1), ints(2)], "y"))
    yield Case("Slice open", {"x": (FLOAT, ["N", 4, "T"])}, {"y": FLOAT}, ("Slice", ["x", ints(1), ints(1 << 62), ints(2)], "y"))
    for mode in ("constant", "edge", "reflect"):
        value = [np.float32(0.5).reshape(())] if mode == "constant" else []
        yield Case(f"Pad {mode}", IMAGE, {"y": FLOAT}, ("Pad", ["x", ints(0, 0, 1, 2, 0, 0, 2, 1), *value], "y", {"mode": mode}))
        yield Case(f"Pad channels {mode}", IMAGE, {"y": FLOAT}, ("Pad", ["x", ints(0, 1, 0, 2, 0, 2, 0, 1), *value], "y", {"mode": mode}))
        yield Case(f"Pad line {mode}", {"x": (FLOAT, ["N", 4, 5])}, {"y": FLOAT}, ("Pad", ["x", ints(0, 1, 2, 0, 2, 1), *value], "y", {"mode": mode}))
        yield Case(f"Pad four {mode}", {"x": (FLOAT, [2, 4, 3, 5])}, {"y": FLOAT}, ("Pad", ["x", ints(0, 1, 2, 0, 0, 2, 1, 3), *value], "y", {"mode": mode}))
    yield Case("Tile", {"x": (FLOAT, [2, 4, 3, 5])}, {"y": FLOAT}, ("Tile", ["x", ints(2, 1, 3, 2)], "y"))
    yield Case("Tile image", IMAGE, {"y": FLOAT}, ("Tile", ["x", ints(1, 2, 1, 3)], "y"))
    yield Case("Expand", {"x": (FLOAT, [1, 4, 1, 5])}, {"y": FLOAT}, ("Expand", ["x", ints(1, 4, 3, 5)], "y"))
    for mode in ("DCR", "CRD"):
        yield Case(f"DepthToSpace {mode}", IMAGE, {"y": FLOAT}, ("DepthToSpace", ["x"], "y", {"blocksize": 2, "mode": mode}))
    yield Case("SpaceToDepth", IMAGE, {"y": FLOAT}, ("SpaceToDepth", ["x"], "y", {"blocksize": 2}))


def product_cases():
    for a, b in [(["N", 6], [6, 3]), ([5, 6], [6, 3]), (["N", 5, 6], [6, 3]), (["N", "T", 6], [6, 3]), (["N", 4, 5, 6], [6, 3]), (["N", 4, 5, 6], [4, 6, 3]), ([2, 4, 5, 6], [2, 1, 6, 3]), ([6], [6, 3])]:
        yield Case(f"MatMul {a} const {b}", {"a": (FLOAT, a)}, {"y": FLOAT}, ("MatMul", ["a", rand(*b)], "y"))
        yield Case(f"MatMul {a} {b}", {"a": (FLOAT, a), "b": (FLOAT, b)}, {"y": FLOAT}, ("MatMul", ["a", "b"], "y"))
    yield Case("MatMul const first", {"b": (FLOAT, [6, 3])}, {"y": FLOAT}, ("MatMul", [rand(5, 6), "b"], "y"))
    for attributes in ({}, {"transB": 1}, {"alpha": 0.5, "beta": 2.0}):
        for rows in ("N", 3):
            for addend in ([], [rand(6)], [rand(1)], [rand(1, 6)]):
                yield Case(f"Gemm {attributes} {rows} {[c.shape for c in addend]}", {"a": (FLOAT, [rows, 6])}, {"y": FLOAT}, ("Gemm", ["a", rand(6, 6), *addend], "y", attributes))
        yield Case(f"Gemm open {attributes}", {"a": (FLOAT, [4, 6]), "b": (FLOAT, [6, 6])}, {"y": FLOAT}, ("Gemm", ["a", "b", rand(4, 1)], "y", attributes))
    yield Case("Gemm transA", {"a": (FLOAT, [6, 4])}, {"y": FLOAT}, ("Gemm", ["a", rand(6, 6), rand(6)], "y", {"transA": 1}))
    yield Case("Gather rows", {"i": (INT64, ["N", 5])}, {"y": FLOAT}, ("Gather", [rand(7, 3), "i"], "y"))
    yield Case("Gather floats", {"x": (FLOAT, ["N", 5])}, {"y": FLOAT}, ("Sigmoid", ["x"], "s"), ("Mul", ["s", np.float32(6.9).reshape(())], "m"), ("Cast", ["m"], "i", {"to": INT64}), ("Gather", [rand(7, 3), "i"], "y"))


def reduction_cases():
    for kind in ["ReduceSum", "ReduceMean", "ReduceMax", "ReduceMin", "ReduceProd", "ReduceL1", "ReduceL2", "ReduceSumSquare", "ReduceLogSumExp"]:
        for axes in ([1], [2], [3], [2, 3], [1, 3], [1, 2, 3]):
            for keep in (0, 1):
                yield Case(f"{kind} {axes} {keep}", IMAGE, {"y": FLOAT}, (kind, ["x", ints(*axes)], "y", {"keepdims": keep}))
    for axes in ([0], [1], [0, 2], [0, 1, 2, 3], [3]):
        yield Case(f"ReduceMean of four {axes}", {"x": (FLOAT, [2, 4, 3, 5])}, {"y": FLOAT}, ("ReduceMean", ["x", ints(*axes)], "y"))
        yield Case(f"ReduceMax of four {axes}", {"x": (FLOAT, [2, 4, 3, 5])}, {"y": FLOAT}, ("ReduceMax", ["x", ints(*axes)], "y", {"keepdims": 0}))
    yield Case("ReduceSum row", {"x": (FLOAT, ["N", 5])}, {"y": FLOAT}, ("ReduceSum", ["x", ints(1)], "y"))


def norm_cases():
    for shape in (["N", 4, 6, 8], [2, 4, 6, 8], ["N", 4, 6], ["N", 4]):
        nodes = ("BatchNormalization", ["x", rand(4), rand(4), rand(4), abs(rand(4)) + 0.1], "y")
        yield Case(f"BatchNormalization {shape}", {"x": (FLOAT, shape)}, {"y": FLOAT}, nodes)
    for shape, axis in ((["N", 4, 6, 8], -1), (["N", 4, 6, 8], 2), (["N", 4, 6, 8], 1), (["N", "T", 8], -1), (["N", 8], -1), ([2, 4, 6, 8], -1), ([2, 4, 6, 8], 2)):
        size = shape[axis:] if axis < 0 else shape[axis:]
        yield Case(f"LayerNormalization {shape} {axis}", {"x": (FLOAT, shape)}, {"y": FLOAT}, ("LayerNormalization", ["x", rand(*size), rand(*size)], "y", {"axis": axis}))
    for shape in (["N", 4, 6, 8], ["N", 4, 6], ["N", 4, 2, 3, 5]):
        yield Case(f"InstanceNormalization {shape}", {"x": (FLOAT, shape)}, {"y": FLOAT}, ("InstanceNormalization", ["x", rand(4), rand(4)], "y"))
        yield Case(f"GroupNormalization {shape}", {"x": (FLOAT, shape)}, {"y": FLOAT}, ("GroupNormalization", ["x", rand(4), rand(4)], "y", {"num_groups": 2}))
    yield Case("RMSNormalization", IMAGE, {"y": FLOAT}, ("RMSNormalization", ["x", rand(8)], "y"), opset=23)
    yield Case("LpNormalization", IMAGE, {"y": FLOAT}, ("LpNormalization", ["x"], "y", {"axis": 1}))
    yield Case("LRN", IMAGE, {"y": FLOAT}, ("LRN", ["x"], "y", {"size": 3, "alpha": 0.1}))


def resize_cases():
    for name, attributes, scale in [
        ("nearest", {"mode": "nearest", "coordinate_transformation_mode": "asymmetric", "nearest_mode": "floor"}, 2), ("nearest centred", {"mode": "nearest"}, 3),
        ("nearest down", {"mode": "nearest", "coordinate_transformation_mode": "asymmetric", "nearest_mode": "floor"}, 0.5),
        ("linear", {"mode": "linear"}, 2), ("linear torch", {"mode": "linear", "coordinate_transformation_mode": "pytorch_half_pixel"}, 2),
        ("linear aligned", {"mode": "linear", "coordinate_transformation_mode": "align_corners"}, 2), ("linear down", {"mode": "linear"}, 0.5), ("cubic", {"mode": "cubic"}, 2),
        ("cubic aligned", {"mode": "cubic", "coordinate_transformation_mode": "align_corners"}, 2),
    ]:
        scales = np.array([1, 1, scale, scale], np.float32)
        yield Case(f"Resize {name}", IMAGE, {"y": FLOAT}, ("Resize", ["x", "", scales], "y", attributes))
        yield Case(f"Resize batch 2 {name}", {"x": (FLOAT, [2, 4, 6, 8])}, {"y": FLOAT}, ("Resize", ["x", "", scales], "y", attributes))
        if scale > 1:
            yield Case(f"Resize open {name}", {"x": (FLOAT, ["N", 4, "H", "W"])}, {"y": FLOAT}, ("Pad", ["x", ints(0, 0, 3, 3, 0, 0, 3, 3)], "p"), ("Resize", ["p", "", scales], "y", attributes))
    yield Case("Resize sizes", IMAGE, {"y": FLOAT}, ("Resize", ["x", "", "", ints(1, 4, 9, 5)], "y", {"mode": "linear"}))
    yield Case("Resize line", {"x": (FLOAT, ["N", 4, 6])}, {"y": FLOAT}, ("Resize", ["x", "", np.array([1, 1, 2], np.float32)], "y", {"mode": "linear"}))


def sampling_cases():
    for mode in ("linear", "nearest", "cubic"):
        for padding in ("zeros", "border", "reflection"):
            for align in (0, 1):
                attributes = {"mode": mode, "padding_mode": padding, "align_corners": align}
                yield Case(f"GridSample {attributes}", {"x": (FLOAT, ["N", 4, 6, 8]), "g": (FLOAT, ["N", 5, 7, 2])}, {"y": FLOAT}, ("GridSample", ["x", "g"], "y", attributes))


def recurrent_cases():
    for kind, gates, extra in (("LSTM", 4, {}), ("GRU", 3, {"linear_before_reset": 1}), ("RNN", 1, {})):
        for direction, count in (("forward", 1), ("reverse", 1), ("bidirectional", 2)):
            weights = [rand(count, gates * 3, 5), rand(count, gates * 3, 3), rand(count, gates * 6)]
            attributes = {"hidden_size": 3, "direction": direction, **extra}
            for shape in ([7, 1, 5], ["T", 1, 5], [7, "N", 5]):
                yield Case(f"{kind} {direction} {shape}", {"x": (FLOAT, shape)}, {"y": FLOAT}, (kind, ["x", *weights], "y", attributes))
            results = "y h c" if kind == "LSTM" else "y h"
            yield Case(f"{kind} {direction} states", {"x": (FLOAT, [7, 1, 5])}, {"y": FLOAT, "h": FLOAT}, (kind, ["x", *weights], results, attributes))
            states = [rand(count, 1, 3)] * (2 if kind == "LSTM" else 1)
            yield Case(f"{kind} {direction} initial", {"x": (FLOAT, [7, 1, 5])}, {"y": FLOAT, "h": FLOAT}, (kind, ["x", *weights, "", *states], results, attributes))


def chosen_cases():
    """What is picked or chosen by position, infinite numbers beside it included, and what is ordered."""
    cube, zero = {"x": (FLOAT, ["N", 4, 5])}, np.float32(0).reshape(())
    for shape in (["N", 4, 5], [7], [2, 3, 4, 5]):
        yield Case(f"Where infinite {shape}", {"x": (FLOAT, shape)}, {"y": FLOAT}, ("Greater", ["x", zero], "c"), ("Log", ["x"], "l"), ("Where", ["c", "l", np.float32(-3).reshape(())], "y"))
        yield Case(f"Where infinity {shape}", {"x": (FLOAT, shape)}, {"y": FLOAT}, ("Greater", ["x", zero], "c"), ("Where", ["c", "x", np.float32(-np.inf).reshape(())], "w"), ("Exp", ["w"], "y"))
    for kind in ("ArgMax", "ArgMin"):
        for axis in (0, 1, 2):
            for last in (0, 1):
                nodes = [("Mul", ["x", np.float32(2).reshape(())], "m"), ("Round", ["m"], "r"), (kind, ["r"], "y", {"axis": axis, "select_last_index": last, "keepdims": last})]
                yield Case(f"{kind} {axis} {last}", cube, {"y": INT64}, *nodes)
    for axis, k, largest in ((-1, 3, 1), (1, 2, 0), (2, 5, 1), (1, 1, 1), (2, 1, 0)):
        nodes = [("Mul", ["x", np.float32(2).reshape(())], "m"), ("Round", ["m"], "r"), ("TopK", ["r", ints(k)], "y i", {"axis": axis, "largest": largest})]
        yield Case(f"TopK {axis} {k} {largest}", cube, {"y": FLOAT, "i": INT64}, *nodes)
    yield Case("TopK of a thousand", {"x": (FLOAT, ["N", 1000])}, {"y": FLOAT, "i": INT64}, ("TopK", ["x", ints(5)], "y i"))
    yield Case("Hardmax", cube, {"y": FLOAT}, ("Hardmax", ["x"], "y", {"axis": 1}))
    yield Case("OneHot", cube, {"y": FLOAT}, ("ArgMax", ["x"], "i", {"axis": 2, "keepdims": 0}), ("OneHot", ["i", ints(5), np.array([0.5, 2], np.float32)], "y", {"axis": 1}))
    for axis, of in ((1, 2), (2, 1)):
        yield Case(f"Gather computed {axis}", cube, {"y": FLOAT}, ("ArgMax", ["x"], "a", {"axis": of, "keepdims": 0}), ("Clip", ["a", np.int64(0), np.int64(3)], "i"), ("Gather", ["x", "i"], "y", {"axis": axis}))
        yield Case(f"GatherElements {axis}", cube, {"y": FLOAT}, ("Log", ["x"], "l"), ("ArgMax", ["x"], "i", {"axis": axis}), ("GatherElements", ["l", "i"], "y", {"axis": axis}))
    yield Case("GatherElements constant", {"x": (FLOAT, [1, 4, 5])}, {"y": FLOAT}, ("GatherElements", ["x", generator.integers(-5, 5, (1, 4, 3))], "y", {"axis": 2}))
    for mask in (False, True):
        ports = {"x": (FLOAT, ["N", 4, 6, 6]), "o": (FLOAT, ["N", 18, 4, 4]), **({"m": (FLOAT, ["N", 9, 4, 4])} if mask else {})}
        yield Case(f"DeformConv {mask}", ports, {"y": FLOAT}, ("DeformConv", ["x", rand(3, 4, 3, 3), "o", rand(3), *(["m"] if mask else [])], "y"))


def control_cases():
    info = helper.make_tensor_value_info
    for name, shape in (("open", ["n"]), ("known", [2, 3])):
        branches = {}
        for which, kind in (("then_branch", "Log"), ("else_branch", "Neg")):
            branches[which] = helper.make_graph([helper.make_node(kind, ["x"], [f"{which}_y"])], which, [], [info(f"{which}_y", FLOAT, shape)])
        yield Case(f"If {name}", {"x": (FLOAT, shape), "c": (BOOL, [])}, {"y": FLOAT}, ("If", ["c"], "y", branches))
    body = helper.make_graph(
        [helper.make_node("Identity", ["t"], ["u"]), helper.make_node("Tanh", ["a"], ["b"]), helper.make_node("Neg", ["b"], ["s"])], "body",
        [info("i", INT64, []), info("t", BOOL, []), info("a", FLOAT, [3])], [info("u", BOOL, []), info("b", FLOAT, [3]), info("s", FLOAT, [3])])
    yield Case("Loop", {"x": (FLOAT, [3])}, {"y": FLOAT, "z": FLOAT}, ("Loop", [np.int64(5).reshape(()), "", "x"], "y z", {"body": body}))
    step = helper.make_graph(
        [helper.make_node("Add", ["s", "r"], ["n"]), helper.make_node("Tanh", ["n"], ["o"])], "step", [info("s", FLOAT, [3]), info("r", FLOAT, [3])],
        [info("n", FLOAT, [3]), info("o", FLOAT, [3])])
    lstm = [rand(1, 12, 5), rand(1, 12, 3)]
    yield Case("LSTM of open length", {"x": (FLOAT, ["T", 1, 5])}, {"y": FLOAT}, ("LSTM", ["x", *lstm], "y", {"hidden_size": 3}))
    yield Case("Scan", {"s": (FLOAT, [3]), "x": (FLOAT, [6, 3])}, {"y": FLOAT, "z": FLOAT}, ("Scan", ["s", "x"], "y z", {"body": step, "num_scan_inputs": 1}))
    parts = [("SplitToSequence", ["x"], "s", {"axis": 1}), ("SequenceAt", ["s", np.int64(1).reshape(())], "a"), ("SequenceInsert", ["s", "a"], "l"), ("ConcatFromSequence", ["l"], "y", {"axis": 1})]
    yield Case("Sequences", {"x": (FLOAT, ["N", 3, 4])}, {"y": FLOAT}, *parts)
    for kind, gates, more in (("GRU", 3, {}), ("RNN", 1, {"activations": ["Relu"]}), ("LSTM", 4, {"clip": 0.5})):
        weights = [rand(1, gates * 3, 5), rand(1, gates * 3, 3), rand(1, gates * 6)]
        yield Case(f"{kind} of another form", {"x": (FLOAT, [6, 1, 5])}, {"y": FLOAT}, (kind, ["x", *weights], "y", {"hidden_size": 3, **more}))


def attention_cases():
    for name, heads, mask in (("plain", 3, None), ("single", 1, None), ("masked", 3, rand(5, 5)), ("masked by head", 3, rand(1, 3, 5, 5))):
        ports = {n: (FLOAT, ["N", heads, 5, 8]) for n in "qkv"}
        nodes = [("Transpose", ["k"], "t", {"perm": [0, 1, 3, 2]}), ("MatMul", ["q", "t"], "p"), ("Mul", ["p", np.float32(0.3)], "a")]
        if mask is not None:
            nodes.append(("Add", ["a", mask], "b"))
        nodes += [("Softmax", ["a" if mask is None else "b"], "w"), ("MatMul", ["w", "v"], "y")]
        yield Case(f"SDPA {name}", ports, {"y": FLOAT}, *nodes)
    ports = {n: (FLOAT, ["N", 3, length, 8]) for n, length in zip("qkv", "LSS")}
    begin, end = [("Transpose", ["k"], "t", {"perm": [0, 1, 3, 2]}), ("MatMul", ["q", "t"], "p"), ("Mul", ["p", np.float32(0.3)], "a")], [("Softmax", ["b"], "w"), ("MatMul", ["w", "v"], "y")]
    for name, shape in (("padding", ["N", 1, 1, "S"]), ("rows", [1, 1, "L", "S"]), ("heads", [1, 3, "L", "S"])):
        mask = [("Sigmoid", ["m"], "n"), ("Mul", ["n", np.float32(-50)], "o"), ("Add", ["a", "o"], "b")]
        yield Case(f"SDPA computed {name}", {**ports, "m": (FLOAT, shape)}, {"y": FLOAT}, *begin, *mask, *end)
    fixed = {n: (FLOAT, ["N", 3, 5, 8]) for n in "qkv"}
    chosen = [("Greater", ["m", np.float32(1).reshape(())], "c"), ("Where", ["c", np.float32(-np.inf).reshape(()), "a"], "b")]
    yield Case("SDPA chosen", {**ports, "m": (FLOAT, [1, 1, "L", "S"])}, {"y": FLOAT}, *begin, *chosen, *end)
    bits = np.array([[1, 0, 1, 1, 0]] * 2 + [[0] * 5] + [[1] * 5] * 2, np.bool_)
    for name, operands, attributes in (("causal", [], {"is_causal": 1}), ("bool", [bits], {}), ("bool causal", [bits], {"is_causal": 1}), ("lowest", [np.full((5, 5), -3.4e38, np.float32)], {"scale": 0.01})):
        yield Case(f"Attention {name}", fixed, {"y": FLOAT}, ("Attention", ["q", "k", "v", *operands], "y", attributes), opset=23)
    for name, keys in (("self", "x"), ("cross", "c")):
        nodes = []
        for part, source in (("q", "x"), ("k", keys), ("v", keys)):
            nodes += [("MatMul", [source, rand(6, 8)], f"m{part}"), ("Add", [f"m{part}", rand(8)], f"a{part}"), ("Reshape", [f"a{part}", ints(0, 0, 2, 4)], f"r{part}")]
            nodes.append(("Transpose", [f"r{part}"], f"t{part}", {"perm": [0, 2, 3, 1] if part == "k" else [0, 2, 1, 3]}))
        nodes += [("MatMul", ["tq", "tk"], "s"), ("Mul", ["s", np.float32(0.5)], "e"), ("Softmax", ["e"], "w"), ("MatMul", ["w", "tv"], "h")]
        nodes += [("Transpose", ["h"], "g", {"perm": [0, 2, 1, 3]}), ("Reshape", ["g", ints(0, 0, 8)], "f"), ("MatMul", ["f", rand(8, 6)], "l"), ("Add", ["l", rand(6)], "y")]
        yield Case(f"MultiHeadAttention {name}", {"x": (FLOAT, ["N", "T", 6]), **({"c": (FLOAT, ["N", "S", 6])} if keys == "c" else {})}, {"y": FLOAT}, *nodes)


def quantized_cases():
    scale, zero = np.float32(0.02).reshape(()), np.int8(0).reshape(())
    pair = [("QuantizeLinear", ["x", scale, zero], "q"), ("DequantizeLinear", ["q", scale, zero], "d")]
    for name, shape, attributes in (("plain", (8, 4, 3, 3), {}), ("pointwise", (8, 4, 1, 1), {}), ("depthwise", (4, 1, 3, 3), {"group": 4}), ("strided", (8, 4, 3, 3), {"strides": [2, 2], "pads": [1, 1, 1, 1]})):
        stored = generator.integers(-127, 128, shape).astype(np.int8)
        scales = (abs(rand(shape[0])) * 0.01 + 0.001).astype(np.float32)
        restored = ("DequantizeLinear", [stored, scales, np.zeros(shape[0], np.int8)], "w", {"axis": 0})
        yield Case(f"Conv int8 {name}", IMAGE, {"y": FLOAT}, *pair, restored, ("Conv", ["d", "w", rand(shape[0])], "y", attributes))
    stored = generator.integers(-127, 128, (6, 5)).astype(np.int8)
    restored = ("DequantizeLinear", [stored, np.full(6, 0.01, np.float32), np.zeros(6, np.int8)], "w", {"axis": 0})
    yield Case("Gemm int8", {"x": (FLOAT, ["N", 5])}, {"y": FLOAT}, *pair, restored, ("Gemm", ["d", "w", rand(6)], "y", {"transB": 1}))
    yield Case("Gemm int8 rows", {"x": (FLOAT, [9, 5])}, {"y": FLOAT}, *pair, restored, ("Gemm", ["d", "w", rand(6)], "y", {"transB": 1}))
    columns = ("DequantizeLinear", [stored.T.copy(), (abs(rand(6)) * 0.01 + 0.001).astype(np.float32), np.zeros(6, np.int8)], "w", {"axis": 1})
    for shape in (["N", 5], ["N", 7, 5], ["N", "T", 5]):
        yield Case(f"MatMul int8 {shape}", {"x": (FLOAT, shape)}, {"y": FLOAT}, *pair, columns, ("MatMul", ["d", "w"], "m"), ("Add", ["m", rand(6)], "y"))
    for low in (np.uint8(120), np.int8(-5)):
        zero = low.reshape(())
        yield Case(f"pair {low.dtype}", IMAGE, {"y": FLOAT}, ("QuantizeLinear", ["x", scale, zero], "q"), ("DequantizeLinear", ["q", scale, zero], "y"))


def dynamic_cases():
    """What is quantised while it runs."""
    scale, zero = np.float32(0.02).reshape(()), np.int8(3).reshape(())
    quantized, unit = ("DynamicQuantizeLinear", ["x"], "q s z"), ("Mul", ["s", scale], "u")
    stored = generator.integers(-64, 64, (8, 4, 3, 3)).astype(np.int8)
    product = ("ConvInteger", ["q", stored, "z", zero], "i", {"strides": [2, 1], "pads": [1, 1, 0, 0]})
    ends = [("Cast", ["i"], "f", {"to": FLOAT}), ("Mul", ["f", "u"], "m"), ("Add", ["m", rand(8, 1, 1)], "y")]
    yield Case("ConvInteger int8", IMAGE, {"y": FLOAT}, quantized, unit, product, *ends)
    bias = ("Add", ["i", generator.integers(-9000, 9000, (1, 8, 1, 1)).astype(np.int32)], "j")
    yield Case("ConvInteger int8 bias", IMAGE, {"y": FLOAT}, quantized, unit, product, bias, ("Cast", ["j"], "f", {"to": FLOAT}), ("Mul", ["f", "u"], "y"))
    stored = generator.integers(-64, 64, (5, 6)).astype(np.int8)
    ends = [("Cast", ["i"], "f", {"to": FLOAT}), ("Mul", ["f", "u"], "y")]
    yield Case("MatMulInteger int8", {"x": (FLOAT, [7, 5])}, {"y": FLOAT}, quantized, unit, ("MatMulInteger", ["q", stored, "z", zero], "i"), *ends)
    yield Case("DequantizeLinear int8 computed", IMAGE, {"y": FLOAT}, quantized, ("DequantizeLinear", ["q", "s", "z"], "y"))
    for direction, count in (("forward", 1), ("bidirectional", 2)):
        weights = [generator.integers(-64, 64, (count, rows, 16)).astype(np.int8) for rows in (5, 4)]
        scales, zeros = np.full(count, 0.02, np.float32), np.zeros(count, np.int8)
        operands = ["x", *weights, rand(count, 32), "", "", "", "", scales, zeros, scales, zeros]
        attributes = {"domain": "com.microsoft", "hidden_size": 4, "direction": direction}
        yield Case(f"DynamicQuantizeLSTM int8 {direction}", {"x": (FLOAT, [6, 1, 5])}, {"y": FLOAT}, ("DynamicQuantizeLSTM", operands, "y", attributes))


def judge(cases, folder, ferry):
    """What is not right, by the name of the case."""
    found, pairs = {}, {}
    for index, case in enumerate(cases):
        place = folder / f"{case.name}".replace("/", "_").replace(" ", "_")[:80] / str(index)
        place.mkdir(parents=True)
        source, output = place / "m.onnx", place / "m.param"
        onnx.save(case.model(), source)
        run = subprocess.run([ferry, "convert", source, "-o", output, "--no-optimize"], capture_output=True, text=True)
        if run.returncode:
            found[case.name] = [run.stderr.strip()[:300]]
        else:
            pairs[case.name] = Comparison(str(source), str(output), place, None, 2)
    crashed = run_all([(pair.network, str(pair.folder)) for pair in pairs.values()])
    for name, pair in pairs.items():
        reason = crashed.get((pair.network, str(pair.folder)))
        worst = {"abs": 0.0, "rel": 0.0, "share": 0.0}
        failures = [reason] if reason else pair.failures(worst)[0]
        # ncnn rounds halves away from zero, so that sums of 8-bit integers may be a few steps apart.
        if failures and not ("int8" in name and not reason and worst["rel"] < 0.01):
            found[name] = failures
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ferry", default=str(TOP / ".build/release/ferry"))
    parser.add_argument("--only", default="")
    options = parser.parse_args()
    groups = [unary_cases, binary_cases, window_cases, pool_cases, movement_cases, product_cases, reduction_cases, norm_cases, resize_cases, sampling_cases, recurrent_cases, chosen_cases, control_cases, attention_cases, quantized_cases, dynamic_cases]
    cases = [case for group in groups for case in group() if options.only in case.name]
    found = {}
    with tempfile.TemporaryDirectory() as name:
        for start in range(0, len(cases), 40):
            found.update(judge(cases[start:start + 40], pathlib.Path(name), options.ferry))
    for case, failures in found.items():
        print(f"{case}: {failures[0]}")
    bad = len(found)
    print(f"{len(cases)} cases, {bad} not right")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
