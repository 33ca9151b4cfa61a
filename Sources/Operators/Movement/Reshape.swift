import Diagnostics
import GraphIR
import Tensors

/// The elements of `data` under another shape. One size may be -1 and follows from the rest; 0 keeps the size of that
/// axis, or means 0 when `allowzero` is set.
public struct Reshape: ViewsOperand {
  public enum Operand: Int, OperandSlot { case data, shape }
  public static let name = "Reshape"
  public static let since = 25
  public static let attributes: [AttributeSpec<Self>] = [.bool("allowzero", \.allowzero)]
  public var allowzero = false
  public init() {}

  public func infer(_ operands: Operands<Operand, Fact>) throws(ModelError) -> [Fact] {
    let (data, shape) = try (operands.one(.data), operands.one(.shape))
    try requireRank(shape, 1...1, "shape")
    guard let type = try data.tensorType() else { return [.unknown] }
    guard let target = shape.expressions else {
      return [.tensor(type.element, shape.listedCount.map { .unknown(rank: $0) })]
    }
    return [Fact.tensor(type.element, try resolved(target, from: type.shape)).with(elements: data.expressions)]
  }

  private func resolved(_ target: [Dim], from source: [Dim]?) throws(ModelError) -> [Dim] {
    var sizes: [Dim] = []
    for (axis, dim) in target.enumerated() {
      if let number = dim.number, number < -1 { throw ModelError(.invalidGraph, "size \(number) in the new shape \(target)") }
      if dim == 0, !allowzero {
        if let source, axis >= source.count { throw ModelError(.invalidGraph, "size 0 for axis \(axis) of rank \(source.count)") }
        sizes.append(source?[axis] ?? .unknown)
      } else {
        sizes.append(dim)
      }
    }
    let free = sizes.indices.filter { sizes[$0] == -1 }
    guard free.count <= 1 else { throw ModelError(.invalidGraph, "two sizes are -1 in the new shape \(target)") }
    if let axis = free.first {
      sizes[axis] = try freeSize(sizes.enumerated().filter { $0.offset != axis }.map(\.element), source)
    } else if let source, let before = source.product.number, let after = sizes.product.number, before != after {
      throw ModelError(.typeMismatch, "\(before) elements do not fill the shape \(sizes)")
    }
    return sizes
  }

  /// The size that -1 stands for.
  private func freeSize(_ others: [Dim], _ source: [Dim]?) throws(ModelError) -> Dim {
    guard var rest = source, !rest.contains(.unknown), !others.contains(.unknown) else { return .unknown }
    var divisors: [Dim] = []
    for dim in others {
      if dim.number == nil, let shared = rest.firstIndex(of: dim) { rest.remove(at: shared) } else { divisors.append(dim) }
    }
    let (total, known) = (rest.product, divisors.product)
    if let all = total.number, let part = known.number {
      guard part != 0 else {
        if all == 0 { return 0 }
        throw ModelError(.typeMismatch, "\(all) elements do not fill a shape with a size 0")
      }
      guard all % part == 0 else { throw ModelError(.typeMismatch, "\(all) elements do not divide by \(part)") }
    }
    return total.floorDivided(by: known)
  }

  public func evaluate(_ operands: Operands<Operand, Tensor>) throws(ModelError) -> [Tensor] {
    let data = try operands.one(.data)
    let target = try operands.one(.shape).integers().map(Dim.number)
    let sizes = try resolved(target, from: data.shape.map(Dim.number)).compactMap(\.number)
    return [try data.reshaped(to: sizes)]
  }
}
