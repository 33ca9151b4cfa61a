import Diagnostics
import GraphIR
import Tensors

/// The slices along `axis` where `condition` is true; without an axis, the elements of the flattened operand.
/// A condition shorter than the axis leaves the rest out.
public struct Compress: Evaluable {
  public enum Operand: Int, OperandSlot { case x, condition }
  public static let name = "Compress"
  public static let since = 28
  public static let attributes: [AttributeSpec<Self>] = [.optionalInt("axis", \.axis)]
  public var axis: Int?
  public init() {}

  public func infer(_ operands: Operands<Operand, Fact>) throws(ModelError) -> [Fact] {
    let (x, condition) = try (operands.one(.x), operands.one(.condition))
    try require(condition, "a boolean") { $0 == .bool }
    try requireRank(condition, 1...1, "condition")
    let count = condition.constant.flatMap { try? $0.integers() }.map { Dim.number($0.count { $0 != 0 }) } ?? .unknown
    guard let axis else { return [try x.reshaped([count])] }
    guard var shape = x.shape else { return [try x.reshaped(nil)] }
    shape[try normalizedAxis(axis, rank: shape.count)] = count
    return [try x.reshaped(shape)]
  }

  public func evaluate(_ operands: Operands<Operand, Tensor>) throws(ModelError) -> [Tensor] {
    let x = try operands.one(.x)
    let flags = try operands.one(.condition).integers()
    let source = axis == nil ? try x.reshaped(to: [x.count]) : x
    let along = try normalizedAxis(axis ?? 0, rank: source.rank)
    let places = flags.indices.filter { flags[$0] != 0 }
    guard places.last ?? -1 < source.shape[along] else {
      throw ModelError(.typeMismatch, "a condition of \(flags.count) for \(source.shape[along]) slices")
    }
    return [try source.taking(places, axis: along)]
  }
}
