"""The cases of the ONNX backend suite as files: a model, its inputs, and what they give.

The cases of one kind lie in the package as folders; those of kind `node` are made by it in memory and written here.
"""
import glob
import pathlib
import warnings
from dataclasses import dataclass

import numpy as np
import onnx
from onnx import numpy_helper

KINDS = ["node", "simple", "pytorch-operator", "pytorch-converted"]


@dataclass
class Case:
    name: str
    kind: str
    rtol: float
    atol: float
    model: pathlib.Path
    # Pairs of a folder of inputs and the expected outputs.
    data: list


def cases(folder, wanted=None):
    """Every case, or those whose names are in `wanted`; models and inputs of `node` are written below `folder`."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from onnx.backend.test.loader import load_model_tests
        for kind in KINDS:
            for test in load_model_tests(kind=kind):
                if wanted and test.name not in wanted:
                    continue
                yield from_memory(test, kind, pathlib.Path(folder)) if test.model_dir is None else from_folder(test, kind)


def from_folder(test, kind):
    top = pathlib.Path(test.model_dir)
    outputs = onnx.load(top / "model.onnx", load_external_data=False).graph.output
    data = []
    for inputs in sorted(glob.glob(str(top / "test_data_set*"))):
        files = sorted(pathlib.Path(inputs).glob("output_*.pb"), key=lambda p: int(p.stem.split("_")[1]))
        data.append((pathlib.Path(inputs), [read(f, o.type) for f, o in zip(files, outputs)]))
    return Case(test.name, kind, test.rtol, test.atol, top / "model.onnx", data)


def from_memory(test, kind, folder):
    top = folder / test.name
    top.mkdir(parents=True)
    onnx.save(test.model, top / "model.onnx")
    data = []
    for number, (inputs, outputs) in enumerate(test.data_sets):
        place = top / f"test_data_set_{number}"
        place.mkdir()
        for index, (value, port) in enumerate(zip(inputs, test.model.graph.input)):
            (place / f"input_{index}.pb").write_bytes(message(value, port).SerializeToString())
        data.append((place, [plain(o) for o in outputs]))
    return Case(test.name, kind, test.rtol, test.atol, top / "model.onnx", data)


def message(value, port):
    """What the suite gives in memory, as the message that the type of the graph's input asks for."""
    if isinstance(value, onnx.TensorProto):
        return value
    if port.type.HasField("optional_type"):
        return numpy_helper.from_optional(value, port.name)
    if port.type.HasField("sequence_type"):
        return numpy_helper.from_list(value, port.name)
    return numpy_helper.from_array(np.asarray(value), port.name)


def plain(value):
    return numpy_helper.to_array(value) if isinstance(value, onnx.TensorProto) else value


def read(path, kind):
    """The value in a file, by the type of the graph's output."""
    data = path.read_bytes()
    if kind.HasField("sequence_type"):
        return numpy_helper.to_list(onnx.SequenceProto.FromString(data))
    if kind.HasField("optional_type"):
        return numpy_helper.to_optional(onnx.OptionalProto.FromString(data))
    if kind.HasField("map_type"):
        return numpy_helper.to_dict(onnx.MapProto.FromString(data))
    return numpy_helper.to_array(onnx.TensorProto.FromString(data))
