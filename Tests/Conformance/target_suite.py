"""Runs the ONNX backend suite through `ferry convert` and a target's own runtime; conform-openvino and conform-litert say which.

  conform-TARGET [--ferry PATH] [--only WORD] [--every N] [--verbose] [--refused] [--open] [--cases FOLDER]

A case passes when what the runtime gives agrees with the suite's own numbers, or where they are drawn at random, with their
distribution. With --open, all sizes of the inputs are left open. Prints how many cases pass, are refused by ferry with a reason, do not
load in the runtime, or differ, and the names of those that differ or do not load; with --refused, the operators that are in the way, each
with a count and a reason. Cases that are known to differ or not to run are in TARGET-failing.tsv, each with the reason; a reason that
begins with "on some processors: " is for one that may also pass. Exit status 1 when one differs, does not run or fails that is not there,
or one that is there passes.
"""
import argparse
import collections
import concurrent.futures
import multiprocessing
import pathlib
import re
import subprocess
import tempfile

import numpy as np
import onnx

from suite import cases, laid_out

HERE = pathlib.Path(__file__).resolve().parent
TOP = HERE.parents[1]


def agrees(actual, expected, rtol, atol):
    expected = np.asarray(expected)
    if actual.shape != expected.shape:
        return f"shape {list(actual.shape)} instead of {list(expected.shape)}"
    if expected.dtype.kind in "OSU":
        return None if actual.astype(str).tolist() == expected.astype(str).tolist() else "other strings"
    if expected.dtype.kind not in "fc" and expected.dtype.name != "bfloat16":
        return None if np.array_equal(actual.astype(np.float64), expected.astype(np.float64), equal_nan=True) else "other values"
    wide = np.float64
    tolerance = max(rtol, 1e-2 if expected.dtype.itemsize == 2 else rtol)
    a, e = actual.astype(wide), expected.astype(wide)
    return None if np.allclose(a, e, rtol=tolerance, atol=max(atol, 1e-3 if expected.dtype.itemsize == 2 else 1e-5), equal_nan=True) else f"up to {np.nanmax(np.abs(a - e)):.3g}"


class Runtime:
    """A process that runs networks, started again when one brings it down."""

    def __init__(self, judged):
        self.judged, self.pool = judged, None

    def run(self, *arguments):
        self.pool = self.pool or concurrent.futures.ProcessPoolExecutor(1, multiprocessing.get_context("spawn"))
        try:
            return self.pool.submit(self.judged, *arguments).result(timeout=120)
        except (concurrent.futures.process.BrokenProcessPool, TimeoutError) as error:
            self.pool.shutdown(wait=False, cancel_futures=True)
            self.pool = None
            return "does not compile or run", f"brings the runtime down: {type(error).__name__}"


def leave_open(case):
    """Says nothing of sizes: those of the inputs are open, each by itself, and those of other values are not told."""
    model = onnx.load(case.model)
    constants = {i.name for i in model.graph.initializer}
    for port in model.graph.input:
        if port.name not in constants and port.type.HasField("tensor_type"):
            for index, dim in enumerate(port.type.tensor_type.shape.dim):
                dim.dim_param = f"{port.name}_{index}"
    for port in model.graph.output:
        if port.type.HasField("tensor_type"):
            port.type.tensor_type.ClearField("shape")
    del model.graph.value_info[:]
    case.model = pathlib.Path(case.model).with_name("open.onnx")
    onnx.save(model, case.model)


def outcome(case, target, extension, options, folder, runtime):
    output = pathlib.Path(folder) / f"out.{extension}"
    if options.open:
        leave_open(case)
    run = subprocess.run([options.ferry, "convert", str(case.model), "--to", target, "-o", str(output), "--verify", "none"], capture_output=True, text=True)
    if run.returncode == 4:
        return "refused", run.stderr
    if run.returncode != 0:
        return "failed", run.stderr.strip().splitlines()[0] if run.stderr.strip() else f"status {run.returncode}"
    return runtime.run(case, str(output))


def listed(target):
    rows = [line.split("\t") for line in (HERE / f"{target}-failing.tsv").read_text().splitlines() if line and not line.startswith("#")]
    return {row[0]: row[1] for row in rows}


def operators(text):
    """What is in the way, of the notes that ferry prints: operator and kind of reason."""
    return sorted(set(re.findall(r"(\w+) ×\d+ (\[[\w-]+\])", text)))


def main(target, extension, title, judged):
    """`judged(case, file)` runs one file and says (kind, why); it is called in a process of its own, which the runtime may bring down."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ferry", default=str(TOP / ".build/release/ferry"))
    parser.add_argument("--only", default="")
    parser.add_argument("--cases", help="a folder of cases in place of the suite's, as make_domain_cases.py writes them")
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--verbose", action="store_true")
    parser.add_argument("--refused", action="store_true")
    parser.add_argument("--open", action="store_true")
    options = parser.parse_args()
    counts, refused, notes, wrong, known = collections.Counter(), collections.Counter(), [], [], listed(target)
    runtime = Runtime(judged)
    with tempfile.TemporaryDirectory() as folder:
        found = laid_out(options.cases) if options.cases else cases(folder)
        chosen = [c for c in found if options.only in c.name][::options.every]
        for case in chosen:
            kind, why = outcome(case, target, extension, options, folder, runtime)
            counts[kind] += 1
            if kind == "refused":
                refused.update(operators(why))
            is_bad = kind not in ("passes", "refused")
            reason = known.get(case.name, "")
            if is_bad != bool(reason) and not reason.startswith("on some processors: "):
                wrong.append(f"✗ {case.name}: {kind}: {why or 'though it is known to differ'}")
            if is_bad or options.verbose:
                notes.append(f"{kind}: {case.name}: {why}")
    print("\n".join(notes))
    if options.refused:
        print("\n".join(f"{count:5d} {name} {reason}" for (name, reason), count in sorted(refused.items())))
    print(f"conformance with {title}: " + ", ".join(f"{count} {kind}" for kind, count in counts.most_common()))
    print("\n".join(wrong))
    return 1 if wrong or not counts["passes"] else 0
