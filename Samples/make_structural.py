"""Writes the structural samples: one small model for each part of the ONNX format that converters tend to lose.

    .venv-oracles/bin/python Samples/make_structural.py

Contract: the same bytes on every run; every file below 20 KB and accepted by onnx.checker. Those that ONNX Runtime cannot run are listed in
structural/unrunnable.txt. The readable graphs are in structural_text.py; what text cannot say is built here.
"""
import hashlib
import pathlib

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper, parser

import structural_text

FOLDER = pathlib.Path(__file__).resolve().parent / "structural"
UNRUNNABLE = ["complex-and-small-types", "custom-domain", "opset-6"]
T = TensorProto


def weights(*shape, start=0):
    return (np.arange(start, start + np.prod(shape), dtype=np.float32).reshape(shape) - 7) / 8


def model(nodes, inputs, outputs, initializers=(), opset=17, ir=8, name="sample", domains=(), **fields):
    infos = [[helper.make_tensor_value_info(*i) if isinstance(i, tuple) else i for i in side] for side in (inputs, outputs)]
    graph = helper.make_graph(nodes, name, *infos, list(initializers))
    opsets = [helper.make_opsetid("", opset), *(helper.make_opsetid(d, 1) for d in domains)]
    return helper.make_model(graph, ir_version=ir, opset_imports=opsets, producer_name="ferry-samples", **fields)


def dense_pair(w1, w2, **fields):
    """Two matrix products with whatever initializers are given."""
    nodes = [helper.make_node("MatMul", ["x", "w1"], ["h"], "first"), helper.make_node("Relu", ["h"], ["r"], "relu"),
             helper.make_node("MatMul", ["r", "w2"], ["y"], "second")]
    return model(nodes, [("x", T.FLOAT, ["batch", 6])], [("y", T.FLOAT, ["batch", 5])], [w1, w2], **fields)


def external(tensor, location, data, offset=None):
    """The keys of the format in full: location, offset, length, checksum (SHA-1 of the file, as the format says)."""
    payload = tensor.raw_data
    result = T(name=tensor.name, data_type=tensor.data_type, dims=tensor.dims, data_location=T.EXTERNAL)
    entries = {"location": location, "offset": offset, "length": len(payload), "checksum": hashlib.sha1(data).hexdigest()}
    for key, value in entries.items():
        if value is not None:
            result.external_data.add(key=key, value=str(value))
    return result


def external_data():
    first, second = (numpy_helper.from_array(weights(*s), n) for s, n in (((6, 8), "w1"), ((8, 5), "w2")))
    data = first.raw_data + bytes(4096 - len(first.raw_data)) + second.raw_data         # the second starts on a page
    (FOLDER / "external-one-file.bin").write_bytes(data)
    together = dense_pair(*(external(t, "external-one-file.bin", data, o) for t, o in ((first, 0), (second, 4096))))
    (FOLDER / "external-each").mkdir(exist_ok=True)
    for t in (first, second):
        (FOLDER / "external-each" / f"{t.name}.bin").write_bytes(t.raw_data)
    apart = dense_pair(*(external(t, f"external-each/{t.name}.bin", t.raw_data) for t in (first, second)))
    return {"external-one-file": together, "external-file-each": apart}


def tied_weights():
    nodes = [helper.make_node("Gather", ["embedding", "ids"], ["e"], "embed"), helper.make_node("Transpose", ["embedding"], ["back"], perm=[1, 0]),
             helper.make_node("Mul", ["e", "scale"], ["s"]), helper.make_node("Mul", ["s", "scale_again"], ["t"]),
             helper.make_node("MatMul", ["t", "back"], ["y"], "project")]
    tensors = [numpy_helper.from_array(weights(11, 6), "embedding"),
               *(numpy_helper.from_array(weights(6, start=3), n) for n in ("scale", "scale_again"))]
    return model(nodes, [("ids", T.INT64, ["batch", "length"])], [("y", T.FLOAT, ["batch", "length", 11])], tensors)


def sparse_initializer():
    """Both spellings of the indices: positions in the flattened tensor, and one row per value."""
    linear = onnx.SparseTensorProto(values=helper.make_tensor("w1", T.FLOAT, [3], [1.5, -2, 0.25]),
                                    indices=helper.make_tensor("", T.INT64, [3], [1, 17, 40]), dims=[6, 8])
    pairs = onnx.SparseTensorProto(values=helper.make_tensor("w2", T.FLOAT, [2], [3, -1]),
                                   indices=helper.make_tensor("", T.INT64, [2, 2], [0, 4, 7, 1]), dims=[8, 5])
    result = dense_pair(*(numpy_helper.from_array(weights(1), n) for n in ("w1", "w2")))
    del result.graph.initializer[:]
    result.graph.sparse_initializer.extend([linear, pairs])
    return result


def passed_through(tensors, **fields):
    """Every tensor goes out through an Identity, so that its value can be seen; bfloat16, which numpy has not, as a float."""
    nodes = [helper.make_node("Cast", [t.name], [f"{t.name}_out"], to=T.FLOAT) if t.data_type == T.BFLOAT16
             else helper.make_node("Identity", [t.name], [f"{t.name}_out"]) for t in tensors]
    nodes.append(helper.make_node("Neg", ["x"], ["y"]))
    outputs = [(f"{t.name}_out", T.FLOAT if t.data_type == T.BFLOAT16 else t.data_type, list(t.dims)) for t in tensors]
    return model(nodes, [("x", T.FLOAT, ["n"])], [("y", T.FLOAT, ["n"]), *outputs], tensors, **fields)


def storage(is_raw):
    """The same values twice: as raw bytes, and in the typed fields that each element type has."""
    kinds = {"FLOAT": [1.5, -0.0, 3e-39], "DOUBLE": [0.1, -2, 1e300], "INT8": [-128, 0, 127], "UINT8": [0, 1, 255], "INT16": [-32768, 5, 32767],
             "UINT16": [0, 9, 65535], "INT32": [-2**31, 0, 2**31 - 1], "UINT32": [0, 1, 2**32 - 1], "INT64": [-2**63, 0, 2**63 - 1],
             "UINT64": [0, 1, 2**64 - 1], "BOOL": [True, False, True], "FLOAT16": [0.5, -2, 65504], "BFLOAT16": [1, -0.5, 3e38]}
    tensors = []
    for kind, values in kinds.items():
        array = np.array(values, helper.tensor_dtype_to_np_dtype(T.DataType.Value(kind)))
        tensors.append(helper.make_tensor(kind.lower(), T.DataType.Value(kind), [3], array.tobytes() if is_raw else array, raw=is_raw))
    tensors.append(helper.make_tensor("string", T.STRING, [3], [b"ferry", b"", "fähre".encode()]))
    tensors.append(helper.make_tensor("scalar", T.FLOAT, [], [2.5]))
    tensors.append(helper.make_tensor("empty", T.FLOAT, [0, 3], []))
    return passed_through(tensors)


def small_types():
    """Sub-byte types with an odd count (the last byte is half used), every float8, complex; raw and typed."""
    tensors = []
    for kind in ("INT4", "UINT4", "FLOAT4E2M1", "INT2", "UINT2", "FLOAT8E4M3FN", "FLOAT8E4M3FNUZ", "FLOAT8E5M2", "FLOAT8E5M2FNUZ", "FLOAT8E8M0",
                 "COMPLEX64", "COMPLEX128"):
        code = T.DataType.Value(kind)
        array = np.array([1, 0, 1, 2, 1] if kind == "FLOAT8E8M0" else [1, 0, 1, 1, 0]).astype(helper.tensor_dtype_to_np_dtype(code))
        tensors.append(numpy_helper.from_array(array, kind.lower()))
        tensors.append(helper.make_tensor(f"{kind.lower()}_typed", code, [5], array))
    return passed_through(tensors, opset=25, ir=13)


def overridable():
    """IR 3 made every initializer an input; from IR 4 on only the overridable ones are. Defaults may be replaced by the caller."""
    new, old = (dense_pair(*(numpy_helper.from_array(weights(*s), n) for s, n in (((6, 8), "w1"), ((8, 5), "w2"))), ir=ir, opset=9) for ir in (8, 3))
    w1, w2 = (helper.make_tensor_value_info(n, T.FLOAT, s) for n, s in (("w1", [6, 8]), ("w2", [8, 5])))
    new.graph.input.append(w2)
    old.graph.input.insert(0, w1)
    old.graph.input.append(w2)
    return {"overridable-initializer": new, "ir-3": old}


def note(where, /, **values):
    for key, value in values.items():
        where.metadata_props.add(key=key, value=value)


def annotated():
    """Notes in every place that has one, quantisation annotations, device configurations, an overloaded function. IR 11."""
    result = parser.parse_model(structural_text.ANNOTATED)
    graph, function, device = result.graph, result.functions[0], result.configuration.add(name="pair", num_devices=2, device=["near", "far"])
    for k, place in enumerate([result, graph, function, *graph.node, *graph.input, *graph.output, *graph.value_info, *graph.initializer, *function.node]):
        note(place, where=f"place {k}", empty="")
        place.doc_string = f"Says something about place {k}.\nOn two lines, with an umlaut: ä."
    function.overload = "twice"
    graph.node[1].overload = "twice"
    annotation = graph.quantization_annotation.add(tensor_name="h")
    for key, value in (("SCALE_TENSOR", "scale"), ("ZERO_POINT_TENSOR", "zero")):
        annotation.quant_parameter_tensor_names.add(key=key, value=value)
    split = graph.node[0].device_configurations.add(configuration_id=device.name, pipeline_stage=1)
    part = split.sharding_spec.add(tensor_name="x", device=[0, 1]).sharded_dim.add(axis=0)
    part.simple_sharding.add(num_shards=2, dim_param="batch")
    result.domain, result.model_version, result.producer_version = "ferry.samples", 42, "1.0"
    graph.input[0].type.denotation = "IMAGE"
    graph.input[0].type.tensor_type.shape.dim[0].denotation = "DATA_BATCH"
    return result


def training():
    """Training information: an initialisation graph and its bindings. Inference ignores it; a lossless copy does not."""
    result = dense_pair(*(numpy_helper.from_array(weights(*s), n) for s, n in (((6, 8), "w1"), ((8, 5), "w2"))))
    fresh = helper.make_node("Constant", [], ["fresh"], value=numpy_helper.from_array(weights(6, 8, start=5)))
    info = result.training_info.add()
    info.initialization.CopyFrom(helper.make_graph([fresh], "initialise", [], [helper.make_tensor_value_info("fresh", T.FLOAT, [6, 8])]))
    info.initialization_binding.add(key="w1", value="fresh")
    return result


def write(name, data):
    path = FOLDER / f"{name}.onnx"
    path.write_bytes(data if isinstance(data, bytes) else data.SerializeToString(deterministic=True))
    is_sparse = name == "sparse-initializer"            # the checker's strict inference knows no operator that takes one
    onnx.checker.check_model(str(path), full_check=not is_sparse)
    assert path.stat().st_size < 20_000, path


def main():
    FOLDER.mkdir(exist_ok=True)
    models = {name: parser.parse_model(text) for name, text in structural_text.MODELS.items()}
    models |= {"tied-weights": tied_weights(), "sparse-initializer": sparse_initializer(), "storage-raw": storage(True), "storage-typed": storage(False),
               "complex-and-small-types": small_types(), "annotated": annotated(), "training-info": training(), **external_data(), **overridable()}
    plain = models["if-constant"].SerializeToString(deterministic=True)
    marked = models["if-constant"]
    marked.doc_string, marked.graph.node[0].doc_string = "LATIN1 caf?", "LATIN1 stra?e"
    encoded = marked.SerializeToString(deterministic=True).replace(b"caf?", b"caf\xe9").replace(b"stra?e", b"stra\xdfe")
    models |= {"if-constant": plain, "doc-string-not-utf8": encoded, "unknown-field": plain + b"\xfa\x3e\x05ferry"}     # field 1007, 5 bytes
    for name, data in models.items():
        write(name, data)
    (FOLDER / "unrunnable.txt").write_text("\n".join(UNRUNNABLE) + "\n")
    print(f"{len(models)} models in Samples/structural")


if __name__ == "__main__":
    main()
