"""Every fetched .tflite for ONNX, LiteRT and OpenVINO: does what is written agree with LiteRT's run of the original?

    litert_table.py [--ferry PATH] [--limit N] [--only WORD] [--verbose]

Contract: each Samples/fetched/**/*.tflite is converted and compared by compare_litert.py, strictly: an output in which LiteRT's own kernels
and XNNPACK differ from each other counts as a failure too. litert_disagreeing.tsv names the pairs of model and target that do not agree,
and why. Prints one line a pair that does not agree and the counts of each target. Exit status: 0 when the list is right, 1 when a pair that
it does not name disagrees, or one that it names agrees.
"""
import argparse
import pathlib
import subprocess
import sys
import tempfile

from compare_litert import compare

TOP = pathlib.Path(__file__).resolve().parents[2]
TARGETS = {"onnx": "onnx", "litert": "tflite", "openvino": "xml"}
LIST = pathlib.Path(__file__).with_name("litert_disagreeing.tsv")


def listed():
    rows = [line.split("\t") for line in LIST.read_text().splitlines() if line and not line.startswith("#")]
    return {(row[0], row[1]) for row in rows}


def failure(model, target, folder, options):
    """Why a pair does not agree; nothing when it does."""
    output = pathlib.Path(folder) / f"{model.stem}.{TARGETS[target]}"
    command = [options.ferry, "convert", model, "--to", target, "-o", output, "--verify", "none"]
    run = subprocess.run(list(map(str, command)), capture_output=True, text=True)
    if run.returncode:
        return f"convert: {' '.join(run.stderr.split())[:300]}"
    result = compare(str(model), str(output), None, options.limit)
    return None if result["ok"] else "; ".join([*result["failures"], *(f"unstable: {u}" for u in result["unstable"])][:3])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ferry", default=str(TOP / ".build/release/ferry"))
    parser.add_argument("--limit", type=int, default=1)
    parser.add_argument("--only", default="")
    parser.add_argument("--verbose", action="store_true")
    options = parser.parse_args()
    known, wrong = listed(), []
    models = [m for m in sorted(TOP.glob("Samples/fetched/*/*.tflite")) if options.only in m.stem]
    counts = dict.fromkeys(TARGETS, 0)
    with tempfile.TemporaryDirectory() as folder:
        for model in models:
            for target in TARGETS:
                why = failure(model, target, folder, options)
                counts[target] += why is None
                if (why is not None) != ((model.stem, target) in known):
                    wrong.append(f"{model.stem} → {target}: {why or 'agrees, but is in ' + LIST.name}")
                elif why is not None:
                    print(f"– {model.stem} → {target}: {why}", flush=True)
                elif options.verbose:
                    print(f"✓ {model.stem} → {target}", flush=True)
    for target, count in counts.items():
        print(f"{target}: {count} of {len(models)} agree")
    print("\n".join(f"✗ {line}" for line in wrong))
    if not models:
        print("no model is fetched")
    return 1 if wrong or not models else 0


if __name__ == "__main__":
    sys.exit(main())
