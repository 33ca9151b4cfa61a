"""Writes ONNX files piece by piece, with the standard library alone, so that a model may be larger than memory."""
import random
import struct

FLOAT = 1
BLOCK = 1 << 20
# Sign and mantissa are random, the exponent is fixed: every element lies in ±[2^-7, 2^-6), so deep chains stay finite.
KEEP = int.from_bytes(struct.pack("<I", 0x807FFFFF) * (BLOCK // 4), "little")
EXPONENT = int.from_bytes(struct.pack("<I", 0x3C000000) * (BLOCK // 4), "little")


def varint(value):
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def number(field, value):
    return varint(field << 3) + varint(value)


def head(field, length):
    """What stands before a payload of `length` bytes."""
    return varint(field << 3 | 2) + varint(length)


def data(field, payload):
    payload = payload.encode() if isinstance(payload, str) else payload
    return head(field, len(payload)) + payload


def floats(count, seed):
    """Blocks of bytes of `count` seeded float32."""
    source = random.Random(seed)
    left = count * 4
    while left:
        block = int.from_bytes(source.randbytes(BLOCK), "little") & KEEP | EXPONENT
        yield block.to_bytes(BLOCK, "little")[:left]
        left -= min(left, BLOCK)


def node(op, inputs, outputs, name="", attributes=b""):
    parts = [data(1, i) for i in inputs] + [data(2, o) for o in outputs]
    return b"".join(parts) + (data(3, name) if name else b"") + data(4, op) + attributes


def ints(name, values):
    return data(5, data(1, name) + b"".join(number(8, v) for v in values) + number(20, 7))


def value(name, shape):
    """Dimensions are numbers or names."""
    dims = b"".join(data(1, data(2, d) if isinstance(d, str) else number(1, d)) for d in shape)
    return data(1, name) + data(2, data(1, number(1, FLOAT) + data(2, dims)))


def tensor_start(name, shape):
    return b"".join(number(1, d) for d in shape) + number(2, FLOAT) + data(8, name)


def external(name, shape, location, offset, length):
    entries = [("location", location), ("offset", str(offset)), ("length", str(length))]
    return tensor_start(name, shape) + b"".join(data(13, data(1, k) + data(2, v)) for k, v in entries) + number(14, 1)


class Initializer:
    """One float32 constant with its bytes in the file."""

    def __init__(self, name, shape, seed):
        self.count, self.seed = 1, seed
        for dim in shape:
            self.count *= dim
        self.start = tensor_start(name, shape) + head(9, self.count * 4)
        self.length = len(self.start) + self.count * 4

    def write(self, file):
        file.write(head(5, self.length) + self.start)
        for block in floats(self.count, self.seed):
            file.write(block)

    @property
    def size(self):
        return len(head(5, self.length)) + self.length


def write_model(file, before, initializers, after, opset=17):
    """`before` and `after` are the encoded fields of the graph on either side of its initializers."""
    length = len(before) + sum(i.size for i in initializers) + len(after)
    file.write(number(1, 8) + data(2, "ferry-bench") + data(8, data(1, "") + number(2, opset)))
    file.write(head(7, length) + before)
    for initializer in initializers:
        initializer.write(file)
    file.write(after)
