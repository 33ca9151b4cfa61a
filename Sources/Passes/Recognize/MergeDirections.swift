import Diagnostics
import GraphIR
import Operators
import Rewriting
import Tensors

/// Makes one layer of two that read a sequence from either end. Exact.
///
///     %f = LSTM(%x, W, R, B)
///     %r = LSTM(%x, W', R', B') {direction: "reverse"}
///     %y = Concat(%f, %r) {axis: 1}   →   %y = LSTM(%x, [W, W'], [R, R'], [B, B']) {direction: "bidirectional"}
///
/// and the same for `GRU` and `RNN`, and where the results, without their axis of directions, lie side by side along the last: then what comes after the
/// layer gives that order. Weights are constants; states begin at zero, and the last ones are not used.
package struct MergeDirections: RewriteRule {
  package init() {}

  package func rewrite(_ concat: Matched<Concat>, _ edit: inout Edit) throws(NoMatch) {
    let (parts, isSqueezed) = try directions(concat)
    let (forward, backward) = try (parts[0].anyProducer(), parts[1].anyProducer())
    for part in parts { try part.requireSoleUse() }
    let op = try merged(forward, backward)
    try require(try forward.operand(0) == backward.operand(0), "they read different sequences")
    for node in [forward, backward] {
      try require(node.isUnused(result: 1) && node.isUnused(result: 2), "the last states are in use")
      try require((4..<8).allSatisfy { node.operandIfPresent($0) == nil }, "the states do not begin at zero, or sequences differ in length")
    }
    var operands: [ValueID?] = [try forward.operand(0).id]
    for index in 1..<4 {
      guard let a = forward.operandIfPresent(index), let b = backward.operandIfPresent(index) else {
        try require(forward.operandIfPresent(index) == nil && backward.operandIfPresent(index) == nil, "only one has a bias")
        continue
      }
      let (first, second) = try (a.constant(), b.constant())
      try require(first.shape == second.shape && first.element == second.element && first.shape.first == 1, "the weights differ in size")
      operands.append(edit.constant(try edit.computing { () throws(ModelError) in try first.beside(second) }))
    }
    let both = edit.emit(op, operands: operands)[0]
    guard isSqueezed else { return try edit.replace(concat.result, withSameShape: both) }
    // [steps, directions, batch, hidden]
    let together = edit.emit(Transpose(perm: [0, 2, 1, 3]), both)
    guard let width = try concat.result.shape().last?.number else { throw NoMatch("the width is not known", concat.result.id) }
    try edit.replace(concat.result, withSameShape: edit.emit(Reshape(), together, edit.constant([0, 0, width])))
  }

  /// The results of the two layers, and whether their axis of directions was removed before they were put side by side.
  private func directions(_ concat: Matched<Concat>) throws(NoMatch) -> (parts: [MatchedValue], isSqueezed: Bool) {
    let parts = concat.all(from: .inputs).compactMap { $0 }
    try require(parts.count == 2, "there are not two directions")
    let (rank, axis) = (try parts[0].rank(), concat.op.axis)
    if rank == 4, axis == 1 || axis == -3 { return (parts, false) }
    try require(rank == 3 && (axis == 2 || axis == -1), "the directions are not side by side")
    let whole = try parts.map { (part) throws(NoMatch) in
      let squeeze = try part.soleProducer(Squeeze.self)
      guard let axes = try squeeze.ifPresent(.axes)?.integers(), axes == [1] || axes == [-3] else { throw NoMatch("another axis is removed", part.id) }
      try require(try squeeze[.data].rank() == 4, "not results of recurrent layers")
      return try squeeze[.data]
    }
    return (whole, true)
  }

  /// The layer in both directions, when the nodes are it in one each.
  private func merged(_ forward: MatchedNode, _ backward: MatchedNode) throws(NoMatch) -> any Operator {
    switch (forward.op, backward.op) {
    case (let a as LSTM, let b as LSTM): try merged(a, b, \.direction, isUsual: a.activations == nil && !a.batchFirst)
    case (let a as GRU, let b as GRU): try merged(a, b, \.direction, isUsual: a.activations == nil && !a.batchFirst)
    case (let a as RNN, let b as RNN): try merged(a, b, \.direction, isUsual: a.activations == nil && !a.batchFirst)
    default: throw NoMatch("the operands are not two recurrent layers of a kind")
    }
  }

  private func merged<Layer: Operator>(
    _ forward: Layer, _ backward: Layer, _ direction: WritableKeyPath<Layer, RecurrentDirection>, isUsual: Bool
  ) throws(NoMatch) -> any Operator {
    try require(forward[keyPath: direction] == .forward && backward[keyPath: direction] == .reverse, "they do not read in opposite directions")
    try require(isUsual, "the layers have activations of their own, or another order of axes")
    var (both, turned) = (forward, backward)
    turned[keyPath: direction] = .forward
    try require(forward.isEqual(to: turned), "the layers differ")
    both[keyPath: direction] = .bidirectional
    return both
  }
}

extension Tensor {
  /// Both tensors along their first axis.
  fileprivate func beside(_ other: Tensor) throws(ModelError) -> Tensor {
    var concat = Concat()
    concat.axis = 0
    return try deferred(concat, self, other)
  }
}
