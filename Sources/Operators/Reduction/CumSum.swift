import Diagnostics
import GraphIR
import Tensors

/// The sums of the elements up to each one along an axis; without the element itself when `exclusive`, from the end when `reverse`.
public struct CumSum: Evaluable {
  public enum Operand: Int, OperandSlot { case x, axis }
  public static let name = "CumSum"
  public static let since = 14
  public static let attributes: [AttributeSpec<Self>] = [.bool("exclusive", \.exclusive), .bool("reverse", \.reverse)]
  public var exclusive = false
  public var reverse = false
  public init() {}

  public func infer(_ operands: Operands<Operand, Fact>) throws(ModelError) -> [Fact] {
    let x = try operands.one(.x)
    if let rank = x.shape?.count, let axis = operands[.axis]?.scalarExpression?.number { _ = try normalizedAxis(axis, rank: rank) }
    return [Fact(type: x.type)]
  }

  public func evaluate(_ operands: Operands<Operand, Tensor>) throws(ModelError) -> [Tensor] {
    let x = try operands.one(.x)
    guard let axis = try operands.one(.axis).integers().first else { throw ModelError(.invalidGraph, "operand \"axis\" is empty") }
    let along = try normalizedAxis(axis, rank: x.rank)
    if x.element.isFloatingPoint {
      let sums = summed(try x.doubles(), x.shape, along, 0) { $0 + $1 }
      return [try Tensor(.float64, x.shape, elements: sums).converted(to: x.element)]
    }
    let sums = summed(try x.converted(to: .int64).elements(as: Int64.self), x.shape, along, 0) { $0 &+ $1 }
    return [try Tensor(.int64, x.shape, elements: sums).converted(to: x.element)]
  }

  private func summed<T>(_ x: [T], _ shape: Shape, _ axis: Int, _ zero: T, _ add: (T, T) -> T) -> [T] {
    let (length, inner) = (shape[axis], shape[(axis + 1)...].reduce(1, *))
    let outer = shape[..<axis].reduce(1, *)
    var result = x
    for block in 0..<outer {
      for column in 0..<inner {
        var sum = zero
        for step in 0..<length {
          let index = (block * length + (reverse ? length - 1 - step : step)) * inner + column
          let next = add(sum, x[index])
          result[index] = exclusive ? sum : next
          sum = next
        }
      }
    }
    return result
  }
}
