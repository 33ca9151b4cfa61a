import Diagnostics
import GraphIR
import Tensors

/// A sequence's tensors one after the other along `axis`, which with `new_axis` is one that they do not have yet.
public struct ConcatFromSequence: StructuredEvaluable {
  public typealias Operand = SequenceOperand
  public static let name = "ConcatFromSequence"
  public static let since = 11
  public static let attributes: [AttributeSpec<Self>] = [.int("axis", \.axis), .bool("new_axis", \.newAxis)]
  public var axis = 0
  public var newAxis = false
  public init() {}

  public func infer(_ operands: Operands<Operand, Fact>) throws(ModelError) -> [Fact] {
    guard let item = try operands.one(.sequence).itemType() else { return [.unknown] }
    guard let type = try Fact(type: item).tensorType() else { return [.unknown] }
    guard var shape = type.shape else { return [.tensor(type.element, nil)] }
    let along = try normalizedAxis(axis, rank: shape.count, inclusive: newAxis)
    if newAxis { shape.insert(.unknown, at: along) } else { shape[along] = .unknown }
    return [.tensor(type.element, shape)]
  }

  public func evaluate(values: Operands<Operand, RuntimeValue>) throws(ModelError) -> [RuntimeValue] {
    var tensors: [Tensor] = []
    for item in try values.one(.sequence).requireSequence() { tensors.append(try item.requireTensor()) }
    guard let first = tensors.first else { throw ModelError(.invalidGraph, "the sequence has no items") }
    let along = try normalizedAxis(axis, rank: first.rank, inclusive: newAxis)
    guard newAxis else { return [.tensor(try concatenated(tensors, axis: along))] }
    var raised: [Tensor] = []
    for tensor in tensors {
      guard tensor.rank == first.rank else { throw ModelError(.typeMismatch, "items differ in rank") }
      raised.append(try tensor.reshaped(to: Array(tensor.shape[..<along]) + [1] + tensor.shape[along...]))
    }
    return [.tensor(try concatenated(raised, axis: along))]
  }
}
