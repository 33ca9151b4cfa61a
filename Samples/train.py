"""Trains the two digit models and writes digits-cnn.onnx, digits-transformer.onnx and the test split they are judged on (digits/).

    pip install jax==0.10.2        on top of Tests/Oracles/requirements.txt
    python Samples/train.py

Contract: seeded; prints the test accuracy measured in ONNX Runtime on the written files, and fails below 97 % (CNN) or 95 % (transformer).
The data are the 1797 digits of 8 x 8 that ship in scikit-learn: pixels 0...16; a fifth is the test split. The graphs are in digits_graphs.py.
"""
import pathlib
import sys

import jax
import jax.numpy as jnp
import numpy as np
import onnxruntime as ort
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

import digits_graphs

HERE = pathlib.Path(__file__).resolve().parent
HEADS, WIDTH, HIDDEN, LAYERS, DECAY = 4, 32, 64, 2, 0.9
CNN = {"stem": (24, 1, 3), "depthwise": (24, 1, 3), "pointwise": (32, 24, 1), "first": (32, 32, 3), "second": (32, 32, 3), "last": (48, 32, 1)}


def he(generator, *shape, fan):
    return jnp.asarray(generator.normal(0, np.sqrt(2 / fan), shape), jnp.float32)


def cnn_start(generator):
    weights, running = {}, {}
    for name, (outputs, inputs, k) in CNN.items():
        weights[name] = {"w": he(generator, outputs, inputs, k, k, fan=inputs * k * k), "scale": jnp.ones(outputs), "shift": jnp.zeros(outputs)}
        running[name] = {"mean": jnp.zeros(outputs), "var": jnp.ones(outputs)}
    weights["head"] = {"w": he(generator, 10, 48, fan=48), "b": jnp.zeros(10)}
    return weights, running


def cnn(weights, running, x, generator):
    """Batch statistics while training; the running ones are what is written."""
    updated = {}

    def block(name, x, groups=1):
        p = weights[name]
        x = jax.lax.conv_general_dilated(x, p["w"], (1, 1), "SAME", dimension_numbers=("NCHW", "OIHW", "NCHW"), feature_group_count=groups)
        mean, var = x.mean((0, 2, 3)), x.var((0, 2, 3))
        updated[name] = {"mean": DECAY * running[name]["mean"] + (1 - DECAY) * mean, "var": DECAY * running[name]["var"] + (1 - DECAY) * var}
        column = lambda v: v[None, :, None, None]
        return (x - column(mean)) / jnp.sqrt(column(var) + 1e-5) * column(p["scale"]) + column(p["shift"])

    relu = jax.nn.relu
    x = relu(block("stem", x / 16 - 0.3))
    x = relu(block("pointwise", relu(block("depthwise", x, groups=24))))
    x = jax.lax.reduce_window(x, -jnp.inf, jax.lax.max, (1, 1, 2, 2), (1, 1, 2, 2), "VALID")
    x = relu(x + block("second", relu(block("first", x))))
    x = relu(block("last", x)).mean((2, 3))
    x = x * jax.random.bernoulli(generator, 0.8, x.shape) / 0.8
    return x @ weights["head"]["w"].T + weights["head"]["b"], updated


def transformer_start(generator):
    square = lambda n, m: he(generator, n, m, fan=2 * n)
    norm = lambda: {"scale": jnp.ones(WIDTH), "shift": jnp.zeros(WIDTH)}
    layer = lambda: {"norm1": norm(), "norm2": norm(), **{k: {"w": square(WIDTH, WIDTH), "b": jnp.zeros(WIDTH)} for k in ("q", "k", "v", "out")},
                     "up": {"w": square(WIDTH, HIDDEN), "b": jnp.zeros(HIDDEN)}, "down": {"w": square(HIDDEN, WIDTH), "b": jnp.zeros(WIDTH)}}
    return {"embed": {"w": square(8, WIDTH), "b": jnp.zeros(WIDTH)}, "position": he(generator, 8, WIDTH, fan=200),
            "layers": [layer() for _ in range(LAYERS)], "norm": norm(), "head": {"w": square(WIDTH, 10), "b": jnp.zeros(10)}}, {}


def transformer(weights, running, x, generator):
    linear = lambda p, x: x @ p["w"] + p["b"]
    def norm(p, x):
        centred = x - x.mean(-1, keepdims=True)
        return centred / jnp.sqrt((centred ** 2).mean(-1, keepdims=True) + 1e-5) * p["scale"] + p["shift"]
    heads = lambda x: x.reshape(x.shape[0], 8, HEADS, WIDTH // HEADS).transpose(0, 2, 1, 3)
    x = linear(weights["embed"], x[:, 0] / 16 - 0.3) + weights["position"]
    for p in weights["layers"]:
        y = norm(p["norm1"], x)
        q, k, v = (heads(linear(p[name], y)) for name in ("q", "k", "v"))
        scores = jax.nn.softmax(q @ k.swapaxes(2, 3) / np.sqrt(WIDTH // HEADS))
        x = x + linear(p["out"], (scores @ v).transpose(0, 2, 1, 3).reshape(x.shape))
        x = x + linear(p["down"], jax.nn.gelu(linear(p["up"], norm(p["norm2"], x)), approximate=False))
    return linear(weights["head"], norm(weights["norm"], x).mean(1)), running


def shifted(images, generator):
    """Every image moved by up to one pixel, so that 1437 of them are enough."""
    padded = np.pad(images, ((0, 0), (0, 0), (1, 1), (1, 1)))
    offsets = generator.choice([0, 1, 1, 1, 2], (len(images), 2))
    return np.stack([p[:, y:y + 8, x:x + 8] for p, (y, x) in zip(padded, offsets)])


def train(model, start, images, labels, epochs, rate=3e-3, batch=64):
    generator = np.random.default_rng(8)
    weights, running = start(generator)
    moments = [jax.tree.map(jnp.zeros_like, weights) for _ in range(2)]
    steps = epochs * (len(images) // batch)

    @jax.jit
    def step(weights, running, m, v, t, x, y):
        def loss(weights):
            logits, updated = model(weights, running, x, jax.random.key(t))
            return -jnp.take_along_axis(jax.nn.log_softmax(logits), y[:, None], 1).mean(), updated
        (_, updated), slope = jax.value_and_grad(loss, has_aux=True)(weights)
        m = jax.tree.map(lambda a, g: 0.9 * a + 0.1 * g, m, slope)
        v = jax.tree.map(lambda a, g: 0.999 * a + 0.001 * g * g, v, slope)
        speed = rate * 0.5 * (1 + jnp.cos(jnp.pi * t / steps))
        move = lambda w, a, b: w * (1 - speed * 0.01) - speed * a / (1 - 0.9 ** (t + 1)) / (jnp.sqrt(b / (1 - 0.999 ** (t + 1))) + 1e-8)
        return jax.tree.map(move, weights, m, v), updated, m, v

    t = 0
    for _ in range(epochs):
        order = generator.permutation(len(images))
        for i in range(0, len(images) - batch + 1, batch):
            chosen = order[i:i + batch]
            weights, running, *moments = step(weights, running, *moments, t, shifted(images[chosen], generator), labels[chosen])
            t += 1
    return jax.tree.map(np.asarray, (weights, running))


def main():
    digits = load_digits()
    images = digits.images[:, None].astype(np.float32)
    images, test_images, labels, test_labels = train_test_split(images, digits.target, test_size=0.2, random_state=8, stratify=digits.target)
    (HERE / "digits").mkdir(exist_ok=True)
    np.save(HERE / "digits/images.npy", test_images)
    np.save(HERE / "digits/labels.npy", test_labels.astype(np.int64))
    for name, model, start, write, epochs, goal in (("digits-cnn", cnn, cnn_start, digits_graphs.write_cnn, 30, 0.97),
                                                    ("digits-transformer", transformer, transformer_start, digits_graphs.write_transformer, 80, 0.95)):
        path = HERE / f"{name}.onnx"
        parameters = write(path, *train(model, start, images, labels, epochs))
        guess = ort.InferenceSession(str(path)).run(None, {"images": test_images})[0].argmax(1)
        accuracy = float((guess == test_labels).mean())
        print(f"{path.name}: {parameters} parameters, {path.stat().st_size} bytes, test accuracy {accuracy:.2%} of {len(test_labels)}", flush=True)
        if accuracy < goal:
            sys.exit(f"{path.name}: below {goal:.0%}")


if __name__ == "__main__":
    main()
