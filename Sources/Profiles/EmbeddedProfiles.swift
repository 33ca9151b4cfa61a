/// The files of Formats/targets, as Formats/generate found them.
let embeddedProfiles: [(name: String, text: String)] = [
  (
    "edgetpu",
    #"""
    schema: 1
    name: edgetpu
    summary: Coral Edge TPU; the model still has to go through its compiler
    format: litert
    verified: false
    limits:
      static_shapes: {value: true, source: "https://coral.ai/docs/edgetpu/models-intro/, model requirements: tensor sizes are constant at compile time"}
      inner_axes: {value: 3, source: "https://coral.ai/docs/edgetpu/models-intro/, model requirements: of more than 3 dimensions, only the 3 innermost may have a size greater than 1"}
      quantization:
        required: true
        activations: [i8, u8]
        weights: [i8, u8]
        source: "https://coral.ai/docs/edgetpu/models-intro/: only models that are fully quantised to 8 bits, int8 or uint8"
      operators:
        only: [Add, AveragePool, Concat, Conv, ConvTranspose, DequantizeLinear, Gemm, GlobalAveragePool, MatMul, Max, MaxPool,
               Mean, Min, Mul, Pad, PRelu, QuantizeLinear, ReduceMax, ReduceMean, ReduceMin, ReduceSum, Relu, Clip, Reshape, Resize,
               Sigmoid, Slice, Softmax, SpaceToDepth, Split, Squeeze, Sub, Tanh, Transpose, Flatten, Unsqueeze, LSTM]
        source: "https://coral.ai/docs/edgetpu/models-intro/, supported operations, by their ONNX names; DequantizeLinear runs on the processor, behind the last of them"
    """#
  ),
  (
    "hexagon-qnn",
    #"""
    schema: 1
    name: hexagon-qnn
    summary: Qualcomm Hexagon, through ONNX Runtime's QNN execution provider
    format: onnx
    verified: false
    limits:
      opset: {value: 17, source: "a cautious choice, not a documented limit: releases of the provider before github.com/onnxruntime/onnxruntime-qnn v2.4.0, which picks up operator set 26, are older; docs.qualcomm.com, 80-63442-10, supported_onnx_ops, gives each operator's versions"}
      static_shapes: {value: true, source: "https://github.com/onnxruntime/onnxruntime-qnn, docs/execution-providers/QNN-ExecutionProvider.md, model requirements: no dynamic shapes"}
      quantization:
        required: true
        activations: [u8, u16]
        weights: [i8, u8, i4]
        source: "https://onnxruntime.ai/docs/execution-providers/QNN-ExecutionProvider: for the HTP backend; 16-bit ones: https://github.com/microsoft/onnxruntime/pull/17015; https://github.com/microsoft/onnxruntime/issues/18351: operators outside QDQ units are not assigned"
      operators:
        only: [Abs, Add, And, ArgMax, ArgMin, Asin, Atan, AveragePool, BatchNormalization, Cast, CastLike, Ceil, Clip,
               Concat, Conv, ConvInteger, ConvTranspose, Cos, CumSum, DepthToSpace, DequantizeLinear,
               DynamicQuantizeLinear, Div, Einsum, Elu, Equal, Exp, Expand, Flatten, Floor, Gather, GatherElements,
               GatherND, Gelu, Gemm, GlobalAveragePool, GlobalMaxPool, Greater, GreaterOrEqual, GridSample, GRU,
               GroupNormalization, HardSigmoid, HardSwish, If, Identity, InstanceNormalization, IsInf, IsNaN, LRN, LSTM,
               LayerNormalization, LeakyRelu, Less, LessOrEqual, Log, LogSoftmax, LpNormalization, LpPool, MatMul,
               MatMulInteger, Max, MaxPool, Mean, Min, Mod, Mul, Neg, NonMaxSuppression, NonZero, Not, Or, OneHot, PRelu,
               Pad, Pow, QLinearMatMul, QuantizeLinear, RandomNormalLike, RandomUniformLike, Range, Reciprocal, ReduceL2,
               ReduceLogSumExp, ReduceMax, ReduceMean, ReduceMin, ReduceProd, ReduceSum, Relu, RMSNormalization, Reshape,
               Resize, RoiAlign, Round, RotaryEmbedding, STFT, ScatterElements, ScatterND, Selu, Shape, Sigmoid, Sign, Sin,
               Slice, Softmax, Softplus, SpaceToDepth, Split, Sqrt, Squeeze, Sub, Sum, Tan, Tanh, ThresholdedRelu, Tile,
               TopK, Transpose, Unsqueeze, Where, Xor]
        source: "https://github.com/onnxruntime/onnxruntime-qnn, docs/execution-providers/QNN-ExecutionProvider.md, supported ONNX operators, which has further conditions on some; Inverse and Upsample are no standard operators any more"
    """#
  ),
  (
    "litert-xnnpack",
    #"""
    schema: 1
    name: litert-xnnpack
    summary: LiteRT on a processor, with XNNPACK
    format: litert
    verified: true
    limits:
      layout: {value: nhwc, source: "https://github.com/tensorflow/tensorflow, tensorflow/lite/schema/schema.fbs and kernels: images are batch, height, width, channels"}
      rank: {value: 6, source: "https://github.com/google/XNNPACK, include/xnnpack.h: XNN_MAX_TENSOR_DIMS is 6"}
    """#
  ),
  (
    "ncnn-arm",
    #"""
    schema: 1
    name: ncnn-arm
    summary: ncnn on ARM processors
    format: ncnn
    verified: false
    limits:
      element_types:
        value: [f32, f16, bf16, i64, i32, i16, i8, u32, u16, u8, bool]
        source: "https://github.com/Tencent/ncnn, src/mat.h: elemsize is 4 for floats and 32-bit integers, 2 for halves, 1 for 8-bit integers; what is written has floats for all of them, but 32-bit integers where they select rows of a table, and integers that describe shapes are folded away"
    """#
  ),
  (
    "onnxruntime-cpu",
    #"""
    schema: 1
    name: onnxruntime-cpu
    summary: ONNX Runtime on a processor
    format: onnx
    verified: true
    limits:
      opset: {value: 26, source: "tried: onnxruntime 1.31.1 refuses models of operator set 27 and later"}
    """#
  ),
  (
    "openvino-cpu",
    #"""
    schema: 1
    name: openvino-cpu
    summary: OpenVINO on a processor
    format: openvino
    verified: true
    limits:
      element_types:
        value: [f32, f64, f16, bf16, f8e4m3fn, f8e5m2, f8e8m0, f4e2m1, i64, i32, i16, i8, i4, u64, u32, u16, u8, u4, u2, bool, str]
        source: "tried: Parameter and Const of every element type into a Result, openvino 2026.4.1; 64-bit integers saturate at 32 bits, doubles are computed as floats, strings are moved only"
    """#
  ),
  (
    "openvino-npu",
    #"""
    schema: 1
    name: openvino-npu
    summary: OpenVINO on Intel's neural processing unit
    format: openvino
    verified: false
    limits:
      static_shapes: {value: true, source: "https://github.com/openvinotoolkit/openvino, docs/articles_en, npu-device.rst, limitations: only models with static shapes; https://docs.openvino.ai/2025/documentation/compatibility-and-support/supported-devices.html: dynamic shapes: NPU no"}
      element_types:
        value: [f32, f16, i64, i32, i8, i4, u8, u4, bool]
        source: "https://github.com/openvinotoolkit/openvino, docs/articles_en, npu-device.rst, supported inference data types: f32 and f16, computed in f16, and 8-bit quantised; integers and truth values for positions and conditions, and 4-bit weights, are not named there and not tried"
      operators:
        without: [If, Loop, NonZero]
        source: "follows from the static shapes: results of sizes that depend on data, and networks within networks, have none"
    """#
  ),
  (
    "rockchip-rknn",
    #"""
    schema: 1
    name: rockchip-rknn
    summary: Rockchip's neural processing unit, through RKNN-Toolkit2
    format: onnx
    verified: false
    limits:
      opset: {value: 19, source: "https://github.com/airockchip/rknn-toolkit2, doc/RKNNToolKit2_OP_Support-2.3.2.md: the ONNX operator set is 19; releases of rockchip-linux/rknn-toolkit2, v1.6.0: 12 to 19"}
      static_shapes: {value: true, source: "https://github.com/rockchip-linux/rknpu2, doc/RKNN_Dynamic_Shape_Usage.md: dynamic inputs are a list of fixed shapes that rknn.config names, no ranges"}
      rank: {value: 16, source: "https://github.com/airockchip/rknn-toolkit2, rknpu2/runtime/Linux/librknn_api/include/rknn_api.h, V2.3.2: RKNN_MAX_DIMS is 16; the compiler's operator list (doc/05_RKNN_Compiler_Support_Operator_List_V2.3.2.pdf) describes what the unit itself computes with batch, channel, height and width alone"}
      operators:
        only: [Add, And, ArgMax, ArgMin, AveragePool, BatchNormalization, Cast, Clip, Concat, Constant, ConstantOfShape,
               Conv, ConvTranspose, Cos, DepthToSpace, DequantizeLinear, Div, Dropout, Elu, Equal, Erf, Exp, Expand,
               Flatten, Floor, Gather, GatherElements, Gemm, GlobalAveragePool, GlobalMaxPool, Greater, GreaterOrEqual,
               GRU, HardSigmoid, HardSwish, Identity, InstanceNormalization, LayerNormalization, LeakyRelu, Less,
               LessOrEqual, Log, LogSoftmax, LpNormalization, LRN, LSTM, MatMul, Max, MaxPool, MaxRoiPool, MaxUnpool,
               MeanVarianceNormalization, Min, Mish, Mod, Mul, Pad, Pow, PRelu, QuantizeLinear, ReduceMax, ReduceMean,
               ReduceMin, ReduceSum, Relu, Reshape, Resize, ReverseSequence, RoiAlign, ScatterND, Shape, Sigmoid, Sin,
               Size, Slice, Softmax, Softplus, SpaceToDepth, Split, Sqrt, Squeeze, Sub, Tanh, Tile, Transpose, Unsqueeze,
               Where]
        source: "https://github.com/airockchip/rknn-toolkit2, doc/RKNNToolKit2_OP_Support-2.3.2.md, ONNX operators, the same as in v2.1.0; If and EyeLike are there for constants alone, which are folded; GRU, LogSoftmax, RoiAlign, Slice, Softmax and Tile have a batch of 1 there, and Resize is nearest or bilinear"
    """#
  ),
  (
    "tensorrt",
    #"""
    schema: 1
    name: tensorrt
    summary: NVIDIA TensorRT, through its ONNX parser
    format: onnx
    verified: false
    limits:
      opset: {value: 25, source: "https://docs.nvidia.com/deeplearning/tensorrt/latest/reference/onnx-opset-guide.html, TensorRT 11.x: operator sets 9 to 25"}
      rank: {value: 8, source: "https://github.com/NVIDIA/TensorRT, include/NvInferRuntimeBase.h: Dims64::MAX_DIMS is 8"}
      element_types:
        value: [f32, f16, bf16, f8e4m3fn, f4e2m1, i64, i32, i8, i4, u8, bool, f64]
        source: "https://github.com/onnx/onnx-tensorrt, docs/operators.md, of TensorRT 10.15: DOUBLE, FLOAT32, FLOAT16, BFLOAT16, FP8, FP4, INT32, INT64, INT8, INT4, UINT8 and BOOL; doubles are computed as floats"
      quantization:
        activations: [i8, f8e4m3fn]
        weights: [i8, i4, f8e4m3fn, f4e2m1]
        symmetric: true
        source: "https://docs.nvidia.com/deeplearning/tensorrt/latest/inference-library/work-quantized-types.html: INT8, INT4 weights, FP8E4M3, FP4E2M1, centred at zero"
    """#
  ),
]
