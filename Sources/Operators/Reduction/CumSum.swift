import Diagnostics
import GraphIR
import Tensors

/// What the elements up to each one along an axis come to; without the element itself when `exclusive`, from the end when `reverse`.
protocol Accumulation: Evaluable where Operand == AccumulationOperand {
  var exclusive: Bool { get }
  var reverse: Bool { get }
  /// What nothing comes to.
  var neutral: Int64 { get }
  func combine(_ a: Double, _ b: Double) -> Double
  func combine(_ a: Int64, _ b: Int64) -> Int64
}

public enum AccumulationOperand: Int, OperandSlot { case x, axis }

extension Accumulation {
  public func infer(_ operands: Operands<AccumulationOperand, Fact>) throws(ModelError) -> [Fact] {
    let x = try operands.one(.x)
    if let rank = x.shape?.count, let axis = operands[.axis]?.scalarExpression?.number { _ = try normalizedAxis(axis, rank: rank) }
    return [Fact(type: x.type)]
  }

  public func evaluate(_ operands: Operands<AccumulationOperand, Tensor>) throws(ModelError) -> [Tensor] {
    let x = try operands.one(.x)
    guard let axis = try operands.one(.axis).integers().first else { throw ModelError(.invalidGraph, "operand \"axis\" is empty") }
    let along = try normalizedAxis(axis, rank: x.rank)
    if x.element.isFloatingPoint {
      let sums = accumulated(try x.doubles(), x.shape, along, Double(neutral)) { combine($0, $1) }
      return [try Tensor(.float64, x.shape, elements: sums).converted(to: x.element)]
    }
    let sums = accumulated(try x.converted(to: .int64).elements(as: Int64.self), x.shape, along, neutral) { combine($0, $1) }
    return [try Tensor(.int64, x.shape, elements: sums).converted(to: x.element)]
  }

  @inline(__always)
  private func accumulated<T>(_ x: [T], _ shape: Shape, _ axis: Int, _ neutral: T, _ combine: (T, T) -> T) -> [T] {
    let (length, inner) = (shape[axis], shape[(axis + 1)...].reduce(1, *))
    let outer = shape[..<axis].reduce(1, *)
    var result = x
    for block in 0..<outer {
      for column in 0..<inner {
        var sum = neutral
        for step in 0..<length {
          let index = (block * length + (reverse ? length - 1 - step : step)) * inner + column
          let next = combine(sum, x[index])
          result[index] = exclusive ? sum : next
          sum = next
        }
      }
    }
    return result
  }
}

/// The sums of the elements up to each one along an axis.
public struct CumSum: Accumulation {
  public static let name = "CumSum"
  public static let since = 14
  public static let attributes: [AttributeSpec<Self>] = [.bool("exclusive", \.exclusive), .bool("reverse", \.reverse)]
  public var exclusive = false
  public var reverse = false
  public init() {}
  var neutral: Int64 { 0 }
  func combine(_ a: Double, _ b: Double) -> Double { a + b }
  func combine(_ a: Int64, _ b: Int64) -> Int64 { a &+ b }
}

/// The products of the elements up to each one along an axis.
public struct CumProd: Accumulation {
  public static let name = "CumProd"
  public static let since = 26
  public static let attributes: [AttributeSpec<Self>] = [.bool("exclusive", \.exclusive), .bool("reverse", \.reverse)]
  public var exclusive = false
  public var reverse = false
  public init() {}
  var neutral: Int64 { 1 }
  func combine(_ a: Double, _ b: Double) -> Double { a * b }
  func combine(_ a: Int64, _ b: Int64) -> Int64 { a &* b }
}
