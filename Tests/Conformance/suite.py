"""The cases of the ONNX backend suite as files: a model, its inputs, and what they give.

The cases of one kind lie in the package as folders; those of kind `node` are made by it in memory and written here.
"""
import glob
import pathlib
import warnings
from dataclasses import dataclass
from types import SimpleNamespace

import numpy as np
import onnx
from onnx import numpy_helper

KINDS = ["node", "simple", "pytorch-operator", "pytorch-converted"]
RANDOM = {"Bernoulli", "Multinomial", "RandomNormal", "RandomNormalLike", "RandomUniform", "RandomUniformLike"}


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


def laid_out(folder):
    """The cases below a folder in the suite's layout, as `Tests/Oracles/make_domain_cases.py` writes them."""
    for top in sorted(pathlib.Path(folder).glob("*/model.onnx")):
        yield from_folder(SimpleNamespace(name=top.parent.name, rtol=1e-3, atol=1e-5, model_dir=top.parent), "folder")


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


def draws(case, model):
    """Whether the case's outputs are drawn at random, so that the expected ones tell no numbers."""
    return any(n.op_type in RANDOM for n in model.graph.node) or case.name.startswith("test_bernoulli")


def drops(case):
    return case.name.startswith("test_training_dropout") and "zero_ratio" not in case.name


def drawn_alike(actual, expected, probability):
    """For Bernoulli draws: shape and type of the expected ones, and the mean that the probabilities give."""
    assert actual.shape == expected.shape and actual.dtype == expected.dtype, "other shape or type"
    values = actual.astype(np.float64)
    assert np.isfinite(values).all()
    assert set(np.unique(values)) <= {0.0, 1.0}, "a Bernoulli draw is 0 or 1"
    p = probability.astype(np.float64)
    spread = np.sqrt((p * (1 - p)).sum()) / p.size
    assert abs(values.mean() - p.mean()) <= 5 * spread + 1e-9, f"mean {values.mean():.3f}, {p.mean():.3f} is expected"


def dropped_alike(actual, expected, x):
    """For dropout in training: shapes and types, every element dropped or scaled, about as many dropped as expected."""
    for a, e in zip(actual, expected):
        assert a.shape == e.shape and a.dtype == e.dtype, "other shape or type"
    y, reference = actual[0].astype(np.float64), expected[0].astype(np.float64)
    kept = reference != 0
    scale = (reference[kept] / x[kept]).mean()
    np.testing.assert_allclose(y[y != 0], scale * x[y != 0], rtol=1e-3)
    ratio = 1 - 1 / scale
    assert abs((y == 0).mean() - ratio) <= 5 * np.sqrt(ratio * (1 - ratio) / y.size) + 1e-9, "another share is dropped"
    if len(actual) > 1:
        assert ((y != 0) <= actual[1]).all(), "the mask says otherwise"
