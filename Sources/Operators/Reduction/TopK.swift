import Diagnostics
import GraphIR
import Tensors

/// The `k` largest (or smallest) elements along `axis`, in order, and their indices; of equal ones the first.
public struct TopK: Evaluable {
  public enum Operand: Int, OperandSlot { case x, k }
  public static let name = "TopK"
  public static let since = 24
  public static let results: [Arity] = [.one, .one]
  public static let attributes: [AttributeSpec<Self>] = [.int("axis", \.axis), .bool("largest", \.largest), .bool("sorted", \.sorted)]
  public var axis = -1
  public var largest = true
  public var sorted = true
  public init() {}

  public func infer(_ operands: Operands<Operand, Fact>) throws(ModelError) -> [Fact] {
    let (x, k) = try (operands.one(.x), operands.one(.k))
    guard var shape = x.shape else { return [try x.reshaped(nil), .tensor(.int64, nil)] }
    let along = try normalizedAxis(axis, rank: shape.count)
    let count = k.scalarExpression ?? .unknown
    if let number = count.number, let size = shape[along].number, number < 0 || number > size {
      throw ModelError(.typeMismatch, "the \(number) first of \(size) elements")
    }
    shape[along] = count
    return [try x.reshaped(shape), .tensor(.int64, shape)]
  }

  public func evaluate(_ operands: Operands<Operand, Tensor>) throws(ModelError) -> [Tensor] {
    let x = try operands.one(.x)
    let along = try normalizedAxis(axis, rank: x.rank)
    let length = x.shape[along]
    guard let k = try operands.one(.k).integers().first, k >= 0, k <= length else {
      throw ModelError(.typeMismatch, "k is not within 0 and \(length)")
    }
    let order = Array(0..<x.rank).filter { $0 != along } + [along]
    let rows = try x.transposed(order)
    let places =
      x.element.isInteger
      ? first(k, of: try rows.converted(to: .int64).elements(as: Int64.self), length) { $0 < $1 }
      // A NaN counts as larger than any number.
      : first(k, of: try rows.doubles(), length) { $0 < $1 || ($1.isNaN && !$0.isNaN) }
    var shape = order.map { x.shape[$0] }
    shape[shape.count - 1] = k
    let back = order.indices.map { axis in order.firstIndex(of: axis) ?? axis }
    let indices = try Tensor(.int64, shape, elements: places.map(Int64.init)).transposed(back)
    let taken = try x.reshaped(to: [x.count]).taking(elementPlaces(of: indices, in: x.shape, axis: along), axis: 0)
    return [try taken.reshaped(to: indices.shape), indices]
  }

  private func first<T>(_ k: Int, of x: [T], _ length: Int, _ isLess: (T, T) -> Bool) -> [Int] {
    guard length > 0 else { return [] }
    return (0..<x.count / length).flatMap { row -> [Int] in
      let start = row * length
      let order = (0..<length).sorted { a, b in
        let (u, v) = (x[start + a], x[start + b])
        if largest ? isLess(v, u) : isLess(u, v) { return true }
        if largest ? isLess(u, v) : isLess(v, u) { return false }
        return a < b
      }
      return Array(order.prefix(k))
    }
  }
}
