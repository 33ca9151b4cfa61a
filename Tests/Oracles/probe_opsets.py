"""Does a model of one operator keep its meaning in every operator set that it is converted to?

    probe_opsets.py FERRY [--every N] [--op NAME]... [--peer] [--refused] [--jobs N]

Takes the cases that ONNX itself keeps for its operators (onnx.backend.test.case.node), each as it is and, where operands behind the first
are integers of a vector or scalars, with these as initializers, as models have them. Each is converted down to every operator set, from
7 on, in which one of its operators has another definition, and what came out is converted up again. Contract: whatever Ferry writes is
accepted by onnx.checker with full inference and gives the case's outputs in ONNX Runtime or, where that cannot load it, in
onnx.reference; what it does not write, it refuses by name (exit status 4), and for a reason that opset-refusals.tsv lists: the operator
(or *), the version of the set below which it is refused, words of the message, and why nothing of the older set can stand for it. Prints,
by direction, how many were right, refused, written but run by nobody, and wrong, the wrong and the unlisted ones one a line. --every N takes
every Nth case; --peer counts what onnx.version_converter does with the same; --refused lists the reasons for refusals by operator. Exit
status: 1 when something is wrong, or refused and not listed.
"""
import argparse
import collections
import concurrent.futures
import contextlib
import io
import json
import pathlib
import re
import subprocess
import sys
import tempfile
import warnings

import numpy as np
import onnx
import onnxruntime as ort
from onnx import numpy_helper, version_converter
from onnx.backend.test.case.node import collect_testcases
from onnx.reference import ReferenceEvaluator

warnings.filterwarnings("ignore")
ort.set_default_logger_severity(4)

LOWEST = 7
RANDOM = {"RandomNormal", "RandomNormalLike", "RandomUniform", "RandomUniformLike", "Bernoulli", "Multinomial"}
CHANGES = collections.defaultdict(set)
for schema in onnx.defs.get_all_schemas_with_history():
    if schema.domain == "":
        CHANGES[schema.name].add(schema.since_version)


REFUSALS = [line.split("\t") for line in (pathlib.Path(__file__).parent / "opset-refusals.tsv").read_text().splitlines()[1:]]


def is_listed(record):
    """True when the table says why this is refused."""
    return record["direction"] == "down" and any(
        operator in ("*", record["operator"]) and record["to"] < int(below) and words in record["outcome"] for operator, below, words, _ in REFUSALS)


def nodes(graph):
    for node in graph.node:
        yield node
        for attribute in node.attribute:
            for inner in [attribute.g] if attribute.HasField("g") else attribute.graphs:
                yield from nodes(inner)


def cases(every, wanted):
    with contextlib.redirect_stdout(io.StringIO()), np.errstate(all="ignore"):
        found = {case.name: case for case in collect_testcases(None)}
    chosen = []
    for name in sorted(found):
        model = found[name].model
        if model is None or "_expanded" in name or any(o.domain not in ("", "ai.onnx") for o in model.opset_import):
            continue
        if wanted and not any(node.op_type in wanted for node in nodes(model.graph)):
            continue
        chosen.append(found[name])
    both = []
    for case in chosen[::every]:
        both += [(case.name, case.model, *case.data_sets[0])] if case.data_sets else []
        both += with_constants(case) if case.data_sets else []
    return both


def with_constants(case):
    """The case with its small operands in the model, when there are some."""
    if len(case.model.graph.node) != 1:
        return []
    given, expected = case.data_sets[0]
    model = onnx.ModelProto()
    model.CopyFrom(case.model)
    rest, inputs = [], []
    for value, data in zip(case.model.graph.input, given):
        array = as_array(data)
        position = list(case.model.graph.node[0].input).index(value.name) if value.name in case.model.graph.node[0].input else 0
        small = isinstance(array, np.ndarray) and position > 0 and array.dtype.kind in "iufb" and (
            array.ndim == 0 or array.ndim == 1 and array.dtype.kind == "i" and array.size <= 16)
        if small:
            constant = data if isinstance(data, onnx.TensorProto) else numpy_helper.from_array(array)
            constant.name = value.name
            model.graph.initializer.append(constant)
        else:
            rest.append(value)
            inputs.append(data)
    if len(rest) == len(case.model.graph.input):
        return []
    del model.graph.input[:]
    model.graph.input.extend(rest)
    model.ir_version = max(4, model.ir_version)
    return [(case.name + "_constant", model, inputs, expected)]


def standard_version(model):
    return next(o.version for o in model.opset_import if o.domain in ("", "ai.onnx"))


def targets(model):
    source = standard_version(model)
    changes = set().union(*(CHANGES[node.op_type] for node in nodes(model.graph)))
    return sorted({LOWEST} | {v - 1 for v in changes if LOWEST < v <= source}, reverse=True)


def convert(ferry, source, output, opset):
    """Status and message."""
    command = [ferry, "convert", str(source), "-o", str(output), "--opset", str(opset), "--no-optimize", "--verify", "none"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    errors = [line for line in done.stderr.splitlines() if "error:" in line]
    notes = [line for line in done.stderr.splitlines() if line.startswith("  note:")]
    message = " ".join((errors or done.stderr.splitlines()[-1:]) + notes[:1])
    return done.returncode, re.sub(r".*cannot be expressed in opset \d+:? *|in graph \"[^\"]*\"", "", message)[:200]


def as_array(value):
    if isinstance(value, onnx.TensorProto):
        return numpy_helper.to_array(value)
    return value


def with_runtime(model, inputs):
    options = ort.SessionOptions()
    options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = ort.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    return session.run(None, inputs)


def with_reference(model, inputs):
    with contextlib.redirect_stdout(io.StringIO()), np.errstate(all="ignore"):
        return ReferenceEvaluator(model).run(None, inputs)


def attempt(run, model, inputs):
    try:
        return run(model, inputs)
    except Exception:
        return None


def same(actual, expected, loose):
    if actual is None or expected is None:
        return actual is None and expected is None
    if isinstance(expected, (list, tuple)):
        return isinstance(actual, (list, tuple)) and len(actual) == len(expected) and all(same(a, b, loose) for a, b in zip(actual, expected))
    a, b = np.asarray(as_array(actual)), np.asarray(as_array(expected))
    if a.shape != b.shape:
        return False
    if a.dtype.kind in "OSUT" or b.dtype.kind in "OSUT":
        return [str(x) for x in a.ravel()] == [str(x) for x in b.ravel()]
    if a.dtype != b.dtype:
        return False
    if loose == "shape":
        return True
    if a.dtype.kind in "biu":
        return bool(np.array_equal(a, b))
    narrow = a.dtype.itemsize < 4
    a, b = (a, b) if a.dtype.kind == "c" else (a.astype(np.float64), b.astype(np.float64))
    with np.errstate(all="ignore"):
        finite = np.abs(b[np.isfinite(b)])
        largest = finite.max() if finite.size else 0.0
        rtol, atol = (2e-2, 1e-2 * largest) if narrow else (1e-3, 1e-5 * largest + 1e-7)
        return bool(np.allclose(a, b, rtol=rtol, atol=atol, equal_nan=True))


def complaint(path):
    try:
        onnx.checker.check_model(str(path), full_check=True)
        return None
    except Exception as error:
        return f"{type(error).__name__}: {' '.join(str(error).split())[:200]}"


def judge(model, inputs, expected, loose, original):
    """right, unrun, or what is wrong."""
    results = attempt(with_runtime, model, inputs)
    if results is not None:
        if any(same(results, other, loose) for other in (expected, original) if other is not None):
            return "right"
    second = attempt(with_reference, model, inputs)
    if second is not None and same(second, expected, loose):
        return "right"
    if results is None and second is None:
        return "unrun"
    if results is None and original is None:
        return "unrun"
    return "gives other results"


def inputs_of(model, given, expected):
    names = [value.name for value in model.graph.input]
    return {name: as_array(value) for name, value in zip(names, given)}, [as_array(value) for value in expected]


def valid(model, folder, name):
    path = folder / f"{name}.onnx"
    onnx.save(model, path)
    return path, complaint(path)


def probe(ferry, case, folder, peer):
    """One record for every conversion: direction, operator, from, to, outcome."""
    name, source_model, given, wanted = case
    operator = source_model.graph.node[0].op_type if len(source_model.graph.node) == 1 else "several"
    source, before = valid(source_model, folder, name)
    if before is not None:
        return []
    version = standard_version(source_model)
    inputs, expected = inputs_of(source_model, given, wanted)
    operators = {node.op_type for node in nodes(source_model.graph)}
    loose = "shape" if operators & RANDOM or "training_dropout" in name else None
    original = attempt(with_runtime, source_model, inputs)
    records = []

    def record(direction, start, end, outcome):
        records.append({"case": name, "operator": operator, "direction": direction, "from": start, "to": end, "outcome": outcome})

    def step(direction, path, start, end):
        output = folder / f"{name}-{direction}-{end}.onnx"
        try:
            status, message = convert(ferry, path, output, end)
        except subprocess.TimeoutExpired:
            record(direction, start, end, "wrong: no answer within two minutes")
            return None
        if status == 4:
            record(direction, start, end, "refused: " + message)
            return None
        if status != 0:
            record(direction, start, end, f"wrong: status {status}: {message}")
            return None
        problem = complaint(output)
        model = onnx.load(output)
        if problem is None and standard_version(model) != end:
            problem = f"is in opset {standard_version(model)}"
        outcome = problem or judge(model, inputs, expected, loose, original)
        record(direction, start, end, outcome if outcome in ("right", "unrun") else "wrong: " + outcome)
        return output if outcome in ("right", "unrun") else None

    for target in targets(source_model):
        if target < version:
            lowered = step("down", source, version, target)
            if lowered is not None:
                step("up", lowered, target, version)
            if peer:
                record("peer", version, target, peer_outcome(source_model, target, folder, inputs, expected, loose, original))
    for path in folder.glob(f"{name}*"):
        path.unlink()
    return records


def peer_outcome(model, target, folder, inputs, expected, loose, original):
    try:
        converted = version_converter.convert_version(model, target)
    except Exception as error:
        return "refused: " + " ".join(str(error).split())[:120]
    _, problem = valid(converted, folder, "peer")
    outcome = problem or judge(converted, inputs, expected, loose, original)
    return outcome if outcome in ("right", "unrun") else "wrong: " + outcome


def report(records, list_refused):
    for direction in ("down", "up", "peer"):
        mine = [r for r in records if r["direction"] == direction]
        if not mine:
            continue
        counts = collections.Counter(r["outcome"].split(":")[0] for r in mine)
        print(
            f"{direction}: {len(mine)} conversions, {counts['right']} right, {counts['unrun']} written that nobody runs, "
            f"{counts['refused']} refused, {counts['wrong']} wrong")
    if list_refused:
        reasons = collections.Counter((r["operator"], r["to"], r["outcome"]) for r in records if r["outcome"].startswith("refused") and r["direction"] != "peer")
        for (operator, target, outcome), count in sorted(reasons.items()):
            print(f"  {operator} to {target} ×{count}: {outcome[9:]}")
    wrong = [r for r in records if r["outcome"].startswith("wrong") and r["direction"] != "peer"]
    wrong += [r for r in records if r["outcome"].startswith("refused") and r["direction"] != "peer" and not is_listed(r)]
    for r in wrong:
        print(f"  {r['case']} {r['from']} -> {r['to']}: {r['outcome'][:300]}")
    return not wrong


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("ferry")
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--op", action="append", default=[])
    parser.add_argument("--peer", action="store_true")
    parser.add_argument("--refused", action="store_true")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--json", help="also write every record to this file, one JSON object a line")
    options = parser.parse_args()
    sys.stdout.reconfigure(line_buffering=True)  # what some runtime ends is not to take the counts with it
    chosen = cases(options.every, set(options.op))
    with tempfile.TemporaryDirectory() as folder, concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        jobs = []
        for index, case in enumerate(chosen):
            own = pathlib.Path(folder) / str(index)
            own.mkdir()
            jobs.append(pool.submit(probe, options.ferry, case, own, options.peer))
        records = [record for job in jobs for record in job.result()]
    sys.stdout = sys.__stdout__  # which threads that silence a runtime at the same time may not have given back
    if options.json:
        pathlib.Path(options.json).write_text("".join(json.dumps(record) + "\n" for record in records))
    print(f"{len(chosen)} cases")
    return 0 if report(records, options.refused) and records else 1


if __name__ == "__main__":
    sys.exit(main())
