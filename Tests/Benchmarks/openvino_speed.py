"""What Ferry writes for OpenVINO beside what OpenVINO's own converter writes: conversion time and inference latency.

    openvino_speed.py [--ferry PATH] [--rounds N] MODEL.onnx…

Contract: both networks run in this process on the processor plugin with two threads on the same inputs, interleaved; a second copy of
the converter's network gives the spread of the machine (A/A). Conversion is a whole process on either side: `ferry convert --verify
none`, and `ovc`. Prints one line a model and the geometric means. Exit status 0; nothing is judged by time.
"""
import argparse
import math
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

import numpy as np
import onnxruntime as ort
import openvino as ov

TOP = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TOP / "Tests/Oracles"))
from inputs_io import cases_in, made_cases  # noqa: E402


def timed(arguments):
    start = time.perf_counter()
    subprocess.run(arguments, check=True, capture_output=True)
    return time.perf_counter() - start


def first_inputs(model):
    session = ort.InferenceSession(str(model), providers=["CPUExecutionProvider"])
    folder = TOP / "Samples/inputs" / model.stem
    cases = cases_in(folder, session.get_inputs(), 1) if folder.is_dir() else made_cases(__import__("onnx").load(model, load_external_data=False), 0, 1)
    return dict(zip([i.name for i in session.get_inputs()], next(iter(cases))[1]))


def request(core, path, values):
    compiled = core.compile_model(core.read_model(str(path)), "CPU", {"INFERENCE_NUM_THREADS": 2, "INFERENCE_PRECISION_HINT": "f32"})
    ports = {name: port for port in compiled.inputs for name in port.get_names()}
    feed = {ports[name]: value for name, value in values.items()}
    return compiled.create_infer_request(), feed


def latencies(requests, rounds):
    results = [[] for _ in requests]
    for _ in range(rounds):
        for index, (runner, feed) in enumerate(requests):
            start = time.perf_counter()
            runner.infer(feed)
            results[index].append(time.perf_counter() - start)
    return [statistics.median(r[len(r) // 5:]) for r in results]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ferry", default=str(TOP / ".build/release/ferry"))
    parser.add_argument("--rounds", type=int, default=60)
    parser.add_argument("models", nargs="+")
    options = parser.parse_args()
    ovc = str(pathlib.Path(sys.executable).parent / "ovc")
    speed, spread, conversion = [], [], []
    for model in map(pathlib.Path, options.models):
        with tempfile.TemporaryDirectory() as folder:
            mine, theirs = f"{folder}/mine.xml", f"{folder}/theirs.xml"
            ours = min(timed([options.ferry, "convert", str(model), "--to", "openvino", "-o", mine, "--verify", "none"]) for _ in range(3))
            others = min(timed([ovc, str(model), "--output_model", theirs, "--compress_to_fp16=False"]) for _ in range(3))
            core, values = ov.Core(), first_inputs(model)
            # The first network of a process is slower than the same one loaded again, by up to a third where it takes 0.1 ms.
            _, a, b, c = latencies([request(core, p, values) for p in (theirs, mine, theirs, theirs)], options.rounds)
        speed.append(a / b), spread.append(c / b), conversion.append(ours / others)
        print(f"{model.stem}: latency {1e3 * a:.2f} ms / {1e3 * b:.2f} ms = {a / b:.3f} (A/A {c / b:.3f}), conversion {ours:.2f} s / {others:.2f} s = {ours / others:.3f}", flush=True)
    mean = lambda values: math.exp(statistics.mean(map(math.log, values)))  # noqa: E731
    print(f"geometric means: latency {mean(speed):.3f} (A/A {mean(spread):.3f}), conversion {mean(conversion):.3f}")


if __name__ == "__main__":
    main()
