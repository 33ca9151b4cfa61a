"""Small graphs between QuantizeLinear and DequantizeLinear, by which runtimes are judged."""
import numpy as np
from onnx import TensorProto, helper, numpy_helper


class Sketch:
    """A graph whose values are quantised after every node."""

    def __init__(self, kind, bias, greatest=127, seed=0):
        self.kind, self.bias, self.random, self.greatest = kind, bias, np.random.default_rng(seed), greatest
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
        values = self.random.integers(-self.greatest, self.greatest + 1, shape).astype(np.int8)
        scales = self.random.uniform(0.002, 0.01, count).astype(np.float32)
        weights = self.node("DequantizeLinear", [self.hold(values), self.hold(scales), self.hold(np.zeros(count, np.int8))], axis=axis)
        numbers = self.random.standard_normal(count).astype(np.float32)
        if self.bias == "float":
            return [weights, self.hold(numbers)]
        units = (scales * np.float32(self.unit)) * np.float32(1 if self.bias == "own units" else 0.7)
        integers = np.round(numbers / units).astype(np.int32)
        return [weights, self.node("DequantizeLinear", [self.hold(integers), self.hold(units)], axis=0)]


def model(kind, bias, shape, greatest=127):
    """A convolution, a depthwise one and a product, each with what follows it quantised; and a step of the output. Weights reach to `greatest`."""
    wide = kind == np.int16
    s = Sketch(kind, bias, greatest)
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
