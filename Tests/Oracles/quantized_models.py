"""Do models that ONNX Runtime's own tool quantised arrive on other runtimes?

    quantized_models.py [--ferry PATH] [--only WORD] [--target NAME]…

Contract: real models are quantised in every form that the tool knows (pairs around operators of floats with 8 and 16 bits, operators on
integers, and such that quantise while they run), converted with the verification that is the default, and run on the target's runtime.
There they must be nearer to the quantised model on ONNX Runtime than that is to the model it was made from. OpenVINO runs as the file
says, without transformations of its own to other integers, which change results by up to 40 % even when it reads the ONNX file itself.
Exit status: 0 all are right, 1 otherwise.
"""
import argparse
import logging
import pathlib
import subprocess
import sys
import tempfile

import numpy as np
import onnx
import onnxruntime as ort
import openvino
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_dynamic, quantize_static
from onnxruntime.quantization.shape_inference import quant_pre_process

from inputs_io import cases_in, made_cases
from litert_runtimes import LiteRT

TOP = pathlib.Path(__file__).resolve().parents[2]
MODELS = ["digits-cnn", "digits-transformer", "pnet", "rnet", "attacut-sc", "deepcut", "standard_v3_3"]
EXTENSIONS = {"litert": "tflite", "openvino": "xml"}
PAIRS, OPERATORS = QuantFormat.QDQ, QuantFormat.QOperator
WAYS = {
    "pairs of i8, by channel": dict(quant_format=PAIRS, activation_type=QuantType.QInt8, weight_type=QuantType.QInt8, per_channel=True),
    "pairs of u8": dict(quant_format=PAIRS, activation_type=QuantType.QUInt8, weight_type=QuantType.QUInt8),
    "pairs of i16 and i8": dict(
        quant_format=PAIRS, activation_type=QuantType.QInt16, weight_type=QuantType.QInt8,
        extra_options={"UseQDQContribOps": True, "ActivationSymmetric": True}),
    # Weights of 7 bits: without VNNI, sums of two products with signed bytes overflow in ONNX Runtime.
    "operators on u8 and i8": dict(quant_format=OPERATORS, activation_type=QuantType.QUInt8, weight_type=QuantType.QInt8, reduce_range=True),
    "while it runs": None,
}


class Calibration(CalibrationDataReader):
    def __init__(self, feeds):
        self.feeds = iter(feeds)

    def get_next(self):
        return next(self.feeds, None)


def session(path):
    options = ort.SessionOptions()
    options.log_severity_level = 4
    options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_DISABLE_ALL
    return ort.InferenceSession(str(path), options)


def feeds_of(path, limit):
    inputs = session(path).get_inputs()
    folder = TOP / "Samples/inputs" / path.stem
    cases = cases_in(folder, inputs, limit) if folder.is_dir() else made_cases(onnx.load(path), 0, limit)
    return [dict(zip([i.name for i in inputs], values)) for _, values in cases]


def quantized(source, way, folder):
    """The model in that form; None where the tool does not make one that ONNX Runtime itself loads."""
    prepared, made = folder / "prepared.onnx", folder / "quantized.onnx"
    try:
        quant_pre_process(str(source), str(prepared), skip_symbolic_shape=True)
        if WAYS[way] is None:
            quantize_dynamic(str(prepared), str(made), reduce_range=True)
        else:
            quantize_static(str(prepared), str(made), Calibration(feeds_of(source, 3)), **WAYS[way])
        session(made)
    except Exception as error:  # the tool throws whatever comes
        return None, str(error).strip().splitlines()[0][:100]
    return made, ""


class OpenVINO:
    def __init__(self, path):
        core = openvino.Core()
        self.model = core.compile_model(core.read_model(str(path)), "CPU", {"INFERENCE_PRECISION_HINT": "f32", "LP_TRANSFORMS_MODE": "NO", "DYNAMIC_QUANTIZATION_GROUP_SIZE": "0"})

    def run(self, values):
        result = self.model(values)
        return {name: result[port] for port in self.model.outputs for name in port.get_names()}


def distance(a, b):
    return sum(float(((np.asarray(x, np.float64).reshape(np.shape(y)) - y) ** 2).sum()) for x, y in zip(a, b)) ** 0.5


def check(source, made, target, program, folder):
    """Nothing, or what is wrong; and how far the results are from those of the quantised model, in what quantising changed."""
    output = folder / f"model.{EXTENSIONS[target]}"
    run = subprocess.run([program, "convert", made, "--to", target, "-o", output, "--force"], capture_output=True, text=True)
    if run.returncode:
        return (run.stderr or run.stdout).strip().splitlines()[-1], 0
    runtime = OpenVINO(output) if target == "openvino" else LiteRT(output, "own")
    floats, integers = session(source), session(made)
    own, apart = 0.0, 0.0
    for feed in feeds_of(source, 2):
        try:
            named = runtime.run(dict(feed))
        except RuntimeError as error:
            return f"does not run: {str(error).splitlines()[0]}", 0
        expected = integers.run(None, feed)
        results = [named[o.name] for o in integers.get_outputs()]
        own, apart = own + distance(expected, floats.run(None, feed)), apart + distance(results, expected)
    ratio = apart / own if own else 0.0
    return ("" if apart <= own else f"further from the quantised model than that from its own source, by {ratio:.2f}"), ratio


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ferry", default=str(TOP / ".build/release/ferry"))
    parser.add_argument("--only", default="")
    parser.add_argument("--target", action="append")
    options = parser.parse_args()
    logging.disable(logging.WARNING)
    ort.set_default_logger_severity(4)
    sources = {p.stem: p for pattern in ("Samples/*.onnx", "Samples/fetched/*/*.onnx") for p in sorted(TOP.glob(pattern))}
    wrong, right, absent = 0, 0, 0
    for name in (n for n in MODELS if options.only in n):
        for way in WAYS:
            with tempfile.TemporaryDirectory() as folder:
                made, reason = quantized(sources[name], way, pathlib.Path(folder))
                if made is None:
                    print(f"{name}, {way}: not made by the tool ({reason})", flush=True)
                    absent += 1
                    continue
                for target in options.target or EXTENSIONS:
                    failure, ratio = check(sources[name], made, target, options.ferry, pathlib.Path(folder))
                    wrong, right = wrong + bool(failure), right + (not failure)
                    print(f"{name}, {way} → {target}: {failure or f'right, {ratio:.3f} of what quantising changed'}", flush=True)
    print(f"{right} right, {wrong} wrong, {absent} that the tool does not make")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
