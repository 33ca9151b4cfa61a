"""Does every row of the catalogue of rewrites have its effect, wherever it stands, and no less than another optimiser's?

    probe_rewrites.py FERRY [--row N]... [--place PLACE]... [--peers PYTHON] [--jobs N] [--table FILE]

Each form of each row (rewrite_patterns_*.py) is built alone with sizes that are known and with an unknown first one, and inside a branch, a
loop's body and a function. `ferry optimize` is run on each. Contract: no more nodes remain than the pattern says (without the node that
holds the graph, and what the loop adds), the operator set stays, and the outputs in ONNX Runtime, its optimisations off, equal the
original's. With --peers, the Python that has them, no other optimiser leaves fewer nodes, among those whose outputs are right, too, and
that stay with standard operators of the same set. Rows that are left out on purpose name the row of "Rewrites left out" in
ARCHITECTURE.md, which must be there. Prints what fails, one a line, and the counts; --table writes all figures. Exit status: 1 when something fails.
"""
import argparse
import collections
import concurrent.futures
import pathlib
import subprocess
import sys
import tempfile
import warnings

import numpy as np
import onnx
import onnxruntime as ort

import rewrite_patterns_basic  # noqa: F401  registers its patterns
import rewrite_patterns_folds  # noqa: F401
import rewrite_patterns_recognize  # noqa: F401
import rewrite_patterns_structure  # noqa: F401
from pattern_builder import PATTERNS, place

warnings.filterwarnings("ignore")
ort.set_default_logger_severity(4)

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "Tests/Benchmarks"))
from peers import Tally  # noqa: E402

TOOLS = ["onnxslim", "onnxsim", "onnxoptimizer", "ort-basic"]
# Beside the pattern's own nodes: the one that holds them, and what the loop adds to its condition and its first operand.
ADDED = {"plain": 0, "dynamic": 0, "function": 0, "branch": 1, "loop": 4}
WORKER = """
import contextlib, io, sys
import peers
run = peers.TOOLS[sys.argv[1]]
for line in sys.stdin:
    source, target = line.rstrip("\\n").split("\\t")
    try:
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            run(source, target)
        print("done", flush=True)
    except BaseException as error:
        print("failed", type(error).__name__, flush=True)
"""


def run(path, inputs):
    options = ort.SessionOptions()
    options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_DISABLE_ALL
    return ort.InferenceSession(str(path), options, providers=["CPUExecutionProvider"]).run(None, inputs)


def difference(actual, expected):
    """Nothing, or what differs."""
    for index, (a, b) in enumerate(zip(actual, expected)):
        if a.shape != b.shape or a.dtype != b.dtype:
            return f"output {index} is {a.dtype}{list(a.shape)}, not {b.dtype}{list(b.shape)}"
        if not np.allclose(a.astype(np.float64), b.astype(np.float64), rtol=1e-4, atol=1e-5, equal_nan=True):
            return f"output {index} differs"
    return None


def standard_version(model):
    return next(o.version for o in model.opset_import if o.domain in ("", "ai.onnx"))


def optimize(ferry, pattern, source, target):
    command = [ferry, "optimize", str(source), str(target), "--verify", "none"]
    command += ["--fast-math"] * pattern.fast_math + [word for rule in pattern.enable for word in ("--enable", rule)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    return None if done.returncode == 0 else (done.stderr.strip().splitlines() or ["no message"])[0]


def with_peer(python, tool, jobs):
    """Runs one peer on many files; a crash costs the file that it happens at."""
    pending = list(jobs)
    while pending:
        text = "".join(f"{source}\t{target}\n" for source, target in pending)
        done = subprocess.run([python, "-c", WORKER, tool], input=text, capture_output=True, text=True, cwd=ROOT / "Tests/Benchmarks")
        pending = pending[len(done.stdout.splitlines()) + 1:] if done.returncode != 0 else []


def judged(path, opset, inputs, expected):
    """How many nodes a file has, and what is wrong with it."""
    if not path.exists():
        return None, "no output"
    model = onnx.load(path)
    tally = Tally(model)
    if tally.domains - {"", "ai.onnx"} or standard_version(model) != opset:
        return tally.nodes, f"domains {sorted(tally.domains)}, opset {standard_version(model)}"
    try:
        return tally.nodes, difference(run(path, inputs), expected)
    except Exception as error:
        return tally.nodes, " ".join(str(error).split())[:160]


class Probe:
    """One form of a row in one place."""

    def __init__(self, pattern, where, folder):
        self.pattern, self.where = pattern, where
        self.title = f"row {pattern.row} {pattern.name} ({where})"
        stem = f"{pattern.row}-{pattern.name.replace('/', '-')}-{where}"
        self.source = folder / f"{stem}.onnx"
        self.paths = {tool: folder / f"{stem}.{tool}.onnx" for tool in ["ferry", *TOOLS]}
        model, self.inputs = place(pattern, where)
        onnx.save(model, self.source)
        try:
            onnx.checker.check_model(model, full_check=True)
        except Exception as error:
            raise ValueError(f"{self.title} is no valid model: {error}") from error
        self.before = Tally(model).nodes
        self.expected = run(self.source, self.inputs)
        self.nodes = {}

    def judge(self, with_peers):
        """What fails."""
        opset = self.pattern.opset
        self.nodes["ferry"], problem = judged(self.paths["ferry"], opset, self.inputs, self.expected)
        failures = [f"{self.title}: {problem}"] if problem else []
        own = self.nodes["ferry"]
        wanted = self.pattern.nodes + ADDED[self.where]
        if own is not None and own > wanted:
            failures.append(f"{self.title}: {own} nodes of {self.before} remain, not {wanted}")
        for tool in TOOLS if with_peers else []:
            count, problem = judged(self.paths[tool], opset, self.inputs, self.expected)
            if problem is None:
                self.nodes[tool] = count
                if own is not None and count < own and not self.pattern.left:
                    failures.append(f"{self.title}: {tool} leaves {count} nodes, Ferry {own}")
        return failures


def table(probes):
    tools = ["ferry", *TOOLS]
    lines = ["\t".join(["row", "pattern", "place", "before", *tools])]
    for probe in probes:
        counts = [str(probe.nodes.get(tool, "-")) for tool in tools]
        lines.append("\t".join([str(probe.pattern.row), probe.pattern.name, probe.where, str(probe.before), *counts]))
    return "\n".join(lines) + "\n"


def unexplained():
    text = (ROOT / "ARCHITECTURE.md").read_text().split("## Rewrites left out")[1]
    reasons = {p.left for p in PATTERNS if p.left}
    return [f"ARCHITECTURE.md does not leave out \"{reason}\"" for reason in sorted(reasons) if reason not in text]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("ferry")
    parser.add_argument("--row", type=int, action="append", default=[])
    parser.add_argument("--place", action="append", default=[])
    parser.add_argument("--peers")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--table")
    options = parser.parse_args()
    failures = unexplained()
    with tempfile.TemporaryDirectory() as name, concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        folder = pathlib.Path(name)
        probes = [
            Probe(p, where, folder) for p in PATTERNS if not options.row or p.row in options.row
            for where in p.places if not options.place or where in options.place]
        messages = list(pool.map(lambda p: optimize(options.ferry, p.pattern, p.source, p.paths["ferry"]), probes))
        failures += [f"{p.title}: {m}" for p, m in zip(probes, messages) if m]
        if options.peers:
            python = str(pathlib.Path(options.peers).absolute())
            list(pool.map(lambda tool: with_peer(python, tool, [(p.source, p.paths[tool]) for p in probes]), TOOLS))
        for probe in probes:
            failures += probe.judge(bool(options.peers))
    for failure in failures:
        print("  " + failure)
    if options.table:
        pathlib.Path(options.table).write_text(table(probes))
    rows = collections.Counter(p.pattern.row for p in probes)
    fewer = sum(p.nodes["ferry"] is not None and p.nodes["ferry"] < p.before for p in probes)
    print(f"{len(rows)} rows, {len(probes)} graphs, {fewer} of them with fewer nodes, {len(failures)} failures")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
