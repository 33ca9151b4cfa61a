"""Times several files of one model in ONNX Runtime, in one process, taking turns.

  output_latency.py SECONDS CASE FILE…      CASE: a folder with input_0.npy …; when it is not there, inputs are made up

Prints {"on": {"seconds": [of each file], "spread": …}, "off": …}: with all optimisations of the runtime, and with none, each for about
SECONDS. Files take turns run by run, each turn beginning with another one, so that whatever else the machine does falls on all alike; the
figure is the lower quartile of all runs of a file. The last file is the first again: the spread is how far the two are apart in any third
of the turns, as a ratio of at least 1.
"""
import json
import pathlib
import sys
import time

import numpy as np
import onnxruntime as ort

SIZES = {"tensor(float)": np.float32, "tensor(int64)": np.int64, "tensor(int32)": np.int32, "tensor(double)": np.float64}
FEWEST = 12  # turns


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


def seconds(runner, feed):
    begin = time.perf_counter()
    runner.run(None, feed)
    return time.perf_counter() - begin


def figure(times):
    return float(np.quantile(times, 0.25))


def measure(paths, case, budget, level):
    runners = [session(path, level) for path in paths]
    feed = inputs_of(runners[0], case)
    for runner in runners * 2:
        seconds(runner, feed)
    times = [[] for _ in runners]
    end = time.perf_counter() + budget
    turn = 0
    while turn < FEWEST or time.perf_counter() < end:
        for place in range(len(runners)):
            index = (place + turn) % len(runners)
            times[index].append(seconds(runners[index], feed))
        turn += 1
    thirds = [slice(k * turn // 3, (k + 1) * turn // 3) for k in range(3)]
    pairs = [figure(times[0][third]) / figure(times[-1][third]) for third in thirds]
    return {"seconds": [figure(t) for t in times[:-1]], "spread": max(max(pairs), 1 / min(pairs))}


def main():
    ort.set_default_logger_severity(4)
    budget, case, paths = float(sys.argv[1]), pathlib.Path(sys.argv[2]), sys.argv[3:]
    levels = {"on": ort.GraphOptimizationLevel.ORT_ENABLE_ALL, "off": ort.GraphOptimizationLevel.ORT_DISABLE_ALL}
    print(json.dumps({name: measure(paths, case, budget, level) for name, level in levels.items()}))


if __name__ == "__main__":
    main()
