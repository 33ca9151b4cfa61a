"""Does an OpenVINO network compute what an ONNX model computes? ONNX Runtime runs one, OpenVINO's processor plugin the other.

    compare_openvino.py ORIGINAL.onnx NETWORK.xml [--inputs DIR] [--limit N] [--seed N] [--json]
    compare_openvino.py --list FILE      lines of: original <TAB> network <TAB> inputs folder (may be empty)

Contract: as in compare_models.py, except that OpenVINO computes in fp32 throughout (inference precision f32) and that integers come
back in the type that the network declares. Prints one JSON object a pair. Exit status: 0 all equal, 1 a difference, 2 usage.
"""
import sys

import numpy as np
import onnx
import openvino as ov

from compare_models import differences, main, session
from inputs_io import as_tensor, as_tensors, cases_in, made_cases


def infer(compiled, names, values, outputs):
    request = compiled.create_infer_request()
    ports = {name: port for port in compiled.inputs for name in port.get_names()}
    result = request.infer({ports[name]: value for name, value in as_tensors(names, values, ports).items()}, share_outputs=False)
    by_name = {name: result[port] for port in compiled.outputs for name in port.get_names()}
    # Strings as ONNX Runtime has them.
    return [by_name[name].astype(object) if by_name[name].dtype.kind in "SU" else by_name[name] for name in outputs]


def compare(original, network, inputs=None, limit=None, seed=0):
    result = {"ok": False, "model": str(network), "original": str(original), "cases": 0}
    worst, failures = {"abs": 0.0, "rel": 0.0, "share": 0.0}, []
    try:
        reference = session(original, True)
        core = ov.Core()
        compiled = core.compile_model(core.read_model(str(network)), "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
        names = [i.name for i in reference.get_inputs()]
        outputs = [o.name for o in reference.get_outputs()]
        cases = cases_in(inputs, reference.get_inputs(), limit) if inputs else made_cases(onnx.load(original, load_external_data=False), seed, limit)
        for label, values in cases:
            expected = [as_tensor(value) for value in reference.run(None, dict(zip(names, values)))]
            actual = infer(compiled, names, values, outputs)
            result["cases"] += 1
            for output, b, a in zip(outputs, expected, actual):
                failures.extend(f"case {label}: output {output!r}: {d}" for d in differences(b, a, worst))
        if not result["cases"]:
            failures.append("no case was found")
    except Exception as error:                         # a runtime that refuses a network is a finding, not a crash
        lines = [line for line in str(error).strip().splitlines() if line.strip()]
        failures.append(f"{type(error).__name__}: {' '.join(lines)[-400:]}")
    share = worst["share"] if np.isfinite(worst["share"]) else None
    result.update(ok=not failures, max_abs=worst["abs"], max_rel=worst["rel"], of_tolerance=share, failures=failures[:20])
    return result


if __name__ == "__main__":
    sys.exit(main(__doc__, compare))
