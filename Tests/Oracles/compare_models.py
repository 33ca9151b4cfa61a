"""Do two ONNX models compute the same? Both run in ONNX Runtime on the same inputs.

    compare_models.py ORIGINAL OPTIMISED [--inputs DIR] [--limit N] [--seed N] [--json]
    compare_models.py --list FILE        lines of: original <TAB> optimised <TAB> inputs folder (may be empty)

Contract: the original runs as written (graph optimisations off), the other with the runtime's defaults. Equal means: the same output
names, types and shapes, NaN and infinities in the same places, integers, booleans and strings equal, and for fp32 and above
|a - b| <= 1e-3 * |b| + 1e-5 * max|b| element by element (b is the original); fp16: cosine >= 0.999. bf16 and fp8 outputs cannot
be fetched from the runtime and are reported as a failure.
DIR is one case (input_0.npy or input_0.pb ... in graph-input order, or <input name>.npy), or has one subfolder per case. Without
--inputs they are made from a seed. Prints one JSON object a pair: {ok, model, original, cases, max_abs, max_rel (of the output's largest
value), of_tolerance (the worst error as a share of what is allowed), failures}. Exit status: 0 all equal, 1 a difference, 2 usage.
"""
import argparse
import json
import pathlib
import sys

import numpy as np
import onnx
import onnxruntime as ort

from inputs_io import cases_in, made_cases

ort.set_default_logger_severity(3)


def session(path, is_reference):
    options = ort.SessionOptions()
    options.intra_op_num_threads = 2
    if is_reference:
        options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_DISABLE_ALL
    return ort.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def differences(b, a, worst):
    """Yields what differs between one reference output b and a. Sequences, maps and absent optionals are walked."""
    if isinstance(b, list) and isinstance(a, list):
        if len(a) != len(b):
            yield f"{len(a)} elements instead of {len(b)}"
        for i, (bi, ai) in enumerate(zip(b, a)):
            yield from (f"[{i}] {d}" for d in differences(bi, ai, worst))
    elif isinstance(b, np.ndarray) and isinstance(a, np.ndarray):
        yield from array_differences(b, a, worst)
    elif a != b:
        yield f"{a!r} instead of {b!r}"


def array_differences(b, a, worst):
    if a.dtype != b.dtype or a.shape != b.shape:
        yield f"{a.dtype}{list(a.shape)} instead of {b.dtype}{list(b.shape)}"
    elif b.size == 0:
        return
    elif b.dtype.kind in "biuOSU":
        if not np.array_equal(a, b):
            yield f"{np.count_nonzero(a != b)} of {b.size} values differ"
    else:
        yield from float_differences(b, a, worst)


def float_differences(b, a, worst):
    is_small = b.dtype == np.float16
    wide = np.complex128 if b.dtype.kind == "c" else np.float64
    b, a = b.astype(wide), a.astype(wide)
    finite = np.isfinite(b)
    if not np.array_equal(finite, np.isfinite(a)) or not np.array_equal(b[~finite], a[~finite], equal_nan=True):
        yield "NaN or infinities in other places"
        return
    b, a = b[finite], a[finite]
    if b.size == 0:
        return
    error, magnitude = np.abs(a - b), np.abs(b)
    worst["abs"] = max(worst["abs"], float(error.max()))
    worst["rel"] = max(worst["rel"], float(error.max() / max(magnitude.max(), 1e-30)))
    if is_small:
        norms = np.linalg.norm(a) * np.linalg.norm(b)
        cosine = float(np.vdot(a, b).real / norms) if norms else float(not error.any())
        if cosine < 0.999:
            yield f"cosine {cosine:.6f}"
        return
    tolerance = 1e-3 * magnitude + 1e-5 * magnitude.max()
    beyond = error > tolerance
    worst["share"] = max(worst["share"], float(np.divide(error, tolerance, out=np.where(error > 0, np.inf, 0.0), where=tolerance > 0).max()))
    if beyond.any():
        yield f"{np.count_nonzero(beyond)} of {b.size} values beyond tolerance, max_abs {error.max():.3g}, max|b| {magnitude.max():.3g}"


def run(runner, names, values):
    return runner.run(None, dict(zip(names, values)))


def compare(original, optimised, inputs=None, limit=None, seed=0):
    result = {"ok": False, "model": str(optimised), "original": str(original), "cases": 0}
    worst, failures = {"abs": 0.0, "rel": 0.0, "share": 0.0}, []
    try:
        reference, candidate = session(original, True), session(optimised, False)
        names = [i.name for i in reference.get_inputs()]
        outputs = [o.name for o in reference.get_outputs()]
        if names != [i.name for i in candidate.get_inputs()]:
            failures.append(f"inputs {[i.name for i in candidate.get_inputs()]} instead of {names}")
        if outputs != [o.name for o in candidate.get_outputs()]:
            failures.append(f"outputs {[o.name for o in candidate.get_outputs()]} instead of {outputs}")
        cases = cases_in(inputs, reference.get_inputs(), limit) if inputs else made_cases(onnx.load(original, load_external_data=False), seed, limit)
        for label, values in cases if not failures else ():
            expected, actual = run(reference, names, values), run(candidate, names, values)
            result["cases"] += 1
            for output, b, a in zip(outputs, expected, actual):
                failures.extend(f"case {label}: output {output!r}: {d}" for d in differences(b, a, worst))
        if not result["cases"] and not failures:
            failures.append("no case was found")
    except Exception as error:                         # a runtime that refuses a model is a finding, not a crash
        failures.append(f"{type(error).__name__}: {str(error).strip().splitlines()[0] if str(error).strip() else ''}")
    share = worst["share"] if np.isfinite(worst["share"]) else None           # JSON has no infinity
    result.update(ok=not failures, max_abs=worst["abs"], max_rel=worst["rel"], of_tolerance=share, failures=failures[:20])
    return result


def pairs(arguments):
    if not arguments.list:
        return [(arguments.original, arguments.optimised, arguments.inputs)]
    lines = [line.split("\t") for line in pathlib.Path(arguments.list).read_text().splitlines() if line.strip()]
    return [(line[0], line[1], (line[2] if len(line) > 2 and line[2] else None)) for line in lines]


def main(description=__doc__, compare=compare):
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("original", nargs="?")
    parser.add_argument("optimised", nargs="?")
    parser.add_argument("--inputs")
    parser.add_argument("--list")
    parser.add_argument("--limit", type=int)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", action="store_true", help="accepted for symmetry: the output is always JSON")
    arguments = parser.parse_args()
    if not arguments.list and not arguments.optimised:
        parser.error("two models or --list FILE")
    ok = True
    for original, optimised, inputs in pairs(arguments):
        result = compare(original, optimised, inputs, arguments.limit, arguments.seed)
        ok &= result["ok"]
        print(json.dumps(result), flush=True)
    return 0 if ok else 1


if __name__ == "__main__":
    sys.exit(main())
