"""Operators on every element type that LiteRT has tensors of, as LiteRT's interpreter computes them.

    litert_elements.py [--ferry PATH] [--only WORD] [--verbose]

Contract: for each operator of the list below and each element type that ONNX allows it, a small model is converted with
`ferry convert --to litert` and run with and without XNNPACK. Expected is what ONNX Runtime gives, or where it has no kernel, the
reference evaluator of ONNX. Integers must be the same, floats within 1e-5 (16 bits: one unit in the last place). Prints a line for each
that is not right, how often each element type is right or refused, and exits 1 when one is wrong: written, but not run or different.
"""
import argparse
import collections
import pathlib
import subprocess
import sys
import tempfile

import ml_dtypes
import numpy as np
import onnx
import onnxruntime as ort
from ai_edge_litert.interpreter import Interpreter, OpResolverType
from onnx import TensorProto, helper
from onnx.reference import ReferenceEvaluator

TOP = pathlib.Path(__file__).resolve().parents[2]
ort.set_default_logger_severity(4)
TYPES = {
    "f32": np.float32, "f16": np.float16, "bf16": ml_dtypes.bfloat16, "f64": np.float64, "i8": np.int8, "i16": np.int16, "i32": np.int32,
    "i64": np.int64, "u8": np.uint8, "u16": np.uint16, "u32": np.uint32, "u64": np.uint64, "bool": np.bool_,
}
CODES = {name: helper.np_dtype_to_tensor_dtype(np.dtype(dtype)) for name, dtype in TYPES.items()}
I = np.int64


def ints(*values):
    return np.array(values, I)


# Operands: a shape stands for elements of the type in question, an array for a constant, "bool" and a shape for truth values. Constants that
# are of the type too are given as lists.
UNARY = "Abs Neg Sign Relu Ceil Floor Round Sqrt Exp Log Sin Cos Tanh Sigmoid Not BitwiseNot Reciprocal Erf Softplus Softsign Elu LeakyRelu Selu HardSwish Gelu Identity Celu Mish Tan Sinh Cosh Acosh Asinh".split()
BINARY = "Add Sub Mul Div Mod Pow PRelu Equal Greater GreaterOrEqual Less LessOrEqual And Or Xor Max Min Sum Mean BitwiseAnd BitwiseOr BitwiseXor".split()
REDUCTIONS = "ReduceSum ReduceMean ReduceMax ReduceMin ReduceProd ReduceL1 ReduceL2 ReduceSumSquare ReduceLogSumExp ReduceLogSum".split()
OPERATORS = (
    [(name, [(2, 3)], {}) for name in UNARY]
    + [(name, [(2, 3), (2, 3)], {}) for name in BINARY]
    + [("Add", [(2, 3), (3,)], {}), ("Mul", [(2, 1), (2, 3)], {}), ("Greater", [(3,), (2, 3)], {}), ("Max", [(2, 3), (1,)], {})]
    + [(name, [(2, 3, 4), ints(1)], {"keepdims": 0}) for name in REDUCTIONS]
    + [(name, [(2, 3, 4)], {"axis": 1}) for name in ("ArgMax", "ArgMin")]
    + [
        ("Mod", [(2, 3), (2, 3)], {"fmod": 1}), ("Clip", [(2, 3), [1], [3]], {}), ("Clip", [(2, 3), [1]], {}), ("Where", ["bool", (2, 3), (2, 3)], {}),
        ("Transpose", [(2, 3, 4)], {"perm": [2, 0, 1]}), ("Reshape", [(2, 3), ints(3, 2)], {}), ("Squeeze", [(2, 1, 3), ints(1)], {}),
        ("Unsqueeze", [(2, 3), ints(0)], {}), ("Flatten", [(2, 3, 4)], {}), ("Expand", [(2, 1), ints(2, 3)], {}), ("Tile", [(2, 3), ints(2, 1)], {}),
        ("Concat", [(2, 3), (2, 3)], {"axis": 1}), ("Split", [(4, 3)], {"num_outputs": 2, "axis": 0}),
        ("Slice", [(4, 5), ints(1, 0), ints(3, 5), ints(0, 1), ints(1, 2)], {}), ("Slice", [(4, 5), ints(3), ints(-9), ints(0), ints(-1)], {}),
        ("Pad", [(2, 3), ints(1, 0, 0, 2)], {}), ("Pad", [(2, 3), ints(1, 0, 0, 2), [2]], {}), ("Pad", [(3, 4), ints(1, 0, 0, 2)], {"mode": "reflect"}),
        ("Gather", [(4, 3), ints(2, 0)], {}), ("Gather", [(4, 3), ints(1, 2)], {"axis": 1}), ("GatherElements", [(3, 3), np.array([[0, 1, 2], [2, 1, 0]], I)], {}),
        ("GatherND", [(3, 3), np.array([[0, 1], [2, 1]], I)], {}), ("ScatterND", [(4, 3), np.array([[0], [2]], I), (2, 3)], {}),
        ("ScatterElements", [(3, 3), np.array([[0, 1, 2]], I), (1, 3)], {}), ("TopK", [(2, 5), ints(2)], {}), ("CumSum", [(2, 5), np.array(1, I)], {}),
        ("OneHot", [np.array([0, 2], I), np.array(3, I), [1, 4]], {}), ("ReverseSequence", [(4, 3), ints(2, 4, 1)], {"time_axis": 0, "batch_axis": 1}),
        ("DepthToSpace", [(1, 4, 2, 3)], {"blocksize": 2}), ("SpaceToDepth", [(1, 2, 4, 2)], {"blocksize": 2}), ("Trilu", [(3, 3)], {}),
        ("MatMul", [(2, 3), (3, 4)], {}), ("Gemm", [(2, 3), (3, 4), (4,)], {}), ("Conv", [(1, 2, 5, 5), (3, 2, 3, 3)], {}), ("Softmax", [(2, 3)], {}),
        ("LogSoftmax", [(2, 3)], {}), ("MaxPool", [(1, 2, 4, 4)], {"kernel_shape": [2, 2]}), ("AveragePool", [(1, 2, 4, 4)], {"kernel_shape": [2, 2]}),
        ("GlobalAveragePool", [(1, 2, 4, 4)], {}), ("BatchNormalization", [(1, 2, 3, 3), (2,), (2,), (2,), (2,)], {}), ("LayerNormalization", [(2, 4), (4,)], {}),
        ("InstanceNormalization", [(1, 2, 3, 3), (2,), (2,)], {}), ("ConvTranspose", [(1, 2, 3, 3), (2, 2, 2, 2)], {}), ("Einsum", [(2, 3), (3, 4)], {"equation": "ij,jk->ik"}),
        ("Resize", [(1, 1, 2, 2), np.array([], np.float32), np.array([1, 1, 2, 2], np.float32)], {"mode": "nearest"}), ("NonZero", [(2, 3)], {}),
        ("Range", [[1], [7], [2]], {}), ("Shape", [(2, 3)], {}), ("Size", [(2, 3)], {}), ("IsNaN", [(2, 3)], {}), ("IsInf", [(2, 3)], {}),
        ("Unique", [(6,)], {"sorted": 1}), ("EyeLike", [(3, 3)], {}), ("Compress", [(4, 2), np.array([1, 0, 1, 1], bool)], {"axis": 0}), ("DynamicQuantizeLinear", [(2, 3)], {}),
        ("BitShift", [(2, 3), (2, 3)], {"direction": "LEFT"}), ("BitShift", [(2, 3), (2, 3)], {"direction": "RIGHT"}), ("LpNormalization", [(2, 3)], {}), ("LRN", [(1, 4, 2, 2)], {"size": 3}),
    ]
)


def elements(generator, dtype, shape):
    values = generator.integers(1 if np.dtype(dtype).kind != "b" else 0, 2 if np.dtype(dtype).kind == "b" else 6, shape)
    if np.dtype(dtype).kind in "i" and np.dtype(dtype).kind != "b":
        values = values * generator.choice([-1, 1], shape)
    return np.asarray(values).astype(dtype)


def model(name, operands, attributes, kind):
    """A model, and what goes into it; `None` when ONNX does not allow the element type."""
    generator, names, ports, constants, values = np.random.default_rng(7), [], [], [], {}
    for index, operand in enumerate(operands):
        names.append(f"x{index}")
        if isinstance(operand, np.ndarray):
            constants.append(onnx.numpy_helper.from_array(operand, names[-1]))
        elif isinstance(operand, list):
            array = np.array(operand if len(operand) > 1 or name == "Pad" else operand[0]).astype(TYPES[kind])
            constants.append(onnx.numpy_helper.from_array(array.reshape(() if name in ("Clip", "Range", "Pad") else array.shape), names[-1]))
        else:
            dtype = np.bool_ if operand == "bool" else TYPES[kind]
            values[names[-1]] = elements(generator, dtype, (2, 3) if operand == "bool" else operand)
            ports.append(helper.make_tensor_value_info(names[-1], TensorProto.BOOL if operand == "bool" else CODES[kind], values[names[-1]].shape))
    count = {"Split": 2, "TopK": 2, "DynamicQuantizeLinear": 3}.get(name, 1)
    node = helper.make_node(name, names, [f"y{i}" for i in range(count)], **attributes)
    graph = helper.make_graph([node], "g", ports, [onnx.ValueInfoProto(name=f"y{i}") for i in range(count)], constants)
    built = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 22)], ir_version=10)
    try:
        built = onnx.shape_inference.infer_shapes(built, check_type=True, strict_mode=True, data_prop=True)
        onnx.checker.check_model(built, full_check=True)
    except Exception:
        return None
    return built, values


def expected(built, values):
    try:
        session = ort.InferenceSession(built.SerializeToString(), providers=["CPUExecutionProvider"])
        if not any(v.dtype == ml_dtypes.bfloat16 for v in values.values()):
            return session.run(None, values)
    except Exception:
        pass
    try:
        return ReferenceEvaluator(built).run(None, values)
    except Exception:
        return None


def run(path, values, kernels):
    interpreter = Interpreter(model_path=str(path), experimental_op_resolver_type=kernels)
    interpreter.allocate_tensors()
    for detail in interpreter.get_input_details():
        value = values[detail["name"]]
        interpreter.set_tensor(detail["index"], value.view(np.uint16).astype(detail["dtype"]) if detail["dtype"] == np.uint16 and value.dtype == ml_dtypes.bfloat16 else value)
    interpreter.invoke()
    return {d["name"]: interpreter.get_tensor(d["index"]) for d in interpreter.get_output_details()}


def difference(actual, wanted):
    wanted = np.asarray(wanted)
    if actual.shape != wanted.shape:
        return f"shape {actual.shape} instead of {wanted.shape}"
    a, b = actual.astype(np.float64), wanted.astype(np.float64)
    if wanted.dtype.kind in "iub":
        return None if np.array_equal(a, b) else f"{actual.ravel()[:4]} instead of {wanted.ravel()[:4]}"
    step = {2: 2.0 ** (-7 if wanted.dtype == ml_dtypes.bfloat16 else -10)}.get(wanted.dtype.itemsize, 1e-5)
    return None if np.allclose(a, b, rtol=step, atol=step / 10, equal_nan=True) else f"{actual.ravel()[:4]} instead of {wanted.ravel()[:4]}"


def outcome(built, values, folder, ferry, isolated=True):
    source, target = pathlib.Path(folder) / "m.onnx", pathlib.Path(folder) / "m.tflite"
    wanted = expected(built, values)
    if wanted is None:
        return "unknown", ""
    onnx.save(built, source)
    done = subprocess.run([ferry, "convert", source, "--to", "litert", "-o", target, "--verify", "none"], capture_output=True, text=True)
    if done.returncode == 4:
        return "refused", done.stderr.strip().splitlines()[-1]
    if done.returncode:
        return "wrong", f"exit {done.returncode}: {done.stderr.strip()[:200]}"
    if isolated:
        return in_a_process(target, values, wanted)
    return judged(target, values, wanted)


def judged(target, values, wanted):
    for kernels in (OpResolverType.AUTO, OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES):
        try:
            results = run(target, values, kernels)
        except Exception as error:
            return "wrong", " ".join(str(error).split())[-160:]
        for index, b in enumerate(wanted):
            why = difference(results[f"y{index}"], b)
            if why:
                return "wrong", why
    return "right", ""


def in_a_process(*arguments):
    """A kernel may end the process."""
    import multiprocessing
    context = multiprocessing.get_context("fork")
    receiver, sender = context.Pipe(False)
    process = context.Process(target=lambda: sender.send(judged(*arguments)))
    process.start()
    sender.close()
    try:
        return receiver.recv()
    except EOFError:
        return "wrong", "ends the process"
    finally:
        process.join()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ferry", default=str(TOP / ".build/release/ferry"))
    parser.add_argument("--only", default="")
    parser.add_argument("--verbose", action="store_true")
    options = parser.parse_args()
    counts = collections.Counter()
    with tempfile.TemporaryDirectory() as folder:
        for name, operands, attributes in OPERATORS:
            if options.only not in name:
                continue
            kinds = collections.defaultdict(list)
            for kind in TYPES:
                made = model(name, operands, attributes, kind)
                if made is None:
                    continue
                result, why = outcome(*made, folder, options.ferry)
                kinds[result].append(kind)
                counts[result] += 1
                if result == "wrong":
                    print(f"✗ {name} {attributes or ''} {kind}: {why}", flush=True)
            if options.verbose:
                print(f"{name} {attributes or ''}: " + "; ".join(f"{key}: {' '.join(value)}" for key, value in kinds.items()), flush=True)
    print(f"operators by element type on LiteRT: {counts['right']} right, {counts['refused']} refused, {counts['wrong']} wrong, {counts['unknown']} that nobody runs")
    return 1 if counts["wrong"] or not counts["right"] else 0


if __name__ == "__main__":
    sys.exit(main())
