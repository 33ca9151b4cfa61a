import Diagnostics
import GraphIR
import Operators
import Retargeting
import Tensors

/// An axis of a Mat whose size is known; `nil` as position where the Mat leaves it out.
private struct KnownAxis {
  var position: Int?
  var size: Int

  init?(_ axis: Int, _ node: SubjectNode) {
    guard let shape = node.operand(0)?.shape, let layout = MatLayout(shape) else { return nil }
    let along = axis < 0 ? axis + shape.count : axis
    guard shape.indices.contains(along), let size = shape[along].number, size > 0, size <= LayerWriter.positionLimit else { return nil }
    (position, self.size) = (layout.position(of: along), size)
  }
}

extension LayerWriter {
  /// The position of the largest element, or the smallest, along an axis that stays with size 1: marks where it is weigh more the earlier, or
  /// the later, they are.
  fileprivate func extreme(_ x: Blob, _ axis: KnownAxis, isLargest: Bool, isLast: Bool) throws(ModelError) -> Blob {
    guard let position = axis.position else { return zeros(like: x) }
    let peak = reduce(isLargest ? .max : .min, x, [position])
    let distance = isLargest ? binary(.sub, peak, x) : binary(.sub, x, peak)
    let isThere = complement(isPositive(distance))
    let weights = try ramp((1...axis.size).map { Float(isLast ? $0 : axis.size + 1 - $0) }, along: position, ofRank: x.sizes.count)
    let heaviest = reduce(.max, binary(.mul, isThere, weights), [position])
    return isLast ? binary(.sub, heaviest, 1) : binary(.reversedSub, heaviest, Float(axis.size))
  }

  /// 1 where two are equal, which are whole numbers, else 0.
  func areEqual(_ a: Blob, _ b: Blob) -> Blob { complement(isPositive(unary(.abs, binary(.sub, a, b)))) }
}

private protocol Ranking: NCNNWritable {
  var axis: Int { get }
}

extension Ranking {
  var takesIntegers: Bool { true }
  fileprivate func axisLimits(_ node: SubjectNode) -> Rejection? {
    KnownAxis(axis, node) == nil ? Rejection(.dynamicShape, "an order along an axis whose size is not known, or large") : nil
  }
}

private protocol Extreme: Ranking {
  var selectLastIndex: Bool { get }
  var isLargest: Bool { get }
}

extension Extreme {
  func limits(_ node: SubjectNode) -> Rejection? { axisLimits(node) }

  func write(_ node: SubjectNode, _ out: LayerWriter) throws(ModelError) -> [Blob?] {
    guard let axis = KnownAxis(axis, node) else { throw ModelError(.notExpressible, "no axis") }
    let place = try out.extreme(out.operand(0), axis, isLargest: isLargest, isLast: selectLastIndex)
    return [try out.reshape(place, to: out.sizes(of: node.result(0)))]
  }
}

extension ArgMax: Extreme { fileprivate var isLargest: Bool { true } }
extension ArgMin: Extreme { fileprivate var isLargest: Bool { false } }

extension Hardmax: Ranking {
  func limits(_ node: SubjectNode) -> Rejection? {
    if coerced { return Rejection(.attribute, "several axes taken together") }
    return axisLimits(node)
  }

  func write(_ node: SubjectNode, _ out: LayerWriter) throws(ModelError) -> [Blob?] {
    guard let axis = KnownAxis(axis, node) else { throw ModelError(.notExpressible, "no axis") }
    let x = try out.operand(0)
    guard let position = axis.position else { return [out.complement(out.zeros(like: x))] }
    let place = try out.extreme(x, axis, isLargest: true, isLast: false)
    return [out.areEqual(place, try out.ramp((0..<axis.size).map(Float.init), along: position, ofRank: x.sizes.count))]
  }
}

/// The first is the extreme itself. Of more, how many elements come before each decides its place: every one is compared with every other.
extension TopK: Ranking {
  /// Comparisons, at most.
  private static let comparisonLimit = 1 << 24

  func dataOperands(_ node: SubjectNode) -> [Int] { [0] }

  private func count(_ node: SubjectNode) -> Int? { node.operand(1)?.integers?.first }

  func limits(_ node: SubjectNode) -> Rejection? {
    if let rejection = axisLimits(node) { return rejection }
    guard let count = count(node), count > 0 else { return Rejection(.operand, "a number of elements that is computed when the model runs") }
    if count == 1 { return nil }
    guard let shape = node.operand(0)?.shape, case let sizes = shape.compactMap(\.number), sizes.count == shape.count, let axis = KnownAxis(axis, node) else {
      return Rejection(.dynamicShape, "several elements in order, of a tensor of unknown size")
    }
    let comparisons = sizes.reduce(1, *).multipliedReportingOverflow(by: axis.size)
    guard !comparisons.overflow, comparisons.partialValue <= Self.comparisonLimit else {
      return Rejection(.size, "the order of \(axis.size) elements: ncnn does not sort, and comparing each with every other takes more than \(Self.comparisonLimit)")
    }
    return nil
  }

  func write(_ node: SubjectNode, _ out: LayerWriter) throws(ModelError) -> [Blob?] {
    guard let axis = KnownAxis(axis, node), let count = count(node) else { throw ModelError(.notExpressible, "no axis") }
    let parts = count == 1 ? try first(node, axis, out) : try several(node, axis, count, out)
    var results: [Blob?] = []
    for (index, part) in parts.enumerated() {
      results.append(node.isUsed(result: index) ? try out.reshape(part, to: out.sizes(of: node.result(index))) : nil)
    }
    return results
  }

  private func first(_ node: SubjectNode, _ axis: KnownAxis, _ out: LayerWriter) throws(ModelError) -> [Blob] {
    let x = try out.operand(0)
    let value = axis.position.map { out.reduce(largest ? .max : .min, x, [$0]) } ?? x
    return [value, try out.extreme(x, axis, isLargest: largest, isLast: false)]
  }

  private func several(_ node: SubjectNode, _ axis: KnownAxis, _ count: Int, _ out: LayerWriter) throws(ModelError) -> [Blob] {
    let sizes = node.operand(0)?.shape?.compactMap(\.number) ?? []
    let last = AxisLast(self.axis < 0 ? self.axis + sizes.count : self.axis, sizes)
    let rows = last.outer.reduce(1, *)
    let x = try last.rows(of: out.operand(0, as: last.mat(sizes)), out)
    let places = try order(x, rows, axis.size, count, out)
    let values = try out.elements(of: x, rows, axis.size, at: places)
    return [try last.restored(values, count, out), try last.restored(places, count, out)]
  }

  /// Of each row of `x` `[rows, size]` the positions of the first `count`: `[rows, count]`.
  private func order(_ x: Blob, _ rows: Int, _ size: Int, _ count: Int, _ out: LayerWriter) throws(ModelError) -> Blob {
    let (rows, length) = (Dim.number(rows), Dim.number(size))
    let (own, other) = (try out.reshape(x, to: [rows, length, 1]), try out.reshape(x, to: [rows, 1, length]))
    let distance = largest ? out.binary(.sub, other, own) : out.binary(.sub, own, other)
    let earlier = (0..<size * size).map { Float($0 % size < $0 / size ? 1 : 0) }
    let isTie = out.complement(out.isPositive(out.unary(.abs, distance)))
    let tie = out.binary(.mul, isTie, try out.constant(Tensor(.float32, [1, size, size], elements: earlier), [1, length, length]))
    let place = out.reduce(.sum, out.binary(.add, out.isPositive(distance), tie), [2])
    let isThere = out.areEqual(place, try out.ramp((0..<count).map(Float.init), along: 2, ofRank: 3))
    let positions = try out.ramp((0..<size).map(Float.init), along: 1, ofRank: 3)
    return try out.reshape(out.reduce(.sum, out.binary(.mul, isThere, positions), [1]), to: [rows, .number(count)])
  }
}

/// A new axis along which one element is the one number and the others are the other.
extension OneHot: NCNNWritable {
  var takesIntegers: Bool { true }
  func dataOperands(_ node: SubjectNode) -> [Int] { [0] }

  private func known(_ node: SubjectNode) -> (depth: Int, off: Float, on: Float)? {
    guard let depth = node.operand(1)?.integers?.first ?? node.operand(1)?.number.flatMap({ Int(exactly: $0) }), depth > 0, depth <= LayerWriter.positionLimit,
      let values = node.operand(2)?.constant.flatMap({ try? $0.floats() }), values.count == 2, values.allSatisfy(\.isFinite)
    else { return nil }
    return (depth, values[0], values[1])
  }

  func limits(_ node: SubjectNode) -> Rejection? {
    known(node) == nil ? Rejection(.operand, "a depth or numbers that are computed when the model runs") : nil
  }

  func write(_ node: SubjectNode, _ out: LayerWriter) throws(ModelError) -> [Blob?] {
    guard let (depth, off, on) = known(node), let shape = node.result(0).shape, let layout = MatLayout(shape), let own = node.operand(0)?.shape else {
      throw ModelError(.notExpressible, "no layout")
    }
    let along = axis < 0 ? axis + shape.count : axis
    var sizes = own
    sizes.insert(1, at: along)
    let places = out.wrapped(try out.operand(0, as: sizes.aligned(to: layout.axes, ofRank: shape.count)), depth)
    guard let position = layout.position(of: along) else { throw ModelError(.notExpressible, "an axis that a Mat leaves out") }
    let isThere = out.areEqual(places, try out.ramp((0..<depth).map(Float.init), along: position, ofRank: layout.sizes.count))
    let chosen = on == 1 ? isThere : out.binary(.mul, isThere, on)
    return [off == 0 ? chosen : out.binary(.add, chosen, out.binary(.mul, out.complement(isThere), off))]
  }
}
