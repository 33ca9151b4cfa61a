"""What Ferry writes for LiteRT beside what onnx2tf writes: operators, inference latency and conversion time.

    litert_speed.py [--ferry PATH] [--rounds N] MODEL.onnx…

Run with .venv-targets; onnx2tf comes from .venv-onnx2tf (requirements-onnx2tf.txt). Contract: both are asked for the shapes of the first
case of Samples/inputs and for images with channels last. Both files run in this process on LiteRT with XNNPACK and two threads on the
same inputs, interleaved; a second copy of onnx2tf's gives the spread of the machine (A/A). Conversion is a whole process on either
side: `ferry convert --verify none`, and `onnx2tf -n` on a copy, which it rewrites. Operators are counted as the file lists them.
Prints one line a model and the geometric means. Exit status 0; nothing is judged by time.
"""
import argparse
import math
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

import numpy as np
from ai_edge_litert.interpreter import Interpreter, OpResolverType

from openvino_speed import TOP, first_inputs, timed


def operators(path):
    interpreter = Interpreter(model_path=str(path), experimental_op_resolver_type=OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES)
    return len(interpreter._get_ops_details())


def runner(path, values):
    """An interpreter with its inputs set, each value laid out as the file wants it."""
    interpreter = Interpreter(model_path=str(path), num_threads=2)
    details = interpreter.get_input_details()
    rest = list(values.items())
    for detail in details:
        index = next((i for i, (name, _) in enumerate(rest) if name in detail["name"]), 0)
        value = rest.pop(index)[1]
        wanted = [int(n) for n in detail["shape_signature"]]
        if any(a not in (-1, b) for a, b in zip(wanted, value.shape)):
            value = np.moveaxis(value, 1, -1)
        detail["value"] = np.ascontiguousarray(value, detail["dtype"])
        interpreter.resize_tensor_input(detail["index"], value.shape)
    interpreter.allocate_tensors()
    for detail in details:
        interpreter.set_tensor(detail["index"], detail["value"])
    interpreter.invoke()
    return interpreter


def latencies(runners, rounds):
    results = [[] for _ in runners]
    for _ in range(rounds):
        for index, interpreter in enumerate(runners):
            start = time.perf_counter()
            interpreter.invoke()
            results[index].append(time.perf_counter() - start)
    return [statistics.median(r[len(r) // 5:]) for r in results]


def theirs(model, values, folder):
    copy = pathlib.Path(folder) / model.name
    shutil.copy(model, copy)
    shapes = [f"{name}:{','.join(map(str, value.shape))}" for name, value in values.items()]
    program = TOP / ".venv-onnx2tf/bin/onnx2tf"
    seconds = timed([str(program), "-i", str(copy), "-o", f"{folder}/out", "-n", "-ois", *shapes])
    return next(pathlib.Path(folder).glob("out/*_float32.tflite")), seconds


def ours(ferry, model, values, folder):
    path = f"{folder}/mine.tflite"
    command = [ferry, "convert", str(model), "--to", "litert", "-o", path, "--verify", "none", "--layout", "nhwc", "--force"]
    shapes = [word for name, value in values.items() for word in ("--shape", f"{name}={'x'.join(map(str, value.shape))}")]
    try:
        return path, min(timed(command + shapes) for _ in range(3))
    except subprocess.CalledProcessError:              # axes that the model gives one name cannot differ
        return path, min(timed(command) for _ in range(3))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ferry", default=str(TOP / ".build/release/ferry"))
    parser.add_argument("--rounds", type=int, default=60)
    parser.add_argument("models", nargs="+")
    options = parser.parse_args()
    speed, spread, conversion, counts = [], [], [], []
    for model in map(pathlib.Path, options.models):
        with tempfile.TemporaryDirectory() as folder:
            values = first_inputs(model)
            try:
                mine, seconds = ours(options.ferry, model, values, folder)
                other, longer = theirs(model, values, folder)
                a, b, c = latencies([runner(p, values) for p in (mine, other, other)], options.rounds)
            except (subprocess.CalledProcessError, RuntimeError, ValueError, StopIteration) as error:
                errors = (getattr(error, "stderr", None) or b"").decode(errors="replace").strip().splitlines()
                print(f"{model.stem}: {type(error).__name__} {' '.join(map(str, errors[-2:]))[-200:] or str(error)[-200:]}", flush=True)
                continue
            steps = operators(mine), operators(other)
        speed.append(a / b), spread.append(c / b), conversion.append(seconds / longer), counts.append(steps)
        print(f"{model.stem}: operators {steps[0]} / {steps[1]}, latency {1e3 * a:.2f} ms / {1e3 * b:.2f} ms = {a / b:.3f} (A/A {c / b:.3f}), "
              f"conversion {seconds:.2f} s / {longer:.2f} s = {seconds / longer:.4f}", flush=True)
    if speed:
        mean = lambda values: math.exp(statistics.mean(map(math.log, values)))  # noqa: E731
        fewer = sum(a <= b for a, b in counts)
        print(f"geometric means: latency {mean(speed):.3f} (A/A {mean(spread):.3f}), conversion {mean(conversion):.4f}; "
              f"no more operators in {fewer} of {len(counts)}")


if __name__ == "__main__":
    main()
