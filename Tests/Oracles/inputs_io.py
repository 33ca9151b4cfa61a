"""Inputs for the oracles: read in the ONNX backend suite's layout, or made from a seed.

Contract: a case is a list of values in the order of the graph's inputs that have no initializer. `cases_in` yields them in numeric
order of the folder names and never invents one; `made_cases` yields the same values for the same model and seed.
"""
import pathlib

import numpy as np
import onnx
from onnx import numpy_helper


def read_value(path, kind):
    """kind is the runtime's name of the input's type: tensor(float), seq(tensor(float)), optional(...)."""
    if path.suffix == ".npy":
        return np.load(path, allow_pickle=False)
    data = path.read_bytes()
    if kind.startswith("seq("):
        return numpy_helper.to_list(onnx.SequenceProto.FromString(data))
    if kind.startswith("optional("):
        return numpy_helper.to_optional(onnx.OptionalProto.FromString(data))
    return numpy_helper.to_array(onnx.TensorProto.FromString(data))


def read_case(folder, inputs):
    """input_0, input_1 ... or, where the graph's input names are file names, <name>.npy."""
    values = []
    for index, wanted in enumerate(inputs):
        candidates = [folder / f"input_{index}.npy", folder / f"input_{index}.pb", folder / f"{wanted.name}.npy"]
        found = [p for p in candidates if p.exists()]
        if not found:
            raise FileNotFoundError(f"{folder}: nothing for input {index} {wanted.name!r}")
        values.append(read_value(found[0], wanted.type))
    return values


def cases_in(folder, inputs, limit=None):
    """inputs: what the session's get_inputs() says."""
    folder = pathlib.Path(folder)
    folders = sorted((p for p in folder.iterdir() if p.is_dir()), key=lambda p: (len(p.name), p.name))
    for case in (folders or [folder])[:limit]:
        yield case.name, read_case(case, inputs)


def made_value(kind, sizes, generator):
    """A tensor for one graph input: floats around zero, small whole numbers, so that indices and lengths stay meaningful."""
    shape = [d.dim_value or sizes.setdefault(d.dim_param or f"unnamed {axis}", 2 + len(sizes) % 2) for axis, d in enumerate(kind.shape.dim)]
    element = onnx.helper.tensor_dtype_to_np_dtype(kind.elem_type)
    if kind.elem_type == onnx.TensorProto.STRING:
        return generator.choice(np.array(["a", "bc", "", "δ"], dtype=object), shape)
    if kind.elem_type == onnx.TensorProto.BOOL:
        return np.asarray(generator.random(shape) < 0.5)
    if element.kind in "iu":
        return np.asarray(generator.integers(0, 2, shape), element)
    value = generator.standard_normal(shape)
    return np.asarray(value + 1j * generator.standard_normal(shape) if element.kind == "c" else value).astype(element)


def made_cases(model, seed=0, limit=None):
    initialised = {i.name for i in model.graph.initializer}
    inputs = [i for i in model.graph.input if i.name not in initialised]
    for case in range(limit or 4):
        generator, sizes = np.random.default_rng([seed, case]), {}
        values = []
        for i in inputs:
            kind = i.type
            if kind.HasField("optional_type"):
                kind = kind.optional_type.elem_type
            if kind.HasField("sequence_type"):
                values.append([made_value(kind.sequence_type.elem_type.tensor_type, sizes, generator) for _ in range(3)])
            else:
                values.append(made_value(kind.tensor_type, sizes, generator))
        yield f"seed {seed}.{case}", values


def as_tensors(names, values, ports):
    """The inputs of a model as a target has them that knows tensors alone: a sequence along a further first axis, an optional as a tensor
    and whether it is there, complex numbers as pairs."""
    result = {}
    for name, value in zip(names, values):
        if name + "/present" in ports:
            result[name + "/present"] = np.asarray(value is not None)
        if value is None:
            continue
        result[name] = as_tensor(value)
    return {name: value for name, value in result.items() if name in ports}


def as_tensor(value):
    if isinstance(value, list) and all(isinstance(v, np.ndarray) for v in value) and value:
        return np.stack(value)
    if not isinstance(value, np.ndarray) or value.dtype.kind != "c":
        return value
    return np.stack([value.real, value.imag], -1)
