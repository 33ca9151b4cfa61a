import Diagnostics
import GraphIR
import Tensors

/// Softmax of `data + bias` over all axes from `axis` on together. `bias` broadcasts as its sizes of 1 say.
public struct BiasSoftmax: Evaluable {
  public enum Operand: Int, OperandSlot { case data, bias }
  public static let name = "BiasSoftmax"
  public static let domain = "com.microsoft"
  public static let since = 1
  public static let attributes: [AttributeSpec<Self>] = [.int("axis", \.axis), .bool("is_inner_broadcast", \.isInnerBroadcast)]
  public var axis = 1
  /// Whether it is the axes just before `axis` that `bias` is repeated along, or the first ones.
  public var isInnerBroadcast = false
  public init() {}

  public func infer(_ operands: Operands<Operand, Fact>) throws(ModelError) -> [Fact] {
    let (data, bias) = try (operands.one(.data), operands.one(.bias))
    try require(data, "a floating-point number") { $0.isFloatingPoint }
    _ = try commonElement([data, bias])
    if let rank = data.shape?.count { _ = try normalizedAxis(axis, rank: rank) }
    if let shape = try broadcast([data.shape, bias.shape]), shape.count != data.shape?.count {
      throw ModelError(.typeMismatch, "bias of rank \(bias.shape?.count ?? 0)")
    }
    return [Fact(type: data.type)]
  }

  public func evaluate(_ operands: Operands<Operand, Tensor>) throws(ModelError) -> [Tensor] {
    let (data, bias) = try (operands.one(.data), operands.one(.bias))
    guard try broadcast([data.shape, bias.shape]) == data.shape else { throw ModelError(.typeMismatch, "bias of shape \(bias.shape)") }
    let along = try normalizedAxis(axis, rank: data.rank)
    let rows = data.shape[..<along].reduce(1, *)
    let sum = try calculate(.add, data, bias).reshaped(to: [rows, data.shape[along...].reduce(1, *)])
    return [try softmax(sum, axis: 1, logarithm: false).reshaped(to: data.shape)]
  }
}
