#!/usr/bin/env python3
"""Writes the synthetic models that `bench` measures on. A model that is there already is left alone.

  synthesize.py FOLDER NAME...      NAME: single (1.7 GB, weights inside) · external (4.3 GB beside the model) · nodes (100 000
                                    nodes) · described (the same with a type for every value) · nodes10k and
                                    described10k (a tenth of each) · tied (one weight, many users)

Content is seeded: the same bytes on every machine. Memory stays within a few megabytes. Needs the standard library alone.
"""
import os
import pathlib
import sys

from onnx_stream import Initializer, data, external, floats, ints, node, value, write_model

NODES = 100_000


def chain(layers, weight, bias):
    """x → (MatMul → Add) × layers → y; `weight` and `bias` give the name of a layer's constants."""
    nodes, last = [], "x"
    for i in range(layers):
        out = "y" if i == layers - 1 else f"h{i}"
        nodes.append(node("MatMul", [last, weight(i)], [f"m{i}"], f"layer{i}/matmul"))
        nodes.append(node("Add", [f"m{i}", bias(i)], [out], f"layer{i}/add"))
        last = out
    return b"".join(data(1, n) for n in nodes) + data(2, "main")


def ports(width):
    return data(11, value("x", ["batch", width])) + data(12, value("y", ["batch", width]))


def single(folder):
    """200 constants of 1.68 GB together, inside the file."""
    width, layers = 2048, 100
    constants = []
    for i in range(layers):
        constants += [Initializer(f"w{i}", [width, width], i), Initializer(f"b{i}", [width], 1000 + i)]
    with open(folder / "single.onnx.partial", "wb") as file:
        write_model(file, chain(layers, "w{}".format, "b{}".format), constants, ports(width))
    return ["single.onnx"]


def external_data(folder):
    """64 weights of 4.3 GB together in one file beside the model, at offsets past 4 GB too."""
    width, layers, offset, tensors = 4096, 64, 0, []
    with open(folder / "external.onnx.data.partial", "wb") as file:
        for i in range(layers):
            for name, shape, count in [(f"w{i}", [width, width], width * width), (f"b{i}", [width], width)]:
                tensors.append(external(name, shape, "external.onnx.data", offset, count * 4))
                for block in floats(count, len(tensors)):
                    file.write(block)
                offset += count * 4
    graph = chain(layers, "w{}".format, "b{}".format) + b"".join(data(5, t) for t in tensors)
    with open(folder / "external.onnx.partial", "wb") as file:
        write_model(file, graph, [], ports(width))
    return ["external.onnx.data", "external.onnx"]


def tied(folder):
    """One stored weight that two initializers point at, each with four users: to be written once."""
    width, layers = 4096, 8
    with open(folder / "tied.onnx.data.partial", "wb") as file:
        for block in floats(width * width, 1):
            file.write(block)
    tensors = [external(n, [width, width], "tied.onnx.data", 0, width * width * 4) for n in ("w0", "w1")]
    graph = chain(layers, lambda i: f"w{i % 2}", lambda i: "b") + b"".join(data(5, t) for t in tensors)
    with open(folder / "tied.onnx.partial", "wb") as file:
        write_model(file, graph, [Initializer("b", [width], 2)], ports(width))
    return ["tied.onnx.data", "tied.onnx"]


def mixed_nodes(count):
    """Nodes in blocks of eight, with a skip connection each and names as exporters make them."""
    last, nodes, names = "x", [], []
    for block in range(count // 8):
        scope, skip = f"/model/layers.{block // 16}/block.{block % 16}", last
        steps = [
            ("Conv", [last, f"kernel{block % 16}"], ints("kernel_shape", [1, 1])), ("Relu", [0], b""),
            ("Identity", [1], b""), ("Mul", [2, f"scale{block % 16}"], b""), ("Add", [3, skip], b""),
            ("Transpose", [4], ints("perm", [0, 2, 3, 1])), ("Transpose", [5], ints("perm", [0, 3, 1, 2])), ("Sigmoid", [6], b""),
        ]
        outputs = [f"{scope}/{op}_{i}_output_0" for i, (op, _, _) in enumerate(steps)]
        if block == count // 8 - 1:
            outputs[-1] = "y"
        for i, (op, inputs, attributes) in enumerate(steps):
            inputs = [outputs[n] if isinstance(n, int) else n for n in inputs]
            nodes.append(node(op, inputs, [outputs[i]], f"{scope}/{op}_{i}", attributes))
            names.append((outputs[i], [1, 8, 4, 4] if i != 5 else [1, 4, 4, 8]))
        last = outputs[-1]
    return nodes, names


def write_nodes(folder, file_name, described, count=NODES):
    nodes, names = mixed_nodes(count)
    constants = [Initializer(f"kernel{i}", [8, 8, 1, 1], i) for i in range(16)]
    constants += [Initializer(f"scale{i}", [1, 8, 1, 1], 100 + i) for i in range(16)]
    after = data(11, value("x", [1, 8, 4, 4])) + data(12, value("y", [1, 8, 4, 4]))
    if described:
        after += b"".join(data(13, value(name, shape)) for name, shape in names[:-1])
    with open(folder / f"{file_name}.partial", "wb") as file:
        write_model(file, b"".join(data(1, n) for n in nodes) + data(2, "main"), constants, after)
    return [file_name]


MODELS = {
    "single": single,
    "external": external_data,
    "tied": tied,
    "nodes": lambda folder: write_nodes(folder, "nodes.onnx", described=False),
    "described": lambda folder: write_nodes(folder, "described.onnx", described=True),
    "nodes10k": lambda folder: write_nodes(folder, "nodes10k.onnx", described=False, count=NODES // 10),
    "described10k": lambda folder: write_nodes(folder, "described10k.onnx", described=True, count=NODES // 10),
}


def ensure(folder, name):
    """The model's path. Its graph is renamed into place last, so a name that is there is complete."""
    path = folder / f"{name}.onnx"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        for made in MODELS[name](folder):
            os.replace(folder / f"{made}.partial", folder / made)
    return path


if __name__ == "__main__":
    if len(sys.argv) < 3 or not set(sys.argv[2:]) <= set(MODELS):
        sys.exit(print(__doc__, file=sys.stderr) or 2)
    for name in sys.argv[2:]:
        print(ensure(pathlib.Path(sys.argv[1]), name))
