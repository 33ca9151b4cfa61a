#!/usr/bin/env python3
"""Counts what shape inference finds out about models, by Ferry, onnx.shape_inference and ONNX Runtime's symbolic_shape_infer.

  compare_inference.py FERRY MODEL…

Stated types of intermediate values are removed first, and sizes of inputs that have no name get one. Then each of the three is
asked for every result of every node of the main graph, constants apart: how many have an element type, how many a rank, and how
many have nothing but sizes that are numbers or expressions in the inputs' symbols. Exit status 1 when Ferry is behind on one.
"""
import pathlib
import re
import subprocess
import sys
import tempfile

import onnx
from onnxruntime.tools.symbolic_shape_infer import SymbolicShapeInference

WORDS = {"min", "max", "Min", "Max", "floor", "ceil", "ceiling", "Mod", "mod"}
KIND = r"\w+(?:\[[^\]]*\])?"
NAME = r'%(?:"(?:[^"\\]|\\.)*"|[^\s,():=]+)'


def prepared(path):
    """The model without stated intermediate types, and the symbols of its inputs."""
    model = onnx.load(path)
    del model.graph.value_info[:]
    for item in list(model.graph.node) + list(model.graph.input) + list(model.graph.output) + list(model.graph.initializer):
        item.ClearField("doc_string")
        del item.metadata_props[:]
    constants = {tensor.name for tensor in model.graph.initializer}
    symbols = set()
    for value in model.graph.input:
        if value.name in constants:
            continue
        for axis, size in enumerate(value.type.tensor_type.shape.dim):
            if size.HasField("dim_value") and size.dim_value > 0:
                continue
            if not re.fullmatch(r"[A-Za-z_]\w*", size.dim_param):
                size.dim_param = re.sub(r"\W", "_", f"s_{value.name}_{axis}")
            symbols.add(size.dim_param)
    for value in model.graph.output:
        if value.type.HasField("tensor_type"):
            value.type.tensor_type.ClearField("shape")
    return model, symbols


def by_onnx(model):
    """Types by value: `None` without a rank, else sizes as text."""
    try:
        inferred = onnx.shape_inference.infer_shapes(model, strict_mode=True, data_prop=True)
    except Exception as error:
        print(f"  onnx.shape_inference: {(str(error) or type(error).__name__).splitlines()[0][:100]}")
        inferred = onnx.shape_inference.infer_shapes(model, data_prop=True)
    return protobuf_types(inferred.graph)


def by_runtime(model):
    try:
        inferred = SymbolicShapeInference.infer_shapes(onnx.ModelProto.FromString(model.SerializeToString()), auto_merge=True)
    except Exception as error:
        print(f"  symbolic_shape_infer: {(str(error) or type(error).__name__).splitlines()[0][:100]}")
        return {}
    return protobuf_types(inferred.graph)


def protobuf_types(graph):
    types = {}
    for value in list(graph.value_info) + list(graph.output):
        tensor = value.type.tensor_type
        if not value.type.HasField("tensor_type") or tensor.elem_type == 0:
            continue
        sizes = None
        if tensor.HasField("shape"):
            sizes = [str(d.dim_value) if d.HasField("dim_value") else d.dim_param or "?" for d in tensor.shape.dim]
        types[value.name] = sizes
    return types


def by_ferry(ferry, path):
    text = subprocess.run([ferry, "inspect", "--graph", path], capture_output=True, text=True, check=True).stdout
    types = {}
    for line in text.splitlines():
        found = re.match(rf"  ({NAME}(?:, {NAME})*) = \w", line)
        if not found:
            continue
        names = [plain(name) for name in re.findall(NAME, found.group(1))]
        stated = re.findall(rf" : ((?:{KIND}!?(?:\([^\"]*?\))?(?:, )?)+)", line)
        if stated:
            plainly = re.sub(rf"!\({KIND}\)", "", stated[-1])
            for name, kind in zip(names, re.findall(KIND, plainly)):
                types[name] = sizes_of(kind)
    return types


def plain(name):
    name = name[1:]
    return re.sub(r"\\(.)", r"\1", name[1:-1]) if name.startswith('"') else name


def sizes_of(kind):
    if "[" not in kind:
        return []
    inside = kind[kind.index("[") + 1 : -1]
    return None if inside == "..." else [size for size in split(inside) if size]


def split(text):
    parts, depth, start = [], 0, 0
    for at, letter in enumerate(text):
        depth += letter == "("
        depth -= letter == ")"
        if letter == "," and depth == 0:
            parts.append(text[start:at])
            start = at + 1
    return parts + [text[start:]]


def is_determined(sizes, symbols):
    return all("?" not in size and set(re.findall(r"[A-Za-z_]\w*", size)) <= symbols | WORDS for size in sizes)


def counts(types, names, symbols):
    known = [types[name] for name in names if name in types]
    ranked = [sizes for sizes in known if sizes is not None]
    return len(known), len(ranked), sum(is_determined(sizes, symbols) for sizes in ranked)


def main(ferry, paths):
    behind = False
    totals = {}
    print(f"{'model':40} {'results':>8} {'':12} {'typed':>7} {'ranked':>7} {'determined':>10}")
    for path in paths:
        model, symbols = prepared(path)
        names = [name for node in model.graph.node if node.op_type != "Constant" for name in node.output if name]
        with tempfile.TemporaryDirectory() as folder:
            stripped = str(pathlib.Path(folder) / "model.onnx")
            onnx.save(model, stripped)
            results = {"Ferry": by_ferry(ferry, stripped), "onnx": by_onnx(model), "onnxruntime": by_runtime(model)}
        figures = {who: counts(types, names, symbols) for who, types in results.items()}
        for who, (typed, ranked, determined) in figures.items():
            label = f"{pathlib.Path(path).stem:40} {len(names):8}" if who == "Ferry" else " " * 49
            print(f"{label} {who:12} {typed:7} {ranked:7} {determined:10}")
            totals[who] = [a + b for a, b in zip(totals.get(who, [0, 0, 0]), (typed, ranked, determined))]
        for index, what in enumerate(["typed", "ranked", "determined"]):
            if figures["Ferry"][index] < max(figures[who][index] for who in figures):
                print(f"  Ferry is behind: {what}")
                behind = True
    for who, (typed, ranked, determined) in totals.items():
        print(f"{'all' if who == 'Ferry' else '':49} {who:12} {typed:7} {ranked:7} {determined:10}")
    return behind


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1], sys.argv[2:]))
