import Diagnostics
import GraphIR
import Operators
import Rewriting
import Tensors

/// Makes an `LSTM` of one step of a long short-term memory. Exact up to rounding.
///
///     %s = Add(MatMul(%x: f32[N,I], W), MatMul(%h: f32[N,H], R))
///     %i, %f, %g, %o = Split(Add(%s, b)) {axis: 1}
///     %c' = Add(Mul(Sigmoid(%f), %c), Mul(Sigmoid(%i), Tanh(%g)))    →   _, %h', %c' = LSTM([%x], W', R', b', _, [%h], [%c])
///     %h' = Mul(Sigmoid(%o), Tanh(%c'))
///
/// with an axis of one step and one direction before and after. The gates may come in any order, from one product or from several, of
/// the values side by side or one by one. Further steps are joined by `MergeRecurrentSteps`.
package struct RecognizeLSTMCell: RewriteRule {
  package static let rounds = true
  package init() {}

  private struct Cell {
    /// What goes into the gates, in the order i, o, f, c.
    var gates: [MatchedValue]
    var state: MatchedValue
    var next: MatchedValue
  }

  package func rewrite(_ root: Matched<Mul>, _ edit: inout Edit) throws(NoMatch) {
    let cell = try matched(root)
    let shape = try cell.state.shape()
    guard shape.count == 2, let hidden = shape[1].number else { throw NoMatch("the state is no matrix of known width", cell.state.id) }
    try root.result.requireSinglePrecision()
    var sums: [GateSum] = []
    for gate in cell.gates { try sums.append(GateSum(gate, &edit)) }
    try require(sums.allSatisfy { $0.width == hidden && $0.products.count == 2 }, "a gate does not depend on two values")
    let (x, h) = try roles(sums[0].products.map(\.value), cell.state, hidden)
    let inner = try x.shape()
    try require(try h.shape() == shape && inner.count == 2 && inner[0] == shape[0], "the batches differ")
    let inputs = try sums.map { (sum) throws(NoMatch) in try sum.matrix(of: x) }
    let states = try sums.map { (sum) throws(NoMatch) in try sum.matrix(of: h) }
    let element = try root.result.elementType()
    let weights = try edit.constant(edit.computing { () throws(ModelError) in try .gateWeights(inputs) })
    let recurrent = try edit.constant(edit.computing { () throws(ModelError) in try .gateWeights(states) })
    let biases = sums.map(\.bias) + [Tensor?](repeating: nil, count: 4)
    let bias = try edit.computing { () throws(ModelError) in try .gateBiases(biases, hidden: hidden, element) }
    var op = LSTM()
    op.hiddenSize = hidden
    let first = edit.constant([0])
    let steps = [x, h, cell.state].map { edit.emit(Unsqueeze(), $0.id, first) }
    let operands = [steps[0], weights, recurrent, edit.constant(bias), nil, steps[1], steps[2]]
    let results = edit.emit(op, operands: operands, resultCount: 3)
    edit.replace(root.result, with: edit.emit(Squeeze(), results[1], first))
    if !cell.next.isSolelyUsed { edit.replace(cell.next, with: edit.emit(Squeeze(), results[2], first)) }
  }

  private func matched(_ root: Matched<Mul>) throws(NoMatch) -> Cell {
    let (output, next) = try gated(root)
    let sum = try next.producerAllowingOtherUses(Add.self)
    let (a, b) = try (sum[.a].soleProducer(Mul.self), sum[.b].soleProducer(Mul.self))
    for (written, kept) in [(a, b), (b, a)] {
      guard let (input, candidate) = try? gated(written), let (forget, state) = try? forgotten(kept) else { continue }
      return Cell(gates: [input, output, forget, candidate], state: state, next: next)
    }
    throw NoMatch("the cell is not what is kept and what is written", next.id)
  }

  /// What goes into the functions of a product of a sigmoid and a hyperbolic tangent.
  private func gated(_ product: Matched<Mul>) throws(NoMatch) -> (gate: MatchedValue, value: MatchedValue) {
    let (a, b) = try (product[.a], product[.b])
    for (x, y) in [(a, b), (b, a)] {
      guard let gate = try? x.soleProducer(Sigmoid.self), let value = try? y.soleProducer(Tanh.self) else { continue }
      return try (gate[.x], value[.x])
    }
    throw NoMatch("not a product of a sigmoid and a hyperbolic tangent", product.result.id)
  }

  private func forgotten(_ product: Matched<Mul>) throws(NoMatch) -> (gate: MatchedValue, state: MatchedValue) {
    let (a, b) = try (product[.a], product[.b])
    for (x, state) in [(a, b), (b, a)] {
      if let gate = try? x.soleProducer(Sigmoid.self) { return try (gate[.x], state) }
    }
    throw NoMatch("no sigmoid decides what is kept", product.result.id)
  }

  /// Which value is the input and which the state. Within one step the two can be exchanged where they are of one width; for the steps to fit together,
  /// the state is what comes from where the cell comes from, or else the earlier input.
  private func roles(_ values: [MatchedValue], _ cell: MatchedValue, _ hidden: Int) throws(NoMatch) -> (x: MatchedValue, h: MatchedValue) {
    let candidates = values.filter { $0.type?.shape?.last?.number == hidden }
    guard var state = candidates.first else { throw NoMatch("no value has the width of the state") }
    if candidates.count == 2 {
      func rank(_ value: MatchedValue) -> Int {
        if let source = value.recurrentSource, source == cell.recurrentSource { return 0 }
        return value.isConstant ? 1 : (try? value.anyProducer()) == nil ? 2 : 3
      }
      state = candidates.min { (rank($0), $0.id) < (rank($1), $1.id) } ?? state
    }
    guard let x = values.first(where: { $0 != state }) else { throw NoMatch("there is no input") }
    return (x, state)
  }
}

extension MatchedValue {
  /// The recurrent layer, if any, of whose last states this is one, without the axis of directions.
  fileprivate var recurrentSource: NodeID? {
    guard let squeeze = try? producerAllowingOtherUses(Squeeze.self), let node = try? squeeze[.data].anyProducer(), node.op is LSTM else { return nil }
    return node.id
  }
}
