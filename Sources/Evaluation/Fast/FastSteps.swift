import CNumerics
import Diagnostics
import GraphIR
import Operators
import Tensors

/// What a node does to each element of one of its operands, in oneDNN's terms.
struct FastSteps {
  var steps: [fn_dnn_step]
  /// An operand that is added element by element.
  var added: ValueID?

  private init(_ steps: fn_dnn_step..., added: ValueID? = nil) {
    self.steps = steps
    self.added = added
  }

  private static func step(_ kind: fn_dnn_kind, _ alpha: Float = 0, _ beta: Float = 0) -> fn_dnn_step {
    fn_dnn_step(kind: kind, alpha: alpha, beta: beta)
  }

  /// `nil` for a node that is nothing of the kind.
  init?(_ node: Node, on operand: ValueID, in graph: Graph) {
    guard node.results.count == 1, node.operands.first == operand || node.operands.count == 2 else { return nil }
    switch node.op {
    case is Relu: self.init(Self.step(FN_DNN_RELU))
    case let op as LeakyRelu: self.init(Self.step(FN_DNN_RELU, op.alpha))
    case is Sigmoid: self.init(Self.step(FN_DNN_SIGMOID))
    case is Tanh: self.init(Self.step(FN_DNN_TANH))
    case is HardSwish: self.init(Self.step(FN_DNN_HARDSWISH))
    case is Abs: self.init(Self.step(FN_DNN_ABS))
    case is Sqrt: self.init(Self.step(FN_DNN_SQRT))
    case is Exp: self.init(Self.step(FN_DNN_EXP))
    case is Neg: self.init(Self.step(FN_DNN_LINEAR, -1))
    case let op as Elu: self.init(Self.step(FN_DNN_ELU, op.alpha))
    case let op as Gelu: self.init(Self.step(op.approximate == .none ? FN_DNN_GELU : FN_DNN_GELU_TANH))
    case let op as HardSigmoid: self.init(Self.step(FN_DNN_LINEAR, op.alpha, op.beta), Self.step(FN_DNN_CLIP, 0, 1))
    case is Clip:
      guard let low = Self.bound(node, 1, in: graph, absent: -.greatestFiniteMagnitude),
        let high = Self.bound(node, 2, in: graph, absent: .greatestFiniteMagnitude)
      else { return nil }
      self.init(Self.step(FN_DNN_CLIP, low, high))
    default:
      guard let steps = Self.arithmetic(node, on: operand, in: graph) else { return nil }
      self = steps
    }
  }

  private static func bound(_ node: Node, _ index: Int, in graph: Graph, absent: Float) -> Float? {
    guard index < node.operands.count, let value = node.operands[index] else { return absent }
    return scalar(value, in: graph)
  }

  private static func scalar(_ value: ValueID, in graph: Graph) -> Float? {
    guard let tensor = graph.constant(value), tensor.element == .float32, tensor.count == 1 else { return nil }
    return try? tensor.floats().first
  }

  private static func arithmetic(_ node: Node, on operand: ValueID, in graph: Graph) -> FastSteps? {
    guard node.operands.count == 2, let a = node.operands[0], let b = node.operands[1], a != b else { return nil }
    let isFirst = a == operand
    let other = isFirst ? b : a
    guard isFirst || b == operand, let rank = graph[operand].type?.tensorType?.rank else { return nil }
    if let number = scalar(other, in: graph), graph.constant(other)?.rank ?? 0 <= rank {
      switch node.op {
      case is Add: return FastSteps(step(FN_DNN_LINEAR, 1, number))
      case is Mul: return FastSteps(step(FN_DNN_LINEAR, number))
      case is Sub: return FastSteps(isFirst ? step(FN_DNN_LINEAR, 1, -number) : step(FN_DNN_LINEAR, -1, number))
      case is Div where isFirst && number != 0: return FastSteps(step(FN_DNN_LINEAR, 1 / number))
      default: return nil
      }
    }
    // One shape for both: their symbols are the same.
    guard node.op is Add, graph.constant(other) == nil, let shape = graph[operand].type?.tensorType?.shape,
      graph[other].type?.tensorType?.shape == shape
    else { return nil }
    return FastSteps(step(FN_DNN_SUM), added: other)
  }
}

extension [fn_dnn_step] {
  /// Appends a step; two that scale and shift become one, or nothing.
  mutating func appendMerging(_ step: fn_dnn_step) {
    guard step.kind == FN_DNN_LINEAR, let before = last, before.kind == FN_DNN_LINEAR else { return append(step) }
    let merged = fn_dnn_step(kind: FN_DNN_LINEAR, alpha: before.alpha * step.alpha, beta: before.beta * step.alpha + step.beta)
    removeLast()
    if merged.alpha != 1 || merged.beta != 0 { append(merged) }
  }
}
