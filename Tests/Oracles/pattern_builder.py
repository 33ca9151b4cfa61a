"""Small ONNX graphs written as Python expressions, for probe_rewrites.py."""
import dataclasses
from typing import Callable

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper


@dataclasses.dataclass
class Pattern:
    """One form of one row of the catalogue: how to build it and how many nodes are to remain."""
    row: int
    name: str
    nodes: int
    opset: int
    build: Callable
    fast_math: bool = False
    enable: tuple = ()
    places: tuple = ("plain", "dynamic", "branch", "loop", "function")
    left: str = ""


PATTERNS: list[Pattern] = []


def pattern(row, nodes, *, forms=None, opset=18, **rest):
    """Registers a function of a builder, once for every form (its second argument)."""
    def register(build):
        for index, form in enumerate(forms or [None]):
            name = build.__name__ + (f"/{index + 1}" if forms else "")
            call = (lambda b, form=form: build(b, form)) if forms else build
            PATTERNS.append(Pattern(row, name, nodes[index] if isinstance(nodes, list) else nodes, opset, call, **rest))
        return build
    return register


class Builder:
    """Nodes by name: `b.Add(x, 1.0)`; numbers and arrays become constants. Attributes are keywords, `outputs=N` gives several results."""

    def __init__(self, opset, dynamic=False):
        self.opset, self.dynamic = opset, dynamic
        self.nodes, self.constants, self.inputs = [], [], []
        self.random = np.random.default_rng(7)

    def input(self, *shape, dtype=np.float32, fixed=False):
        """An input of a shape; its first axis is a symbol in the dynamic variant, unless `fixed`."""
        name = f"x{len(self.inputs)}"
        stated = ["N", *shape[1:]] if self.dynamic and shape and not fixed else list(shape)
        self.inputs.append((name, shape, np.dtype(dtype), stated))
        return name

    def weight(self, *shape, scale=0.3):
        return (self.random.standard_normal(shape) * scale).astype(np.float32)

    def positive(self, *shape):
        return (self.random.random(shape) + 0.5).astype(np.float32)

    def constant(self, value):
        name = f"c{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.asarray(value), name))
        return name

    def operand(self, value):
        if value is None:
            return ""
        if isinstance(value, str):
            return value
        if isinstance(value, float):
            value = np.float32(value)
        elif isinstance(value, (int, list)):
            value = np.array(value, np.int64)
        return self.constant(value)

    def __getattr__(self, op):
        if not op[0].isupper():
            raise AttributeError(op)

        def emit(*operands, outputs=1, **attributes):
            results = [f"v{len(self.nodes)}_{i}" for i in range(outputs)]
            self.nodes.append(helper.make_node(op, [self.operand(o) for o in operands], results, **attributes))
            return results[0] if outputs == 1 else results
        return emit


def typed(b, results):
    """The results with the types that inference gives them; what a loop carries has no shape there, and has that of the first input."""
    graph = helper.make_graph(b.nodes, "g", infos(b), [onnx.ValueInfoProto(name=r) for r in results], b.constants)
    model = onnx.shape_inference.infer_shapes(model_of(graph, b.opset), strict_mode=True, data_prop=True)
    for output in model.graph.output:
        if not output.type.tensor_type.HasField("shape"):
            output.type.tensor_type.shape.CopyFrom(model.graph.input[0].type.tensor_type.shape)
    return list(model.graph.output)


def infos(b):
    return [helper.make_tensor_value_info(n, helper.np_dtype_to_tensor_dtype(d), stated) for n, _, d, stated in b.inputs]


def model_of(graph, opset, functions=()):
    domains = [helper.make_opsetid("", opset)] + [helper.make_opsetid("probe", 1)] * bool(functions)
    return helper.make_model(graph, opset_imports=domains, functions=list(functions), ir_version=9 if opset <= 20 else 10)


def place(pattern, where):
    """The pattern's model, alone or inside another graph, and inputs for it."""
    b = Builder(pattern.opset, dynamic=where == "dynamic")
    made = pattern.build(b)
    results = list(made) if isinstance(made, (list, tuple)) else [made]
    outputs = typed(b, results)
    inputs = {name: sample(b.random, shape, dtype) for name, shape, dtype, _ in b.inputs}
    if where in ("plain", "dynamic"):
        graph = helper.make_graph(b.nodes, "g", infos(b), outputs, b.constants)
        return model_of(graph, b.opset), inputs
    return {"branch": in_branch, "loop": in_loop, "function": in_function}[where](b, outputs, inputs)


def sample(random, shape, dtype):
    if dtype == np.bool_:
        return random.random(shape) > 0.5
    if dtype.kind in "iu":
        return random.integers(0, 4, shape).astype(dtype)
    return random.standard_normal(shape).astype(dtype)


def outer_types(outputs, added=0):
    """The same element types, of unknown sizes, under the names of the outer graph."""
    outer = []
    for index, output in enumerate(outputs):
        kind = output.type.tensor_type
        sizes = [f"s{index}_{axis}" for axis in range(len(kind.shape.dim) + added)]
        outer.append(helper.make_tensor_value_info(f"out{index}", kind.elem_type, sizes))
    return outer


def in_branch(b, outputs, inputs):
    then = helper.make_graph(b.nodes, "then", [], outputs)
    zeros, values = [], []
    for index, output in enumerate(outputs):
        kind = output.type.tensor_type
        ones = [1] * len(kind.shape.dim)
        zeros.append(helper.make_node("Constant", [], [f"e{index}"], value=helper.make_tensor(f"e{index}", kind.elem_type, ones, [0])))
        values.append(helper.make_tensor_value_info(f"e{index}", kind.elem_type, ones))
    outer = outer_types(outputs)
    node = helper.make_node("If", ["choice"], [v.name for v in outer], then_branch=then, else_branch=helper.make_graph(zeros, "else", [], values))
    choice = helper.make_tensor_value_info("choice", TensorProto.BOOL, [])
    graph = helper.make_graph([node], "g", [choice, *infos(b)], outer, b.constants)
    return model_of(graph, b.opset), {"choice": np.array(True), **inputs}


def in_loop(b, outputs, inputs):
    go = helper.make_node("Identity", ["go_in"], ["go_out"])
    # Depends on the turn, so that nothing of it can be moved out of the loop.
    first = b.inputs[0]
    kind = helper.np_dtype_to_tensor_dtype(first[2])
    nodes = [go]
    if first[2].kind == "f":
        nodes += [helper.make_node("Cast", ["turn"], ["turn_cast"], to=kind), helper.make_node("Add", [first[0], "turn_cast"], [first[0] + "_turn"])]
        for node in b.nodes:
            node.input[:] = [first[0] + "_turn" if name == first[0] else name for name in node.input]
    body = helper.make_graph(
        nodes + b.nodes, "body",
        [helper.make_tensor_value_info("turn", TensorProto.INT64, []), helper.make_tensor_value_info("go_in", TensorProto.BOOL, [])],
        [helper.make_tensor_value_info("go_out", TensorProto.BOOL, []), *outputs])
    outer = outer_types(outputs, added=1)
    node = helper.make_node("Loop", ["trips", ""], [v.name for v in outer], body=body)
    trips = helper.make_tensor_value_info("trips", TensorProto.INT64, [])
    graph = helper.make_graph([node], "g", [trips, *infos(b)], outer, b.constants)
    return model_of(graph, b.opset), {"trips": np.array(2), **inputs}


def in_function(b, outputs, inputs):
    constants = [helper.make_node("Constant", [], [c.name], value=c) for c in b.constants]
    names = [i[0] for i in b.inputs]
    function = helper.make_function(
        "probe", "Pattern", names, [o.name for o in outputs], constants + b.nodes, [helper.make_opsetid("", b.opset)])
    outer = outer_types(outputs)
    node = helper.make_node("Pattern", names, [v.name for v in outer], domain="probe")
    return model_of(helper.make_graph([node], "g", infos(b), outer), b.opset, [function]), inputs
