import Diagnostics
import GraphIR
import LiteRTSchema
import Operators
import Retargeting
import Rewriting
import Tensors

/// One operator of the format inside our graph, for those that ours has no equal of because they want channels last.
///
/// Its name is the format's own. Results have the types that it was made with.
struct LiteRTKernel: FormatKernel {
  enum Operand: Int, OperandSlot {
    case operands
    var arity: Arity { .variadic(minimum: 1) }
  }
  static let name = "LiteRTKernel"
  static let domain = "litert"
  static let since = 1
  static let results: [Arity] = [.variadic(minimum: 1)]
  static let attributes: [AttributeSpec<Self>] = [
    .custom("options", expected: "the options' bytes", get: { .string($0.spelling) }, set: { _, _ in false })
  ]

  var code = Schema.BuiltinOperator.custom
  var version = 1
  var options: KernelOptions?
  var facts: [Fact] = []
  /// Whether an activation can be fused into it, and by which field of its options.
  var activation: IntField?

  init() {}

  var name: String { Schema.operatorNames[code.rawValue] ?? "\(code)" }

  var standardName: String { Self.standardNames[code] ?? name }

  private static let standardNames: [Schema.BuiltinOperator: String] = [
    .conv2D: "Conv", .depthwiseConv2D: "Conv", .conv3D: "Conv", .transposeConv: "ConvTranspose", .averagePool2D: "AveragePool", .maxPool2D: "MaxPool",
    .resizeBilinear: "Resize", .resizeNearestNeighbor: "Resize", .depthToSpace: "DepthToSpace", .spaceToDepth: "SpaceToDepth",
    .localResponseNormalization: "LRN", .batchMatmul: "MatMul",
  ]

  /// Equal for equal options, so that equal kernels are found.
  private var spelling: [UInt8] {
    let bytes = options.flatMap { try? FlatBuilder.file(root: $0.object).gathered() } ?? []
    return bytes + [UInt8(truncatingIfNeeded: version)]
  }

  func infer(_ operands: Operands<Operand, Fact>) throws(ModelError) -> [Fact] { facts }
}

/// The options of an operator, under the tag that says which kind they are.
struct KernelOptions: Sendable {
  var tag: Int
  var object = FlatObject()

  init(_ tag: Int) { self.tag = tag }

  init(_ tag: Int, _ field: IntField, _ value: Int) {
    self.tag = tag
    object.set(field, value)
  }

  init(_ tag: Int, _ field: BoolField, _ value: Bool) {
    self.tag = tag
    object.set(field, value)
  }
}

extension TensorType {
  /// The type with channels last.
  var channelsLast: TensorType {
    guard let shape, shape.count >= 3 else { return self }
    return TensorType(element, [shape[0]] + shape[2...] + [shape[1]])
  }
}

extension Fact {
  init(_ type: TensorType) { self.init(type: .tensor(type)) }
}

extension Edit {
  mutating func channelsLast(_ value: ValueID, rank: Int) -> ValueID {
    emit(Transpose(perm: [0] + Array(2..<rank) + [1]), value)
  }

  mutating func channelsFirst(_ value: ValueID, rank: Int) -> ValueID {
    emit(Transpose(perm: [0, rank - 1] + Array(1..<rank - 1)), value)
  }

  /// Weights with their axes in another order, in `shape`: of a constant, or of a conversion of one, the elements are moved.
  mutating func weights(_ value: MatchedValue, order: [Int]) throws(NoMatch) -> ValueID {
    if value.isConstant { return constant(try moved(value.constant(), order)) }
    if let node = try? value.anyProducer(), let input = node.operandIfPresent(0), input.isConstant {
      if let cast = node.op as? Cast { return emit(cast, constant(try moved(input.constant(), order))) }
      if var dequantize = node.op as? DequantizeLinear, dequantize.blockSize == 0 {
        let axis = dequantize.axis < 0 ? dequantize.axis + order.count : dequantize.axis
        dequantize.axis = order.firstIndex(of: axis) ?? axis
        return emit(dequantize, constant(try moved(input.constant(), order)), node.operandIfPresent(1)?.id, node.operandIfPresent(2)?.id)
      }
    }
    return emit(Transpose(perm: order), value.id)
  }

  private mutating func moved(_ tensor: Tensor, _ order: [Int]) throws(NoMatch) -> Tensor {
    try require(tensor.rank == order.count, "weights of another rank")
    return try computing { () throws(ModelError) in try deferredResults(Transpose(perm: order), [tensor], resultCount: 1)[0] }
  }
}
