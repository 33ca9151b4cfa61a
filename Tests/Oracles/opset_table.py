"""Every model in every operator set: written and right in ONNX Runtime, or refused by name, or wrong.

    opset_table.py [--ferry PATH] [--opset N]… [--limit N] [--only WORD] [--json FILE]

Contract: each model of Samples and Samples/fetched is converted by `ferry convert --opset N`. What is written passes onnx.checker and gives
the source's results in ONNX Runtime on Samples/inputs (made-up inputs where there are none); of sets that ONNX Runtime does not load, it
is converted back to the source's and run there. What is not written, is refused with exit status 4 and the operators in the way.
Prints one Markdown table and one line for each cell that is not right; exits 1 when a cell is wrong. Models that ONNX Runtime cannot run
(unrunnable.txt) are only read back.
"""
import argparse
import collections
import concurrent.futures
import json
import pathlib
import re
import subprocess
import sys
import tempfile

import onnx

from compare_models import compare

TOP = pathlib.Path(__file__).resolve().parents[2]
OPSETS = [7, 9, 11, 13, 17, 21, 28]
NEWEST_RUN = 26                                        # the newest set that ONNX Runtime loads


def models(only):
    found = sorted(TOP.glob("Samples/*.onnx")) + sorted(TOP.glob("Samples/structural/*.onnx")) + sorted(TOP.glob("Samples/fetched/*/*.onnx"))
    return [m for m in found if only in m.stem]


def opset(model):
    versions = [o.version for o in onnx.load(model, load_external_data=False).opset_import if o.domain in ("", "ai.onnx")]
    return versions[0] if versions else None


def ferry(program, source, output, version, verify="none"):
    command = [program, "convert", source, "-o", output, "--opset", version, "--verify", verify]
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, cwd=TOP)
    return done.returncode, done.stderr


def reasons(errors):
    """The operators in the way, each once."""
    lines = [line for line in errors.splitlines() if "error:" in line or line.startswith("  note:")]
    found = re.findall(r"note: (\S+)[^:]*: (.*)", errors) or re.findall(r"\((\w+)\).*?: (.*)", "\n".join(lines))
    return "; ".join(sorted({f"{name}: {why}" for name, why in found})) or " ".join(lines)[:200]


def cell(model, version, folder, options, unrunnable):
    output = folder / f"{model.stem}-{version}.onnx"
    status, errors = ferry(options.ferry, model, output, version, "sampled" if model.stem in unrunnable else "none")
    if status == 4:
        return "refused", reasons(errors)
    if status != 0:
        return "wrong", f"status {status}: {errors.strip()[:200]}"
    if model.stem in unrunnable:
        return "right", ""
    if opset(output) != version:
        return "wrong", f"is in opset {opset(output)}"
    try:
        onnx.checker.check_model(str(output))
    except Exception as error:
        return "wrong", f"checker: {' '.join(str(error).split())[:200]}"
    if version > NEWEST_RUN:
        back = folder / f"{model.stem}-{version}-back.onnx"
        status, errors = ferry(options.ferry, output, back, opset(model))
        if status != 0:
            return "wrong", f"back to {opset(model)}: {errors.strip()[:200]}"
        output = back
    inputs = TOP / "Samples/inputs" / model.stem
    result = compare(str(model), str(output), str(inputs) if inputs.is_dir() else None, options.limit)
    return ("right", "") if result["ok"] else ("wrong", "; ".join(result["failures"][:2])[:300])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ferry", default=str(TOP / ".build/release/ferry"))
    parser.add_argument("--opset", action="append", type=int)
    parser.add_argument("--limit", type=int, default=3)
    parser.add_argument("--only", default="")
    parser.add_argument("--json", help="also write every cell to this file, one JSON object a line")
    options = parser.parse_args()
    versions = options.opset or OPSETS
    unrunnable = {line.split("#")[0].strip() for line in (TOP / "Samples/structural/unrunnable.txt").read_text().splitlines()}
    marks, counts, notes, records = {"right": "✓", "refused": "–", "wrong": "✗"}, collections.Counter(), [], []
    print("| model | from | " + " | ".join(map(str, versions)) + " |\n|---|---|" + "---|" * len(versions))
    with tempfile.TemporaryDirectory() as folder, concurrent.futures.ThreadPoolExecutor(2) as pool:
        for model in models(options.only):
            cells = list(pool.map(lambda version: cell(model, version, pathlib.Path(folder), options, unrunnable), versions))
            for version, (kind, why) in zip(versions, cells):
                counts[kind] += 1
                records.append({"model": model.stem, "opset": version, "outcome": kind, "why": why})
                if kind != "right":
                    notes.append(f"{marks[kind]} {model.stem} → {version}: {why}")
            print(f"| {model.stem} | {opset(model)} | " + " | ".join(marks[kind] for kind, _ in cells) + " |", flush=True)
    if options.json:
        pathlib.Path(options.json).write_text("".join(json.dumps(record) + "\n" for record in records))
    print("\n" + "\n".join(notes))
    print(f"{counts['right']} right, {counts['refused']} refused by name, {counts['wrong']} wrong")
    return 1 if counts["wrong"] else 0


if __name__ == "__main__":
    sys.exit(main())
