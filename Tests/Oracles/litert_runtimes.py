"""Runs a model in LiteRT, ONNX Runtime, OpenVINO or MediaPipe, all behind one face.

`opened(path)` gives what runs a file, chosen by its ending: get_inputs() says names and types, run({name: array}) gives {name: array}. A
model with state runs its cases in order; an output NAME/next is the input NAME of the next case and is not among the results.
"""
import pathlib
import subprocess
import tempfile

import numpy as np
import onnx
import openvino
from ai_edge_litert.interpreter import Interpreter, OpResolverType

from compare_models import session

TOP = pathlib.Path(__file__).resolve().parents[2]
# The ways in which LiteRT itself runs one file: its own kernels, XNNPACK's, and the plain ones that it takes as the reference.
KERNELS = {
    "own": OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES, "xnnpack": OpResolverType.AUTO, "reference": OpResolverType.BUILTIN_REF,
}


def port(name):
    return type("Port", (), {"name": name, "type": "tensor"})


class LiteRT:
    def __init__(self, path, kernels):
        self.interpreter = Interpreter(model_path=str(path), experimental_op_resolver_type=KERNELS[kernels], num_threads=2)
        self.inputs = self.interpreter.get_input_details()
        self.shapes = None
        self.state = {d["name"]: np.full(d["shape"], ([*d["quantization_parameters"]["zero_points"]] or [0])[0], d["dtype"]) for d in self.inputs}

    def get_inputs(self):
        return [port(d["name"]) for d in self.inputs]

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


class MediaPipe:
    """A model with operators of MediaPipe's own runs in MediaPipe, on one image, in another process: its NumPy is another."""

    def __init__(self, path):
        self.path, interpreter = path, Interpreter(model_path=str(path))
        self.inputs, self.outputs = interpreter.get_input_details(), interpreter.get_output_details()
        self.python = TOP / ".venv-mediapipe/bin/python"
        subprocess.run([pathlib.Path(__file__).with_name("make-venv"), "mediapipe"], check=True, capture_output=True)

    def get_inputs(self):
        return [port(d["name"]) for d in self.inputs]

    def run(self, values):
        with tempfile.TemporaryDirectory() as folder:
            np.save(f"{folder}/image.npy", np.round(values[self.inputs[0]["name"]][0] * 255).astype(np.uint8))
            script = pathlib.Path(__file__).with_name("run_mediapipe.py")
            subprocess.run([self.python, script, self.path, folder, str(len(self.outputs))], check=True, capture_output=True)
            return {d["name"]: np.load(f"{folder}/{i}.npy").reshape(d["shape"]) for i, d in enumerate(self.outputs)}


class ONNX:
    def __init__(self, path, is_reference):
        self.path, self.session = path, session(path, is_reference)
        self.names = [o.name for o in self.session.get_outputs()]
        self.state = {}

    def get_inputs(self):
        return self.session.get_inputs()

    def run(self, values):
        results = dict(zip(self.names, self.session.run(None, {**values, **self.state})))
        self.state = {name[:-5]: value for name, value in results.items() if name.endswith("/next")}
        return {name: value for name, value in results.items() if not name.endswith("/next")}

    def kernel_error(self, output, values):
        """What the runtime's own kernel of the operator that makes an output is off by, at the very operands that it gets: ONNX Runtime's
        Sigmoid is a rational approximation that ends at ±18. Nothing for operators whose exact result is not worked out here."""
        model = onnx.load(self.path)
        makers = {name: node for node in model.graph.node for name in node.output}
        maker = makers.get(output)
        while maker is not None and maker.op_type in ("Reshape", "Squeeze", "Unsqueeze", "Flatten", "Identity"):
            maker = makers.get(maker.input[0])
        if maker is None or maker.op_type != "Sigmoid":
            return 0.0
        model.graph.output.append(onnx.helper.make_empty_tensor_value_info(maker.input[0]))
        with tempfile.NamedTemporaryFile(suffix=".onnx") as file:
            onnx.save(model, file.name)
            made, x = session(file.name, False).run([output, maker.input[0]], values)
        x = x.reshape(made.shape)
        with np.errstate(over="ignore"):
            return np.abs(made - 1 / (1 + np.exp(-x.astype(np.float64))))


class OpenVINO:
    """Computes in fp32 throughout; the request keeps the states."""

    def __init__(self, path):
        core = openvino.Core()
        compiled = core.compile_model(core.read_model(str(path)), "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
        self.ports = {name: port for port in compiled.inputs for name in port.get_names()}
        self.outputs = {name: port for port in compiled.outputs for name in port.get_names()}
        self.request = compiled.create_infer_request()

    def get_inputs(self):
        return [port(name) for name in self.ports]

    def run(self, values):
        result = self.request.infer({self.ports[name]: value for name, value in values.items()}, share_outputs=False)
        return {name: result[port] for name, port in self.outputs.items()}


def opened(path, kernels="own", is_reference=False):
    """What runs a file. `kernels` says which of LiteRT's, where it is one's; `is_reference` runs an ONNX file as it is written."""
    ending = pathlib.Path(path).suffix
    if ending != ".tflite":
        return OpenVINO(path) if ending == ".xml" else ONNX(path, is_reference)
    for choice in (kernels, "xnnpack"):                # some of MediaPipe's operators are XNNPACK's, too
        if not lacks_operators(path, choice):
            return LiteRT(path, choice)
    return MediaPipe(path)


def lacks_operators(path, kernels):
    """Whether some operator is in none of LiteRT's kernels. What else keeps a model from being laid out may be sizes that are given later."""
    try:
        LiteRT(path, kernels).interpreter.allocate_tensors()
    except RuntimeError as error:
        return "custom op" in str(error)
    return False
