"""Do two ONNX files say the same, field by field? This is what identity conversion is held against.

    compare_lossless.py A B
    compare_lossless.py --list FILE        lines of: a <TAB> b

Contract: every field of every message is compared, also fields this script has never heard of. What may differ is only spelling:
the storage of a tensor (raw, typed, inline, external; then its `data_location` and `external_data` too), and the order within
opset imports, metadata, attributes, initializers, value_info, functions and annotations. Graph inputs, outputs and nodes keep their
order. An attribute that holds its default must neither appear nor vanish. Graph inputs that repeat an initializer keep their set, the
true inputs their order. Prints each difference as PATH: what, and "same" or the count. Exit status: 0 same, 1 different, 2 usage.
"""
import hashlib
import pathlib
import struct
import sys

import onnx
from onnx import external_data_helper, numpy_helper

KEYED = {                                               # repeated fields whose order says nothing, and what names an entry
    "opset_import": lambda m: m.domain or "ai.onnx", "metadata_props": lambda m: m.key, "attribute": lambda m: m.name,
    "attribute_proto": lambda m: m.name, "initializer": lambda m: m.name, "sparse_initializer": lambda m: m.values.name,
    "value_info": lambda m: m.name, "functions": lambda m: (m.domain, m.name, m.overload),
    "quantization_annotation": lambda m: m.tensor_name, "quant_parameter_tensor_names": lambda m: m.key,
    "initialization_binding": lambda m: m.key, "update_binding": lambda m: m.key,
}
STORAGE = {"raw_data", "float_data", "int32_data", "int64_data", "uint64_data", "double_data", "string_data", "external_data", "data_location"}
DOMAIN_USERS = {"NodeProto", "OperatorSetIdProto"}      # here "" and "ai.onnx" are one domain


class Comparison:
    def __init__(self, folders):
        self.folders, self.found = folders, []

    def report(self, path, what):
        self.found.append(f"{path or 'model'}: {what}")

    def messages(self, a, b, path):
        if a.DESCRIPTOR.name == "TensorProto":
            self.tensor_values(a, b, path)
        skipped = STORAGE if a.DESCRIPTOR.name == "TensorProto" else ()
        for field in a.DESCRIPTOR.fields:
            if field.name not in skipped:
                self.field(a, b, field, f"{path}.{field.name}".lstrip("."))
        if unknown(a) != unknown(b):
            self.report(path, "unknown fields differ")

    def field(self, a, b, field, path):
        x, y = getattr(a, field.name), getattr(b, field.name)
        if field.is_repeated and a.DESCRIPTOR.name == "GraphProto" and field.name == "input":
            self.graph_inputs(a, b, field, path)
        elif field.is_repeated:
            self.repeated(x, y, field, path)
        elif field.message_type:
            if a.HasField(field.name) != b.HasField(field.name):
                self.report(path, "only in " + ("the first" if a.HasField(field.name) else "the second"))
            elif a.HasField(field.name):
                self.messages(x, y, path)
        elif field.name == "domain" and a.DESCRIPTOR.name in DOMAIN_USERS and {x, y} == {"", "ai.onnx"}:
            pass
        elif bits(x) != bits(y):
            self.report(path, f"{shown(x)} became {shown(y)}")
        elif field.containing_oneof and a.HasField(field.name) != b.HasField(field.name):
            self.report(path, f"set to {x!r} in one and not set in the other")

    def repeated(self, x, y, field, path):
        if field.name in KEYED and field.message_type:
            return self.keyed(x, y, KEYED[field.name], path)
        if not field.message_type:
            if bits(x) != bits(y):
                self.report(path, f"{shown(list(x))} became {shown(list(y))}")
            return
        if len(x) != len(y):
            self.report(path, f"{len(x)} entries became {len(y)}")
        for i, (xi, yi) in enumerate(zip(x, y)):
            name = getattr(xi, "name", "")
            self.messages(xi, yi, f"{path}[{i}{' ' + repr(name) if name else ''}]")

    def keyed(self, x, y, key, path):
        """Duplicates of one key keep their order among themselves."""
        a, b = by_key(x, key), by_key(y, key)
        for k in sorted(a.keys() | b.keys(), key=str):
            mine, other = a.get(k, []), b.get(k, [])
            if len(mine) != len(other):
                self.report(f"{path}[{k!r}]", f"{len(mine)} became {len(other)}")
            for i, j in zip(mine, other):
                self.messages(i, j, f"{path}[{k!r}]")

    def graph_inputs(self, a, b, field, path):
        """Inputs that repeat an initializer may move among themselves; the others may not move at all."""
        known = [{i.name for i in g.initializer} | {i.values.name for i in g.sparse_initializer} for g in (a, b)]
        true = [[i for i in g.input if i.name not in names] for g, names in zip((a, b), known)]
        overridable = [[i for i in g.input if i.name in names] for g, names in zip((a, b), known)]
        self.repeated(*true, field, path)
        self.keyed(*overridable, lambda i: i.name, path)

    def tensor_values(self, a, b, path):
        digests = []
        for tensor, folder in zip((a, b), self.folders):
            try:
                digests.append(digest(tensor, folder))
            except Exception as error:
                self.report(path, f"cannot be read: {type(error).__name__}: {error}")
                return
        if digests[0] != digests[1]:
            self.report(path, "values differ")


def by_key(entries, key):
    groups = {}
    for entry in entries:
        groups.setdefault(key(entry), []).append(entry)
    return groups


def digest(tensor, folder):
    """The bytes of the values, independent of how they are stored; strings are compared as bytes."""
    if tensor.data_type == onnx.TensorProto.STRING:
        return list(tensor.string_data)
    if tensor.data_type == onnx.TensorProto.UNDEFINED:
        return None
    if external_data_helper.uses_external_data(tensor):
        copy = onnx.TensorProto()
        copy.CopyFrom(tensor)
        external_data_helper.load_external_data_for_tensor(copy, str(folder))
        tensor = copy
    return hashlib.sha256(numpy_helper.to_array(tensor).tobytes()).digest()


def unknown(message):
    """What this version of the schema does not name: the wire bytes left when every known field is cleared."""
    rest = type(message)()
    rest.CopyFrom(message)
    for field in message.DESCRIPTOR.fields:
        rest.ClearField(field.name)
    return rest.SerializeToString()


def bits(value):
    """NaN equals itself and -0.0 is not 0.0: floats are compared by their bits."""
    if isinstance(value, float):
        return struct.pack("<d", value)
    return value if isinstance(value, (str, bytes, int)) else [bits(v) for v in value]


def shown(value):
    text = repr(value)
    return text if len(text) <= 120 else text[:117] + "..."


def compare(first, second):
    models = [onnx.load(path, load_external_data=False) for path in (first, second)]
    comparison = Comparison([pathlib.Path(p).parent for p in (first, second)])
    comparison.messages(*models, "")
    return comparison.found


def main(arguments):
    if len(arguments) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    pairs = [arguments]
    if arguments[0] == "--list":
        pairs = [line.split("\t")[:2] for line in pathlib.Path(arguments[1]).read_text().splitlines() if line.strip()]
    is_same = True
    for first, second in pairs:
        try:
            found = compare(first, second)
        except Exception as error:
            found = [f"{second}: {type(error).__name__}: {error}"]
        print("\n".join(f"{second}: {f}" for f in found) if found else f"{second}: same", flush=True)
        is_same &= not found
    return 0 if is_same else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
