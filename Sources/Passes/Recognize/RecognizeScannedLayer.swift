import GraphIR
import Operators
import Rewriting

/// Makes a recurrent layer of a scan whose body is one step of it. Exact.
///
///     %h, %all = Scan(%h0, %x: f32[T,N,I]) {body: graph(%s, %xt) -> (%n, %n) { a GRU of one step }}   →   %all, %h = GRU(%x, W, R, B, _, %h0)
///
/// and the same for `LSTM`. The sequence lies along the first axis, of operand and results; scanned from its end, it is read in reverse.
/// `RecognizeLSTMCell` and `RecognizeGRUCell` make such bodies.
package struct RecognizeScannedLayer: RewriteRule {
  package init() {}

  package func rewrite(_ scan: Matched<Scan>, _ edit: inout Edit) throws(NoMatch) {
    let (op, body) = (scan.op, scan.op.body)
    let recurrent = try RecurrentBody(body)
    let stateCount = recurrent.states.count
    try require(op.numScanInputs == 1 && body.inputs.count == stateCount + 1, "there are other states or sequences")
    try require(recurrent.x == body.inputs[stateCount], "the layer does not read the sequence")
    let axes = (op.scanInputAxes ?? []) + (op.scanOutputAxes ?? [])
    try require(axes.allSatisfy { $0 == 0 }, "the sequence is along another axis")
    let directions = (op.scanInputDirections ?? [0]) + (op.scanOutputDirections ?? [Int](repeating: 0, count: scan.node.resultCount - stateCount))
    try require(Set(directions).count == 1, "the sequence is turned round")
    let x = try scan.node.operand(stateCount)
    try require(try x.rank() == 3, "the sequence has another rank")
    try x.requireSinglePrecision()
    var initial: [ValueID] = []
    for state in recurrent.states {
      guard let place = body.inputs.firstIndex(of: state), place < stateCount else { throw NoMatch("a state is not carried", x.id) }
      try initial.append(scan.node.operand(place).id)
    }
    try require(body.outputs.count == scan.node.resultCount, "the body does not fit the scan")
    let layer = try recurrent.layer(x.id, initial, reversed: directions[0] == 1, &edit)
    for (index, output) in body.outputs.enumerated() {
      guard let state = recurrent.state(output) else { throw NoMatch("the body gives something else") }
      if index >= stateCount {
        try require(state == .hidden, "the cells of all steps are kept")
        edit.replace(scan.result(index), with: layer.all)
        continue
      }
      let place = state == .hidden ? 0 : 1
      try require(recurrent.states[place] == body.inputs[index], "the states change places")
      edit.replace(scan.result(index), with: layer.last[place])
    }
  }
}
