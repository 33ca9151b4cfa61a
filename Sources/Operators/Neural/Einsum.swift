import Diagnostics
import GraphIR
import Tensors

/// Sums of products of the operands' elements, as an equation of index letters says: `ij,jk->ik` is the matrix product.
///
/// A letter that the right side leaves out is summed over; one that comes twice in a term takes the diagonal; an ellipsis stands
/// for further axes, broadcast. Without a right side, letters that come once remain, in alphabetical order.
public struct Einsum: Evaluable {
  public typealias Operand = VariadicOperand
  public static let name = "Einsum"
  public static let since = 28
  public static let attributes: [AttributeSpec<Self>] = [.string("equation", \.equation)]
  public var equation: String?
  public init() {}

  public func infer(_ operands: Operands<VariadicOperand, Fact>) throws(ModelError) -> [Fact] {
    guard let element = try commonElement(operands.items) else { return [.unknown] }
    let parsed = try EinsumEquation(equation ?? "", terms: operands.items.count)
    var sizes: [EinsumEquation.Label: Dim] = [:]
    for (term, fact) in zip(parsed.terms, operands.items) {
      guard let shape = fact?.shape else { return [.tensor(element, nil)] }
      for (label, size) in zip(try parsed.labels(of: term, rank: shape.count), shape) {
        guard let known = sizes[label] else {
          sizes[label] = size
          continue
        }
        sizes[label] = try broadcast(known, size)
      }
    }
    let labels = try parsed.resultLabels(Set(sizes.keys))
    return [.tensor(element, labels.map { sizes[$0] ?? .unknown })]
  }

  public func evaluate(_ operands: Operands<VariadicOperand, Tensor>) throws(ModelError) -> [Tensor] {
    let tensors = operands.items.compactMap { $0 }
    guard let element = tensors.first?.element, tensors.allSatisfy({ $0.element == element }) else {
      throw ModelError(.typeMismatch, "operands differ in element type")
    }
    let parsed = try EinsumEquation(equation ?? "", terms: tensors.count)
    var factors: [LabelledTensor] = []
    for (term, tensor) in zip(parsed.terms, tensors) {
      factors.append(try LabelledTensor(tensor.widened(), parsed.labels(of: term, rank: tensor.rank)))
    }
    let labels = try parsed.resultLabels(Set(factors.flatMap(\.labels)))
    guard labels.allSatisfy({ label in factors.contains { $0.labels.contains(label) } }) else {
      throw ModelError(.invalidGraph, "names a result axis that no operand has", at: Place(attribute: "equation"))
    }
    var result = factors[0]
    for index in factors.indices {
      // What no later factor and not the result needs is summed over at once.
      let needed = Set(labels).union(factors.dropFirst(index + 1).flatMap(\.labels))
      result = index == 0 ? try result.summed(keeping: needed) : try result.multiplied(by: factors[index], keeping: needed)
    }
    return [try result.ordered(labels).converted(to: element)]
  }
}

/// An equation, taken apart.
package struct EinsumEquation {
  package enum Label: Hashable {
    case letter(UInt8)
    /// An axis of the ellipsis, counted from its last one.
    case ellipsis(Int)
  }
  /// A letter, or the ellipsis as `nil`.
  package typealias Term = [UInt8?]
  package private(set) var terms: [Term]
  private var result: Term?

  package init(_ text: String, terms count: Int) throws(ModelError) {
    let plain = text.utf8.filter { $0 != 0x20 }
    let sides = String(decoding: plain, as: UTF8.self).components(of: "->")
    guard sides.count <= 2 else { throw Self.error("has more than one arrow") }
    terms = []
    for part in sides[0].split(separator: ",", omittingEmptySubsequences: false) { terms.append(try Self.term(part)) }
    if sides.count == 2 { result = try Self.term(sides[1]) }
    guard terms.count == count else { throw Self.error("has \(terms.count) terms for \(count) operands") }
  }

  private static func error(_ text: String) -> ModelError { ModelError(.invalidGraph, text, at: Place(attribute: "equation")) }

  private static func term(_ text: Substring) throws(ModelError) -> Term {
    var term: Term = []
    var rest = text.utf8[...]
    while let next = rest.first {
      if rest.starts(with: "...".utf8) {
        guard !term.contains(nil) else { throw error("has two ellipses in a term") }
        term.append(nil)
        rest = rest.dropFirst(3)
      } else {
        guard (0x41...0x5a).contains(next) || (0x61...0x7a).contains(next) else { throw error("has something else than letters in a term") }
        term.append(next)
        rest = rest.dropFirst()
      }
    }
    return term
  }

  /// What each axis of an operand is called.
  package func labels(of term: Term, rank: Int) throws(ModelError) -> [Label] {
    let letters = term.count { $0 != nil }
    guard rank == letters || (rank > letters && term.contains(nil)) else { throw Self.error("has \(letters) letters for rank \(rank)") }
    return term.flatMap { letter -> [Label] in
      letter.map { [.letter($0)] } ?? (0..<rank - letters).reversed().map { .ellipsis($0) }
    }
  }

  /// What each axis of the result is called, given all labels of the operands.
  package func resultLabels(_ all: Set<Label>) throws(ModelError) -> [Label] {
    let extra = all.compactMap { label -> Int? in if case .ellipsis(let axis) = label { axis } else { nil } }.sorted(by: >)
    if let result {
      let labels = result.flatMap { letter -> [Label] in letter.map { [.letter($0)] } ?? extra.map { .ellipsis($0) } }
      guard Set(labels).count == labels.count else { throw Self.error("names a result axis twice") }
      return labels
    }
    var counts: [UInt8: Int] = [:]
    for case let letter? in terms.joined() { counts[letter, default: 0] += 1 }
    return extra.map { .ellipsis($0) } + counts.filter { $0.value == 1 }.keys.sorted().map { .letter($0) }
  }
}

extension String {
  /// The parts between occurrences of a separator.
  fileprivate func components(of separator: String) -> [Substring] {
    var (parts, rest): ([Substring], Substring) = ([], self[...])
    while let range = rest.firstRange(of: separator) {
      parts.append(rest[..<range.lowerBound])
      rest = rest[range.upperBound...]
    }
    return parts + [rest]
  }
}

/// A tensor whose axes have names, none of them twice.
private struct LabelledTensor {
  typealias Label = EinsumEquation.Label
  var tensor: Tensor
  var labels: [Label]

  /// Takes the diagonal where a name comes twice.
  init(_ tensor: Tensor, _ labels: [Label]) throws(ModelError) {
    (self.tensor, self.labels) = (tensor, [])
    var (shape, strides): (Shape, [Int]) = ([], [])
    for (axis, label) in labels.enumerated() {
      let (size, step) = (tensor.shape[axis], tensor.shape.strides[axis])
      guard let known = self.labels.firstIndex(of: label) else {
        self.labels.append(label)
        shape.append(size)
        strides.append(step)
        continue
      }
      guard shape[known] == size else { throw ModelError(.typeMismatch, "the diagonal of \(tensor.shape)") }
      strides[known] += step
    }
    if labels.count != self.labels.count { self.tensor = try tensor.strided(shape, strides) }
  }

  func summed(keeping needed: Set<Label>) throws(ModelError) -> LabelledTensor {
    let axes = labels.indices.filter { !needed.contains(labels[$0]) }
    if axes.isEmpty { return self }
    return try LabelledTensor(reduce(.sum, tensor, axes: axes), labels.filter(needed.contains))
  }

  /// The axes in the given order; those that it does not have get size 1.
  func ordered(_ order: [Label]) throws(ModelError) -> Tensor {
    let present = order.filter(labels.contains)
    let moved = try tensor.transposed(present.compactMap { labels.firstIndex(of: $0) })
    return try moved.reshaped(to: order.map { label in labels.firstIndex(of: label).map { tensor.shape[$0] } ?? 1 })
  }

  /// The product with another factor, summed over what is not needed: one matrix product for each shared label that stays.
  func multiplied(by other: LabelledTensor, keeping needed: Set<Label>) throws(ModelError) -> LabelledTensor {
    func size(_ x: LabelledTensor, _ label: Label) -> Int? { x.labels.firstIndex(of: label).map { x.tensor.shape[$0] } }
    // A shared axis of size 1 on one side is repeated, so it counts as the other side's alone.
    let both = labels.filter { label in other.labels.contains(label) && size(self, label) == size(other, label) }
    let mine = try narrowed(besides: both, other).summed(keeping: needed.union(both))
    let theirs = try other.narrowed(besides: both, self).summed(keeping: needed.union(both))
    let batch = both.filter(needed.contains)
    let inner = both.filter { !needed.contains($0) }
    let rows = mine.labels.filter { !both.contains($0) }
    let columns = theirs.labels.filter { !both.contains($0) }
    func count(_ x: LabelledTensor, _ list: [Label]) throws(ModelError) -> Int {
      try checkedCount(.uint8, list.compactMap { size(x, $0) })
    }
    let (b, m, k, n) = (try count(mine, batch), try count(mine, rows), try count(mine, inner), try count(theirs, columns))
    let product = try matrixProduct(
      mine.ordered(batch + rows + inner).reshaped(to: [b, m, k]), theirs.ordered(batch + inner + columns).reshaped(to: [b, k, n]))
    let shape = (batch + rows).compactMap { size(mine, $0) } + columns.compactMap { size(theirs, $0) }
    return try LabelledTensor(product.reshaped(to: shape), batch + rows + columns)
  }

  /// Without axes of size 1 that the other factor has with another size.
  private func narrowed(besides both: [Label], _ other: LabelledTensor) throws(ModelError) -> LabelledTensor {
    let dropped = labels.indices.filter { !both.contains(labels[$0]) && other.labels.contains(labels[$0]) }
    guard dropped.allSatisfy({ tensor.shape[$0] == 1 || other.labels.firstIndex(of: labels[$0]).map { other.tensor.shape[$0] } == 1 }) else {
      throw ModelError(.typeMismatch, "sizes of one label that do not broadcast")
    }
    let gone = Set(dropped.filter { tensor.shape[$0] == 1 })
    let kept = labels.indices.filter { !gone.contains($0) }
    return try LabelledTensor(tensor.reshaped(to: kept.map { tensor.shape[$0] }), kept.map { labels[$0] })
  }
}
