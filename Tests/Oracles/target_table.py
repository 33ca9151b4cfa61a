"""Every model for every target: written and right on the target's own runtime, or refused with a reason, or wrong.

    target_table.py [--ferry PATH] [--target NAME]… [--limit N] [--only WORD]

Contract: for each model of Samples and Samples/fetched and each format of `ferry targets` but onnx, `ferry check` says whether the
model can be written. What can is converted, with the verification that is the default, and held against ONNX Runtime by
compare_NAME.py on Samples/inputs (made-up inputs where there are none). Prints one Markdown table and one line for each cell that is
not green, and exits 1 when a cell is wrong: written though it differs, or not written though check promised it. Models that ONNX Runtime
cannot run (unrunnable.txt) are only read back.
"""
import argparse
import importlib
import json
import pathlib
import subprocess
import sys
import tempfile

TOP = pathlib.Path(__file__).resolve().parents[2]
EXTENSIONS = {"openvino": "xml", "litert": "tflite", "ncnn": "param"}


def models(only):
    found = sorted(TOP.glob("Samples/*.onnx")) + sorted(TOP.glob("Samples/structural/*.onnx")) + sorted(TOP.glob("Samples/fetched/*/*.onnx"))
    return [m for m in found if only in m.stem]


def ferry(arguments, program):
    run = subprocess.run([program, *map(str, arguments)], capture_output=True, text=True, cwd=TOP)
    return run.returncode, run.stdout, run.stderr


def refusal(text):
    """What check gives as reasons, each once."""
    findings = json.loads(text)["coverage"]["unsupported"]
    return ", ".join(sorted({f"{f['operator']} [{f['reason']}]" for f in findings}))


def cell(model, target, folder, options, unrunnable):
    status, text, errors = ferry(["check", model, "--to", target, "--json"], options.ferry)
    if status == 4:
        return "refused", refusal(text)
    if status != 0:
        return "wrong", f"check: {errors.strip().splitlines()[:1]}"
    output = pathlib.Path(folder) / f"{model.stem}.{EXTENSIONS[target]}"
    status, text, errors = ferry(["convert", model, "--to", target, "-o", output], options.ferry)
    if status != 0:
        return "wrong", f"convert: {(errors or text).strip().splitlines()[:1]}"
    if model.stem in unrunnable:
        return "right", ""
    inputs = TOP / "Samples/inputs" / model.stem
    compare = importlib.import_module(f"compare_{target}").compare
    result = compare(str(model), str(output), str(inputs) if inputs.is_dir() else None, options.limit)
    return ("right", "") if result["ok"] else ("wrong", "; ".join(result["failures"][:2]))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ferry", default=str(TOP / ".build/release/ferry"))
    parser.add_argument("--target", action="append")
    parser.add_argument("--limit", type=int, default=4)
    parser.add_argument("--only", default="")
    options = parser.parse_args()
    _, listing, _ = ferry(["targets", "--json"], options.ferry)
    targets = options.target or [t["name"] for t in json.loads(listing)["targets"] if t["name"] != "onnx"]
    unrunnable = {line.split("#")[0].strip() for line in (TOP / "Samples/structural/unrunnable.txt").read_text().splitlines()}
    marks, counts, notes = {"right": "✓", "refused": "–", "wrong": "✗"}, {t: {"right": 0, "refused": 0, "wrong": 0} for t in targets}, []
    print("| model | " + " | ".join(targets) + " |\n|---|" + "---|" * len(targets))
    with tempfile.TemporaryDirectory() as folder:
        for model in models(options.only):
            row = []
            for target in targets:
                kind, why = cell(model, target, folder, options, unrunnable)
                counts[target][kind] += 1
                row.append(marks[kind])
                if kind != "right":
                    notes.append(f"{marks[kind]} {model.stem} → {target}: {why}")
            print(f"| {model.stem} | " + " | ".join(row) + " |", flush=True)
    print("\n" + "\n".join(notes))
    for target, count in counts.items():
        print(f"{target}: {count['right']} right, {count['refused']} refused with a reason, {count['wrong']} wrong")
    return 1 if any(c["wrong"] for c in counts.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
