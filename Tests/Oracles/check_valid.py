"""Is each file a valid ONNX model?

    check_valid.py FILE...

Contract: onnx.checker with full_check (types and shapes inferred strictly) and an ONNX Runtime session must both accept the file. A
model that `unrunnable.txt` in the same folder names is only held against the checker. Prints one JSON object a file: {file, ok, checker,
runtime}, where a part is null when it accepts (or was not asked) and otherwise its first line of complaint. Exit status: 0 or 1.
"""
import json
import pathlib
import sys

import onnx
import onnxruntime as ort

ort.set_default_logger_severity(3)


def complaint(attempt):
    try:
        attempt()
        return None
    except Exception as error:
        return f"{type(error).__name__}: {(str(error).strip().splitlines() or [''])[0]}"


def is_runnable(path):
    """Some samples carry types and operators that no runtime implements; the list of them lies beside the samples."""
    listed = path.with_name("unrunnable.txt")
    return not listed.exists() or path.stem not in listed.read_text().split()


def has_sparse_initializer(path):
    """Strict inference rejects every operator that takes one, so such a model is checked without it."""
    try:
        return bool(onnx.load(path, load_external_data=False).graph.sparse_initializer)
    except Exception:
        return False


def check(path):
    checker = complaint(lambda: onnx.checker.check_model(str(path), full_check=not has_sparse_initializer(path)))
    runtime = None
    if is_runnable(path):
        runtime = complaint(lambda: ort.InferenceSession(str(path), providers=["CPUExecutionProvider"]))
    return {"file": str(path), "ok": checker is None and runtime is None, "checker": checker, "runtime": runtime}


def main(paths):
    if not paths:
        print(__doc__, file=sys.stderr)
        return 2
    ok = True
    for path in paths:
        result = check(pathlib.Path(path))
        ok &= result["ok"]
        print(json.dumps(result), flush=True)
    return 0 if ok else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
