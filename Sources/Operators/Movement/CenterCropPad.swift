import Diagnostics
import GraphIR
import Tensors

/// `x` cut or padded with zeros, at both ends alike, to the sizes in `shape` along `axes` (all of them by default).
///
/// Of an odd difference, the larger half is cut off or added at the end.
public struct CenterCropPad: Evaluable {
  public enum Operand: Int, OperandSlot { case x, shape }
  public static let name = "CenterCropPad"
  public static let since = 18
  public static let attributes: [AttributeSpec<Self>] = [.ints("axes", \.axes)]
  public var axes: [Int]?
  public init() {}

  private func resolvedAxes(rank: Int) throws(ModelError) -> [Int] {
    guard let axes else { return Array(0..<rank) }
    var result: [Int] = []
    for axis in axes { result.append(try normalizedAxis(axis, rank: rank)) }
    return try distinct(result)
  }

  public func infer(_ operands: Operands<Operand, Fact>) throws(ModelError) -> [Fact] {
    let (x, target) = try (operands.one(.x), operands.one(.shape))
    guard var shape = x.shape else { return [try x.reshaped(target.listedCount.flatMap { axes == nil ? .unknown(rank: $0) : nil })] }
    let targets = try resolvedAxes(rank: shape.count)
    let sizes = target.expressions
    if let sizes, sizes.count != targets.count { throw ModelError(.typeMismatch, "\(sizes.count) sizes for \(targets.count) axes") }
    for (index, axis) in targets.enumerated() { shape[axis] = sizes?[index] ?? .unknown }
    return [try x.reshaped(shape)]
  }

  public func evaluate(_ operands: Operands<Operand, Tensor>) throws(ModelError) -> [Tensor] {
    var x = try operands.one(.x)
    let sizes = try operands.one(.shape).integers()
    let targets = try resolvedAxes(rank: x.rank)
    guard sizes.count == targets.count, sizes.allSatisfy({ $0 >= 0 }) else {
      throw ModelError(.typeMismatch, "sizes \(sizes) for \(targets.count) axes")
    }
    for (axis, size) in zip(targets, sizes) {
      let old = x.shape[axis]
      if size < old { x = try x.part(of: axis, from: (old - size) / 2, count: size) }
      guard size > old else { continue }
      var shape = x.shape
      shape[axis] = size
      try checkedCount(x.element, shape)
      let before = (size - old) / 2
      var parts: [Tensor] = []
      for count in [before, size - old - before] {
        shape[axis] = count
        parts.append(try zero(x.element).expanded(to: shape))
      }
      x = try concatenated([parts[0], x, parts[1]].filter { $0.shape[axis] > 0 }, axis: axis)
    }
    return [x]
  }
}
