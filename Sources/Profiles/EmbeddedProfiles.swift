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
      static_shapes: {value: true, source: "coral.ai/docs/edgetpu/models-intro, model requirements: tensor sizes are constant at compile time"}
      rank: {value: 5, source: "coral.ai/docs/edgetpu/models-intro, model requirements: of more than 3 dimensions, only the 3 innermost may have a size greater than 1"}
      quantization:
        required: true
        activations: [i8, u8]
        weights: [i8, u8]
        source: "coral.ai/docs/edgetpu/models-intro: only models that are fully quantised to 8 bits, int8 or uint8"
      operators:
        only: [Add, AveragePool, Concat, Conv, ConvTranspose, DequantizeLinear, Gemm, GlobalAveragePool, MatMul, Max, MaxPool,
               Mean, Min, Mul, Pad, PRelu, QuantizeLinear, ReduceMax, ReduceMean, ReduceMin, ReduceSum, Relu, Clip, Reshape, Resize,
               Sigmoid, Slice, Softmax, SpaceToDepth, Split, Squeeze, Sub, Tanh, Transpose, Flatten, Unsqueeze, LSTM]
        source: "coral.ai/docs/edgetpu/models-intro, supported operations; DequantizeLinear runs on the processor, behind the last of them"
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
      opset: {value: 17, source: "Qualcomm AI Engine Direct converters document operator support up to operator set 17"}
      static_shapes: {value: true, source: "onnxruntime.ai, QNN execution provider: models with dynamic shapes are not supported"}
      quantization:
        required: true
        activations: [u8, u16]
        weights: [i8, u8, i4]
        source: "ONNX Runtime documentation, QNN execution provider: the HTP backend takes quantised models, uint8 or uint16 activations"
      operators:
        without: [Loop, If, Scan, NonZero]
        source: "ONNX Runtime documentation, QNN execution provider: supported ONNX operators"
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
      layout: {value: nhwc, source: "LiteRT operators: images are batch, height, width, channels"}
      rank: {value: 6, source: "XNNPACK: XNN_MAX_TENSOR_DIMS is 6"}
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
      rank: {value: 4, source: "ncnn's Mat has up to 4 axes, the batch left out; the exporter judges further"}
      element_types:
        value: [f32, f16, i64, i32, i8, bool]
        source: "ncnn stores 32-bit floats and integers, 16-bit floats and 8-bit weights; integers that describe shapes are folded away"
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
      opset: {value: 26, source: "ONNX Runtime 1.31 refuses models of operator set 27 and later"}
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
        value: [f32, f64, f16, bf16, i64, i32, i16, i8, i4, u64, u32, u16, u8, u4, bool]
        source: "OpenVINO 2026.4: element types that its processor plugin compiles; 8-bit floats serve as stored weights of newer processors alone"
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
      static_shapes: {value: true, source: "docs.openvino.ai, supported devices, feature support: dynamic shapes: NPU no"}
      element_types:
        value: [f32, f16, i64, i32, i8, i4, u8, u4, bool]
        source: "OpenVINO documentation, NPU device: supported inference data types; 64-bit integers are narrowed by the compiler"
      operators:
        without: [If, Loop, NonZero]
        source: "results of sizes that depend on data, and networks within networks, have no static shape"
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
      opset: {value: 19, source: "github.com/rockchip-linux/rknn-toolkit2, release notes of 1.6.0: operator sets 12 to 19"}
      static_shapes: {value: true, source: "RKNN-Toolkit2 documentation: dynamic inputs are given as a list of fixed shapes"}
      rank: {value: 5, source: "RKNN-Toolkit2, compiler support operator list"}
      operators:
        without: [Loop, If, Scan, NonZero]
        source: "RKNN-Toolkit2, compiler support operator list"
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
      opset: {value: 25, source: "docs.nvidia.com, TensorRT 11.x, ONNX opset guide: operator sets 9 to 25"}
      rank: {value: 8, source: "TensorRT: nvinfer1::Dims::MAX_DIMS is 8"}
      element_types:
        value: [f32, f16, bf16, f8e4m3fn, f4e2m1, i64, i32, i8, i4, u8, bool, f64]
        source: "TensorRT's ONNX parser, supported ONNX data types; doubles are narrowed"
      quantization:
        activations: [i8, f8e4m3fn]
        weights: [i8, i4, f8e4m3fn, f4e2m1]
        symmetric: true
        source: "TensorRT developer guide, explicit quantisation: zero points are zero"
    """#
  ),
]
