import GraphIR
import Operators
import Rewriting

/// Makes a recurrent layer of a loop over the rows of a sequence whose body is one step of it. Exact.
///
///     %h, %all = Loop(T, _, %h0) {body: graph(%i, %t, %s) -> (%t, %n, %n) { a GRU of one step on Gather(%x: f32[T,N,I], %i) }}
///       →   %all, %h = GRU(%x, W, R, B, _, %h0)
///
/// and the same for `LSTM`. The loop reads every row of %x, which it captures. `RecognizeLSTMCell` and `RecognizeGRUCell` make such bodies.
package struct RecognizeLoopedLayer: RewriteRule {
  package init() {}

  package func rewrite(_ loop: Matched<Loop>, _ edit: inout Edit) throws(NoMatch) {
    let body = loop.op.body
    let recurrent = try RecurrentBody(body)
    let stateCount = recurrent.states.count
    try require(body.inputs.count == stateCount + 2 && body.outputs.count == loop.node.resultCount + 1, "there are other states")
    let x = try sequence(recurrent.x, body, loop)
    try x.requireSinglePrecision()
    try require(try x.rank() == 3, "the sequence has another rank")
    if let condition = loop.ifPresent(.condition) {
      guard let flag = try? condition.constant().integers().first, flag == 1 else { throw NoMatch("the condition is not known", condition.id) }
    }
    try require(body.keepsCondition, "the condition may end the loop")
    guard let count = loop.ifPresent(.count) else { throw NoMatch("the number of iterations is open") }
    try require(try count.elements() == [x.shape()[0]], "the loop does not read the whole sequence")
    var initial: [ValueID] = []
    for state in recurrent.states {
      guard let place = body.inputs.firstIndex(of: state), place >= 2 else { throw NoMatch("a state is not carried", x.id) }
      try initial.append(loop.node.operand(place).id)
    }
    let layer = try recurrent.layer(x.id, initial, reversed: false, &edit)
    for (index, output) in body.outputs.dropFirst().enumerated() {
      guard let state = recurrent.state(output) else { throw NoMatch("the body gives something else") }
      if index >= stateCount {
        try require(state == .hidden, "the cells of all steps are kept")
        edit.replace(loop.result(index), with: layer.all)
        continue
      }
      let place = state == .hidden ? 0 : 1
      try require(recurrent.states[place] == body.inputs[index + 2], "the states change places")
      edit.replace(loop.result(index), with: layer.last[place])
    }
  }

  /// What the body reads a row of in each iteration.
  private func sequence(_ row: ValueID, _ body: Graph, _ loop: Matched<Loop>) throws(NoMatch) -> MatchedValue {
    guard let producer = body.producer(of: row), let gather = body[producer].op as? Gather, gather.axis == 0, body[producer].operands.count == 2,
      body[producer].operands[1] == body.inputs[0], let source = body[producer].operands[0], let place = body.captures.firstIndex(of: source)
    else { throw NoMatch("the layer does not read a row of a sequence") }
    return try loop.node.operand(loop.node.operandCount - body.captures.count + place)
  }
}
