"""Does a model compute the same in LiteRT and in ONNX Runtime, or in LiteRT and in OpenVINO? LiteRT or ONNX may be the original.

    compare_litert.py ORIGINAL RESULT [--inputs DIR] [--limit N] [--seed N] [--json]
    compare_litert.py --list FILE      lines of: original <TAB> result <TAB> inputs folder (may be empty)

Contract: as in compare_models.py; each file is run by the runtime that its ending names. A LiteRT original runs without delegates, a
LiteRT result with XNNPACK, resized to the case's shapes; if both are LiteRT, both with XNNPACK. Where LiteRT's own kernels and
XNNPACK differ by more than the tolerance in an output of the original, nobody can agree with both: that output is then listed as
"unstable", apart from other failures though it is one, if the result is no further from the original than four times what they are apart. Integers of a quantised LiteRT model may be one step apart in at most 1 % of
an output's elements. A model with state runs its cases in order; an ONNX output NAME/next is the input NAME of the next case.
"""
import pathlib
import sys

import numpy as np
import onnx
import openvino
from ai_edge_litert.interpreter import Interpreter, OpResolverType

from compare_models import differences, main, session
from inputs_io import as_tensor, as_tensors, cases_in, made_cases


class LiteRT:
    def __init__(self, path, is_reference):
        resolver = OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES if is_reference else OpResolverType.AUTO
        self.interpreter = Interpreter(model_path=str(path), experimental_op_resolver_type=resolver, num_threads=2)
        self.inputs = self.interpreter.get_input_details()
        self.shapes = None
        self.state = {d["name"]: np.full(d["shape"], ([*d["quantization_parameters"]["zero_points"]] or [0])[0], d["dtype"]) for d in self.inputs}

    def get_inputs(self):
        return [type("Port", (), {"name": d["name"], "type": "tensor"}) for d in self.inputs]

    def run(self, values):
        values = {**self.state, **values}
        shapes = [values[d["name"]].shape for d in self.inputs]
        if shapes != self.shapes:
            for d in self.inputs:
                self.interpreter.resize_tensor_input(d["index"], values[d["name"]].shape)
            self.interpreter.allocate_tensors()
            self.shapes = shapes
        for d in self.inputs:
            self.interpreter.set_tensor(d["index"], np.asarray(values[d["name"]], d["dtype"], order="C"))
        self.interpreter.invoke()
        results = {d["name"]: decoded(self.interpreter.get_tensor(d["index"])) for d in self.interpreter.get_output_details()}
        self.state.update({name[:-5]: value for name, value in results.items() if name.endswith("/next")})
        return {name: value for name, value in results.items() if not name.endswith("/next")}


def decoded(array):
    """Strings as ONNX Runtime has them."""
    if array.dtype.kind not in "SO":
        return array
    return np.array([text.decode() for text in array.ravel()], object).reshape(array.shape)


class ONNX:
    def __init__(self, path, is_reference):
        self.session = session(path, is_reference)
        self.names = [o.name for o in self.session.get_outputs()]
        self.state = {}

    def get_inputs(self):
        return self.session.get_inputs()

    def run(self, values):
        results = dict(zip(self.names, self.session.run(None, {**values, **self.state})))
        self.state = {name[:-5]: value for name, value in results.items() if name.endswith("/next")}
        return {name: value for name, value in results.items() if not name.endswith("/next")}


class OpenVINO:
    """Computes in fp32 throughout; the request keeps the states."""

    def __init__(self, path):
        core = openvino.Core()
        compiled = core.compile_model(core.read_model(str(path)), "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
        self.ports = {name: port for port in compiled.inputs for name in port.get_names()}
        self.outputs = {name: port for port in compiled.outputs for name in port.get_names()}
        self.request = compiled.create_infer_request()

    def get_inputs(self):
        return [type("Port", (), {"name": name, "type": "tensor"}) for name in self.ports]

    def run(self, values):
        result = self.request.infer({self.ports[name]: value for name, value in values.items()}, share_outputs=False)
        return {name: result[port] for name, port in self.outputs.items()}


def opened(path, is_reference):
    """MediaPipe's own operators run in XNNPACK alone, so a LiteRT original that has some keeps its delegate."""
    if pathlib.Path(path).suffix == ".xml":
        return OpenVINO(path)
    if pathlib.Path(path).suffix != ".tflite":
        return ONNX(path, is_reference)
    try:
        model = LiteRT(path, is_reference)
        model.interpreter.allocate_tensors()
        return model
    except RuntimeError:
        return LiteRT(path, False)


def made(original, seed, limit):
    if pathlib.Path(original).suffix == ".onnx":
        yield from made_cases(onnx.load(original, load_external_data=False), seed, limit)
        return
    details = Interpreter(model_path=str(original)).get_input_details()
    generator = np.random.default_rng(seed)
    for case in range(limit or 3):
        values = [generator.random(d["shape"]).astype(np.float32) for d in details]
        yield str(case), [v if d["dtype"] == np.float32 else (v * 255 - 128).astype(d["dtype"]) for v, d in zip(values, details)]


def steps(b, a):
    """Integers of a quantised model: one step apart in at most 1 % of the elements."""
    if b.dtype in (np.int8, np.uint8, np.int16) and a.dtype == b.dtype and a.shape == b.shape:
        apart = np.abs(a.astype(np.int64) - b.astype(np.int64))
        return bool((apart <= 1).mean() >= 0.99)
    return False


def is_unstable(b, again, a):
    """Does the original's runtime differ from itself beyond the tolerance, by at least a quarter of what the result differs?"""
    if again is None or again.shape != b.shape or a.shape != b.shape or b.dtype.kind != "f":
        return False
    return bool(differences(b, again, {"abs": 0.0, "rel": 0.0, "share": 0.0})) and np.abs(a - b).max() <= 4 * np.abs(again - b).max()


def compare(original, result_path, inputs=None, limit=None, seed=0):
    result = {"ok": False, "model": str(result_path), "original": str(original), "cases": 0}
    worst, failures, unstable = {"abs": 0.0, "rel": 0.0, "share": 0.0}, [], []
    try:
        both_litert = pathlib.Path(original).suffix == pathlib.Path(result_path).suffix == ".tflite"
        first, second = opened(original, not both_litert), opened(result_path, False)
        other = opened(original, False) if pathlib.Path(original).suffix == ".tflite" and not both_litert else None
        names = [i.name for i in first.get_inputs()]
        defaults = {}
        if pathlib.Path(original).suffix == ".onnx" and isinstance(second, LiteRT):
            graph = onnx.load(original).graph
            wanted = {d["name"] for d in second.inputs}
            defaults = {i.name: onnx.numpy_helper.to_array(i) for i in graph.initializer if i.name in wanted}
        cases = cases_in(inputs, first.get_inputs(), limit) if inputs else made(original, seed, limit)
        for label, values in cases:
            given = {**defaults, **dict(zip(names, values))}
            if not isinstance(second, ONNX):
                given = as_tensors(given.keys(), given.values(), {i.name for i in second.get_inputs()})
            expected, actual = first.run(dict(zip(names, values))), second.run(given)
            if isinstance(first, ONNX) and not isinstance(second, ONNX):
                expected = {name: as_tensor(value) for name, value in expected.items()}
            again = other.run(dict(zip(names, values))) if other else {}
            result["cases"] += 1
            for name, b in expected.items():
                if name not in actual:
                    failures.append(f"case {label}: no output {name!r}")
                elif not steps(b, actual[name]):
                    found = [f"case {label}: output {name!r}: {d}" for d in differences(b, actual[name], worst)]
                    (unstable if found and is_unstable(b, again.get(name), actual[name]) else failures).extend(found)
        if not result["cases"]:
            failures.append("no case was found")
    except Exception as error:                         # a runtime that refuses a model is a finding, not a crash
        lines = [line for line in str(error).strip().splitlines() if line.strip()]
        failures.append(f"{type(error).__name__}: {' '.join(lines)[-400:]}")
    share = worst["share"] if np.isfinite(worst["share"]) else None
    result.update(ok=not failures and not unstable, max_abs=worst["abs"], max_rel=worst["rel"], of_tolerance=share, failures=failures[:20], unstable=unstable[:20])
    return result


if __name__ == "__main__":
    sys.exit(main(__doc__, compare))
