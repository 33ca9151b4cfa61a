import Diagnostics
import GraphIR
import Tensors

/// The slices of `data` along `axis` that `indices` name; negative indices count from the end.
/// The shape is that of `data` with the axis replaced by the shape of `indices`.
public struct Gather: Evaluable {
  public enum Operand: Int, OperandSlot { case data, indices }
  public static let name = "Gather"
  public static let since = 13
  public static let attributes: [AttributeSpec<Self>] = [.int("axis", \.axis)]
  public var axis = 0
  public init() {}

  public init(axis: Int) { self.axis = axis }

  public func infer(_ operands: Operands<Operand, Fact>) throws(ModelError) -> [Fact] {
    let (data, indices) = try (operands.one(.data), operands.one(.indices))
    try require(indices, "an integer") { $0 == .int64 || $0 == .int32 }
    guard let shape = data.shape else { return [try data.reshaped(nil)] }
    let along = try normalizedAxis(axis, rank: shape.count)
    guard let places = indices.shape else { return [try data.reshaped(nil)] }
    let fact = try data.reshaped(Array(shape[..<along]) + places + Array(shape[(along + 1)...]))
    guard shape.count == 1, let elements = data.expressions, let listed = indices.integers else { return [fact] }
    var chosen: [Dim] = []
    for index in listed { chosen.append(elements[try position(index, size: elements.count)]) }
    return [fact.with(elements: chosen)]
  }

  public func evaluate(_ operands: Operands<Operand, Tensor>) throws(ModelError) -> [Tensor] {
    let (data, indices) = try (operands.one(.data), operands.one(.indices))
    let along = try normalizedAxis(axis, rank: data.rank)
    var places = try indices.integers()
    for at in places.indices { places[at] = try position(places[at], size: data.shape[along]) }
    let taken = try data.taking(places, axis: along)
    return [try taken.reshaped(to: Array(data.shape[..<along]) + indices.shape + Array(data.shape[(along + 1)...]))]
  }
}

/// An index counted from the front. Throws `invalidGraph` when it is out of range.
func position(_ index: Int, size: Int) throws(ModelError) -> Int {
  guard index >= -size, index < size else { throw ModelError(.invalidGraph, "index \(index) on an axis of size \(size)") }
  return index < 0 ? index + size : index
}
