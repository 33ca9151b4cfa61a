import GraphIR
import Operators
import Rewriting
import Tensors

/// Says causal attention of fewer heads of keys than of queries, with its cache, in standard operators. Exact up to rounding.
///
///     %y, %k, %v = com.microsoft::GroupQueryAttention(%q, %k, %v, %pastk, %pastv, %lengths, %total, c, s)
///       →   each sequence's new keys and values behind its own past, picked row by row; heads of queries turned by their positions,
///           %y = Softmax(scale · %q · %kᵀ, hidden where a key is not seen) · %v
///
/// The cache is not quantised and not a window, nothing is normalised, and nobody asks for the scores.
package struct DecomposeGroupQueryAttention: RewriteRule {
  package init() {}

  package func rewrite(_ root: Matched<GroupQueryAttention>, _ edit: inout Edit) throws(NoMatch) {
    let op = root.op
    try require(root.node.isUnused(result: 3), "scores are asked for")
    try require(op.kQuantType ?? "NONE" == "NONE" && op.vQuantType ?? "NONE" == "NONE", "the cache is quantised")
    try require(op.slidingWindowCache != 1, "the cache is a window")
    try require(root.ifPresent(.queryNorm) == nil && root.ifPresent(.keyNorm) == nil, "queries or keys are normalised")
    let step = try GroupedStep(root, &edit)
    let heads = try step.heads(root, &edit)
    let keys = try step.cached(root.ifPresent(.pastKey), heads.k, &edit)
    let values = try step.cached(root.ifPresent(.pastValue), heads.v, &edit)
    let output = try step.attention(root, heads.q, keys, values, &edit)
    for (index, result) in [output, keys, values].enumerated() where index == 0 || !root.node.isUnused(result: index) {
      edit.replace(root.result(index), with: step.element == .float32 ? result : edit.cast(result, to: step.element))
    }
  }
}

/// One step, its sizes as vectors of one 64-bit integer and what is by sequence as `[B, 1]`.
private struct GroupedStep {
  let op: GroupQueryAttention
  let element: ElementType
  let size: Int
  let length: ValueID
  /// Rows of the past; `nil` where there is none.
  let held: ValueID?
  let capacity: ValueID
  let isFirst: ValueID
  let starts: ValueID
  let ends: ValueID
  /// `[C]`
  let places: ValueID
  /// `[B, S]`
  let queries: ValueID

  init(_ root: Matched<GroupQueryAttention>, _ edit: inout Edit) throws(NoMatch) {
    op = root.op
    let query = try root[.query]
    element = try query.elementType()
    let isPacked = root.ifPresent(.key) == nil
    let count = isPacked ? op.numHeads + 2 * op.kvNumHeads : op.numHeads
    guard try query.rank() == 3, let width = try query.shape()[2].number, count > 0, op.kvNumHeads > 0, op.numHeads % op.kvNumHeads == 0,
      width > 0, width % count == 0
    else { throw NoMatch("the heads do not divide the features") }
    size = width / count
    let one = edit.constant([1])
    length = edit.axisSize(query.id, 1)
    let past = root.ifPresent(.pastKey).flatMap { $0.type?.shape?.dropFirst(2).first?.number == 0 ? nil : $0 }
    held = past.map { edit.axisSize($0.id, 2) }
    let total = edit.emit(Reshape(), try edit.cast(root[.totalLength], to: .int64), one)
    capacity = held.map { edit.emit(Max(), $0, total) } ?? total
    let counts = edit.emit(Add(), edit.emit(Reshape(), try edit.cast(root[.lengths], to: .int64), edit.constant([-1, 1])), one)
    isFirst = edit.emit(Equal(), total, length)
    starts = edit.emit(Where(), isFirst, edit.constant([0]), edit.emit(Sub(), counts, length))
    ends = counts
    places = edit.counted(capacity)
    queries = edit.emit(Add(), starts, edit.counted(length))
  }

  /// Queries, keys and values as heads of 32-bit floats, turned where that is asked for.
  func heads(_ root: Matched<GroupQueryAttention>, _ edit: inout Edit) throws(NoMatch) -> (q: ValueID, k: ValueID, v: ValueID) {
    let query = try edit.cast(root[.query], to: .float32)
    let (own, shared) = (op.numHeads, op.kvNumHeads)
    var (q, k, v): (ValueID, ValueID, ValueID)
    if let key = root.ifPresent(.key), let value = root.ifPresent(.value) {
      q = edit.headsApart(query, heads: own, size: size)
      k = edit.headsApart(try edit.cast(key, to: .float32), heads: shared, size: size)
      v = edit.headsApart(try edit.cast(value, to: .float32), heads: shared, size: size)
    } else {
      let all = edit.headsApart(query, heads: own + 2 * shared, size: size)
      q = edit.sliced(all, axis: 1, 0..<own)
      k = edit.sliced(all, axis: 1, own..<own + shared)
      v = edit.sliced(all, axis: 1, own + shared..<own + 2 * shared)
    }
    guard op.doRotary == 1 else { return (q, k, v) }
    guard let cosines = root.ifPresent(.cosines), let sines = root.ifPresent(.sines), let half = try cosines.shape().last?.number else {
      throw NoMatch("the number of angles is not known")
    }
    var positions = queries
    if let given = root.ifPresent(.positions) {
      // In the first step, one position stands for all sequences.
      let wide = try edit.cast(given, to: .int64)
      let first = edit.emit(Slice(), edit.emit(Reshape(), wide, edit.constant([-1])), edit.constant([0]), edit.constant([1]))
      positions = edit.emit(Where(), isFirst, edit.emit(Add(), queries, first), wide)
    }
    var turn = RotaryEmbedding()
    (turn.interleaved, turn.rotatedSize) = (op.rotaryInterleaved == 1, 2 * half)
    let (c, s) = (try edit.cast(cosines, to: .float32), try edit.cast(sines, to: .float32))
    return (edit.emit(turn, q, c, s, positions), edit.emit(turn, k, c, s, positions), v)
  }

  /// `[B, M, C, H]`: of each sequence the rows of the past before its start, the new ones behind them, and zeros.
  func cached(_ past: MatchedValue?, _ new: ValueID, _ edit: inout Edit) throws(NoMatch) -> ValueID {
    let shape = edit.emit(Concat(axis: 0), operands: [edit.axisSize(new, 0), edit.constant([op.kvNumHeads, 1, size])])[0]
    let nothing = edit.emit(ConstantOfShape(), shape)
    var rows = [new, nothing]
    var before = edit.constant([0])
    if let held, let past {
      rows.insert(try edit.cast(past, to: .float32), at: 0)
      before = held
    }
    let all = edit.transposed(edit.emit(Concat(axis: 2), operands: rows)[0], [0, 2, 1, 3])
    let shifted = edit.emit(Sub(), places, starts)
    let isNew = edit.emit(Less(), shifted, length)
    let fresh = edit.emit(Where(), isNew, edit.emit(Add(), shifted, before), edit.emit(Add(), before, length))
    let index = edit.emit(Where(), edit.emit(Less(), places, starts), places, fresh)
    var gather = GatherND()
    gather.batchDims = 1
    return edit.transposed(edit.emit(gather, all, edit.emit(Unsqueeze(), index, edit.constant([2]))), [0, 2, 1, 3])
  }

  /// Which keys each query sees: `[B, 1, S, C]`.
  private func visible(_ edit: inout Edit) -> ValueID {
    let rows = edit.emit(Unsqueeze(), queries, edit.constant([1, 3]))
    var result = edit.emit(Less(), places, edit.emit(Unsqueeze(), ends, edit.constant([1, 2])))
    guard op.causal else { return result }
    result = edit.emit(And(), result, edit.emit(LessOrEqual(), places, rows))
    guard op.localWindowSize > 0 else { return result }
    let first = edit.emit(Sub(), rows, edit.constant([op.localWindowSize]))
    return edit.emit(And(), result, edit.emit(Greater(), places, first))
  }

  /// `[B, S, N·H]`
  func attention(
    _ root: Matched<GroupQueryAttention>, _ q: ValueID, _ keys: ValueID, _ values: ValueID, _ edit: inout Edit
  ) throws(NoMatch) -> ValueID {
    let grouped = edit.constant([0, op.kvNumHeads, -1, size])
    let whole = edit.emit(Concat(axis: 0), operands: [edit.axisSize(q, 0), edit.constant([op.numHeads]), length, capacity])[0]
    let products = edit.emit(MatMul(), edit.emit(Reshape(), q, grouped), edit.transposed(keys, [0, 1, 3, 2]))
    var scores = edit.emit(Mul(), edit.emit(Reshape(), products, whole), try edit.scalar(attentionScale(op.scale, size: size), .float32))
    if let cap = op.softcap, cap > 0 {
      let limit = try edit.scalar(cap, .float32)
      scores = edit.emit(Mul(), edit.emit(Tanh(), edit.emit(Div(), scores, limit)), limit)
    }
    let plain = scores
    if let bias = root.ifPresent(.attentionBias) { scores = edit.emit(Add(), scores, try padded(bias, &edit)) }
    let seen = visible(&edit)
    scores = edit.emit(Where(), seen, scores, try edit.scalar(-.greatestFiniteMagnitude, .float32))
    let weights = edit.emit(Where(), seen, try normalized(scores, plain, root.ifPresent(.sinks), &edit), try edit.scalar(0, .float32))
    let byGroup = edit.emit(Concat(axis: 0), operands: [edit.axisSize(q, 0), edit.constant([op.kvNumHeads, -1]), capacity])[0]
    let mixed = edit.emit(MatMul(), edit.emit(Reshape(), weights, byGroup), values)
    let apart = edit.emit(Concat(axis: 0), operands: [edit.axisSize(q, 0), edit.constant([op.numHeads]), length, edit.constant([size])])[0]
    let heads = edit.emit(Reshape(), mixed, apart)
    return edit.emit(Reshape(), edit.transposed(heads, [0, 2, 1, 3]), edit.constant([0, 0, op.numHeads * size]))
  }

  /// The softmax, in which one more score may take part.
  private func normalized(_ scores: ValueID, _ plain: ValueID, _ sinks: MatchedValue?, _ edit: inout Edit) throws(NoMatch) -> ValueID {
    guard sinks != nil || op.smoothSoftmax == 1 else { return edit.emit(Softmax(), scores) }
    let column = edit.emit(Mul(), edit.sliced(plain, axis: 3, 0..<1), try edit.scalar(0, .float32))
    var one = column
    if let sinks {
      let own = edit.emit(Reshape(), try edit.cast(sinks, to: .float32), edit.constant([1, -1, 1, 1]))
      one = edit.emit(Add(), column, own)
    }
    let all = edit.emit(Softmax(), edit.emit(Concat(axis: 3), operands: [scores, one])[0])
    return edit.emit(Slice(), all, edit.constant([0]), edit.constant([-1]), edit.constant([3]))
  }

  /// A bias for as many keys as are held.
  private func padded(_ bias: MatchedValue, _ edit: inout Edit) throws(NoMatch) -> ValueID {
    let wide = try edit.cast(bias, to: .float32)
    guard held != nil else { return wide }
    let missing = edit.emit(Sub(), capacity, edit.axisSize(wide, 3))
    let pads = edit.emit(Concat(axis: 0), operands: [edit.constant([0, 0, 0, 0, 0, 0, 0]), missing])[0]
    return edit.emit(Pad(), wide, pads)
  }
}

extension Edit {
  /// The size of one axis, as a vector.
  fileprivate mutating func axisSize(_ x: ValueID, _ axis: Int) -> ValueID {
    var shape = ShapeOf()
    (shape.start, shape.end) = (axis, axis + 1)
    return emit(shape, x)
  }

  /// 0, 1, … of so many as a vector of one says.
  fileprivate mutating func counted(_ count: ValueID) -> ValueID {
    let (zero, one) = (emit(Reshape(), constant([0]), constant([])), emit(Reshape(), constant([1]), constant([])))
    return emit(RangeOf(), zero, emit(Reshape(), count, constant([])), one)
  }
}
