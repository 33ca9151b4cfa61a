import Diagnostics
import GraphIR
import Tensors

/// What flows along an edge while a graph runs.
public indirect enum RuntimeValue: Sendable {
  case tensor(Tensor)
  case sequence([RuntimeValue])
  /// An optional of the graph, present or not; not to be confused with an operand that the node leaves out.
  case optional(RuntimeValue?)
  /// Keys are a vector of integers or strings, in the order in which they were given; values belong to them one by one.
  case map(keys: Tensor, values: [RuntimeValue])

  public var tensor: Tensor? {
    if case .tensor(let tensor) = self { tensor } else { nil }
  }

  /// Throws `typeMismatch` for anything but a tensor.
  public func requireTensor() throws(ModelError) -> Tensor {
    guard case .tensor(let tensor) = self else { throw ModelError(.typeMismatch, "a \(kind) is given, a tensor is expected") }
    return tensor
  }

  /// The word for messages.
  public var kind: String {
    switch self {
    case .tensor: "tensor"
    case .sequence: "sequence"
    case .optional: "optional"
    case .map: "map"
    }
  }
}

/// An operator that takes or gives sequences, optionals or maps.
public protocol StructuredEvaluable: Operator {
  /// The results for values whose types satisfied `infer`. Throws as `Evaluable.evaluate` does.
  func evaluate(values: Operands<Operand, RuntimeValue>) throws(ModelError) -> [RuntimeValue]
}

extension StructuredEvaluable {
  /// `evaluate(values:)` for callers that do not know the operator.
  package func evaluateValues(_ values: [RuntimeValue?], resultCount: Int) throws(ModelError) -> [RuntimeValue] {
    try evaluate(values: Operands(values, resultCount: resultCount))
  }
}
