"""Do the runtimes of OpenVINO, LiteRT and ncnn run what is written with --quantize fp16, near enough and in less space?

    check_halves.py [--ferry PATH] [--only WORD]

Contract: every model of Samples/*.onnx and Samples/fetched/*/*.onnx is written for each format with weights of 32 bits and of 16, the latter
run on the format's runtime beside ONNX Runtime's run of the source. Every output must have a cosine of at least 0.999 with the source's, and
the files at most 0.65 of the size, but for models below 256 KiB, whose weights are small. Exit status: 0 all are right, 1 otherwise.
"""
import argparse
import importlib
import pathlib
import subprocess
import sys
import tempfile

import numpy as np

TOP = pathlib.Path(__file__).resolve().parents[2]
EXTENSIONS = {"openvino": "xml", "litert": "tflite", "ncnn": "param"}


def angles(b, a, worst):
    """As compare_models.differences, by cosines."""
    if not isinstance(b, np.ndarray) or b.dtype.kind != "f":
        return
    if a.shape != b.shape:
        yield f"{list(a.shape)} instead of {list(b.shape)}"
        return
    b, a = b.astype(np.float64).ravel(), a.astype(np.float64).ravel()
    norms = np.linalg.norm(a) * np.linalg.norm(b)
    cosine = float(a @ b / norms) if norms else float(not (a - b).any())
    worst["rel"] = max(worst["rel"], 1 - cosine)
    if cosine < 0.999:
        yield f"cosine {cosine:.6f}"


def written(model, target, folder, options, *flags):
    """The main file and the size of all."""
    folder.mkdir()
    output = folder / f"{model.stem}.{EXTENSIONS[target]}"
    command = [options.ferry, "convert", model, "--to", target, "-o", output, "--verify", "none", *flags]
    run = subprocess.run(list(map(str, command)), capture_output=True, text=True)
    if run.returncode:
        raise RuntimeError(" ".join(run.stderr.split())[:300])
    return output, sum(file.stat().st_size for file in folder.iterdir() if file.suffix != ".xml")


def judge(model, target, folder, options):
    _, whole = written(model, target, folder / "whole", options)
    output, halved = written(model, target, folder / "halved", options, "--quantize", "fp16")
    inputs = TOP / "Samples/inputs" / model.stem
    module = importlib.import_module(f"compare_{target}")
    module.differences = angles
    result = module.compare(str(model), str(output), str(inputs) if inputs.is_dir() else None, 1)
    if not result["ok"]:
        return "; ".join(result["failures"][:2])
    if whole >= 1 << 18 and halved > 0.65 * whole:
        return f"{halved} bytes instead of {whole}"
    return None


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ferry", default=str(TOP / ".build/release/ferry"))
    parser.add_argument("--only", default="")
    options = parser.parse_args()
    models = sorted(TOP.glob("Samples/*.onnx")) + sorted(TOP.glob("Samples/fetched/*/*.onnx"))
    right, wrong = 0, []
    for model in (m for m in models if options.only in m.stem):
        for target in EXTENSIONS:
            with tempfile.TemporaryDirectory() as folder:
                try:
                    why = judge(model, target, pathlib.Path(folder), options)
                except RuntimeError as error:
                    why = str(error)
            right += why is None
            if why is not None:
                wrong.append(f"✗ {model.stem} → {target}: {why}")
    print("\n".join(wrong))
    print(f"weights of 16 bits: {right} right, {len(wrong)} wrong")
    return 1 if wrong or not right else 0


if __name__ == "__main__":
    sys.exit(main())
