"""Does an ncnn network compute what an ONNX model computes? ONNX Runtime runs one, ncnn the other, in a process of its own.

    compare_ncnn.py ORIGINAL.onnx NETWORK.param [--inputs DIR] [--limit N] [--seed N] [--json]
    compare_ncnn.py --list FILE      lines of: original <TAB> network <TAB> inputs folder (may be empty)

Contract: as in compare_models.py, except that ncnn has no batch: a case is cut into its samples along the open first axis of its
inputs, at most sixteen of them, and both runtimes run each. A Mat leaves out the first axis where that is 1, and others of size 1 beyond
four; outputs are held against the original's sizes without their ones. ncnn computes in fp32 (no 16-bit storage or arithmetic).
Integers are floats in a Mat, but 32-bit integers where they select rows of a table. Exit status: 0 all equal, 1 a difference, 2 usage.
"""
import pathlib
import subprocess
import sys
import tempfile

import numpy as np
import onnx

from compare_models import differences, main, session
from inputs_io import cases_in, made_cases

MOVING = {"Reshape", "Squeeze", "ExpandDims", "Flatten", "Split", "Permute", "Crop", "Slice", "Noop"}
SAMPLES = 16
RUNNER = str(pathlib.Path(__file__).with_name("run_ncnn.py"))
SECONDS = 600


def layers(network):
    """Type, inputs and outputs of each layer of a .param file."""
    for line in pathlib.Path(network).read_text().splitlines()[2:]:
        words = line.split()
        if words:
            inputs, outputs = int(words[2]), int(words[3])
            yield words[0], words[4:4 + inputs], words[4 + inputs:4 + inputs + outputs]


def words_of(network):
    """Inputs that are read as 32-bit integers: they come to an Embed, moved about at most."""
    readers = {}
    for kind, inputs, outputs in layers(network):
        for name in inputs:
            readers.setdefault(name, []).append((kind, outputs))

    def reaches(name):
        return any(kind == "Embed" or kind in MOVING and any(map(reaches, outputs)) for kind, outputs in readers.get(name, []))

    return {outputs[0] for kind, _, outputs in layers(network) if kind == "Input" and reaches(outputs[0])}


def as_mat(value, is_word):
    shape = list(value.shape)
    if len(shape) >= 2 and shape[0] == 1:
        shape.pop(0)
    while len(shape) > 4:
        shape.remove(1)
    return np.ascontiguousarray(value.reshape(shape or [1]), np.int32 if is_word else np.float32)


def batches(network, ports):
    """By place of an input its batch: an open axis that a Mat leaves out, or has with size 1."""
    sizes, found = {}, {}
    for line in pathlib.Path(network).read_text().splitlines():
        words = line.split()
        if words and words[0] == "Input":
            given = dict(word.split("=") for word in words[5:])
            sizes[words[4]] = [int(given[key]) for key in ("2", "11", "1", "0") if key in given]
    for place, port in enumerate(ports):
        mat, shape = sizes.get(port.name, []), port.shape
        mat = [1, *mat] if len(mat) < len(shape) and len(shape) >= 2 else mat
        for axis, (own, size) in enumerate(zip(shape, mat)):
            if size == 1 and not (isinstance(own, int) and own > 0) and len(shape) >= 2:
                found.setdefault(place, axis)
    return found


def samples(values, cut):
    """A case cut along the batches of its inputs."""
    counts = {values[place].shape[axis] for place, axis in cut.items()}
    for n in range(min([SAMPLES, *counts]) if counts else 1):
        yield [v.take([min(n, v.shape[cut[i]] - 1)], cut[i]) if i in cut else v for i, v in enumerate(values)]


def from_mat(mat, expected):
    """The output in the shape and type of the original's; as it is where the sizes differ."""
    if [d for d in mat.shape if d != 1] != [d for d in expected.shape if d != 1]:
        return mat
    value = mat.reshape(expected.shape)
    if expected.dtype.kind in "iub" and value.dtype.kind == "f":
        return np.rint(value).astype(expected.dtype) if np.array_equal(value, np.rint(value)) else value
    return value.astype(expected.dtype)


def compared(pairs, worst):
    """What differs between the samples of one output: together where their sizes agree, as the batch that they are."""
    if len({b.shape for b, _ in pairs}) == 1 and all(a.shape == b.shape and a.dtype == b.dtype for b, a in pairs):
        pairs = [(np.stack([b for b, _ in pairs]), np.stack([a for _, a in pairs]))]
    for b, a in pairs:
        yield from differences(b, a, worst)


def run_all(jobs):
    """Runs networks on folders of cases: together, and after a crash those that are left each for itself. Yields what went wrong, by job."""
    open_jobs, crashed = list(jobs), {}
    while open_jobs:
        words = [str(word) for job in open_jobs for word in job]
        run = subprocess.run([sys.executable, RUNNER, *words], capture_output=True, text=True, timeout=SECONDS)
        if run.returncode == 0:
            break
        done = next((i for i, (_, folder) in enumerate(open_jobs) if not (pathlib.Path(folder) / "done").exists()), len(open_jobs))
        lines = [line for line in run.stderr.strip().splitlines() if line.strip()] or [f"status {run.returncode}"]
        if done < len(open_jobs):
            crashed[open_jobs[done]] = " ".join(lines[-3:])[-300:] + (f" (signal {-run.returncode})" if run.returncode < 0 else "")
        open_jobs = open_jobs[done + 1:]
    return crashed


class Comparison:
    """One pair: the cases laid out for ncnn, and what is made of what it gives."""

    def __init__(self, original, network, folder, inputs=None, limit=None, seed=0):
        self.network, self.folder, self.expected = network, pathlib.Path(folder), []
        reference = session(original, True)
        ports, self.outputs = reference.get_inputs(), [o.name for o in reference.get_outputs()]
        words, known = words_of(network), {outputs[0] for kind, _, outputs in layers(network) if kind == "Input"}
        cases = cases_in(inputs, ports, limit) if inputs else made_cases(onnx.load(original, load_external_data=False), seed, limit)
        cut = batches(network, ports)
        self.runs = [(label, sample) for label, values in cases for sample in samples(values, cut)]
        for index, (_, values) in enumerate(self.runs):
            self.expected.append(reference.run(None, {p.name: v for p, v in zip(ports, values)}))
            mats = {p.name: as_mat(v, p.name in words) for p, v in zip(ports, values) if p.name in known}
            np.savez(self.folder / f"case_{index:04}.npz", **mats)
            (self.folder / f"case_{index:04}.txt").write_text("\n".join(self.outputs))

    def failures(self, worst):
        """What differs, and the number of cases."""
        actual = [dict(np.load(self.folder / f"result_case_{index:04}.npz")) for index in range(len(self.runs))]
        labels, found = list(dict.fromkeys(label for label, _ in self.runs)), []
        for label in labels:
            members = [index for index, (owner, _) in enumerate(self.runs) if owner == label]
            for place, output in enumerate(self.outputs):
                pairs = [(self.expected[i][place], from_mat(actual[i][str(place)], self.expected[i][place])) for i in members]
                found.extend(f"case {label}: output {output!r}: {d}" for d in compared(pairs, worst))
        return (found if labels else ["no case was found"]), len(labels)


def compare(original, network, inputs=None, limit=None, seed=0):
    result = {"ok": False, "model": str(network), "original": str(original), "cases": 0}
    worst, failures = {"abs": 0.0, "rel": 0.0, "share": 0.0}, []
    try:
        with tempfile.TemporaryDirectory() as folder:
            pair = Comparison(original, network, folder, inputs, limit, seed)
            failures.extend(run_all([(network, folder)]).values())
            if not failures:
                failures, result["cases"] = pair.failures(worst)
    except Exception as error:                         # a runtime that refuses a network is a finding, not a crash
        lines = [line for line in str(error).strip().splitlines() if line.strip()]
        failures.append(f"{type(error).__name__}: {' '.join(lines)[-400:]}")
    share = worst["share"] if np.isfinite(worst["share"]) else None
    result.update(ok=not failures, max_abs=worst["abs"], max_rel=worst["rel"], of_tolerance=share, failures=failures[:20])
    return result


if __name__ == "__main__":
    sys.exit(main(__doc__, compare))
