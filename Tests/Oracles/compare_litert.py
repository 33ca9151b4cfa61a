"""Does a model compute the same in LiteRT and in ONNX Runtime, or in LiteRT and in OpenVINO? LiteRT or ONNX may be the original.

    compare_litert.py ORIGINAL RESULT [--inputs DIR] [--limit N] [--seed N] [--json]
    compare_litert.py --list FILE      lines of: original <TAB> result <TAB> inputs folder (may be empty)

Contract: as in compare_models.py; each file is run by the runtime that its ending names, a LiteRT original without delegates, a LiteRT
result with XNNPACK, resized to the case's shapes; if both are LiteRT, both with XNNPACK. A model with operators of MediaPipe's own runs
in MediaPipe. Integers of a quantised LiteRT model may be one step apart in at most 1 % of an output's elements.

Two things can put floats beyond that tolerance though the conversion is exact, and both are measured, not assumed. An output of a LiteRT
original also agrees when it is as near to LiteRT as LiteRT is to itself: run with its own kernels, XNNPACK's and its reference ones, it
differs from itself by some greatest and some mean (root mean square) difference, and the result is no further from one of the three than
that in either. And where ONNX Runtime computes the last step of an output (a Sigmoid) less exactly than floats allow, at the operands that it
has there, that error is allowed in addition. What was needed stands in "by_spread" and "by_kernel", each with its figures.
"""
import pathlib
import sys

import numpy as np
import onnx
from ai_edge_litert.interpreter import Interpreter

from compare_models import differences, main
from inputs_io import as_tensor, as_tensors, cases_in, made_cases
from litert_runtimes import KERNELS, ONNX, LiteRT, opened


def is_litert(path):
    return pathlib.Path(path).suffix == ".tflite"


def made(original, seed, limit):
    """Images between 0 and 1 in steps of 1/255, so that a runtime that takes bytes gets the same."""
    if pathlib.Path(original).suffix == ".onnx":
        yield from made_cases(onnx.load(original, load_external_data=False), seed, limit)
        return
    details = Interpreter(model_path=str(original)).get_input_details()
    generator = np.random.default_rng(seed)
    for case in range(limit or 3):
        values = [np.round(generator.random(d["shape"]) * 255) for d in details]
        yield str(case), [(v / 255 if d["dtype"] == np.float32 else v - 128).astype(d["dtype"]) for v, d in zip(values, details)]


def steps(b, a):
    """Integers of a quantised model: one step apart in at most 1 % of the elements."""
    if b.dtype in (np.int8, np.uint8, np.int16) and a.dtype == b.dtype and a.shape == b.shape:
        apart = np.abs(a.astype(np.int64) - b.astype(np.int64))
        return bool((apart <= 1).mean() >= 0.99)
    return False


def apart(b, a):
    """Greatest and root mean square difference."""
    difference = np.abs(a.astype(np.float64) - b.astype(np.float64))
    return difference.max(), np.sqrt((difference ** 2).mean())


class Original:
    """The model that was converted, and what its own runtime makes of it in other ways."""

    def __init__(self, path, beside):
        self.path, self.runs = path, []
        self.runner = opened(path, "xnnpack" if is_litert(beside) else "own", is_reference=True)
        self.others = None

    def run(self, values):
        self.runs.append(values)
        return self.runner.run(values)

    def ways(self, output):
        """This output of the last case as each kind of LiteRT's kernels gives it. All cases are run: a state comes from those before."""
        if not isinstance(self.runner, LiteRT):
            return []
        if self.others is None:
            self.others = {kernels: (opened(self.path, kernels), []) for kernels in KERNELS}
        for runner, results in self.others.values():
            results.extend(runner.run(values) for values in self.runs[len(results):])
        return [results[-1][output] for _, results in self.others.values()]

    def spread(self, output, a):
        """What is said of a result that is as near to LiteRT as LiteRT is to itself; nothing where it is not."""
        ways = self.ways(output)
        if not ways or ways[0].dtype.kind != "f" or ways[0].shape != a.shape or not all(np.isfinite(w).all() for w in [*ways, a]):
            return None
        most, mean = np.max([apart(b, w) for i, b in enumerate(ways) for w in ways[:i]], axis=0)
        near, near_mean = min((apart(b, a) for b in ways), key=lambda pair: pair[1])
        return f"{near:.3g} (mean {near_mean:.3g}) of {most:.3g} (mean {mean:.3g})" if near <= most and near_mean <= mean else None


def by_kernel(b, a, second, output, given):
    """What is said of a result that only the runtime's own last kernel keeps from agreeing; nothing otherwise."""
    if not isinstance(second, ONNX) or a.shape != b.shape or b.dtype != np.float32:
        return None
    error = second.kernel_error(output, given)
    exact = np.clip(b, a.astype(np.float64) - error, a.astype(np.float64) + error).astype(b.dtype)
    if np.max(error) == 0 or list(differences(b, exact, {"abs": 0.0, "rel": 0.0, "share": 0.0})):
        return None
    return f"the runtime's last kernel is off by up to {np.max(error):.3g}"


def defaults_for(original, second):
    """Inputs of the result that the original has as initializers."""
    if pathlib.Path(original).suffix != ".onnx" or not isinstance(second, LiteRT):
        return {}
    wanted = {d["name"] for d in second.inputs}
    return {i.name: onnx.numpy_helper.to_array(i) for i in onnx.load(original).graph.initializer if i.name in wanted}


def judged(label, expected, actual, first, second, given, result):
    """Puts what one case shows into `result`."""
    for name, b in expected.items():
        if name not in actual:
            result["failures"].append(f"case {label}: no output {name!r}")
            continue
        a = actual[name]
        found = [] if steps(b, a) else list(differences(b, a, result["worst"]))
        for kind, excuse in (("by_spread", lambda: first.spread(name, a)), ("by_kernel", lambda: by_kernel(b, a, second, name, given))):
            said = excuse() if found and isinstance(a, np.ndarray) and isinstance(b, np.ndarray) else None
            if said:
                result[kind].append(f"case {label}: output {name!r}: {said}")
                found = []
        result["failures"].extend(f"case {label}: output {name!r}: {d}" for d in found)


def run_cases(original, result_path, inputs, limit, seed, result):
    first, second = Original(original, result_path), opened(result_path, "xnnpack")
    names, from_onnx = [i.name for i in first.runner.get_inputs()], isinstance(first.runner, ONNX)
    defaults = defaults_for(original, second)
    cases = cases_in(inputs, first.runner.get_inputs(), limit) if inputs else made(original, seed, limit)
    for label, values in cases:
        given = {**defaults, **dict(zip(names, values))}
        if not isinstance(second, ONNX):
            given = as_tensors(given.keys(), given.values(), {i.name for i in second.get_inputs()})
        expected, actual = first.run(dict(zip(names, values))), second.run(given)
        if from_onnx and not isinstance(second, ONNX):
            expected = {name: as_tensor(value) for name, value in expected.items()}
        result["cases"] += 1
        judged(label, expected, actual, first, second, given, result)
    if not result["cases"]:
        result["failures"].append("no case was found")


def compare(original, result_path, inputs=None, limit=None, seed=0):
    worst = {"abs": 0.0, "rel": 0.0, "share": 0.0}
    result = {"ok": False, "model": str(result_path), "original": str(original), "cases": 0, "failures": [], "by_spread": [], "by_kernel": [], "worst": worst}
    try:
        run_cases(original, result_path, inputs, limit, seed, result)
    except Exception as error:                         # a runtime that refuses a model is a finding, not a crash
        lines = [line for line in str(error).strip().splitlines() if line.strip()]
        result["failures"].append(f"{type(error).__name__}: {' '.join(lines)[-400:]}")
    del result["worst"]
    share = worst["share"] if np.isfinite(worst["share"]) else None
    result.update(ok=not result["failures"], max_abs=worst["abs"], max_rel=worst["rel"], of_tolerance=share, failures=result["failures"][:20])
    return result


if __name__ == "__main__":
    sys.exit(main(__doc__, compare))
