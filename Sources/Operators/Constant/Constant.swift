import Diagnostics
import GraphIR
import Tensors

/// A tensor that the graph itself holds. Canonical graphs have constant values instead.
public struct Constant: Evaluable, ConstantProducing {
  public typealias Operand = NoOperand
  public static let name = "Constant"
  public static let since = 25
  public static let attributes: [AttributeSpec<Self>] = [.tensor("value", \.tensor)]

  public var tensor: Tensor?
  public init() {}
  public init(_ tensor: Tensor) { self.tensor = tensor }

  public func infer(_ operands: Operands<NoOperand, Fact>) throws(ModelError) -> [Fact] {
    [tensor.map(Fact.init(constant:)) ?? .unknown]
  }

  public func evaluate(_ operands: Operands<NoOperand, Tensor>) throws(ModelError) -> [Tensor] {
    guard let tensor else { throw ModelError(.invalidGraph, "has no value", at: Place(attribute: "value")) }
    return [tensor]
  }
}
