import Diagnostics
import GraphIR
import Tensors

/// Every `step`th element from `start` to before `end`, along each of `axes`. Negative positions count from the end;
/// positions beyond the borders are clamped; a negative step goes backwards.
public struct Slice: Evaluable {
  public enum Operand: Int, OperandSlot {
    case data, starts, ends, axes, steps
    public var arity: Arity { self == .axes || self == .steps ? .optional : .one }
  }
  public static let name = "Slice"
  public static let since = 13
  public init() {}

  public func infer(_ operands: Operands<Operand, Fact>) throws(ModelError) -> [Fact] {
    let data = try operands.one(.data)
    let (starts, ends) = try (operands.one(.starts), operands.one(.ends))
    guard let shape = data.shape else { return [try data.reshaped(nil)] }
    guard let axes = try axes(operands[.axes], count: starts.listedCount ?? ends.listedCount, rank: shape.count) else {
      return [try data.reshaped(.unknown(rank: shape.count))]
    }
    let steps = operands[.steps] == nil ? [Int](repeating: 1, count: axes.count) : operands[.steps]?.integers
    let (from, to) = (starts.expressions, ends.expressions)
    guard (from?.count ?? axes.count) == axes.count, (to?.count ?? axes.count) == axes.count, (steps?.count ?? axes.count) == axes.count
    else { throw ModelError(.typeMismatch, "starts, ends, axes and steps differ in number") }
    var result = shape
    for (index, axis) in axes.enumerated() {
      guard let start = from?[index], let end = to?[index], let step = steps?[index], shape[axis] != .unknown else {
        result[axis] = .unknown
        continue
      }
      if step == 0 { throw ModelError(.invalidGraph, "a step of 0") }
      result[axis] = size(shape[axis], start, end, step)
    }
    let fact = try data.reshaped(result)
    guard let elements = data.expressions, shape.count == 1, axes.count == 1, let start = from?[0].number, let end = to?[0].number,
      let step = steps?[0]
    else { return [fact] }
    let range = SliceRange(start: start, end: end, step: step, size: elements.count)
    return [fact.with(elements: (0..<range.count).map { elements[range.start + $0 * range.step] })]
  }

  private func axes(_ operand: Fact?, count: Int?, rank: Int) throws(ModelError) -> [Int]? {
    guard let operand else {
      guard let count else { return nil }
      guard count <= rank else { throw ModelError(.typeMismatch, "\(count) starts for rank \(rank)") }
      return Array(0..<count)
    }
    guard let listed = operand.integers else { return nil }
    return try resolved(listed, rank: rank)
  }

  private func resolved(_ axes: [Int], rank: Int) throws(ModelError) -> [Int] {
    var result: [Int] = []
    for axis in axes { result.append(try normalizedAxis(axis, rank: rank)) }
    return try distinct(result)
  }

  /// The size of one axis of the result, as far as it can be told.
  private func size(_ whole: Dim, _ start: Dim, _ end: Dim, _ step: Int) -> Dim {
    if let size = whole.number, let from = start.number, let to = end.number {
      return .number(SliceRange(start: from, end: to, step: step, size: size).count)
    }
    if step < 0 {
      guard step > .min else { return .unknown }
      let wholeReversed = start == -1 && (end.number.map { $0 <= -1_000_000_000 } ?? false)
      return wholeReversed ? whole.ceilDivided(by: .number(-step)) : .unknown
    }
    guard let first = position(start, whole), let last = position(end, whole) else { return .unknown }
    let length = last == whole && first == 0 ? whole : last - first
    if let number = length.number { return .number(Swift.max(0, number)).ceilDivided(by: .number(step)) }
    // What remains of an axis that may be shorter than what is cut off is not negative.
    let bounded: Dim = first == 0 ? length : .maximum(0, length)
    return bounded.ceilDivided(by: .number(step))
  }

  /// A position clamped to an axis of unknown size.
  private func position(_ at: Dim, _ whole: Dim) -> Dim? {
    if at == whole { return whole }
    guard let number = at.number else {
      if let beyond = (at - whole).number { return beyond >= 0 ? whole : .maximum(0, at) }
      return nil
    }
    if number == 0 { return 0 }
    // What converters write for "to the end".
    if number >= 1_000_000_000 { return whole }
    if number <= -1_000_000_000 { return 0 }
    return number > 0 ? .minimum(.number(number), whole) : .maximum(0, whole + .number(number))
  }

  public func evaluate(_ operands: Operands<Operand, Tensor>) throws(ModelError) -> [Tensor] {
    let data = try operands.one(.data)
    let starts = try operands.one(.starts).integers()
    let ends = try operands.one(.ends).integers()
    let axes = try resolved(operands[.axes]?.integers() ?? Array(0..<starts.count), rank: data.rank)
    let steps = try operands[.steps]?.integers() ?? [Int](repeating: 1, count: axes.count)
    guard starts.count == axes.count, ends.count == axes.count, steps.count == axes.count, !steps.contains(0) else {
      throw ModelError(.typeMismatch, "starts, ends, axes and steps differ in number, or a step is 0")
    }
    var ranges = data.shape.map { SliceRange(start: 0, step: 1, count: $0) }
    for (index, axis) in axes.enumerated() {
      ranges[axis] = SliceRange(start: starts[index], end: ends[index], step: steps[index], size: data.shape[axis])
    }
    return [try data.sliced(ranges)]
  }
}

/// `count` positions on an axis, the first at `start`.
struct SliceRange {
  var start: Int
  var step: Int
  var count: Int

  init(start: Int, step: Int, count: Int) {
    self.start = start
    self.step = step
    self.count = count
  }

  /// Positions from `start` to before `end`, clamped to an axis of `size`; `step` is not 0.
  init(start: Int, end: Int, step: Int, size: Int) {
    let low = step < 0 ? -1 : 0
    let high = step < 0 ? size - 1 : size
    func clamped(_ position: Int) -> Int { Swift.min(Swift.max(position < 0 ? position &+ size : position, low), high) }
    let (first, last) = (clamped(start), clamped(end))
    let distance = step < 0 ? first - last : last - first
    let stride = Int(clamping: step.magnitude)
    let count = distance <= 0 ? 0 : (distance - 1) / stride + 1
    self.init(start: count == 0 ? 0 : first, step: count <= 1 ? 1 : step, count: count)
  }
}
