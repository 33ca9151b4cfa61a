import GraphIR
import Operators
import Retargeting
import Tensors

extension Graph {
  /// Whether a value has none but finite numbers as long as the model's inputs have: nothing on the way to it can give others.
  ///
  /// What is not known to be harmless is not. Sums and products may leave the range of floats; that they do not is taken for granted.
  func isSurelyFinite(_ value: ValueID) -> Bool {
    var open = [value]
    var seen: Set<ValueID> = [value]
    while let next = open.popLast() {
      if let constant = fact(next).constant ?? defaults[next] {
        if constant.element.isFloatingPoint, (try? constant.floats().allSatisfy(\.isFinite)) != true { return false }
        continue
      }
      guard fact(next).element?.isFloatingPoint == true, let producer = producer(of: next) else { continue }
      let node = self[producer]
      if bounds(producer) { continue }
      guard Self.harmless.contains(node.op.name) || dividesByNumbers(producer) else { return false }
      for case let operand? in node.operands where seen.insert(operand).inserted { open.append(operand) }
    }
    return true
  }

  /// Results are between two numbers, whatever the operands are.
  private func bounds(_ node: NodeID) -> Bool {
    switch self[node].op {
    case is Cast, is CastLike: self[node].operands.first?.flatMap { fact($0).element }?.isFloatingPoint == false
    default: Self.bounded.contains(self[node].op.name)
    }
  }

  private func dividesByNumbers(_ node: NodeID) -> Bool {
    guard self[node].op is Div, let divisor = self[node].operands[1], let tensor = fact(divisor).constant, let values = try? tensor.floats() else { return false }
    return values.allSatisfy { $0 != 0 }
  }

  private static let bounded: Set = ["Sigmoid", "HardSigmoid", "Tanh", "Softsign", "Erf", "Sign", "OneHot", "Hardmax", "EyeLike"]

  private static let harmless: Set = [
    "Abs", "Add", "AveragePool", "BatchNormalization", "Cast", "CastLike", "Ceil", "Celu", "Clip", "Concat", "Conv", "ConvTranspose", "Cos", "CumSum",
    "DepthToSpace", "DequantizeLinear", "Dropout", "Elu", "Expand", "Flatten", "Floor", "Gather", "GatherElements", "Gelu", "Gemm", "GlobalAveragePool",
    "GlobalMaxPool", "GridSample", "GroupNormalization", "HardSwish", "Identity", "InstanceNormalization", "LayerNormalization", "LeakyRelu", "LRN",
    "LSTM", "GRU", "RNN", "MatMul", "Max", "MaxPool", "Mean", "Min", "Mish", "Mul", "Neg", "PRelu", "Pad", "ReduceL1", "ReduceMax", "ReduceMean",
    "ReduceMin", "ReduceSum", "ReduceSumSquare", "Relu", "Reshape", "Resize", "RMSNormalization", "Round", "Selu", "Sin", "Slice", "Softmax", "Softplus",
    "SpaceToDepth", "Split", "Squeeze", "Sub", "Sum", "Swish", "ThresholdedRelu", "Tile", "Transpose", "Unsqueeze", "Where",
  ]
}
