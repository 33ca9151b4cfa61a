"""Do graphs between QuantizeLinear and DequantizeLinear run in integers on LiteRT, and give what ONNX Runtime gives for them?

    check_quantized.py [--ferry PATH]

Contract: small convolution, depthwise and product graphs are made with activations of 8 bits, signed and not, and of 16 (weights 8), and with biases
that are floats, 32-bit integers in the kernel's own units, and such in other units; converted, and run on LiteRT without delegates. Every kernel but the ones at the ends must be of integers, and at least 99 % of the
outputs within one step of ONNX Runtime's, none further than two. Exit status: 0 all are right, 1 otherwise.
"""
import argparse
import itertools
import pathlib
import subprocess
import sys
import tempfile

import numpy as np
import onnx
import onnxruntime as ort
from ai_edge_litert.interpreter import Interpreter, OpResolverType

from quantized_graphs import model

TOP = pathlib.Path(__file__).resolve().parents[2]


def check(kind, bias, shape, ferry, folder):
    made, step = model(kind, bias, shape)
    source, target = f"{folder}/m.onnx", f"{folder}/m.tflite"
    onnx.save(made, source)
    run = subprocess.run([ferry, "convert", source, "--to", "litert", "-o", target, "--verify", "none", "--force"], capture_output=True, text=True)
    if run.returncode:
        return [run.stderr.strip()]
    options = ort.SessionOptions()
    options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = ort.InferenceSession(source, options)
    interpreter = Interpreter(target, experimental_op_resolver_type=OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES)
    try:
        interpreter.allocate_tensors()
    except RuntimeError as error:
        return [str(error)]
    details = {d["index"]: d for d in interpreter.get_tensor_details()}
    failures = []
    for op in interpreter._get_ops_details():
        real = [details[int(i)]["dtype"] for i in op["outputs"]] == [np.float32]
        if op["op_name"] in ("CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED", "MAX_POOL_2D") and real:
            failures.append(f"{op['op_name']} computes in floats")
    for seed in range(4):
        x = np.random.default_rng(seed).standard_normal((1, 3, 8, 8)).astype(np.float32)
        interpreter.set_tensor(interpreter.get_input_details()[0]["index"], x)
        interpreter.invoke()
        actual = interpreter.get_tensor(interpreter.get_output_details()[0]["index"])
        steps = np.round(np.abs(actual - session.run(None, {"x": x})[0]) / step)
        if (steps <= 1).mean() < 0.99 or steps.max() > 2:
            failures.append(f"seed {seed}: {(steps > 1).sum()} of {steps.size} more than a step apart, {steps.max():.0f} at most")
    return failures


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ferry", default=str(TOP / ".build/release/ferry"))
    options = parser.parse_args()
    wrong = 0
    with tempfile.TemporaryDirectory() as folder:
        for kind, bias, shape in itertools.product((np.int8, np.uint8, np.int16), ("float", "own units", "other units"), ("image", "vector")):
            failures = check(kind, bias, shape, options.ferry, folder)
            wrong += bool(failures)
            print(f"{kind.__name__} {shape}, bias: {bias}: {'; '.join(failures) or 'right'}", flush=True)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
