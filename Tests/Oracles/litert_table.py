"""Every fetched .tflite for ONNX, LiteRT and OpenVINO: does what is written agree with LiteRT's run of the original?

    litert_table.py [--ferry PATH] [--limit N] [--only WORD] [--verbose]

Contract: each Samples/fetched/**/*.tflite is converted and compared by compare_litert.py, which says where more than the usual tolerance was
needed and by what measurement. Prints a line for each such output and each pair that does not agree, and the counts of each target. Exit
status: 0 when all agree.
"""
import argparse
import pathlib
import subprocess
import sys
import tempfile

from compare_litert import compare

TOP = pathlib.Path(__file__).resolve().parents[2]
TARGETS = {"onnx": "onnx", "litert": "tflite", "openvino": "xml"}


def outcome(model, target, folder, options):
    """What compare_litert.py says of a pair."""
    output = pathlib.Path(folder) / f"{model.stem}.{TARGETS[target]}"
    command = [options.ferry, "convert", model, "--to", target, "-o", output, "--verify", "none"]
    run = subprocess.run(list(map(str, command)), capture_output=True, text=True)
    if run.returncode:
        return {"failures": [f"convert: {' '.join(run.stderr.split())[:300]}"], "by_spread": [], "by_kernel": []}
    return compare(str(model), str(output), None, options.limit)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ferry", default=str(TOP / ".build/release/ferry"))
    parser.add_argument("--limit", type=int, default=3)
    parser.add_argument("--only", default="")
    parser.add_argument("--verbose", action="store_true")
    options = parser.parse_args()
    models = [m for m in sorted(TOP.glob("Samples/fetched/*/*.tflite")) if options.only in m.stem]
    counts = {target: {"agree": 0, "by_spread": 0, "by_kernel": 0} for target in TARGETS}
    with tempfile.TemporaryDirectory() as folder:
        for model in models:
            for target, count in counts.items():
                result = outcome(model, target, folder, options)
                count["agree"] += not result["failures"]
                for kind, said in (("by_spread", "as near as LiteRT to itself"), ("by_kernel", "but for a kernel")):
                    count[kind] += bool(result[kind])
                    for line in result[kind]:
                        print(f"– {model.stem} → {target}, {said}: {line}", flush=True)
                for line in result["failures"][:3]:
                    print(f"✗ {model.stem} → {target}: {line}", flush=True)
                if options.verbose and not result["failures"]:
                    print(f"✓ {model.stem} → {target}", flush=True)
    for target, count in counts.items():
        print(f"{target}: {count['agree']} of {len(models)} agree, {count['by_spread']} of them as LiteRT with itself, {count['by_kernel']} but for a kernel")
    if not models:
        print("no model is fetched")
    return 0 if models and all(count["agree"] == len(models) for count in counts.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
