import Diagnostics
import GraphIR
import Tensors

/// `axis` counted from the front. Throws `invalidGraph` when a tensor of that rank has no such axis.
func normalizedAxis(_ axis: Int, rank: Int, inclusive: Bool = false) throws(ModelError) -> Int {
  let last = inclusive ? rank : rank - 1
  guard axis >= -rank - (inclusive && axis < 0 ? 1 : 0), axis <= last else {
    throw ModelError(.invalidGraph, "axis \(axis) of a tensor of rank \(rank)", at: Place(attribute: "axis"))
  }
  return axis < 0 ? axis + (inclusive ? rank + 1 : rank) : axis
}

/// Axes counted from the front, sorted. Throws `invalidGraph` for one that is missing or named twice.
func normalizedAxes(_ axes: [Int], rank: Int) throws(ModelError) -> [Int] {
  var result: [Int] = []
  for axis in axes { result.append(try normalizedAxis(axis, rank: rank)) }
  return try distinct(result).sorted()
}

/// `axes` itself, which names no axis twice.
func distinct(_ axes: [Int]) throws(ModelError) -> [Int] {
  guard Set(axes).count == axes.count else {
    throw ModelError(.invalidGraph, "an axis is named twice in \(axes)", at: Place(attribute: "axes"))
  }
  return axes
}

extension [Dim] {
  static func unknown(rank: Int) -> [Dim] { [Dim](repeating: Dim.unknown, count: rank) }

  /// The number of elements.
  var product: Dim { reduce(.number(1), *) }
}

extension Fact {
  /// A fact about a 64-bit integer vector whose elements are known.
  static func vector(_ elements: [Dim]) -> Fact { Fact(type: .tensor(.int64, [.number(elements.count)]), elements: elements) }

  /// Shape and elements of a vector operand that lists sizes or positions: the elements when known, else their number when known.
  var listedCount: Int? { elements?.count ?? constant?.count ?? shape.flatMap { $0.count == 1 ? $0[0].number : nil } }

  /// The elements as expressions, when each is known.
  var expressions: [Dim]? { elements ?? integers.map { $0.map(Dim.number) } }

  /// The only element, when it is known.
  var scalarExpression: Dim? { expressions.flatMap { $0.count == 1 ? $0[0] : nil } }

  /// The result of an operator that gives the operand's element type under a new shape.
  func reshaped(_ shape: [Dim]?) throws(ModelError) -> Fact {
    guard let type = try tensorType() else { return .unknown }
    return .tensor(type.element, shape)
  }

  /// The elements, dropped when they are too many or not those of a scalar or vector.
  func with(elements: [Dim]?) -> Fact {
    guard let elements, elements.count <= Fact.elementLimit, let type = type?.tensorType, type.element.isInteger,
      let shape = type.shape, shape.count <= 1
    else { return self }
    var copy = self
    copy.elements = elements
    return copy
  }
}

/// The element type that operands share. Throws `typeMismatch` when two differ.
func commonElement(_ facts: some Sequence<Fact?>) throws(ModelError) -> ElementType? {
  var common: ElementType?
  for case let fact? in facts {
    guard let element = try fact.tensorType()?.element else { continue }
    if let common, common != element {
      throw ModelError(.typeMismatch, "operands of \(common.rawValue) and \(element.rawValue) where one element type is expected")
    }
    common = element
  }
  return common
}

/// Refuses an operand whose element type is known and not accepted.
func require(_ fact: Fact?, _ what: String, _ accepts: (ElementType) -> Bool) throws(ModelError) {
  guard let element = try fact?.tensorType()?.element, !accepts(element) else { return }
  throw ModelError(.typeMismatch, "\(element.rawValue) where \(what) is expected")
}

/// Refuses an operand whose rank is known and outside `ranks`.
func requireRank(_ fact: Fact?, _ ranks: some RangeExpression<Int>, _ name: String) throws(ModelError) {
  guard let rank = try fact?.tensorType()?.rank, !ranks.contains(rank) else { return }
  throw ModelError(.typeMismatch, "operand \"\(name)\" has rank \(rank)")
}
