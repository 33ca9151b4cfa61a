"""Does LiteRT divide 64-bit integers by constants exactly, in the steps that Ferry writes for it?

    check_quotients.py [--ferry PATH]

Contract: a model for each divisor, converted and run on LiteRT with and without its delegates, on the least and greatest integers, on those around
0, multiples of divisors and powers of two, and on drawn ones; every quotient must be the one of exact arithmetic, truncated. Exit status: 0 all are
right, 1 otherwise.
"""
import argparse
import pathlib
import subprocess
import sys
import tempfile

import numpy as np
import onnx
from ai_edge_litert.interpreter import Interpreter, OpResolverType
from onnx import helper, numpy_helper

TOP = pathlib.Path(__file__).resolve().parents[2]
END = 2**63
DIVISORS = (1, -1, 2, -2, 3, 5, 7, 160, -160, 255, 320, 441, 2**20, 2**31 - 1, 2**31, 2**32 + 1, 10**15 + 37, 2**62, 2**62 + 1, END - 1, 1 - END)
RESOLVERS = (OpResolverType.AUTO, OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES)


def dividends():
    bases = [0, -END, END - 1, END // 2, END // 3, -END // 2, -END // 3] + [s * b for b in (160, 320, 441, 2**31, 2**32, 2**53, 2**62) for s in (1, -1)]
    near = {b + d for b in bases for d in (-2, -1, 0, 1, 2)}
    drawn = np.random.default_rng(1).integers(-END, END, 4000, dtype=np.int64)
    small = np.random.default_rng(2).integers(-10**7, 10**7, 4000)
    return sorted(v for v in near if -END <= v < END) + [int(v) for v in drawn] + [int(v) for v in small]


def check(divisor, ferry, folder, numbers):
    node = helper.make_node("Div", ["x", "c"], ["y"])
    ports = [[helper.make_tensor_value_info(name, onnx.TensorProto.INT64, [None])] for name in "xy"]
    graph = helper.make_graph([node], "quotient", *ports, [numpy_helper.from_array(np.array(divisor, np.int64), "c")])
    source, target = f"{folder}/m.onnx", f"{folder}/m.tflite"
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21)], ir_version=10), source)
    run = subprocess.run([ferry, "convert", source, "--to", "litert", "-o", target, "--force"], capture_output=True, text=True)
    if run.returncode:
        return [run.stderr.strip()]
    failures = []
    # The magnitude of the least integer wraps.
    expected = [-END if (x, divisor) == (-END, -1) else abs(x) // abs(divisor) * (1 if (x < 0) == (divisor < 0) else -1) for x in numbers]
    for resolver in RESOLVERS:
        interpreter = Interpreter(target, experimental_op_resolver_type=resolver)
        interpreter.resize_tensor_input(interpreter.get_input_details()[0]["index"], [len(numbers)])
        interpreter.allocate_tensors()
        interpreter.set_tensor(interpreter.get_input_details()[0]["index"], np.array(numbers, np.int64))
        interpreter.invoke()
        actual = interpreter.get_tensor(interpreter.get_output_details()[0]["index"]).tolist()
        wrong = [(x, a, e) for x, a, e in zip(numbers, actual, expected) if a != e]
        if wrong:
            failures.append(f"{resolver.name}: {len(wrong)} wrong, {wrong[0][0]} gives {wrong[0][1]}, not {wrong[0][2]}")
    return failures


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ferry", default=str(TOP / ".build/release/ferry"))
    options = parser.parse_args()
    numbers, wrong = dividends(), 0
    with tempfile.TemporaryDirectory() as folder:
        for divisor in DIVISORS:
            failures = check(divisor, options.ferry, folder, numbers)
            wrong += bool(failures)
            print(f"{divisor}: {'; '.join(failures) or f'right for {len(numbers)} dividends'}", flush=True)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
