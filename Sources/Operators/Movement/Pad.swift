import Diagnostics
import GraphIR
import Tensors

/// `data` with `pads` (begins, then ends, of `axes`) added around it; negative pads cut off.
public struct Pad: Evaluable {
  public enum Operand: Int, OperandSlot {
    case data, pads, value, axes
    public var arity: Arity { self == .value || self == .axes ? .optional : .one }
  }
  /// What the added elements are.
  public enum Mode: String, CaseIterable, Sendable {
    /// `value`, or zero.
    case constant
    /// The elements mirrored at the first and last one, which is not repeated.
    case reflect
    /// The first or last one.
    case edge
    /// The elements from the other end.
    case wrap
  }
  public static let name = "Pad"
  public static let since = 25
  public static let attributes: [AttributeSpec<Self>] = [.choice("mode", \.mode)]
  public var mode = Mode.constant
  public init() {}

  public func infer(_ operands: Operands<Operand, Fact>) throws(ModelError) -> [Fact] {
    let (data, pads) = try (operands.one(.data), operands.one(.pads))
    if let value = operands[.value] { _ = try commonElement([data, value]) }
    guard let shape = data.shape else { return [try data.reshaped(nil)] }
    guard let amounts = pads.expressions, let axes = operands[.axes] == nil ? Array(shape.indices) : operands[.axes]?.integers
    else { return [try data.reshaped(.unknown(rank: shape.count))] }
    let targets = try resolved(axes, rank: shape.count)
    guard amounts.count == 2 * targets.count else {
      throw ModelError(.typeMismatch, "\(amounts.count) pads for \(targets.count) axes")
    }
    var result = shape
    for (index, axis) in targets.enumerated() where shape[axis] != .unknown {
      result[axis] = shape[axis] + amounts[index] + amounts[index + targets.count]
      if let size = result[axis].number, size < 0 { throw ModelError(.typeMismatch, "pads leave axis \(axis) with size \(size)") }
    }
    return [try data.reshaped(result)]
  }

  private func resolved(_ axes: [Int], rank: Int) throws(ModelError) -> [Int] {
    var result: [Int] = []
    for axis in axes { result.append(try normalizedAxis(axis, rank: rank)) }
    return try distinct(result)
  }

  public func evaluate(_ operands: Operands<Operand, Tensor>) throws(ModelError) -> [Tensor] {
    var data = try operands.one(.data)
    let amounts = try operands.one(.pads).integers()
    let axes = try resolved(operands[.axes]?.integers() ?? Array(0..<data.rank), rank: data.rank)
    guard amounts.count == 2 * axes.count else { throw ModelError(.typeMismatch, "\(amounts.count) pads for \(axes.count) axes") }
    for (index, axis) in axes.enumerated() {
      let (before, after) = (amounts[index], amounts[index + axes.count])
      if before == 0 && after == 0 { continue }
      data = try padded(data, axis, before, after, operands[.value])
    }
    return [data]
  }

  private func padded(_ data: Tensor, _ axis: Int, _ before: Int, _ after: Int, _ value: Tensor?) throws(ModelError) -> Tensor {
    let size = data.shape[axis]
    let (grown, overflow) = before.addingReportingOverflow(after)
    let (total, second) = grown.addingReportingOverflow(size)
    guard !overflow, !second, total >= 0 else { throw ModelError(.typeMismatch, "pads \(before), \(after) for size \(size)") }
    var shape = data.shape
    shape[axis] = total
    _ = try checkedCount(data.element, shape)
    if mode == .constant { return try surrounded(data, axis, before, total, value) }
    guard size > 0 || total == 0 else { throw ModelError(.invalidGraph, "an empty axis has nothing to pad with") }
    return try data.taking((0..<total).map { source($0 - before, size) }, axis: axis)
  }

  /// The element that position `at`, possibly outside, repeats.
  private func source(_ at: Int, _ size: Int) -> Int {
    func wrapped(_ x: Int, _ n: Int) -> Int { (x % n + n) % n }
    switch mode {
    case .constant, .edge: return min(max(at, 0), size - 1)
    case .wrap: return wrapped(at, size)
    case .reflect:
      guard size > 1 else { return 0 }
      let folded = wrapped(at, 2 * size - 2)
      return folded < size ? folded : 2 * size - 2 - folded
    }
  }

  private func surrounded(_ data: Tensor, _ axis: Int, _ before: Int, _ total: Int, _ value: Tensor?) throws(ModelError) -> Tensor {
    let size = data.shape[axis]
    let first = min(max(0, -before), size)
    let kept = max(0, min(size - first, total - max(0, before)))
    func filler(_ count: Int) throws(ModelError) -> Tensor {
      var shape = data.shape
      shape[axis] = count
      guard let value else { return try zero(data.element).expanded(to: shape) }
      return try value.reshaped(to: []).expanded(to: shape)
    }
    let lead = min(max(0, before), total)
    let parts = [try filler(lead), try data.part(of: axis, from: first, count: kept), try filler(total - lead - kept)]
    return try concatenated(parts.filter { $0.shape[axis] > 0 || total == 0 }, axis: axis)
  }
}
