"""Do graphs between QuantizeLinear and DequantizeLinear run in integers on LiteRT, and give what ONNX Runtime gives for them?

    check_quantized.py [--ferry PATH]

Contract: small convolution, depthwise and product graphs are made with activations of 8 bits, signed and not, and of 16 (weights 8), and with biases
that are floats, 32-bit integers in the kernel's own units, and such in other units; converted, and run on LiteRT without delegates. Every kernel but the ones at the ends must be of integers, and at least 99 % of the
outputs within one step of ONNX Runtime's, none further than two. Exit status: 0 all are right, 1 otherwise.
"""
import argparse
import itertools
import pathlib
import subprocess
import sys
import tempfile

import numpy as np
import onnx
import onnxruntime as ort
from ai_edge_litert.interpreter import Interpreter, OpResolverType
from onnx import TensorProto, helper, numpy_helper

TOP = pathlib.Path(__file__).resolve().parents[2]


class Sketch:
    """A graph whose values are quantised after every node."""

    def __init__(self, kind, bias, seed=0):
        self.kind, self.bias, self.random = kind, bias, np.random.default_rng(seed)
        self.nodes, self.constants, self.count = [], [], 0

    def hold(self, array):
        name = f"c{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.asarray(array), name))
        return name

    def node(self, op, inputs, **attributes):
        self.count += 1
        self.nodes.append(helper.make_node(op, inputs, [f"v{self.count}"], **attributes))
        return f"v{self.count}"

    def pair(self, x, scale, zero):
        """Zero points are given as for signed integers."""
        self.unit, zero = scale, zero + (128 if self.kind == np.uint8 else 0)
        scale, zero = self.hold(np.float32(scale)), self.hold(self.kind(zero))
        return self.node("DequantizeLinear", [self.node("QuantizeLinear", [x, scale, zero]), scale, zero])

    def parameters(self, shape, axis):
        """Weights, and a bias in the form that is asked for, beside what was quantised last."""
        count = shape[axis]
        values = self.random.integers(-127, 128, shape).astype(np.int8)
        scales = self.random.uniform(0.002, 0.01, count).astype(np.float32)
        weights = self.node("DequantizeLinear", [self.hold(values), self.hold(scales), self.hold(np.zeros(count, np.int8))], axis=axis)
        numbers = self.random.standard_normal(count).astype(np.float32)
        if self.bias == "float":
            return [weights, self.hold(numbers)]
        units = (scales * np.float32(self.unit)) * np.float32(1 if self.bias == "own units" else 0.7)
        integers = np.round(numbers / units).astype(np.int32)
        return [weights, self.node("DequantizeLinear", [self.hold(integers), self.hold(units)], axis=0)]


def model(kind, bias, shape):
    """A convolution, a depthwise one and a product, each with what follows it quantised."""
    wide = kind == np.int16
    s = Sketch(kind, bias)
    scale, zero = (3e-4, 0) if wide else (0.05, 3)
    x = s.pair("x", scale, zero)
    x = s.node("Conv", [x, *s.parameters((8, 3, 3, 3), 0)], pads=[1, 1, 1, 1])
    x = s.pair(s.node("Relu", [x]), 2e-3 if wide else 0.1, 0 if wide else -128)
    if shape == "image":
        x = s.node("Conv", [x, *s.parameters((8, 1, 3, 3), 0)], group=8, strides=[2, 2])
    else:
        for op, attributes in (("MaxPool", {"kernel_shape": [8, 8]}), ("Flatten", {})):
            x = s.pair(s.node(op, [x], **attributes), 2e-3 if wide else 0.1, 0 if wide else -128)
        x = s.node("Gemm", [x, *s.parameters((8, 5), 1)])
    y = s.pair(x, 4e-3 if wide else 0.2, 0 if wide else -5)
    s.nodes[-1].output[0] = "y"
    graph = helper.make_graph(
        s.nodes, "quantised", [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 3, 8, 8])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)], s.constants)
    assert y
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21)], ir_version=10), 4e-3 if wide else 0.2


def check(kind, bias, shape, ferry, folder):
    made, step = model(kind, bias, shape)
    source, target = f"{folder}/m.onnx", f"{folder}/m.tflite"
    onnx.save(made, source)
    run = subprocess.run([ferry, "convert", source, "--to", "litert", "-o", target, "--verify", "none", "--force"], capture_output=True, text=True)
    if run.returncode:
        return [run.stderr.strip()]
    options = ort.SessionOptions()
    options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = ort.InferenceSession(source, options)
    interpreter = Interpreter(target, experimental_op_resolver_type=OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES)
    try:
        interpreter.allocate_tensors()
    except RuntimeError as error:
        return [str(error)]
    details = {d["index"]: d for d in interpreter.get_tensor_details()}
    failures = []
    for op in interpreter._get_ops_details():
        real = [details[int(i)]["dtype"] for i in op["outputs"]] == [np.float32]
        if op["op_name"] in ("CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED", "MAX_POOL_2D") and real:
            failures.append(f"{op['op_name']} computes in floats")
    for seed in range(4):
        x = np.random.default_rng(seed).standard_normal((1, 3, 8, 8)).astype(np.float32)
        interpreter.set_tensor(interpreter.get_input_details()[0]["index"], x)
        interpreter.invoke()
        actual = interpreter.get_tensor(interpreter.get_output_details()[0]["index"])
        steps = np.round(np.abs(actual - session.run(None, {"x": x})[0]) / step)
        if (steps <= 1).mean() < 0.99 or steps.max() > 2:
            failures.append(f"seed {seed}: {(steps > 1).sum()} of {steps.size} more than a step apart, {steps.max():.0f} at most")
    return failures


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ferry", default=str(TOP / ".build/release/ferry"))
    options = parser.parse_args()
    wrong = 0
    with tempfile.TemporaryDirectory() as folder:
        for kind, bias, shape in itertools.product((np.int8, np.uint8, np.int16), ("float", "own units", "other units"), ("image", "vector")):
            failures = check(kind, bias, shape, options.ferry, folder)
            wrong += bool(failures)
            print(f"{kind.__name__} {shape}, bias: {bias}: {'; '.join(failures) or 'right'}", flush=True)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
