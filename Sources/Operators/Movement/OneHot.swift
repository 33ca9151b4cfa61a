import Diagnostics
import GraphIR
import Tensors

/// A new axis of size `depth`, with the second of `values` where its coordinate is the index there, and the first elsewhere.
/// Indices outside `[-depth, depth)` give the first everywhere.
public struct OneHot: Evaluable {
  public enum Operand: Int, OperandSlot { case indices, depth, values }
  public static let name = "OneHot"
  public static let since = 28
  public static let attributes: [AttributeSpec<Self>] = [.int("axis", \.axis)]
  public var axis = -1
  public init() {}

  public func infer(_ operands: Operands<Operand, Fact>) throws(ModelError) -> [Fact] {
    let (indices, depth, values) = try (operands.one(.indices), operands.one(.depth), operands.one(.values))
    guard var shape = indices.shape else { return [try values.reshaped(nil)] }
    shape.insert(depth.scalarExpression ?? .unknown, at: try normalizedAxis(axis, rank: shape.count, inclusive: true))
    return [try values.reshaped(shape)]
  }

  public func evaluate(_ operands: Operands<Operand, Tensor>) throws(ModelError) -> [Tensor] {
    let (indices, depth, values) = try (operands.one(.indices), operands.one(.depth), operands.one(.values))
    let at = try normalizedAxis(axis, rank: indices.rank, inclusive: true)
    guard values.shape == [2], depth.count == 1, let size = try depth.converted(to: .int64).integers().first, size >= 0 else {
      throw ModelError(.typeMismatch, "values of shape \(values.shape) and depth of shape \(depth.shape)")
    }
    var shape = indices.shape
    shape.insert(size, at: at)
    let count = try checkedCount(.int64, shape)
    let inner = indices.shape[at...].reduce(1, *)
    let numbers = try indices.converted(to: .float64).elements(as: Double.self)
    var chosen = [Int](repeating: 0, count: count)
    for (index, number) in numbers.enumerated() {
      guard let exact = Int(exactly: number.rounded(.towardZero)), exact >= -size, exact < size else { continue }
      let place = exact < 0 ? exact + size : exact
      chosen[(index / inner * size + place) * inner + index % inner] = 1
    }
    return [try values.taking(chosen, axis: 0).reshaped(to: shape)]
  }
}
