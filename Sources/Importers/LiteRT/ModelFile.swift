import Diagnostics
import GraphIR
import LiteRTSchema
import Tensors

/// How a tensor's integers stand for real numbers: `(q - zeroPoint) · scale`, for the whole tensor or by coordinate on `axis`.
struct SourceQuantization: Equatable {
  var scales: [Float]
  var zeroPoints: [Int]
  var axis: Int
}

/// A tensor as the file describes it.
struct SourceTensor {
  var name: String
  /// `nil` for resources and other things that are no arrays.
  var element: ElementType?
  var shape: Shape
  /// With -1 for sizes that are not fixed.
  var signature: [Int]
  var quantization: SourceQuantization?
  var isVariable: Bool
  /// Where the elements lie in the file; `nil` for what is computed.
  var range: Range<Int>?
  var sparsity: FlatTable?
}

/// One step of a subgraph.
struct SourceCall {
  /// `nil` for a custom operator or a code that is not known.
  var code: Schema.BuiltinOperator?
  /// As the format spells it.
  var name: String
  var isCustom: Bool
  var version: Int
  /// Indices of tensors; -1 for an optional one that is absent.
  var inputs: [Int]
  var outputs: [Int]
  var optionsTag: Int
  var optionsTable: FlatTable?
  var customOptions: Range<Int>

  /// The options, when they are of the kind with this union tag; otherwise all defaults.
  func options(_ tag: Int) -> FlatTable { optionsTag == tag ? optionsTable ?? .absent : .absent }
}

struct SourceSubgraph {
  var name: String
  var tensors: [SourceTensor]
  var inputs: [Int]
  var outputs: [Int]
  var calls: [SourceCall]
}

/// The parts of a verified file, every index checked.
final class ModelFile {
  let mapping: FileMapping
  let root: FlatTable
  let description: String
  private(set) var subgraphs: [SourceSubgraph] = []
  /// Subgraphs may be called from several places; what they add up to must stay in proportion to the file.
  private var stepsLeft = 0
  private var buffers: [Range<Int>?] = []
  private var operators: [(code: Schema.BuiltinOperator?, name: String, isCustom: Bool, version: Int)] = []

  init(_ mapping: FileMapping) throws(ModelError) {
    self.mapping = mapping
    try FlatVerifier.verify(mapping.bytes, root: Schema.Model.layout)
    root = FlatTable(root: mapping.bytes)
    description = root[Schema.Model.description]
    let version = root[Schema.Model.version]
    guard version == 3 else { throw ModelError(.unsupported, "schema version \(version)", notes: ["version 3 is read"]) }
    for (index, buffer) in root[Schema.Model.buffers].enumerated() { buffers.append(try range(of: buffer, index)) }
    operators = root[Schema.Model.operatorCodes].map(Self.describe)
    for (index, table) in root[Schema.Model.subgraphs].enumerated() {
      do throws(ModelError) {
        subgraphs.append(try subgraph(table, index))
      } catch {
        throw error.located(Place(graph: "subgraph \(index)"))
      }
    }
    guard !subgraphs.isEmpty else { throw ModelError(.invalidGraph, "has no graph") }
    stepsLeft = 16 * subgraphs.reduce(0) { $0 + $1.calls.count } + 10_000
  }

  /// Counts a step that is read. Throws `limitExceeded` when calls within calls have become too many.
  func countStep() throws(ModelError) {
    stepsLeft -= 1
    guard stepsLeft >= 0 else { throw ModelError(.limitExceeded, "subgraphs that call one another stand for too many steps") }
  }

  /// The bytes of a buffer that no tensor need refer to; `nil` for one that is not there or empty.
  func content(ofBuffer index: Int) -> [UInt8]? {
    guard buffers.indices.contains(index), let range = buffers[index] else { return nil }
    return Array(mapping.bytes[range])
  }

  /// A buffer's bytes: within the FlatBuffer, or behind it in a file too large for one.
  private func range(of buffer: FlatTable, _ index: Int) throws(ModelError) -> Range<Int>? {
    let inside = buffer.range(of: Schema.Buffer.data)
    if !inside.isEmpty { return inside }
    let (offset, size) = (buffer[Schema.Buffer.offset], buffer[Schema.Buffer.size])
    guard offset > 1 || size > 0 else { return nil }
    guard offset >= 0, size >= 0, offset <= mapping.bytes.count, size <= mapping.bytes.count - offset else {
      throw ModelError(.truncated, "buffer \(index) takes \(size) bytes from \(offset) on, beyond the end of the file")
    }
    return offset..<offset + size
  }

  /// Old files have the code in a byte, new ones in both fields, codes above 126 in the wide one alone.
  private static func describe(
    _ table: FlatTable
  ) -> (code: Schema.BuiltinOperator?, name: String, isCustom: Bool, version: Int) {
    let number = max(table[Schema.OperatorCode.builtinCode], table[Schema.OperatorCode.deprecatedBuiltinCode])
    let version = table[Schema.OperatorCode.version]
    if number == Schema.BuiltinOperator.custom.rawValue { return (nil, table[Schema.OperatorCode.customCode], true, version) }
    return (Schema.BuiltinOperator(rawValue: number), Schema.operatorNames[number] ?? "operator \(number)", false, version)
  }

  private func subgraph(_ table: FlatTable, _ index: Int) throws(ModelError) -> SourceSubgraph {
    var tensors: [SourceTensor] = []
    for (number, tensor) in table[Schema.SubGraph.tensors].enumerated() { tensors.append(try self.tensor(tensor, number)) }
    func checked(_ indices: [Int], _ what: String, optional: Bool = false) throws(ModelError) -> [Int] {
      for index in indices where index >= tensors.count || index < (optional ? -1 : 0) {
        throw ModelError(.invalidGraph, "\(what) is tensor \(index) of \(tensors.count)")
      }
      return indices
    }
    var calls: [SourceCall] = []
    for (number, op) in table[Schema.SubGraph.operators].enumerated() {
      let code = op[Schema.Operator.opcodeIndex]
      guard code >= 0, code < operators.count else {
        throw ModelError(.invalidGraph, "operator \(number) is of kind \(code) of \(operators.count)")
      }
      let kind = operators[code]
      let options = op[Schema.Operator.builtinOptions]
      calls.append(
        SourceCall(
          code: kind.code, name: kind.name, isCustom: kind.isCustom, version: kind.version,
          inputs: try checked(op[Schema.Operator.inputs], "an input of operator \(number)", optional: true),
          outputs: try checked(op[Schema.Operator.outputs], "an output of operator \(number)"),
          optionsTag: options.tag, optionsTable: options.table, customOptions: op.range(of: Schema.Operator.customOptions)))
    }
    let name = table[Schema.SubGraph.name]
    return SourceSubgraph(
      name: name.isEmpty ? (index == 0 ? "main" : "subgraph_\(index)") : name, tensors: tensors,
      inputs: try checked(table[Schema.SubGraph.inputs], "an input"), outputs: try checked(table[Schema.SubGraph.outputs], "an output"),
      calls: calls)
  }

  private func tensor(_ table: FlatTable, _ index: Int) throws(ModelError) -> SourceTensor {
    typealias Field = Schema.Tensor
    let buffer = table[Field.buffer]
    guard buffer >= 0, buffer < buffers.count || buffer == 0 else {
      throw ModelError(.invalidGraph, "tensor \(index) is in buffer \(buffer) of \(buffers.count)")
    }
    let shape = table[Field.shape]
    let signature = table[Field.shapeSignature]
    guard shape.allSatisfy({ $0 >= 0 }), signature.allSatisfy({ $0 >= -1 }), signature.isEmpty || signature.count == shape.count else {
      throw ModelError(.invalidGraph, "tensor \(index) has the shape \(shape), signature \(signature)")
    }
    let code = table[Field.type]
    guard let type = Schema.TensorType(rawValue: code) else { throw ModelError(.unsupported, "tensor \(index) has the type \(code)") }
    let element = ElementType(type)
    return SourceTensor(
      name: table[Field.name], element: element, shape: shape, signature: signature.isEmpty ? shape : signature,
      quantization: try quantization(table[Field.quantization], shape, element, index), isVariable: table[Field.isVariable],
      range: buffer < buffers.count ? buffers[buffer] : nil, sparsity: table[Field.sparsity])
  }

  private func quantization(
    _ table: FlatTable?, _ shape: Shape, _ element: ElementType?, _ index: Int
  ) throws(ModelError) -> SourceQuantization? {
    guard let table, let element, element.isInteger else { return nil }
    let scales = table[Schema.QuantizationParameters.scale]
    guard !scales.isEmpty else { return nil }
    var zeros = table[Schema.QuantizationParameters.zeroPoint]
    if zeros.isEmpty { zeros = [0] }
    if zeros.count == 1, scales.count > 1 { zeros = [Int](repeating: zeros[0], count: scales.count) }
    let axis = scales.count == 1 ? 0 : table[Schema.QuantizationParameters.quantizedDimension]
    guard zeros.count == scales.count, scales.count == 1 || (shape.indices.contains(axis) && shape[axis] == scales.count) else {
      throw ModelError(.invalidGraph, "tensor \(index) of shape \(shape) has \(scales.count) scales, \(zeros.count) zero points on axis \(axis)")
    }
    return SourceQuantization(scales: scales, zeroPoints: zeros, axis: axis)
  }
}

extension ElementType {
  /// `nil` for what is no array of elements.
  init?(_ type: Schema.TensorType) {
    switch type {
    case .float32: self = .float32
    case .float16: self = .float16
    case .int32: self = .int32
    case .uint8: self = .uint8
    case .int64: self = .int64
    case .string: self = .string
    case .bool: self = .bool
    case .int16: self = .int16
    case .complex64: self = .complex64
    case .int8: self = .int8
    case .float64: self = .float64
    case .complex128: self = .complex128
    case .uint64: self = .uint64
    case .uint32: self = .uint32
    case .uint16: self = .uint16
    case .int4: self = .int4
    case .bfloat16: self = .bfloat16
    case .int2: self = .int2
    case .uint4: self = .uint4
    case .float8E4m3fn: self = .float8e4m3fn
    case .float8E5m2: self = .float8e5m2
    case .resource, .variant: return nil
    }
  }
}
