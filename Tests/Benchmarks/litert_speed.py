"""What Ferry writes for LiteRT beside what onnx2tf writes: operators, inference latency and conversion time.

    litert_speed.py [--ferry PATH] [--rounds N] [--operators] [MODEL.onnx…]

Run with .venv-targets; onnx2tf comes from .venv-onnx2tf (`make-venv onnx2tf`). Without models: every one of Samples and
Samples/fetched that has a convolution. Contract: both are asked for the shapes of the first case of Samples/inputs and for images
with channels last. Both files run in this process on LiteRT with XNNPACK and two threads on the same inputs, interleaved; a second
copy of onnx2tf's gives the spread of the machine (A/A). Conversion is a whole process on either side: `ferry convert --verify none`,
and `onnx2tf -n` on a copy, which it rewrites. Operators are counted as the file lists them.
Prints one line a model (or why it has no figures), the kinds of operators of which ours has more, and the geometric means. With --operators,
nothing is run. Exit status 0; nothing is judged by time.
"""
import argparse
import collections
import math
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

import numpy as np
import onnx
from ai_edge_litert.interpreter import Interpreter, OpResolverType

from openvino_speed import TOP, first_inputs, timed


def models_with_convolutions():
    """Those of the samples and of what is fetched."""
    for path in sorted([*TOP.glob("Samples/*.onnx"), *TOP.glob("Samples/fetched/*/*.onnx")]):
        if any(n.op_type.startswith("Conv") for n in onnx.load(path, load_external_data=False).graph.node):
            yield path


def operators(path):
    """How many of each kind there are."""
    interpreter = Interpreter(model_path=str(path), experimental_op_resolver_type=OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES)
    return collections.Counter(op["op_name"] for op in interpreter._get_ops_details())


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


class Figures:
    """What one model shows of either side."""

    def __init__(self, model, options, folder):
        values = first_inputs(model)
        mine, seconds = ours(options.ferry, model, values, folder)
        other, longer = theirs(model, values, folder)
        self.operators, self.conversion = (operators(mine), operators(other)), (seconds, longer)
        self.latency = None if options.operators else latencies([runner(p, values) for p in (mine, other, other)], options.rounds)

    def line(self):
        more = self.operators[0] - self.operators[1]
        text = f"operators {self.counts[0]} / {self.counts[1]}"
        if self.counts[0] > self.counts[1]:
            text += f" (more: {', '.join(f'{name} {count}' for name, count in more.most_common(6))})"
        if self.latency:
            a, b, c = self.latency
            text += f", latency {1e3 * a:.2f} ms / {1e3 * b:.2f} ms = {a / b:.3f} (A/A {c / b:.3f})"
        return f"{text}, conversion {self.conversion[0]:.2f} s / {self.conversion[1]:.2f} s = {self.conversion[0] / self.conversion[1]:.4f}"

    @property
    def counts(self):
        return [sum(o.values()) for o in self.operators]


def reason(error):
    """Why there are no figures, in a line."""
    errors = (getattr(error, "stderr", None) or getattr(error, "stdout", None) or b"").decode(errors="replace").strip().splitlines()
    who = "" if not isinstance(error, subprocess.CalledProcessError) else f"{pathlib.Path(error.cmd[0]).name}: "
    return f"{type(error).__name__}: {who}{' '.join(line.strip() for line in errors[-3:])[-250:] or str(error)[-250:]}"


def summary(figures):
    mean = lambda values: math.exp(statistics.mean(map(math.log, values)))  # noqa: E731
    timed_ones = [f.latency for f in figures if f.latency]
    text = f"no more operators in {sum(f.counts[0] <= f.counts[1] for f in figures)} of {len(figures)}; geometric means: "
    if timed_ones:
        text += f"latency {mean([a / b for a, b, _ in timed_ones]):.3f} (A/A {mean([c / b for _, b, c in timed_ones]):.3f}), "
    return text + f"conversion {mean([a / b for a, b in (f.conversion for f in figures)]):.4f}"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ferry", default=str(TOP / ".build/release/ferry"))
    parser.add_argument("--rounds", type=int, default=60)
    parser.add_argument("--operators", action="store_true")
    parser.add_argument("models", nargs="*")
    options = parser.parse_args()
    figures = []
    for model in map(pathlib.Path, options.models or models_with_convolutions()):
        with tempfile.TemporaryDirectory() as folder:
            try:
                figures.append(Figures(model, options, folder))
                print(f"{model.stem}: {figures[-1].line()}", flush=True)
            except (subprocess.SubprocessError, RuntimeError, ValueError, StopIteration) as error:
                print(f"{model.stem}: no figures: {reason(error)}", flush=True)
    if figures:
        print(summary(figures))


if __name__ == "__main__":
    main()
