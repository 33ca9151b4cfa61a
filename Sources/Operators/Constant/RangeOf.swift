import Diagnostics
import GraphIR
import Tensors

/// `start`, `start + delta`, … before `limit`, as a vector.
///
/// Named `RangeOf` because `Range` is a type of the language.
public struct RangeOf: Evaluable {
  public enum Operand: Int, OperandSlot { case start, limit, delta }
  public static let name = "Range"
  public static let since = 27
  public static let attributes: [AttributeSpec<Self>] = [.int("stash_type", \.stashType)]
  /// The ONNX number of the element type that 16-bit floats are computed in.
  public var stashType = 1
  public init() {}

  public func infer(_ operands: Operands<Operand, Fact>) throws(ModelError) -> [Fact] {
    let (start, limit, delta) = try (operands.one(.start), operands.one(.limit), operands.one(.delta))
    guard let element = try commonElement([start, limit, delta]) else { return [.unknown] }
    if element.isInteger, let from = start.scalarExpression, let to = limit.scalarExpression, let step = delta.scalarExpression?.number {
      guard step != 0 else { throw ModelError(.invalidGraph, "a range with a step of 0") }
      let distance = step > 0 ? to - from : from - to
      guard step != .min else { return [.tensor(element, [.unknown])] }
      var count = distance.ceilDivided(by: .number(abs(step)))
      if let number = count.number { count = .number(max(0, number)) } else if !(from == 0 && step == 1) { count = .maximum(0, count) }
      let fact = Fact.tensor(element, [count])
      guard let number = count.number, number <= Fact.elementLimit else { return [fact] }
      return [fact.with(elements: (0..<number).map { from + .number(step) * .number($0) })]
    }
    guard let a = try start.constant?.doubles().first, let b = try limit.constant?.doubles().first,
      let c = try delta.constant?.doubles().first, c != 0, let count = Int(exactly: ((b - a) / c).rounded(.up))
    else { return [.tensor(element, [.unknown])] }
    return [.tensor(element, [.number(max(0, count))])]
  }

  public func evaluate(_ operands: Operands<Operand, Tensor>) throws(ModelError) -> [Tensor] {
    let (start, limit, delta) = try (operands.one(.start), operands.one(.limit), operands.one(.delta))
    guard start.count == 1, limit.count == 1, delta.count == 1, start.element == limit.element, start.element == delta.element else {
      throw ModelError(.typeMismatch, "start, limit and delta are not scalars of one element type")
    }
    if start.element.isInteger {
      let (a, b, c) = (try start.integers()[0], try limit.integers()[0], try delta.integers()[0])
      guard c != 0, c != .min else { throw ModelError(.invalidGraph, "a range with a step of \(c)") }
      let (distance, overflow) = c > 0 ? b.subtractingReportingOverflow(a) : a.subtractingReportingOverflow(b)
      guard !overflow else { throw ModelError(.limitExceeded, "a range from \(a) to \(b)") }
      let count = distance <= 0 ? 0 : (distance - 1) / abs(c) + 1
      try checkedCount(.int64, [count])
      return [try Tensor(.int64, [count], elements: (0..<count).map { Int64(a + $0 * c) }).converted(to: start.element)]
    }
    let (a, b, c) = (try start.doubles()[0], try limit.doubles()[0], try delta.doubles()[0])
    guard c != 0, let exact = Int(exactly: ((b - a) / c).rounded(.up)) else {
      throw ModelError(.invalidGraph, "a range from \(a) to \(b) by \(c)")
    }
    let count = try checkedCount(.float64, [max(0, exact)])
    return [try Tensor(.float64, [count], elements: (0..<count).map { a + Double($0) * c }).converted(to: start.element)]
  }
}
