import GraphIR
import Operators
import Tensors

/// Attention as a recurrence over a state, one round of a loop for every position.
let linearAttentionDecompositions: [Decomposition] = [
  Decomposition(LinearAttention.self) { (op, context) throws(NotRepresentable) in try context.recurrent(op) }
]

extension StepContext {
  /// `S ← e^decay·S + k ⊗ u`, `o = qᵀ·S`, with `u = v` or `β·(v - Sᵀ·k)`, on `[batch, heads, …]` for one position at a time.
  fileprivate mutating func recurrent(_ op: LinearAttention) throws(NotRepresentable) -> [ValueID?] {
    let (q, k, v) = (try required(0), try required(1), try required(2))
    guard let width = try knownShape(q).last?.number, op.qHeads > 0, op.kvHeads > 0, op.qHeads % op.kvHeads == 0, width >= op.qHeads else {
      throw NotRepresentable("the size of a head is unknown")
    }
    let element = try knownElement(q)
    let work: ElementType = element == .float64 ? .float64 : .float32
    let scale = op.scale == 0 ? 1 / Double(width / op.qHeads).squareRoot() : Double(op.scale)
    let queries = try emit(Mul(), stepwise(q, [op.kvHeads, op.qHeads / op.kvHeads, -1], work), number(scale, work))
    let (keys, values) = (try stepwise(k, [op.kvHeads, -1, 1], work), try stepwise(v, [op.kvHeads, 1, -1], work))
    var captures = [queries, keys, values]
    let decay = try operand(4).map { (decay) throws(NotRepresentable) in try emit(Exp(), stepwise(decay, [op.kvHeads, -1, 1], work)) }
    let beta = try operand(5).map { (beta) throws(NotRepresentable) in try stepwise(beta, [-1, 1, 1], work) }
    captures += [decay, beta].compactMap { $0 }
    let initial: ValueID
    if let past = operand(3) {
      initial = try cast(past, to: work)
    } else {
      let shape = try concat([size(q, axis: 0), vector([op.kvHeads, width / op.qHeads]), size(values, axis: 4)])
      initial = try emit(Expand(), number(0, work), shape)
    }
    let count = try scalar(size(q, axis: 1))
    let results = try loop(count, carried: [initial], captures: captures) { (body, step, carried, seen) throws(NotRepresentable) in
      var now: [ValueID] = []
      for value in seen { now.append(try body.emit(Gather(axis: 0), value, step)) }
      var state = carried[0]
      if decay != nil { state = try body.emit(Mul(), state, now[3]) }
      var update = now[2]
      if beta != nil, let factor = now.last {
        let known = try body.sum(body.emit(Mul(), state, now[1]), axes: [2], keepdims: true)
        update = try body.emit(Mul(), factor, body.emit(Sub(), update, known))
      }
      state = try body.emit(Add(), state, body.emit(Mul(), now[1], update))
      return LoopValues(carried: [state], stacked: [try body.emit(MatMul(), now[0], state)])
    }
    let output = try reshape(transpose(results[1], [1, 0, 2, 3, 4]), [0, 0, -1])
    return [try cast(output, to: element), try cast(results[0], to: operand(3).map { (past) throws(NotRepresentable) in try knownElement(past) } ?? element)]
  }

  /// `[batch, length, …]` as `[length, batch, …]`, the last axis taken apart.
  private mutating func stepwise(_ x: ValueID, _ parts: [Int], _ element: ElementType) throws(NotRepresentable) -> ValueID {
    try transpose(reshape(cast(x, to: element), [0, 0] + parts), [1, 0, 2, 3, 4])
  }
}
