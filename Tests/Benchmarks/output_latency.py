"""Times several files of one model in ONNX Runtime, in one process, taking turns.

  output_latency.py ROUNDS CASE FILE…      CASE: a folder with input_0.npy …; when it is not there, inputs are made up

Prints {"on": {"seconds": [of each file], "spread": …}, "off": …}: with all optimisations of the runtime, and with none. The last file
is the first again: the spread is how far the two were apart in the worst round, as a ratio of at least 1.
"""
import json
import pathlib
import statistics
import sys
import time

import numpy as np
import onnxruntime as ort

SIZES = {"tensor(float)": np.float32, "tensor(int64)": np.int64, "tensor(int32)": np.int32, "tensor(double)": np.float64}


def session(path, level):
    options = ort.SessionOptions()
    options.intra_op_num_threads = 2
    options.graph_optimization_level = level
    return ort.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def inputs_of(runner, case):
    feed = {}
    for index, wanted in enumerate(runner.get_inputs()):
        path = case / f"input_{index}.npy"
        if path.exists():
            feed[wanted.name] = np.load(path)
            continue
        shape = [size if isinstance(size, int) else 1 for size in wanted.shape]
        feed[wanted.name] = np.random.default_rng(index).random(shape).astype(SIZES[wanted.type])
    return feed


def seconds(runner, feed, runs):
    times = []
    for _ in range(runs):
        begin = time.perf_counter()
        runner.run(None, feed)
        times.append(time.perf_counter() - begin)
    return statistics.median(times)


def measure(paths, case, rounds, level):
    runners = [session(path, level) for path in paths]
    feed = inputs_of(runners[0], case)
    usual = max(seconds(runner, feed, 2) for runner in runners)
    runs = max(3, min(50, int(0.02 / usual)))
    figures = [[] for _ in runners]
    for turn in range(rounds):
        for place in range(len(runners)):
            index = (place + turn) % len(runners)
            figures[index].append(seconds(runners[index], feed, runs))
    pairs = [a / b for a, b in zip(figures[0], figures[-1])]
    return {"seconds": [statistics.median(f) for f in figures[:-1]], "spread": max(max(pairs), 1 / min(pairs))}


def main():
    ort.set_default_logger_severity(4)
    rounds, case, paths = int(sys.argv[1]), pathlib.Path(sys.argv[2]), sys.argv[3:]
    levels = {"on": ort.GraphOptimizationLevel.ORT_ENABLE_ALL, "off": ort.GraphOptimizationLevel.ORT_DISABLE_ALL}
    print(json.dumps({name: measure(paths, case, rounds, level) for name, level in levels.items()}))


if __name__ == "__main__":
    main()
