import Diagnostics
import GraphIR
import Tensors

/// At each position, the element of `data` at that position with the coordinate on `axis` replaced by the index there.
public struct GatherElements: Evaluable {
  public enum Operand: Int, OperandSlot { case data, indices }
  public static let name = "GatherElements"
  public static let since = 13
  public static let attributes: [AttributeSpec<Self>] = [.int("axis", \.axis)]
  public var axis = 0
  public init() {}

  public func infer(_ operands: Operands<Operand, Fact>) throws(ModelError) -> [Fact] {
    let (data, indices) = try (operands.one(.data), operands.one(.indices))
    if let rank = data.shape?.count { _ = try normalizedAxis(axis, rank: rank) }
    if let a = data.shape?.count, let b = indices.shape?.count, a != b { throw ModelError(.typeMismatch, "ranks \(a) and \(b)") }
    return [try data.reshaped(indices.shape ?? data.shape.map { .unknown(rank: $0.count) })]
  }

  public func evaluate(_ operands: Operands<Operand, Tensor>) throws(ModelError) -> [Tensor] {
    let (data, indices) = try (operands.one(.data), operands.one(.indices))
    let places = try elementPlaces(of: indices, in: data.shape, axis: axis)
    let flat = try data.reshaped(to: [data.count]).taking(places, axis: 0)
    return [try flat.reshaped(to: indices.shape)]
  }
}

/// The positions in a tensor of `shape` that element-wise indices along `axis` name.
func elementPlaces(of indices: Tensor, in shape: Shape, axis: Int) throws(ModelError) -> [Int] {
  let along = try normalizedAxis(axis, rank: shape.count)
  guard indices.rank == shape.count, shape.indices.allSatisfy({ $0 == along || indices.shape[$0] <= shape[$0] }) else {
    throw ModelError(.typeMismatch, "indices of shape \(indices.shape) for \(shape)")
  }
  var places = try indices.integers()
  let strides = shape.strides
  for at in places.indices {
    var (rest, place) = (at, try position(places[at], size: shape[along]) * strides[along])
    for axis in shape.indices.reversed() {
      if axis != along { place += rest % indices.shape[axis] * strides[axis] }
      rest /= indices.shape[axis]
    }
    places[at] = place
  }
  return places
}
