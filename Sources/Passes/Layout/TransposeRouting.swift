import Diagnostics
import GraphIR
import Operators
import Rewriting
import Tensors

/// Computes the transposition of a value without transposing it: operators that work in any order of the axes get theirs permuted,
/// until what they were computed from was transposed itself, or is a constant.
struct TransposeRouting {
  /// Transpositions that go, less those that are new.
  private(set) var saved = 0

  /// At most this many transpositions go; found without proposing anything, because most searches end in vain.
  static func bound(_ value: MatchedValue, depth: Int = 24) -> Int {
    if value.isConstant { return 0 }
    guard value.isSolelyUsed, depth > 0, let node = try? value.anyProducer() else { return -1 }
    let op = node.op
    switch op {
    case is Transpose: return 1
    case is Conv, is MatMul, is Gemm: return -1
    case is any ElementwiseUnary, is any ElementwiseBinary, is Cast, is Clip, is Identity, is Where:
      return max(-1, node.operands.reduce(0) { sum, operand in sum + (operand.map { bound($0, depth: depth - 1) } ?? 0) })
    default: return 1_000  // Nothing is known: where axes come and go, a transposition may end in none.
    }
  }

  /// A value that is `Transpose(value, perm)`.
  mutating func permuted(_ value: MatchedValue, _ perm: [Int], _ edit: inout Edit, depth: Int = 24) throws(NoMatch) -> ValueID {
    if perm == Array(perm.indices) { return value.id }
    if let constant = try? value.constant(), value.useCount == 1 || constant.count <= 1024 {
      return edit.constant(try edit.computing { () throws(ModelError) in try deferred(Transpose(perm: perm), constant) })
    }
    guard value.isSolelyUsed, depth > 0, let node = try? value.anyProducer() else { return insert(value, perm, &edit) }
    if let inner = try? node.narrowed(to: Transpose.self), let first = try? inner.permutation(), first.count == perm.count {
      saved += 1
      let composed = perm.map { first[$0] }
      return composed == Array(composed.indices) ? try inner[.x].id : insert(try inner[.x], composed, &edit)
    }
    let before = saved
    let result = try? through(node, perm, &edit, depth: depth - 1)
    // What was emitted in vain, nothing uses: it goes again.
    if let result, saved >= before { return result }
    saved = before
    return insert(value, perm, &edit)
  }

  private mutating func insert(_ value: MatchedValue, _ perm: [Int], _ edit: inout Edit) -> ValueID {
    saved -= 1
    return edit.emit(Transpose(perm: perm), value.id)
  }

  /// The result of a node with permuted axes, when its operator has a form for that.
  private mutating func through(_ node: MatchedNode, _ perm: [Int], _ edit: inout Edit, depth: Int) throws(NoMatch) -> ValueID {
    switch node.op {
    case is any ElementwiseUnary, is Cast, is Clip, is Identity: return try first(node, node.op, perm, &edit, depth)
    case is any ElementwiseBinary, is Where, is Max, is Min, is Sum, is Mean: return try elementwise(node, perm, &edit, depth)
    case var op as Concat:
      op.axis = try position(of: op.axis, perm)
      var operands: [ValueID?] = []
      for operand in node.operands.compactMap({ $0 }) { operands.append(try permuted(operand, perm, &edit, depth: depth)) }
      return edit.emit(op, operands: operands)[0]
    case var op as Softmax where !op.coerced:
      op.axis = try position(of: op.axis, perm)
      return try first(node, op, perm, &edit, depth)
    case let op as any Reduction: return try reduction(node, op, perm, &edit, depth)
    case is Squeeze: return try squeeze(node, perm, &edit, depth)
    case is Unsqueeze: return try unsqueeze(node, perm, &edit, depth)
    case let op as Pad: return try pad(node, op, perm, &edit, depth)
    default: throw NoMatch("the operator depends on the order of the axes")
    }
  }

  private func position(of axis: Int, _ perm: [Int]) throws(NoMatch) -> Int {
    guard let position = perm.firstIndex(of: axis < 0 ? axis + perm.count : axis) else { throw NoMatch("the axis does not exist") }
    return position
  }

  /// The first operand permuted, the others as they are.
  private mutating func first(
    _ node: MatchedNode, _ op: any Operator, _ perm: [Int], _ edit: inout Edit, _ depth: Int
  ) throws(NoMatch) -> ValueID {
    try require(node.resultCount == 1, "there are several results")
    var operands = node.operands.map { $0?.id }
    operands[0] = try permuted(node.operand(0), perm, &edit, depth: depth)
    return edit.emit(op, operands: operands)[0]
  }

  private mutating func elementwise(_ node: MatchedNode, _ perm: [Int], _ edit: inout Edit, _ depth: Int) throws(NoMatch) -> ValueID {
    var operands: [ValueID?] = []
    for operand in node.operands.compactMap({ $0 }) {
      let rank = try operand.rank()
      if rank == perm.count {
        operands.append(try permuted(operand, perm, &edit, depth: depth))
      } else {
        operands.append(try widened(operand, rank, perm, &edit))
      }
    }
    return edit.emit(node.op, operands: operands)[0]
  }

  /// A constant of fewer axes, permuted as if it had all of them.
  private func widened(_ operand: MatchedValue, _ rank: Int, _ perm: [Int], _ edit: inout Edit) throws(NoMatch) -> ValueID {
    let constant = try operand.constant()
    if constant.count == 1 { return operand.id }
    try require(constant.count <= 1024 || operand.isSolelyUsed, "the constant is large and shared")
    return edit.constant(
      try edit.computing { () throws(ModelError) in
        let wide = try constant.reshaped(to: Shape(repeating: 1, count: perm.count - rank) + constant.shape)
        return try deferred(Transpose(perm: perm), wide)
      })
  }

  private mutating func reduction(
    _ node: MatchedNode, _ op: any Reduction, _ perm: [Int], _ edit: inout Edit, _ depth: Int
  ) throws(NoMatch) -> ValueID {
    let x = try node.operand(0)
    let rank = try x.rank()
    let axes = try node.operand(1).integers().map { $0 < 0 ? $0 + rank : $0 }
    try require(!axes.isEmpty, "the reduction names no axes")
    let full = op.keepdims ? perm : try inserting(axes, into: perm, rank)
    var positions: [Int] = []
    for axis in axes { positions.append(try position(of: axis, full)) }
    let inner = try permuted(x, full, &edit, depth: depth)
    return edit.emit(op, operands: [inner, edit.constant(positions.sorted())])[0]
  }

  private mutating func squeeze(_ node: MatchedNode, _ perm: [Int], _ edit: inout Edit, _ depth: Int) throws(NoMatch) -> ValueID {
    let x = try node.operand(0)
    let rank = try x.rank()
    let axes = try node.operand(1).integers().map { $0 < 0 ? $0 + rank : $0 }
    let full = try inserting(axes, into: perm, rank)
    var positions: [Int] = []
    for axis in axes { positions.append(try position(of: axis, full)) }
    let inner = try permuted(x, full, &edit, depth: depth)
    return edit.emit(Squeeze(), inner, edit.constant(positions.sorted()))
  }

  /// A permutation of all axes that leaves the given order when `axes` go: each of those comes right before the one it came before.
  private func inserting(_ axes: [Int], into perm: [Int], _ rank: Int) throws(NoMatch) -> [Int] {
    let kept = (0..<rank).filter { !axes.contains($0) }
    try require(kept.count == perm.count && Set(axes).count == axes.count, "the axes do not fit")
    var full = perm.map { kept[$0] }
    for axis in axes.sorted(by: >) {
      full.insert(axis, at: full.firstIndex(of: axis + 1) ?? full.count)
    }
    return full
  }

  private mutating func unsqueeze(_ node: MatchedNode, _ perm: [Int], _ edit: inout Edit, _ depth: Int) throws(NoMatch) -> ValueID {
    let x = try node.operand(0)
    let axes = Set(try node.operand(1).integers().map { $0 < 0 ? $0 + perm.count : $0 })
    let old = perm.indices.filter { !axes.contains($0) }
    let inner = perm.filter { !axes.contains($0) }.compactMap { old.firstIndex(of: $0) }
    try require(try x.rank() == inner.count, "the axes do not fit")
    let positions = perm.indices.filter { axes.contains(perm[$0]) }
    let y = try permuted(x, inner, &edit, depth: depth)
    return edit.emit(Unsqueeze(), y, edit.constant(positions))
  }

  private mutating func pad(_ node: MatchedNode, _ op: Pad, _ perm: [Int], _ edit: inout Edit, _ depth: Int) throws(NoMatch) -> ValueID {
    let pads = try node.operand(1).integers()
    try require(node.operandIfPresent(3) == nil && pads.count == 2 * perm.count, "the pads are not those of all axes")
    let inner = try permuted(node.operand(0), perm, &edit, depth: depth)
    let moved = perm.map { pads[$0] } + perm.map { pads[perm.count + $0] }
    return edit.emit(op, inner, edit.constant(moved), node.operandIfPresent(2)?.id)
  }
}

extension Matched<Transpose> {
  /// The elements keep their order: only axes of size 1 change places.
  func requireElementsStay() throws(NoMatch) {
    let (shape, perm) = try (self[.x].shape(), permutation())
    try require(shape.count == perm.count, "the ranks differ")
    let moved = perm.filter { shape[$0] != 1 }
    try require(moved == moved.sorted(), "axes of more than one element change places")
  }

  func permutation() throws(NoMatch) -> [Int] {
    guard let perm = op.perm else { return (0..<(try self[.x].rank())).reversed() }
    try require(perm.sorted() == Array(perm.indices), "not a permutation of the axes")
    return perm
  }
}
