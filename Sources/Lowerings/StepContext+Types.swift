import GraphIR
import Operators
import Tensors

/// Types of values, as far as they are stated or follow from a few nodes further up. Runs before shape inference can.
extension StepContext {
  /// How many producers are followed.
  private static let reach = 64

  /// The element type of a value.
  func element(of value: ValueID) -> ElementType? {
    var value = value
    for _ in 0..<Self.reach {
      if let type = graph[value].type?.tensorType { return type.element }
      if let tensor = constant(value) { return tensor.element }
      guard let producer = graph.producer(of: value), graph[producer].results.first == value else { return nil }
      let node = graph[producer]
      guard isStandardDomain(node.op.domain) else { return nil }
      let name = node.op.name
      if let cast = node.op as? Cast { return cast.to }
      if Self.sharingElement.contains(name) {
        for case let operand? in node.operands.dropFirst() {
          if let type = graph[operand].type?.tensorType { return type.element }
        }
      } else if !Self.keepingElement.contains(name) {
        return nil
      }
      guard let first = node.operands.first ?? nil else { return nil }
      value = first
    }
    return nil
  }

  /// The number of axes of a value.
  func rank(of value: ValueID) -> Int? {
    var value = value
    for _ in 0..<Self.reach {
      if let type = graph[value].type?.tensorType, let rank = type.rank { return rank }
      if let tensor = constant(value) { return tensor.rank }
      guard let producer = graph.producer(of: value), graph[producer].results.first == value else { return nil }
      let node = graph[producer]
      guard isStandardDomain(node.op.domain) else { return nil }
      let name = node.op.name
      if Self.matrices.contains(name) { return 2 }
      if Self.likeTheirWeight.contains(name) {
        guard node.operands.count > 1, let weight = node.operands[1] else { return nil }
        value = weight
      } else if Self.keepingRank.contains(name) {
        guard let first = node.operands.first ?? nil else { return nil }
        value = first
      } else {
        return nil
      }
    }
    return nil
  }

  /// The shape that is stated for a value, or that of its constant.
  func shape(of value: ValueID) -> [Dim]? {
    if let tensor = constant(value) { return tensor.shape.map(Dim.number) }
    return graph[value].type?.tensorType?.shape
  }

  /// True when `axis` is known to be the last of `value`.
  func isLast(_ axis: Int, of value: ValueID?) -> Bool {
    if axis == -1 { return true }
    guard let value, let rank = rank(of: value) else { return false }
    return axis == rank - 1
  }

  /// All operands and the first result have one element type.
  private static let sharingElement: Set<String> = [
    "Add", "Sub", "Mul", "Div", "Conv", "ConvTranspose", "Gemm", "MatMul", "BatchNormalization", "InstanceNormalization", "Concat",
    "Sum", "Max", "Min", "Mean", "PRelu",
  ]

  /// The first result has the first operand's element type.
  private static let keepingElement: Set<String> = [
    "Relu", "LeakyRelu", "Elu", "Selu", "Sigmoid", "HardSigmoid", "Tanh", "Softplus", "Exp", "Log", "Sqrt", "Neg", "Abs", "Floor",
    "Ceil", "Clip", "MaxPool", "AveragePool", "GlobalAveragePool", "GlobalMaxPool", "LRN", "Transpose", "Reshape", "Slice", "Squeeze",
    "Unsqueeze", "Split", "Flatten", "Dropout", "Identity", "ReduceMean", "ReduceSum", "ReduceMax", "ReduceMin", "Softmax",
    "LogSoftmax", "Upsample", "Resize", "Pad", "Gather", "Expand", "Tile", "Pow", "DepthToSpace", "SpaceToDepth", "LSTM", "GRU", "RNN",
  ]

  /// The first result has as many axes as the first operand.
  private static let keepingRank: Set<String> = [
    "Relu", "LeakyRelu", "Elu", "Selu", "Sigmoid", "HardSigmoid", "Tanh", "Softplus", "Exp", "Log", "Sqrt", "Neg", "Abs", "Floor",
    "Ceil", "Clip", "MaxPool", "AveragePool", "GlobalAveragePool", "GlobalMaxPool", "LRN", "Transpose", "Slice", "Split", "Dropout",
    "Identity", "Softmax", "LogSoftmax", "Upsample", "Pad", "BatchNormalization", "InstanceNormalization", "Concat", "PRelu",
    "DepthToSpace", "SpaceToDepth",
  ]

  /// The result has as many axes as the second operand, the weight.
  private static let likeTheirWeight: Set<String> = ["Conv", "ConvTranspose"]

  private static let matrices: Set<String> = ["Gemm", "Flatten"]
}
