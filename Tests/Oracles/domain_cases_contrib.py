"""Nodes of com.microsoft, and ONNX Runtime's own one of the standard set."""

import zlib

import numpy as np


def rng(name):
    return np.random.default_rng(zlib.crc32(name.encode()))


def floats(r, *shape):
    return r.standard_normal(shape).astype(np.float32)


def bytes_(r, kind, *shape):
    info = np.iinfo(kind)
    return r.integers(info.min, info.max + 1, shape).astype(kind)


def scalar(value, kind=np.float32):
    return np.array(value, kind)


def contrib_cases():
    groups = (
        activations, products, convolutions, normalizations, embeddings, quantized, quantized_pools, quantized_choices, quantized_products, quantized_layers, quantized_matrices, linear_quantization,
        few_bits, block_gathers, rotary, attentions, multi_head, grouped, quantized_attention, rest,
    )
    for group in groups:
        for case in group():
            case.setdefault("domain", "com.microsoft")
            case["name"] = "test_contrib_" + case["name"]
            yield case


def activations():
    r = rng("activations")
    for kind in (np.float32, np.float64):
        x = r.standard_normal((2, 3, 4)).astype(kind) * 3
        if kind is np.float32:
            yield dict(name="quick_gelu", op="QuickGelu", inputs=[x])
            yield dict(name="quick_gelu_alpha", op="QuickGelu", inputs=[x], attributes=dict(alpha=0.9))
            yield dict(name="gelu", op="Gelu", inputs=[x])
            yield dict(name="bias_gelu", op="BiasGelu", inputs=[x, floats(r, 4)])
            yield dict(name="fast_gelu", op="FastGelu", inputs=[x])
            yield dict(name="fast_gelu_bias", op="FastGelu", inputs=[x, floats(r, 4)])


def products():
    r = rng("products")
    for ta in (0, 1):
        for tb in (0, 1):
            a = floats(r, 2, 4, 3) if ta else floats(r, 2, 3, 4)
            b = floats(r, 2, 5, 4) if tb else floats(r, 2, 4, 5)
            yield dict(name=f"fused_matmul_{ta}{tb}", op="FusedMatMul", inputs=[a, b], attributes=dict(transA=ta, transB=tb, alpha=0.5))
    yield dict(
        name="fused_matmul_batch_a", op="FusedMatMul", inputs=[floats(r, 3, 2, 4), floats(r, 2, 4, 5)], attributes=dict(transBatchA=1))
    yield dict(
        name="fused_matmul_batch_b", op="FusedMatMul", inputs=[floats(r, 2, 3, 4), floats(r, 4, 2, 5)], attributes=dict(transBatchB=1))
    yield dict(
        name="fused_matmul_batch_both", op="FusedMatMul", inputs=[floats(r, 4, 2, 6, 3), floats(r, 5, 2, 6, 4)],
        attributes=dict(transBatchA=1, transBatchB=1, transA=1, transB=1))
    yield dict(name="fused_matmul_vector", op="FusedMatMul", inputs=[floats(r, 4), floats(r, 4, 5)], attributes=dict(alpha=2.0))
    for activation, parameters in (("Relu", {}), ("LeakyRelu", dict(activation_alpha=0.2)), ("Tanh", {}), ("Sigmoid", {})):
        yield dict(
            name=f"fused_gemm_{activation.lower()}", op="FusedGemm", inputs=[floats(r, 3, 4), floats(r, 5, 4), floats(r, 5)],
            attributes=dict(activation=activation, transB=1, alpha=0.7, beta=1.3, **parameters))
    yield dict(
        name="fused_gemm_plain", op="FusedGemm", inputs=[floats(r, 4, 3), floats(r, 4, 5)], attributes=dict(activation="Relu", transA=1))


def convolutions():
    r = rng("convolutions")
    kinds = dict(Relu=[], Tanh=[], Sigmoid=[], LeakyRelu=[0.2], Clip=[-0.5, 0.5], HardSigmoid=[0.3, 0.4])
    for activation, parameters in kinds.items():
        attributes = dict(activation=activation, kernel_shape=[3, 3], pads=[1, 1, 1, 1], strides=[2, 2])
        if parameters:
            attributes["activation_params"] = parameters
        yield dict(
            name=f"fused_conv_{activation.lower()}", op="FusedConv", inputs=[floats(r, 1, 4, 7, 7), floats(r, 6, 4, 3, 3), floats(r, 6)],
            attributes=attributes)
    yield dict(
        name="fused_conv_sum", op="FusedConv", inputs=[floats(r, 1, 4, 6, 6), floats(r, 4, 2, 3, 3), floats(r, 4), floats(r, 1, 4, 4, 4)],
        attributes=dict(activation="Relu", group=2))


def normalizations():
    r = rng("normalizations")
    x, skip, gamma, beta, bias = floats(r, 2, 3, 8), floats(r, 2, 3, 8), floats(r, 8), floats(r, 8), floats(r, 8)
    for name, skipped in (("", skip), ("_row", skip[:1]), ("_matrix", skip[0])):
        yield dict(name="skip_layer_norm" + name, op="SkipLayerNormalization", inputs=[x, skipped, gamma, beta], attributes=dict(epsilon=1e-5))
    yield dict(
        name="skip_layer_norm_bias", op="SkipLayerNormalization", inputs=[x, skip, gamma, beta, bias], outputs=[True, False, False, True],
        attributes=dict(epsilon=1e-5))
    yield dict(name="skip_layer_norm_gamma", op="SkipLayerNormalization", inputs=[x, skip, gamma], outputs=[True, False, False, True])
    half = [v.astype(np.float16) for v in (x, skip, gamma, beta)]
    yield dict(name="skip_layer_norm_half", op="SkipLayerNormalization", inputs=half, attributes=dict(epsilon=1e-5))
    yield dict(
        name="skip_simplified_layer_norm", op="SkipSimplifiedLayerNormalization", inputs=[x, skip, gamma, bias],
        outputs=[True, False, False, True], attributes=dict(epsilon=1e-5))
    yield dict(name="skip_simplified_layer_norm_plain", op="SkipSimplifiedLayerNormalization", inputs=[x, skip, gamma])
    for axis in (-1, 1):
        scale = gamma if axis == -1 else floats(r, 3, 8)
        yield dict(
            name=f"simplified_layer_norm_{'last' if axis < 0 else axis}", op="SimplifiedLayerNormalization", domain="", inputs=[x, scale],
            attributes=dict(axis=axis, epsilon=1e-6))
    yield dict(
        name="simplified_layer_norm_half", op="SimplifiedLayerNormalization", domain="",
        inputs=[x.astype(np.float16), gamma.astype(np.float16)], attributes=dict(axis=-1))


def embeddings():
    r = rng("embeddings")
    ids = r.integers(0, 10, (2, 4)).astype(np.int32)
    segments = r.integers(0, 2, (2, 4)).astype(np.int32)
    words, positions, table, gamma, beta = floats(r, 10, 8), floats(r, 6, 8), floats(r, 2, 8), floats(r, 8), floats(r, 8)
    mask = np.array([[1, 1, 1, 0], [1, 1, 0, 0]], np.int32)
    base = [ids, segments, words, positions, table, gamma, beta]
    yield dict(name="embed_layer_norm", op="EmbedLayerNormalization", inputs=base, outputs=2)
    yield dict(name="embed_layer_norm_mask", op="EmbedLayerNormalization", inputs=base + [mask], outputs=2, attributes=dict(epsilon=1e-5))
    yield dict(name="embed_layer_norm_sum", op="EmbedLayerNormalization", inputs=base + [mask], outputs=3)
    yield dict(
        name="embed_layer_norm_positions", op="EmbedLayerNormalization",
        inputs=base + [mask, np.array([[3, 2, 1, 0], [5, 4, 3, 2]], np.int32)], outputs=2)
    yield dict(
        name="embed_layer_norm_no_segments", op="EmbedLayerNormalization", inputs=[ids, None, words, positions, None, gamma, beta], outputs=2)


def quantized():
    r = rng("quantized")
    for kind in (np.uint8, np.int8):
        k = kind.__name__
        zero = lambda: bytes_(r, kind, 1)[0:1].reshape(())
        scale = lambda: scalar(r.uniform(0.01, 0.1))
        for op in ("QLinearAdd", "QLinearMul"):
            for name, a, b in (("", (2, 3, 4), (2, 3, 4)), ("_broadcast", (2, 3, 4), (4,)), ("_scalar", (2, 3, 4), (1,))):
                yield dict(
                    name=f"{op.lower()}_{k}{name}", op=op,
                    inputs=[bytes_(r, kind, *a), scale(), zero(), bytes_(r, kind, *b), scale(), zero(), scalar(0.21), zero()])
        x = bytes_(r, kind, 3, 5)
        yield dict(name=f"qlinear_sigmoid_{k}", op="QLinearSigmoid", inputs=[x, scale(), zero(), scalar(1 / 256), scalar(3 if kind is np.uint8 else -128, kind)])
        yield dict(name=f"qlinear_leaky_relu_{k}", op="QLinearLeakyRelu", inputs=[x, scale(), zero(), scale(), zero()], attributes=dict(alpha=0.15))
        yield dict(
            name=f"qlinear_concat_{k}", op="QLinearConcat", attributes=dict(axis=1),
            inputs=[scalar(0.05), zero(), bytes_(r, kind, 2, 3), scalar(0.05), zero(), bytes_(r, kind, 2, 2), scale(), zero()])


def quantized_pools():
    r = rng("pools")
    for last in (0, 1):
        shape = (1, 6, 6, 3) if last else (1, 3, 6, 6)
        x = bytes_(r, np.uint8, *shape)
        quantization = [scalar(0.04), scalar(120, np.uint8), scalar(0.03), scalar(110, np.uint8)]
        for name, extra in (("", {}), ("_pads", dict(pads=[1, 1, 1, 1])), ("_counted", dict(pads=[1, 1, 1, 1], count_include_pad=1)),
                            ("_ceil", dict(ceil_mode=1))):
            yield dict(
                name=f"qlinear_average_pool_{last}{name}", op="QLinearAveragePool", inputs=[x] + quantization,
                attributes=dict(kernel_shape=[3, 3], strides=[2, 2], channels_last=last, **extra))
        yield dict(
            name=f"qlinear_global_average_pool_{last}", op="QLinearGlobalAveragePool", inputs=[x] + quantization,
            attributes=dict(channels_last=last))
    for kind in (np.uint8, np.int8):
        x = bytes_(r, kind, 1, 7, 6, 3)
        yield dict(name=f"nhwc_max_pool_{kind.__name__}", op="NhwcMaxPool", inputs=[x], attributes=dict(kernel_shape=[3, 2], strides=[2, 1]))
        yield dict(
            name=f"nhwc_max_pool_{kind.__name__}_pads", op="NhwcMaxPool", inputs=[x],
            attributes=dict(kernel_shape=[3, 3], pads=[1, 1, 1, 1], dilations=[1, 2]))


def quantized_choices():
    r = rng("choices")
    for kind in (np.uint8, np.int8):
        k = kind.__name__
        low = np.iinfo(kind).min
        quantization = [scalar(0.04), scalar(low + 120, kind), scalar(1 / 256), scalar(low, kind)]
        for opset, axis in ((11, 1), (12, 2), (13, -1), (13, 1)):
            yield dict(
                name=f"qlinear_softmax_{k}_{opset}_{axis % 3}", op="QLinearSoftmax", inputs=[bytes_(r, kind, 2, 3, 4)] + quantization,
                attributes=dict(axis=axis, opset=opset))
        yield dict(
            name=f"qlinear_where_{k}", op="QLinearWhere",
            inputs=[r.random((2, 1)) < 0.5, bytes_(r, kind, 2, 3), scalar(0.04), scalar(7, kind), bytes_(r, kind, 3), scalar(0.07),
                    scalar(9, kind), scalar(0.05), scalar(11, kind)])


def quantized_matrices():
    r = rng("matrices")
    for kind in (np.uint8, np.int8):
        k = kind.__name__
        a, c = bytes_(r, np.uint8, 3, 6), r.integers(-500, 500, 4).astype(np.int32)
        b = bytes_(r, kind, 6, 4) // (2 if kind is np.int8 else 1)
        scales = [scalar(0.02), scalar(110, np.uint8)]
        one, columns = [scalar(0.01), scalar(3, kind)], [r.uniform(0.005, 0.02, 4).astype(np.float32), bytes_(r, kind, 4) // 4]
        result = [scalar(0.1), scalar(100, np.uint8)]
        yield dict(name=f"qgemm_{k}", op="QGemm", inputs=[a, *scales, b, *one, c, *result])
        yield dict(name=f"qgemm_{k}_alpha", op="QGemm", inputs=[a, *scales, b, *one, c, *result], attributes=dict(alpha=0.5))
        yield dict(name=f"qgemm_{k}_columns", op="QGemm", inputs=[a, *scales, b, *columns, c, *result], constants=(3, 4, 5, 6))
        yield dict(
            name=f"qgemm_{k}_transposed", op="QGemm", inputs=[a.T.copy(), *scales, b.T.copy(), *columns, None, *result], attributes=dict(transA=1, transB=1))
        yield dict(name=f"qgemm_{k}_floats", op="QGemm", inputs=[a, *scales, b, *one, c], floats=(0,))
        yield dict(name=f"matmul_integer_to_float_{k}", op="MatMulIntegerToFloat", inputs=[a, b, scales[0], one[0], scales[1], one[1]])
        yield dict(
            name=f"matmul_integer_to_float_{k}_columns", op="MatMulIntegerToFloat",
            inputs=[a, b, scales[0], columns[0], scales[1], columns[1], floats(r, 4)])


def quantized_products():
    r = rng("quantized products")
    for kind in (np.uint8, np.int8):
        k = kind.__name__
        # Without VNNI, sums of two products with signed bytes overflow in ONNX Runtime, unless these have 7 bits.
        b = bytes_(r, kind, 6, 4) // (2 if kind is np.int8 else 1)
        yield dict(name=f"dynamic_quantize_matmul_{k}", op="DynamicQuantizeMatMul", inputs=[floats(r, 3, 6), b, scalar(0.02)])
        yield dict(
            name=f"dynamic_quantize_matmul_{k}_bias", op="DynamicQuantizeMatMul",
            inputs=[floats(r, 2, 3, 6), b, scalar(0.02), scalar(5, kind), floats(r, 4)])
        yield dict(
            name=f"dynamic_quantize_matmul_{k}_columns", op="DynamicQuantizeMatMul",
            inputs=[floats(r, 3, 6), b, r.uniform(0.01, 0.03, 4).astype(np.float32), bytes_(r, kind, 4) // 2, floats(r, 4)])


def quantized_layers():
    r = rng("quantized layers")
    steps, width, hidden = 6, 5, 4

    def case(kind, direction, batch=1, columns=False, lengths=None, states=True, peephole=False, zeros=0, bias=True, outputs=3, **attributes):
        directions = 2 if direction == "bidirectional" else 1
        weights = [bytes_(r, np.int8, directions, rows, 4 * hidden) // 2 for rows in (width, hidden)]
        weights = [w.astype(kind) if kind is np.int8 else (w + 64).astype(kind) for w in weights]
        shape = (directions, 4 * hidden) if columns else (directions,)
        scales = [r.uniform(0.005, 0.02, shape).astype(np.float32) for _ in weights]
        points = np.broadcast_to(np.array(zeros, kind), shape).copy() if columns else np.array([zeros, zeros + 7][:directions], kind)
        x = floats(r, steps, batch, width)
        if lengths is not None:
            x[max(lengths):] *= 50  # beyond the longest sequence: not in the range
        state = [floats(r, directions, batch, hidden) if states else None for _ in range(2)]
        return dict(
            op="DynamicQuantizeLSTM", outputs=outputs, constants=(1, 2, 8, 9, 10, 11), attributes=dict(direction=direction, hidden_size=hidden, **attributes),
            inputs=[x, *weights, floats(r, directions, 8 * hidden) if bias else None, None if lengths is None else np.array(lengths, np.int32), *state,
                    floats(r, directions, 3 * hidden) if peephole else None, scales[0], points, scales[1], points.copy()])

    for kind in (np.uint8, np.int8):
        name, zero = f"dynamic_quantize_lstm_{kind.__name__}", 60 if kind is np.uint8 else -9
        for direction in ("forward", "reverse", "bidirectional"):
            yield dict(name=f"{name}_{direction}", **case(kind, direction, zeros=zero))
        yield dict(name=f"{name}_columns", **case(kind, "bidirectional", columns=True, zeros=max(zero, 0)))
        yield dict(name=f"{name}_plain", **case(kind, "forward", states=False, bias=False, outputs=[True, False, False]))
        yield dict(name=f"{name}_batch", **case(kind, "bidirectional", batch=3, zeros=zero))
        yield dict(name=f"{name}_lengths", **case(kind, "bidirectional", batch=3, zeros=zero, lengths=[4, 1, 5]))
    yield dict(name="dynamic_quantize_lstm_peepholes", **case(np.int8, "forward", batch=2, peephole=True))
    yield dict(name="dynamic_quantize_lstm_coupled", **case(np.int8, "forward", input_forget=1, clip=0.7))
    yield dict(
        name="dynamic_quantize_lstm_functions", **case(np.int8, "forward", activations=["HardSigmoid", "Relu", "Softsign"], activation_alpha=[0.3], activation_beta=[0.4]))


def linear_quantization():
    r = rng("linear quantization")
    for kind in (np.uint8, np.int8, np.uint16, np.int16):
        k = kind.__name__
        x = floats(r, 3, 4) * 10
        yield dict(name=f"quantize_{k}", op="QuantizeLinear", inputs=[x, scalar(0.07), scalar(3, kind)])
        q = bytes_(r, kind, 3, 4)
        yield dict(name=f"dequantize_{k}", op="DequantizeLinear", inputs=[q, scalar(0.07), scalar(3, kind)])
        yield dict(
            name=f"quantize_{k}_axis", op="QuantizeLinear", inputs=[x, np.array([0.1, 0.2, 0.3], np.float32), np.array([1, 2, 3], kind)],
            attributes=dict(axis=0))
        yield dict(
            name=f"dequantize_{k}_axis", op="DequantizeLinear",
            inputs=[q, np.array([0.1, 0.2, 0.3, 0.4], np.float32), np.array([1, 2, 3, 4], kind)], attributes=dict(axis=1))
    yield dict(name="dequantize_int32", op="DequantizeLinear", inputs=[np.array([1000, -70000], np.int32), scalar(0.5)])
    yield dict(name="quantize_half", op="QuantizeLinear", inputs=[(floats(r, 8) * 9).astype(np.float16), scalar(0.25, np.float16), scalar(3, np.uint8)])


def packed(values, bits):
    """Integers of `bits` bits, packed from the low bits on along the last axis."""
    stream = ((values[..., None].astype(np.uint8) >> np.arange(bits, dtype=np.uint8)) & 1).reshape(*values.shape[:-1], -1)
    return np.packbits(stream, axis=-1, bitorder="little")


def few_bits():
    r = rng("few bits")
    for bits in (2, 4, 8):
        for rows, columns, block in ((32, 5, 16), (40, 3, 32)):
            blocks = -(-rows // block)
            b = packed(r.integers(0, 2**bits, (columns, blocks, block)), bits)
            scales = floats(r, columns, blocks)
            a = floats(r, 2, 3, rows)
            attributes = dict(K=rows, N=columns, bits=bits, block_size=block)
            base = f"matmul_nbits_{bits}_{rows}"
            yield dict(name=base, op="MatMulNBits", inputs=[a, b, scales], attributes=attributes, constants=(1, 2))
            zeros = packed(r.integers(0, 2**bits, (columns, blocks)), bits)
            yield dict(name=base + "_zeros", op="MatMulNBits", inputs=[a, b, scales, zeros], attributes=attributes, constants=(1, 2, 3))
            yield dict(
                name=base + "_bias", op="MatMulNBits", inputs=[a, b, scales, zeros, None, floats(r, columns)], attributes=attributes,
                constants=(1, 2, 3, 5))
            if bits != 8:  # ONNX Runtime has no kernel for it
                yield dict(
                    name=base + "_float_zeros", op="MatMulNBits", inputs=[a, b, scales, floats(r, columns, blocks)],
                    attributes=attributes, constants=(1, 2, 3))
            yield dict(
                name=base + "_flat", op="MatMulNBits", inputs=[a, b, scales.reshape(-1), zeros.reshape(-1)], attributes=attributes,
                constants=(1, 2, 3))
            yield dict(
                name=base + "_half", op="MatMulNBits", inputs=[a.astype(np.float16), b, scales.astype(np.float16), zeros], attributes=attributes,
                constants=(1, 2, 3))
            if bits == 4:  # ONNX Runtime has no kernel for the others, and takes no notice of whole zero points beside groups
                groups = r.permutation(np.arange(rows) // block).astype(np.int32)
                yield dict(
                    name=base + "_groups", op="MatMulNBits", inputs=[a, b, scales, None, groups], attributes=attributes, constants=(1, 2, 4))
                yield dict(
                    name=base + "_groups_zeros", op="MatMulNBits", inputs=[a, b, scales, floats(r, columns, blocks), groups],
                    attributes=attributes, constants=(1, 2, 3, 4))


def block_gathers():
    r = rng("block gathers")
    indices = np.array([[3, 0], [5, -1]], np.int64)
    for bits in (2, 4, 8):
        data = packed(r.integers(0, 2**bits, (6, 32)), bits)
        scales = floats(r, 6, 2)
        attributes = dict(bits=bits, block_size=16, gather_axis=0, quantize_axis=1)
        zeros = packed(r.integers(0, 2**bits, (6, 2)), bits)
        yield dict(
            name=f"gather_block_quantized_{bits}", op="GatherBlockQuantized", inputs=[data, indices, scales], attributes=attributes,
            constants=(0, 2))
        yield dict(
            name=f"gather_block_quantized_{bits}_zeros", op="GatherBlockQuantized", inputs=[data, indices.astype(np.int32), scales, zeros],
            attributes=attributes, constants=(0, 2, 3))
    for kind in ("uint4", "int4"):
        from ml_dtypes import int4, uint4

        type_ = uint4 if kind == "uint4" else int4
        low = 0 if kind == "uint4" else -8
        data = r.integers(low, low + 16, (6, 32, 3)).astype(type_)
        scales = floats(r, 6, 2, 3)
        zeros = r.integers(low, low + 16, (6, 2, 3)).astype(type_)
        attributes = dict(block_size=16, gather_axis=0, quantize_axis=1)
        yield dict(
            name=f"gather_block_quantized_{kind}", op="GatherBlockQuantized", inputs=[data, indices, scales], attributes=attributes,
            constants=(0, 2))
        yield dict(
            name=f"gather_block_quantized_{kind}_zeros", op="GatherBlockQuantized", inputs=[data, indices, scales, zeros],
            attributes=attributes, constants=(0, 2, 3))
        other = dict(block_size=16, gather_axis=2, quantize_axis=1)
        yield dict(
            name=f"gather_block_quantized_{kind}_inner", op="GatherBlockQuantized", inputs=[data, np.array([2, 0], np.int64), scales],
            attributes=other, constants=(0, 2))


def caches(r, positions, half):
    angles = r.uniform(-3, 3, (positions, half))
    return np.cos(angles).astype(np.float32), np.sin(angles).astype(np.float32)


def rotary():
    r = rng("rotary")
    cosines, sines = caches(r, 10, 4)
    ids = r.integers(0, 10, (2, 3)).astype(np.int64)
    for interleaved in (0, 1):
        yield dict(
            name=f"rotary_{interleaved}", op="RotaryEmbedding", inputs=[floats(r, 2, 3, 16), ids, cosines, sines],
            attributes=dict(interleaved=interleaved))
        yield dict(
            name=f"rotary_{interleaved}_heads", op="RotaryEmbedding", inputs=[floats(r, 2, 2, 3, 8), ids, cosines, sines],
            attributes=dict(interleaved=interleaved))
        yield dict(
            name=f"rotary_{interleaved}_offset", op="RotaryEmbedding", inputs=[floats(r, 2, 3, 16), np.array([4], np.int64), cosines, sines],
            attributes=dict(interleaved=interleaved))
        c, s = caches(r, 10, 2)
        yield dict(
            name=f"rotary_{interleaved}_partial", op="RotaryEmbedding", inputs=[floats(r, 2, 3, 16), ids, c, s],
            attributes=dict(interleaved=interleaved, num_heads=2, rotary_embedding_dim=4))


def attentions():
    r = rng("attentions")
    x, w, b = floats(r, 2, 4, 6), floats(r, 6, 24), floats(r, 24)
    total = 4
    masks = dict(
        ends=np.array([4, 2], np.int32), packed=np.array([4, 2, 0, 4, 8, 0, 4, 8], np.int32), ranges=np.array([4, 3, 1, 0], np.int32),
        rows=np.array([[1, 1, 1, 1], [1, 0, 1, 0]], np.int32), squares=(r.random((2, 4, 4)) > 0.3).astype(np.int32) | np.eye(4, dtype=np.int32))
    base = dict(num_heads=2)
    yield dict(name="attention", op="Attention", inputs=[x, w, b], attributes=base)
    yield dict(name="attention_present", op="Attention", inputs=[x, w, b], attributes=base, outputs=2)
    # Without a bias, ONNX Runtime 1.31.1 reads where nothing is and ends.
    yield dict(name="attention_scale", op="Attention", inputs=[x, w, b], attributes=dict(scale=0.3, **base))
    yield dict(name="attention_causal", op="Attention", inputs=[x, w, b], attributes=dict(unidirectional=1, **base), outputs=2)
    for name, mask in masks.items():
        yield dict(name=f"attention_mask_{name}", op="Attention", inputs=[x, w, b, mask], attributes=base)
    yield dict(
        name="attention_mask_causal", op="Attention", inputs=[x, w, b, masks["rows"]],
        attributes=dict(unidirectional=1, mask_filter_value=-500.0, **base))
    past = floats(r, 2, 2, 2, 3, 4)
    yield dict(name="attention_past", op="Attention", inputs=[x, w, b, None, past], attributes=dict(unidirectional=1, **base), outputs=2)
    yield dict(
        name="attention_past_mask", op="Attention", inputs=[x, w, b, np.array([[0, 1, 1, 1, 1, 1, 1], [1] * 7], np.int32), past],
        attributes=base, outputs=2)
    yield dict(name="attention_added", op="Attention", inputs=[x, w, b, None, None, floats(r, 2, 2, 4, total)], attributes=base)
    yield dict(name="attention_added_broadcast", op="Attention", inputs=[x, w, b, None, None, floats(r, 1, 1, 4, total)], attributes=base)
    yield dict(
        name="attention_sizes", op="Attention", inputs=[x, floats(r, 6, 28), floats(r, 28)],
        attributes=dict(qkv_hidden_sizes=[8, 8, 12], **base))


def multi_head():
    r = rng("multi head")
    q, k, v = floats(r, 2, 3, 8), floats(r, 2, 5, 8), floats(r, 2, 5, 8)
    base = dict(num_heads=2)
    yield dict(name="multi_head", op="MultiHeadAttention", inputs=[q, k, v], attributes=base)
    yield dict(name="multi_head_scale", op="MultiHeadAttention", inputs=[q, k, v], attributes=dict(scale=0.4, **base))
    yield dict(name="multi_head_bias", op="MultiHeadAttention", inputs=[q, k, v, floats(r, 24)], attributes=base)
    yield dict(name="multi_head_values", op="MultiHeadAttention", inputs=[q, k, floats(r, 2, 5, 12), floats(r, 28)], attributes=base)
    mask = np.array([[1, 1, 1, 1, 0], [1, 1, 0, 0, 0]], np.int32)
    yield dict(name="multi_head_mask", op="MultiHeadAttention", inputs=[q, k, v, None, mask], attributes=base)
    yield dict(name="multi_head_mask_ends", op="MultiHeadAttention", inputs=[q, k, v, None, np.array([5, 2], np.int32)], attributes=base)
    square = (r.random((2, 3, 5)) > 0.3).astype(np.int32)
    yield dict(name="multi_head_mask_square", op="MultiHeadAttention", inputs=[q, k, v, None, square], attributes=base)
    yield dict(name="multi_head_added", op="MultiHeadAttention", inputs=[q, k, v, None, None, floats(r, 1, 2, 3, 5)], attributes=base)
    s = floats(r, 2, 4, 8)
    yield dict(name="multi_head_causal", op="MultiHeadAttention", inputs=[s, s, s], attributes=dict(unidirectional=1, **base))
    past = [floats(r, 2, 2, 3, 4), floats(r, 2, 2, 3, 4)]
    yield dict(
        name="multi_head_past", op="MultiHeadAttention", inputs=[s, floats(r, 2, 4, 8), floats(r, 2, 4, 8), None, None, None] + past,
        attributes=dict(unidirectional=1, **base), outputs=3)
    yield dict(name="multi_head_present", op="MultiHeadAttention", inputs=[s, s, s], attributes=base, outputs=3)
    yield dict(name="multi_head_scores", op="MultiHeadAttention", inputs=[s, s, s], attributes=base, outputs=4, floats=[3])
    yield dict(name="multi_head_heads_apart", op="MultiHeadAttention", inputs=[q, floats(r, 2, 2, 5, 4), floats(r, 2, 2, 5, 4)], attributes=base)
    yield dict(
        name="multi_head_one_query", op="MultiHeadAttention", inputs=[q[:, :1], k[:, :1], v[:, :1], None, None, None] + past,
        attributes=base, outputs=3)
    for length in (1, 4):
        buffers = [floats(r, 2, 2, 6, 4), floats(r, 2, 2, 6, 4), np.array([2], np.int32)]
        yield dict(
            name=f"multi_head_shared_{length}", op="MultiHeadAttention", inputs=[s[:, :length]] * 3 + [None, None, None] + buffers,
            attributes=base, outputs=3)
    beams = np.array([[[0, 1, 0, 0, 0, 0], [0, 0, 1, 1, 1, 1]]], np.int32)
    yield dict(
        name="multi_head_beams", op="MultiHeadAttention", inputs=[s[:, :1]] * 3 + [None, None, None] + buffers[:2] + [np.array([3], np.int32), beams],
        attributes=base, outputs=3)


def grouped():
    r = rng("grouped")
    base = dict(num_heads=4, kv_num_heads=2)
    batch, size = 2, 16
    cosines, sines = caches(r, 16, size // 2)

    def new(length):
        return [floats(r, batch, length, 4 * size), floats(r, batch, length, 2 * size), floats(r, batch, length, 2 * size)]

    def lengths(*values):
        return np.array(values, np.int32)

    def past(length):
        return [floats(r, batch, 2, length, size), floats(r, batch, 2, length, size)]

    empty = past(0)
    first = [lengths(4, 4), scalar(5, np.int32)]
    yield dict(name="grouped_first", op="GroupQueryAttention", inputs=new(5) + empty + first, attributes=base, outputs=3)
    yield dict(name="grouped_no_past", op="GroupQueryAttention", inputs=new(5) + [None, None] + first, attributes=base, outputs=3)
    yield dict(
        name="grouped_scale", op="GroupQueryAttention", inputs=new(5) + empty + first, attributes=dict(scale=0.2, softcap=1.5, **base), outputs=3)
    yield dict(
        name="grouped_window", op="GroupQueryAttention", inputs=new(5) + empty + first, attributes=dict(local_window_size=2, **base), outputs=3)
    yield dict(
        name="grouped_smooth", op="GroupQueryAttention", inputs=new(5) + empty + first, attributes=dict(smooth_softmax=1, **base), outputs=3)
    for interleaved in (0, 1):
        yield dict(
            name=f"grouped_rotary_{interleaved}", op="GroupQueryAttention", inputs=new(5) + empty + first + [cosines, sines],
            attributes=dict(do_rotary=1, rotary_interleaved=interleaved, **base), outputs=3)
    step = [lengths(6, 4), scalar(7, np.int32)]
    yield dict(name="grouped_step", op="GroupQueryAttention", inputs=new(1) + past(6) + step, attributes=base, outputs=3)
    yield dict(
        name="grouped_step_rotary", op="GroupQueryAttention", inputs=new(1) + past(6) + step + [cosines, sines],
        attributes=dict(do_rotary=1, **base), outputs=3)
    yield dict(
        name="grouped_step_window", op="GroupQueryAttention", inputs=new(1) + past(6) + step, attributes=dict(local_window_size=3, **base), outputs=3)
    for bits, form in ((8, "PER_TENSOR"), (8, "PER_CHANNEL"), (4, "PER_TENSOR"), (4, "PER_CHANNEL")):
        shape = (batch, 2, 6, size * bits // 8)
        held = [r.integers(-128, 128, shape).astype(np.int8) if bits == 8 else r.integers(0, 256, shape).astype(np.uint8) for _ in range(2)]
        scales = np.array([0.02 * 16 ** (8 // bits - 1)], np.float32) if form == "PER_TENSOR" else r.uniform(0.01, 0.05, (1, 2, 1, size)).astype(np.float32)
        yield dict(
            name=f"grouped_cache_{bits}_{form.lower()}", op="GroupQueryAttention",
            inputs=new(1) + held + step + [None, None, None, None, None, scales, scales],
            attributes=dict(k_quant_type=form, v_quant_type=form, kv_cache_bit_width=bits, **base), outputs=3)
    # (capacity, window, keys before): the buffer fills, gives up as much as comes. Rows beyond what is held are anything, so all are held.
    for capacity, window, before in ((6, 3, 4), (4, 4, 9), (6, 6, 9)):
        held = [x[:1] for x in past(capacity)]
        q, k, v = (x[:1] for x in new(2))
        turned = [floats(r, 16, size // 2), floats(r, 16, size // 2)]
        yield dict(
            name=f"grouped_sliding_{capacity}_{window}_{before}", op="GroupQueryAttention",
            inputs=[q, k, v] + held + [lengths(before + 1), scalar(before + 2, np.int32)] + turned,
            attributes=dict(num_heads=4, kv_num_heads=2, local_window_size=window, sliding_window_cache=1, do_rotary=1), outputs=3)
    packed_query = floats(r, batch, 5, 8 * size)
    yield dict(
        name="grouped_packed", op="GroupQueryAttention", inputs=[packed_query, None, None] + empty + first + [cosines, sines],
        attributes=dict(do_rotary=1, **base), outputs=3)
    yield dict(
        name="grouped_added", op="GroupQueryAttention", inputs=new(5) + empty + first + [None, None, None, floats(r, 2, 4, 5, 5)],
        attributes=base, outputs=3)
    yield dict(
        name="grouped_sinks", op="GroupQueryAttention", inputs=new(5) + empty + first + [None, None, None, None, floats(r, 4)],
        attributes=base, outputs=3)
    for stage, window in ((1, -1), (1, 2), (2, 2)):
        yield dict(
            name=f"grouped_scores_{stage}_{abs(window)}", op="GroupQueryAttention", inputs=new(5) + empty + first,
            attributes=dict(qk_output=stage, local_window_size=window, **base), outputs=4, floats=[3])
    # Of shorter sequences, the rows beyond their end see what is there.
    yield dict(
        name="grouped_padded", op="GroupQueryAttention", inputs=new(5) + empty + [lengths(4, 2), scalar(5, np.int32)], attributes=base, outputs=3)
    yield dict(
        name="grouped_buffer", op="GroupQueryAttention", inputs=new(1) + past(12) + [lengths(6, 6), scalar(7, np.int32), cosines, sines],
        attributes=dict(do_rotary=1, local_window_size=3, **base), outputs=3)
    # In the first step the first position counts alone.
    shifted = np.array([[2, 3, 4, 5, 6], [9, 9, 9, 9, 9]], np.int64)
    yield dict(
        name="grouped_positions_first", op="GroupQueryAttention", inputs=new(5) + empty + first + [cosines, sines, shifted],
        attributes=dict(do_rotary=1, **base), outputs=3)
    yield dict(
        name="grouped_positions", op="GroupQueryAttention", inputs=new(1) + past(6) + step + [cosines, sines, np.array([[3], [9]], np.int64)],
        attributes=dict(do_rotary=1, **base), outputs=3)
    yield dict(
        name="grouped_added_step", op="GroupQueryAttention",
        inputs=new(1) + past(6) + [lengths(6, 6), scalar(7, np.int32), None, None, None, floats(r, batch, 4, 1, 7)], attributes=base, outputs=3)
    yield dict(
        name="grouped_added_broadcast", op="GroupQueryAttention", inputs=new(5) + empty + first + [None, None, None, floats(r, 1, 1, 5, 5)],
        attributes=base, outputs=3)
    yield dict(
        name="grouped_smooth_step", op="GroupQueryAttention", inputs=new(1) + past(6) + [lengths(6, 6), scalar(7, np.int32)],
        attributes=dict(smooth_softmax=1, softcap=1.0, **base), outputs=3)
    single = dict(num_heads=4, kv_num_heads=2)
    q, k, v = (x[:1] for x in new(3))
    p = [x[:1] for x in past(4)]
    yield dict(
        name="grouped_chunk", op="GroupQueryAttention", inputs=[q, k, v] + p + [lengths(6), scalar(7, np.int32), cosines, sines],
        attributes=dict(do_rotary=1, **single), outputs=3)
    yield dict(
        name="grouped_half", op="GroupQueryAttention", inputs=[x.astype(np.float16) for x in new(5) + empty] + first,
        attributes=base, outputs=3)


def quantized_attention():
    r = rng("quantized attention")
    for kind in (np.uint8, np.int8):
        k = kind.__name__
        x, w, b = bytes_(r, np.uint8, 2, 3, 6), bytes_(r, kind, 6, 24) // (2 if kind is np.int8 else 1), floats(r, 24)
        base = dict(num_heads=2)
        scales = [scalar(0.02), scalar(0.01)]
        zeros = [scalar(120, np.uint8), scalar(3, kind)]
        yield dict(name=f"qattention_{k}", op="QAttention", inputs=[x, w, b] + scales + [None] + zeros, attributes=base)
        yield dict(
            name=f"qattention_{k}_mask", op="QAttention", inputs=[x, w, b] + scales + [np.array([3, 2], np.int32)] + zeros,
            attributes=base)
        yield dict(
            name=f"qattention_{k}_past", op="QAttention", inputs=[x, w, b] + scales + [None] + zeros + [floats(r, 2, 2, 2, 2, 4)],
            attributes=dict(unidirectional=1, **base), outputs=2)
        rows = np.array([[1, 1, 0], [1, 1, 1]], np.int32)
        yield dict(
            name=f"qattention_{k}_mask_causal", op="QAttention", inputs=[x, w, b] + scales + [rows] + zeros,
            attributes=dict(unidirectional=1, **base))
        columns = [scalar(0.02), r.uniform(0.005, 0.02, 24).astype(np.float32), None, zeros[0], bytes_(r, kind, 24)]
        yield dict(name=f"qattention_{k}_columns", op="QAttention", inputs=[x, w, b] + columns, attributes=base, constants=(1, 4, 7))


def rest():
    r = rng("rest")
    for name, shape, axis, inner in (("inner", (2, 1, 1, 4), 3, 1), ("outer", (1, 3, 2, 4), 3, 0), ("two_axes", (2, 1, 2, 4), 2, 1)):
        data, bias = floats(r, 2, 3, 2, 4), floats(r, *shape)
        # No kernel of ONNX Runtime runs this one on a CPU.
        flat = (data + bias).reshape(*data.shape[:axis], -1)
        powers = np.exp(flat - flat.max(-1, keepdims=True))
        expected = (powers / powers.sum(-1, keepdims=True)).reshape(data.shape)
        yield dict(
            name=f"bias_softmax_{name}", op="BiasSoftmax", inputs=[data, bias], attributes=dict(axis=axis, is_inner_broadcast=inner),
            expected=[expected])
