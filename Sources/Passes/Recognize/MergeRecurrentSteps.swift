import GraphIR
import Operators
import Rewriting

/// Makes one layer of steps that follow each other. Exact.
///
///     _, %h1, %c1 = LSTM(%x0: f32[1,N,I], W, R, B, _, %h0, %c0)
///     _, %h2, %c2 = LSTM(%x1: f32[1,N,I], W, R, B, _, %h1, %c1)
///       →   %all, %h2, %c2 = LSTM(Concat(%x0, %x1), W, R, B, _, %h0, %c0);  %h1 = a part of %all
///
/// and the same for `GRU`. The cells in between have no other use. `RecognizeLSTMCell` and `RecognizeGRUCell` make such steps.
package struct MergeRecurrentSteps: NodeRule {
  package init() {}

  package var roots: RuleRoots { .operators([LSTM.self, GRU.self]) }

  private static let stepLimit = 4096

  package func rewrite(_ last: MatchedNode, _ edit: inout Edit) throws(NoMatch) {
    try require(isStep(last), "not one step from given states")
    try require(last.result(1).users.allSatisfy { (try? previous(of: $0)) != last.id }, "a later step goes on")
    var steps = [last]
    while steps.count < Self.stepLimit, let first = steps.last, let state = first.operandIfPresent(5), let id = try? previous(of: first) {
      let node = try state.anyProducer()
      guard node.id == id else { break }
      steps.append(node)
    }
    steps.reverse()
    try require(steps.count > 1, "no other step comes before")
    var concat = Concat()
    concat.axis = 0
    let inputs = try steps.map { (step) throws(NoMatch) in try step.operand(0).id }
    var operands = [ValueID?](edit.emit(concat, operands: inputs))
    for index in 1..<last.operandCount { operands.append(steps[0].operandIfPresent(index)?.id) }
    let results = edit.emit(last.op, operands: operands, resultCount: last.resultCount)
    let inner = steps.dropLast().map { $0.result(1) }
    if inner.contains(where: { !$0.isSolelyUsed }) {
      let all = edit.emit(Squeeze(), results[0], edit.constant([1]))
      for (index, step) in steps.enumerated() where index == steps.count - 1 || !step.result(1).isSolelyUsed {
        let state = edit.emit(Gather(axis: 0), all, try edit.position(index))
        edit.replace(step.result(1), with: edit.emit(Unsqueeze(), state, edit.constant([0])))
      }
    } else {
      edit.replace(last.result(1), with: results[1])
    }
    if last.resultCount > 2, !last.isUnused(result: 2) { edit.replace(last.result(2), with: results[2]) }
  }

  private func isStep(_ node: MatchedNode) -> Bool {
    let isPlain: Bool
    switch node.op {
    case let op as LSTM: isPlain = op.direction == .forward && !op.batchFirst && node.operandIfPresent(7) == nil && node.operandIfPresent(6) != nil
    case let op as GRU: isPlain = op.direction == .forward && !op.batchFirst
    default: isPlain = false
    }
    guard isPlain, node.resultCount > 1, node.isUnused(result: 0), node.operandIfPresent(4) == nil, node.operandIfPresent(5) != nil else { return false }
    return (try? node.operand(0).shape().first) == 1
  }

  /// The step whose last states this one begins with.
  private func previous(of step: MatchedNode) throws(NoMatch) -> NodeID {
    try require(isStep(step), "not one step from given states")
    let state = try step.operand(5)
    let before = try state.anyProducer()
    try require(isStep(before) && before.op.isEqual(to: step.op) && before.result(1) == state, "the layers differ")
    for index in 1...3 { try require(before.operandIfPresent(index) == step.operandIfPresent(index), "the weights differ") }
    if step.op is LSTM {
      try require(before.resultCount > 2 && step.operandIfPresent(6) == before.result(2), "the cell comes from elsewhere")
      try before.result(2).requireSoleUse()
    }
    return before.id
  }
}
