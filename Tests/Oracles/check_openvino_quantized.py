"""Do quantised graphs and compressed weights run as such on OpenVINO, and give what ONNX Runtime gives for them?

    check_openvino_quantized.py [--ferry PATH]

Contract: small convolution, depthwise and product graphs between QuantizeLinear and DequantizeLinear (activations of 8 bits, signed and not), and
products with weights of 8 and 4 bits (per column, in blocks, per row of the depth), of normal floats and of 16 bits, are converted and run on
OpenVINO's processor plugin at two sizes. Quantised graphs must be within one step of ONNX Runtime's on 99 % of the elements and nowhere
further than two, products within 1e-5 of the largest; the layers that compute must do so on the integers that are stored, as the runtime's own
model says, and files be as small as their elements. Weights of quantised graphs reach to ±63: a processor with AVX2 and no VNNI adds two products of bytes in 16 bits, which overflow
beyond that, whoever wrote the network. Exit status: 0 all are right, 1 otherwise.
"""
import argparse
import itertools
import pathlib
import subprocess
import sys
import tempfile

import numpy as np
import onnx
import onnxruntime as ort
import openvino as ov
from onnx import TensorProto, helper, numpy_helper

from quantized_graphs import model as quantized

TOP = pathlib.Path(__file__).resolve().parents[2]
COMPUTING = {"Convolution", "FullyConnected", "Pooling", "MatMul"}
NORMAL_FLOATS = [
    -1, -0.6961928009986877, -0.5250730514526367, -0.39491748809814453, -0.28444138169288635, -0.18477343022823334, -0.09105003625154495, 0,
    0.07958029955625534, 0.16093020141124725, 0.24611230194568634, 0.33791524171829224, 0.44070982933044434, 0.5626170039176941,
    0.7229568362236023, 1,
]


def held(name, array, element=None):
    """A constant; of four bits where `element` says so."""
    if element is None:
        return numpy_helper.from_array(np.asarray(array), name)
    return helper.make_tensor(name, element, array.shape, array.reshape(-1).astype(np.int32).tolist())


def product(kind, scales, has_zero, is_transposed, rows=256, columns=96):
    """x · W with compressed weights; `scales` is `column`, `depth`, or the size of the blocks along the depth."""
    random = np.random.default_rng(0)
    shape = (columns, rows) if is_transposed else (rows, columns)
    depth = 1 if is_transposed else 0
    low, high = {"u4": (0, 16), "i4": (-8, 8), "u8": (0, 256), "i8": (-128, 128)}[kind]
    element = {"u4": TensorProto.UINT4, "i4": TensorProto.INT4}.get(kind)
    dtype = np.uint8 if kind == "u8" else np.int8

    def integers(name, begin, end, size):
        values = random.integers(begin, end, size)
        return held(name, values if element else values.astype(dtype), element)

    if isinstance(scales, int):
        sizes, attributes = list(shape), {"axis": depth, "block_size": scales}
        sizes[depth] //= scales
    else:
        axis = depth if scales == "depth" else 1 - depth
        sizes, attributes = [shape[axis]], {"axis": axis}
    constants = [integers("w", low, high, shape), held("s", random.uniform(0.01, 0.02, sizes).astype(np.float32))]
    operands = ["w", "s"]
    if has_zero:
        constants.append(integers("z", low + 2, high - 2, sizes))
        operands.append("z")
    nodes = [helper.make_node("DequantizeLinear", operands, ["f"], **attributes)]
    return nodes, constants, is_transposed, rows


def normal_floats(rows=256, columns=96, block=64):
    random = np.random.default_rng(0)
    constants = [
        held("t", np.float32(NORMAL_FLOATS)), held("c", random.integers(0, 16, (rows // block, block, columns)), TensorProto.UINT4),
        held("s", random.uniform(0.5, 1, (rows // block, 1, columns)).astype(np.float32)), held("shape", np.array([rows, columns])),
    ]
    nodes = [
        helper.make_node("Cast", ["c"], ["i"], to=TensorProto.INT32), helper.make_node("Gather", ["t", "i"], ["n"]),
        helper.make_node("Mul", ["n", "s"], ["b"]), helper.make_node("Reshape", ["b", "shape"], ["f"]),
    ]
    return nodes, constants, False, rows


def floats(rows=256, columns=96):
    return [], [held("f", np.random.default_rng(0).standard_normal((rows, columns)).astype(np.float32))], False, rows


def with_product(nodes, constants, is_transposed, rows):
    if is_transposed:
        nodes = nodes + [helper.make_node("Transpose", ["f"], ["turned"], perm=[1, 0])]
    nodes = nodes + [helper.make_node("MatMul", ["x", "turned" if is_transposed else "f"], ["y"])]
    graph = helper.make_graph(
        nodes, "compressed", [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["N", rows])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)], constants)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21)], ir_version=10)


def layers(compiled):
    """What the runtime made of the network: the kind of each layer and the elements that it computes on."""
    for op in compiled.get_runtime_model().get_ops():
        facts = op.get_rt_info()
        yield facts["layerType"].astype(str), facts["runtimePrecision"].astype(str)


def run_both(made, folder, ferry, *flags):
    """The compiled network and ONNX Runtime's session of its source."""
    source, target = f"{folder}/m.onnx", f"{folder}/m.xml"
    onnx.save(made, source)
    run = subprocess.run([ferry, "convert", source, "--to", "openvino", "-o", target, "--force", *flags], capture_output=True, text=True)
    if run.returncode:
        raise RuntimeError(" ".join(run.stderr.split())[:300])
    # Activations would be rounded to 8 bits before products with compressed weights.
    compiled = ov.Core().compile_model(target, "CPU", {"INFERENCE_PRECISION_HINT": "f32", "DYNAMIC_QUANTIZATION_GROUP_SIZE": "0"})
    options = ort.SessionOptions()
    options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_DISABLE_ALL
    return compiled, ort.InferenceSession(source, options)


def check_quantized(kind, bias, shape, ferry, folder):
    made, step = quantized(kind, bias, shape, greatest=63)
    compiled, session = run_both(made, folder, ferry)
    failures = [f"{name} computes on {element}" for name, element in layers(compiled) if name in COMPUTING and element not in ("i8", "u8")]
    for seed in range(4):
        x = np.random.default_rng(seed).standard_normal((1, 3, 8, 8)).astype(np.float32)
        steps = np.round(np.abs(compiled([x])[0] - session.run(None, {"x": x})[0]) / step)
        if (steps <= 1).mean() < 0.99 or steps.max() > 2:
            failures.append(f"seed {seed}: {(steps > 1).sum()} of {steps.size} more than a step apart, {steps.max():.0f} at most")
    return failures


def check_product(parts, element, bits, ferry, folder, *flags):
    """`bits` is how many a weight takes in the file, beside scales and zero points; `element` what the runtime computes the product on."""
    compiled, session = run_both(with_product(*parts), folder, ferry, *flags)
    found = {name: kind for name, kind in layers(compiled)}
    size, most = pathlib.Path(f"{folder}/m.bin").stat().st_size, 256 * 96 * bits // 8 + (16384 if bits == 32 else 8192)
    failures = [f"{size} bytes, {most} at most are expected"] if size > most else []
    failures += [] if element is None or found.get("FullyConnected") == element else [f"the product computes on {found.get('FullyConnected')}"]
    tolerance = 1e-2 if flags else 1e-5
    for count in (1, 7):
        x = np.random.default_rng(count).standard_normal((count, parts[3])).astype(np.float32)
        expected = session.run(None, {"x": x})[0]
        apart = float(np.abs(compiled([x])[0] - expected).max() / np.abs(expected).max())
        if not apart <= tolerance:
            failures.append(f"{count} rows: {apart:.2g} apart")
    return failures


def cases():
    """What each is called, and how it is checked."""
    for kind, bias, shape in itertools.product((np.int8, np.uint8), ("float", "own units", "other units"), ("image", "vector")):
        yield f"{kind.__name__} {shape}, bias: {bias}", lambda f, d, k=kind, b=bias, s=shape: check_quantized(k, b, s, f, d)
    for kind, scales, has_zero, is_transposed in itertools.product(("u8", "i8", "u4", "i4"), ("column", "depth", 64), (False, True), (False, True)):
        parts = product(kind, scales, has_zero, is_transposed)
        # Scales along the depth have no compressed form that the runtime computes rightly.
        element = None if scales == "depth" else kind
        name = f"{kind} weights, scales: {scales}{', zero points' * has_zero}{', transposed' * is_transposed}"
        bits = int(kind[1]) if element else 32
        yield name, lambda f, d, p=parts, e=element, b=bits: check_product(p, e, b, f, d)
    # What the runtime makes of these depends on the processor.
    yield "normal floats of 4 bits", lambda f, d: check_product(normal_floats(), None, 4, f, d)
    yield "weights of 16 bits", lambda f, d: check_product(floats(), None, 16, f, d, "--quantize", "fp16")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ferry", default=str(TOP / ".build/release/ferry"))
    options = parser.parse_args()
    counts = {True: 0, False: 0}
    for name, check in cases():
        with tempfile.TemporaryDirectory() as folder:
            try:
                failures = check(options.ferry, folder)
            except RuntimeError as error:
                failures = [" ".join(str(error).split())[-300:]]
        counts[not failures] += 1
        if failures:
            print(f"✗ {name}: {'; '.join(failures)}", flush=True)
    print(f"quantised on OpenVINO: {counts[True]} right, {counts[False]} wrong")
    return 1 if counts[False] or not counts[True] else 0


if __name__ == "__main__":
    sys.exit(main())
