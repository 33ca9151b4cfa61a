import Diagnostics
import GraphIR
import Tensors

public enum AxesOperand: Int, OperandSlot {
  case data, axes
  public var arity: Arity { self == .data ? .one : .optional }
}

/// `data` without the axes listed, which have size 1; without a list, without any axis of size 1.
public struct Squeeze: ViewsOperand {
  public typealias Operand = AxesOperand
  public static let name = "Squeeze"
  public static let since = 25
  public init() {}

  public func infer(_ operands: Operands<AxesOperand, Fact>) throws(ModelError) -> [Fact] {
    let data = try operands.one(.data)
    guard let shape = data.shape else { return [try data.reshaped(nil)] }
    guard let axes = operands[.axes] else {
      guard shape.allSatisfy({ $0.number != nil }) else { return [try data.reshaped(nil)] }
      return [try data.reshaped(shape.filter { $0 != 1 }).with(elements: data.expressions)]
    }
    guard let listed = axes.integers else {
      guard let count = axes.listedCount else { return [try data.reshaped(nil)] }
      guard count <= shape.count else { throw ModelError(.invalidGraph, "\(count) axes of rank \(shape.count)") }
      return [try data.reshaped(.unknown(rank: shape.count - count))]
    }
    return [try data.reshaped(try removing(listed, from: shape)).with(elements: data.expressions)]
  }

  private func removing(_ axes: [Int], from shape: [Dim]) throws(ModelError) -> [Dim] {
    let removed = Set(try normalizedAxes(axes, rank: shape.count))
    for axis in removed.sorted() where shape[axis].number.map({ $0 != 1 }) ?? false {
      throw ModelError(.typeMismatch, "axis \(axis) has size \(shape[axis]), not 1")
    }
    return shape.indices.filter { !removed.contains($0) }.map { shape[$0] }
  }

  public func evaluate(_ operands: Operands<AxesOperand, Tensor>) throws(ModelError) -> [Tensor] {
    let data = try operands.one(.data)
    guard let axes = try operands[.axes]?.integers() else { return [try data.reshaped(to: data.shape.filter { $0 != 1 })] }
    return [try data.reshaped(to: removing(axes, from: data.shape.map(Dim.number)).compactMap(\.number))]
  }
}
