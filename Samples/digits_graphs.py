"""Writes the trained digit models as ONNX, the way exporters write them: nothing folded, shapes computed in the graph."""
import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper


class Writer:
    """Collects nodes and weights; every method returns the name of the value it makes."""

    def __init__(self):
        self.nodes, self.weights, self.count = [], {}, {}

    def weight(self, name, array):
        self.weights[name] = numpy_helper.from_array(np.ascontiguousarray(array), name)
        return name

    def name(self, kind):
        self.count[kind] = self.count.get(kind, -1) + 1
        return f"/{kind}_{self.count[kind]}"

    def constant(self, value, kind=np.float32):
        name = self.name("Constant")
        tensor = numpy_helper.from_array(np.array(value, kind))
        self.nodes.append(helper.make_node("Constant", [], [name + "_output_0"], name=name, value=tensor))
        return name + "_output_0"

    def add(self, kind, *inputs, output=None, **attributes):
        name = self.name(kind)
        output = output or name + "_output_0"
        self.nodes.append(helper.make_node(kind, list(inputs), [output], name=name, **attributes))
        return output

    def save(self, path, name, opset, doc):
        images = helper.make_tensor_value_info("images", TensorProto.FLOAT, ["batch", 1, 8, 8], "pixels, 0 to 16")
        result = helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, ["batch", 10])
        graph = helper.make_graph(self.nodes, name, [images], [result], list(self.weights.values()))
        model = helper.make_model(graph, ir_version=8, opset_imports=[helper.make_opsetid("", opset)], producer_name="ferry-samples",
                                  producer_version="1", doc_string=doc)
        onnx.checker.check_model(model, full_check=True)
        onnx.save(model, path)
        return sum(int(np.prod(t.dims)) for t in self.weights.values() if t.data_type == TensorProto.FLOAT)


def batch_shape(w, x, *rest):
    """[batch, rest...] as exporters spell it: Shape, Gather, Unsqueeze, Concat."""
    batch = w.add("Gather", w.add("Shape", x), w.constant(0, np.int64), axis=0)
    pieces = [w.add("Unsqueeze", batch, w.constant([0], np.int64)), *(w.constant([r], np.int64) for r in rest)]
    return w.add("Concat", *pieces, axis=0)


def normalised(w):
    return w.add("Sub", w.add("Div", "images", w.constant(16)), w.constant(0.3))


def write_cnn(path, weights, running):
    w = Writer()

    def block(name, x, k=3, group=1):
        p, r = weights[name], running[name]
        pads = [k // 2] * 4
        x = w.add("Conv", x, w.weight(f"{name}.conv.weight", p["w"]), kernel_shape=[k, k], pads=pads, strides=[1, 1], dilations=[1, 1], group=group)
        parts = (p["scale"], p["shift"], r["mean"], r["var"])
        names = (w.weight(f"{name}.bn.{part}", value) for part, value in zip(("weight", "bias", "running_mean", "running_var"), parts))
        return w.add("BatchNormalization", x, *names, epsilon=1e-5, momentum=0.9)

    x = w.add("Relu", block("stem", normalised(w)))
    x = w.add("Relu", block("depthwise", x, group=24))
    x = w.add("Relu", block("pointwise", x, k=1))
    x = w.add("MaxPool", x, kernel_shape=[2, 2], strides=[2, 2])
    y = block("second", w.add("Relu", block("first", x)))
    x = w.add("Relu", w.add("Add", x, y))
    x = w.add("GlobalAveragePool", w.add("Relu", block("last", x, k=1)))
    x = w.add("Reshape", x, batch_shape(w, x, -1))
    x = w.add("Identity", w.add("Dropout", x, w.constant(0.2)))
    head = weights["head"]
    x = w.add("Gemm", x, w.weight("head.weight", head["w"]), w.weight("head.bias", head["b"]), transB=1)
    w.add("Softmax", x, output="probabilities", axis=-1)
    return w.save(path, "digits_cnn", 13, "A small residual CNN over 8 x 8 digits, exported without any folding.")


def layer_norm(w, x, name, p):
    """In primitives: Pow rather than Mul, Sqrt and Div rather than Reciprocal."""
    centred = w.add("Sub", x, w.add("ReduceMean", x, axes=[-1], keepdims=1))
    variance = w.add("ReduceMean", w.add("Pow", centred, w.constant(2)), axes=[-1], keepdims=1)
    deviation = w.add("Sqrt", w.add("Add", variance, w.constant(1e-5)))
    scaled = w.add("Mul", w.add("Div", centred, deviation), w.weight(f"{name}.weight", p["scale"]))
    return w.add("Add", scaled, w.weight(f"{name}.bias", p["shift"]))


def linear(w, x, name, p, is_transposed=False):
    if is_transposed:                                   # as a framework stores it, transposed again in the graph
        weight = w.add("Transpose", w.weight(f"{name}.weight", p["w"].T), perm=[1, 0])
    else:
        weight = w.weight(f"{name}.weight", p["w"])
    return w.add("Add", w.add("MatMul", x, weight), w.weight(f"{name}.bias", p["b"]))


def attention(w, x, name, p, width=32, heads=4):
    def split(part, perm):
        y = linear(w, x, f"{name}.{part}", p[part], is_transposed=part == "v")
        return w.add("Transpose", w.add("Reshape", y, batch_shape(w, y, 8, heads, width // heads)), perm=perm)

    q, k, v = split("q", [0, 2, 1, 3]), split("k", [0, 2, 3, 1]), split("v", [0, 2, 1, 3])
    scores = w.add("Div", w.add("MatMul", q, k), w.constant(np.sqrt(width // heads)))
    mixed = w.add("Transpose", w.add("MatMul", w.add("Softmax", scores, axis=-1), v), perm=[0, 2, 1, 3])
    return linear(w, w.add("Reshape", mixed, w.constant([0, 0, width], np.int64)), f"{name}.out", p["out"])


def gelu(w, x):
    erf = w.add("Erf", w.add("Div", x, w.constant(np.sqrt(2))))
    return w.add("Mul", w.add("Mul", x, w.add("Add", erf, w.constant(1))), w.constant(0.5))


def write_transformer(path, weights, _):
    w = Writer()
    x = w.add("Squeeze", normalised(w), w.constant([1], np.int64))
    x = linear(w, x, "embed", weights["embed"])
    x = w.add("Add", x, w.weight("position", weights["position"]))
    for i, p in enumerate(weights["layers"]):
        name = f"layers.{i}"
        x = w.add("Add", x, attention(w, layer_norm(w, x, f"{name}.norm1", p["norm1"]), f"{name}.attention", p))
        y = linear(w, layer_norm(w, x, f"{name}.norm2", p["norm2"]), f"{name}.up", p["up"], is_transposed=i == 1)
        x = w.add("Add", x, linear(w, gelu(w, y), f"{name}.down", p["down"]))
    norm = weights["norm"]
    x = w.add("LayerNormalization", x, w.weight("norm.weight", norm["scale"]), w.weight("norm.bias", norm["shift"]), axis=-1, epsilon=1e-5)
    x = w.add("ReduceMean", x, axes=[1], keepdims=0)
    x = w.add("Gemm", x, w.weight("head.weight", weights["head"]["w"]), w.weight("head.bias", weights["head"]["b"]))
    w.add("Softmax", x, output="probabilities", axis=-1)
    return w.save(path, "digits_transformer", 17, "The eight rows of a digit as eight tokens; two encoder layers written in primitive operators.")
