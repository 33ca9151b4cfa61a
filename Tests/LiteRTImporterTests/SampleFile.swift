import Diagnostics
import Foundation
import GraphIR
import LiteRTImport
import LiteRTSchema
import Tensors

/// A small LiteRT file made by hand: tensors, then steps.
struct SampleFile {
  var tensors: [FlatObject] = []
  var buffers: [FlatObject] = [FlatObject()]
  var codes: [FlatObject] = []
  var steps: [FlatObject] = []

  mutating func tensor(
    _ name: String, _ type: Schema.TensorType, _ shape: [Int], elements: [UInt8]? = nil, scales: [Float] = [], zeros: [Int] = [], axis: Int = 0
  ) -> Int {
    var object = FlatObject()
    object.set(Schema.Tensor.name, name)
    object.set(Schema.Tensor.type, type.rawValue)
    object.set(Schema.Tensor.shape, shape)
    if let elements {
      var buffer = FlatObject()
      buffer.set(Schema.Buffer.data, payload: ByteRope(elements))
      buffers.append(buffer)
      object.set(Schema.Tensor.buffer, buffers.count - 1)
    }
    if !scales.isEmpty {
      var quantization = FlatObject()
      quantization.set(Schema.QuantizationParameters.scale, scales)
      quantization.set(Schema.QuantizationParameters.zeroPoint, zeros)
      quantization.set(Schema.QuantizationParameters.quantizedDimension, axis)
      object.set(Schema.Tensor.quantization, quantization)
    }
    tensors.append(object)
    return tensors.count - 1
  }

  mutating func step(_ code: Int, _ inputs: [Int], _ outputs: [Int], _ options: (tag: Int, object: FlatObject)? = nil) {
    var kind = FlatObject()
    kind.set(Schema.OperatorCode.deprecatedBuiltinCode, min(code, 127))
    kind.set(Schema.OperatorCode.builtinCode, code)
    codes.append(kind)
    var object = FlatObject()
    object.set(Schema.Operator.opcodeIndex, codes.count - 1)
    object.set(Schema.Operator.inputs, inputs)
    object.set(Schema.Operator.outputs, outputs)
    if let options { object.set(Schema.Operator.builtinOptions, options.tag, options.object) }
    steps.append(object)
  }

  /// A step of an operator that is not part of the format.
  mutating func customStep(_ name: String, version: Int = 1, _ inputs: [Int], _ outputs: [Int], options: [UInt8] = []) {
    step(Schema.BuiltinOperator.custom.rawValue, inputs, outputs)
    codes[codes.count - 1].set(Schema.OperatorCode.customCode, name)
    codes[codes.count - 1].set(Schema.OperatorCode.version, version)
    if !options.isEmpty { steps[steps.count - 1].set(Schema.Operator.customOptions, payload: ByteRope(options)) }
  }

  func bytes(inputs: [Int], outputs: [Int], version: Int = 3) throws -> [UInt8] {
    var subgraph = FlatObject()
    subgraph.set(Schema.SubGraph.tensors, tensors)
    subgraph.set(Schema.SubGraph.inputs, inputs)
    subgraph.set(Schema.SubGraph.outputs, outputs)
    subgraph.set(Schema.SubGraph.operators, steps)
    subgraph.set(Schema.SubGraph.name, "main")
    var root = FlatObject()
    root.set(Schema.Model.version, version)
    root.set(Schema.Model.operatorCodes, codes)
    root.set(Schema.Model.subgraphs, [subgraph])
    root.set(Schema.Model.buffers, buffers)
    return try FlatBuilder.file(root: root).gathered()
  }

  /// A convolution of one channel with a 1×1 kernel of 2 and a bias of 1, its activation fused.
  static func convolution() throws -> [UInt8] {
    var file = SampleFile()
    let x = file.tensor("x", .float32, [1, 2, 2, 1])
    let w = file.tensor("w", .float32, [1, 1, 1, 1], elements: floats([2]))
    let b = file.tensor("b", .float32, [1], elements: floats([1]))
    let y = file.tensor("y", .float32, [1, 2, 2, 1])
    var options = FlatObject()
    options.set(Schema.Conv2DOptions.strideW, 1)
    options.set(Schema.Conv2DOptions.strideH, 1)
    options.set(Schema.Conv2DOptions.fusedActivationFunction, Schema.ActivationFunctionType.relu.rawValue)
    file.step(Schema.BuiltinOperator.conv2D.rawValue, [x, w, b], [y], (Schema.Conv2DOptions.code, options))
    return try file.bytes(inputs: [x], outputs: [y])
  }

  static func floats(_ values: [Float]) -> [UInt8] { values.flatMap { value in withUnsafeBytes(of: value) { Array($0) } } }
}

/// Reads bytes as a file of their own.
func readModel(_ bytes: [UInt8]) throws -> Model {
  let path = NSTemporaryDirectory() + "/" + UUID().uuidString + ".tflite"
  try Data(bytes).write(to: URL(filePath: path))
  defer { try? FileManager.default.removeItem(atPath: path) }
  return try LiteRTImporter.read(FileMapping(path: path, copying: true))
}
