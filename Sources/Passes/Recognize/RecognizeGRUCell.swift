import Diagnostics
import GraphIR
import Operators
import Rewriting
import Tensors

/// Makes a `GRU` of one step of a gated recurrent unit. Exact up to rounding.
///
///     %z = Sigmoid(x·Wz + h·Rz + bz)      %r likewise
///     %n = Tanh(x·Wn + bn + %r ∘ (h·Rn + cn))
///     %h' = Add(Mul(Sub(1, %z), %n), Mul(%z, %h))      →   _, %h' = GRU([%x], W', R', b', _, [%h]) {linear_before_reset: 1}
///
/// or `n + z·(h − n)`, and without `linear_before_reset` from `(r ∘ h)·Rn`, with an axis of one step and one direction before and after. The gates may
/// come from one product or from several. Further steps are joined by `MergeRecurrentSteps`.
package struct RecognizeGRUCell: RewriteRule {
  package static let rounds = true
  package init() {}

  private struct Cell {
    var update: MatchedValue
    var candidate: MatchedValue
    var state: MatchedValue
  }

  /// The part of the candidate that depends on the state.
  private struct Reset {
    var gate: MatchedValue
    /// What of the candidate does not depend on the state.
    var input: GateSum
    /// `[hidden, hidden]`
    var matrix: Tensor
    var bias: Tensor?
    var isLinear: Bool
  }

  package func rewrite(_ root: Matched<Add>, _ edit: inout Edit) throws(NoMatch) {
    let cell = try matched(root)
    let h = cell.state
    let shape = try h.shape()
    guard shape.count == 2, let hidden = shape[1].number else { throw NoMatch("the state is no matrix of known width", h.id) }
    try h.requireSinglePrecision()
    let update = try GateSum(cell.update, &edit)
    let reset = try self.reset(cell, &edit)
    let gates = try [update, GateSum(reset.gate, &edit)]
    guard let x = update.products.map(\.value).first(where: { $0 != h }) else { throw NoMatch("there is no input") }
    try require(gates.allSatisfy { $0.products.count == 2 && $0.width == hidden }, "a gate does not depend on two values")
    try require(reset.input.products.map(\.value) == [x] && reset.input.width == hidden, "the candidate depends on something else")
    let inner = try x.shape()
    try require(inner.count == 2 && inner[0] == shape[0], "the batches differ")
    let inputs = try (gates + [reset.input]).map { (sum) throws(NoMatch) in try sum.matrix(of: x) }
    let states = try gates.map { (sum) throws(NoMatch) in try sum.matrix(of: h) } + [reset.matrix]
    let element = try h.elementType()
    let biases = gates.map(\.bias) + [reset.input.bias, nil, nil, reset.bias]
    let weights = try edit.constant(edit.computing { () throws(ModelError) in try .gateWeights(inputs) })
    let recurrent = try edit.constant(edit.computing { () throws(ModelError) in try .gateWeights(states) })
    let bias = try edit.constant(edit.computing { () throws(ModelError) in try .gateBiases(biases, hidden: hidden, element) })
    var op = GRU()
    (op.hiddenSize, op.linearBeforeReset) = (hidden, reset.isLinear)
    let first = edit.constant([0])
    let steps = [x, h].map { edit.emit(Unsqueeze(), $0.id, first) }
    let results = edit.emit(op, operands: [steps[0], weights, recurrent, bias, nil, steps[1]], resultCount: 2)
    edit.replace(root.result, with: edit.emit(Squeeze(), results[1], first))
  }

  /// `(1 − z)·n + z·h` or `n + z·(h − n)`, `n` a hyperbolic tangent and `z` a sigmoid.
  private func matched(_ root: Matched<Add>) throws(NoMatch) -> Cell {
    let (a, b) = try (root[.a], root[.b])
    for (fresh, kept) in [(a, b), (b, a)] {
      guard let product = try? kept.soleProducer(Mul.self), let (z, rest) = try? sigmoid(in: product) else { continue }
      if let difference = try? rest.soleProducer(Sub.self), try difference[.b] == fresh, fresh.useCount == 2, !fresh.isOutput,
        let tanh = try? fresh.producerAllowingOtherUses(Tanh.self), z.isSolelyUsed {
        return try Cell(update: z.producerAllowingOtherUses(Sigmoid.self)[.x], candidate: tanh[.x], state: difference[.a])
      }
      if let tanh = try? candidate(fresh, unlessKept: z), z.useCount == 2, !z.isOutput {
        return try Cell(update: z.producerAllowingOtherUses(Sigmoid.self)[.x], candidate: tanh[.x], state: rest)
      }
    }
    throw NoMatch("not a mean of a new state and the old one", root.result.id)
  }

  private func sigmoid(in product: Matched<Mul>) throws(NoMatch) -> (MatchedValue, MatchedValue) {
    let (a, b) = try (product[.a], product[.b])
    for (x, y) in [(a, b), (b, a)] where (try? x.producerAllowingOtherUses(Sigmoid.self)) != nil { return (x, y) }
    throw NoMatch("no sigmoid decides what is kept", product.result.id)
  }

  /// The hyperbolic tangent of `(1 − z)·tanh`.
  private func candidate(_ value: MatchedValue, unlessKept z: MatchedValue) throws(NoMatch) -> Matched<Tanh> {
    let product = try value.soleProducer(Mul.self)
    let (a, b) = try (product[.a], product[.b])
    for (x, y) in [(a, b), (b, a)] {
      guard let rest = try? x.soleProducer(Sub.self), try rest[.b] == z, try rest[.a].uniformNumber == 1 else { continue }
      return try y.soleProducer(Tanh.self)
    }
    throw NoMatch("the new state is not weighted by what is not kept", value.id)
  }

  private func reset(_ cell: Cell, _ edit: inout Edit) throws(NoMatch) -> Reset {
    if let linear = try? linearReset(cell, &edit) { return linear }
    let whole = try GateSum(cell.candidate, &edit)
    for (value, matrix) in whole.products {
      guard let product = try? value.producerAllowingOtherUses(Mul.self), let (gate, state) = try? sigmoid(in: product), state == cell.state,
        value.isSolelyUsed, gate.isSolelyUsed
      else { continue }
      let input = try whole.without(value)
      return try Reset(gate: gate.producerAllowingOtherUses(Sigmoid.self)[.x], input: input, matrix: matrix, bias: nil, isLinear: false)
    }
    throw NoMatch("the state is not reset", cell.candidate.id)
  }

  /// `x·W + r ∘ (h·R + b)`
  private func linearReset(_ cell: Cell, _ edit: inout Edit) throws(NoMatch) -> Reset {
    let sum = try cell.candidate.soleProducer(Add.self)
    let (a, b) = try (sum[.a], sum[.b])
    for (input, reset) in [(a, b), (b, a)] {
      guard let product = try? reset.soleProducer(Mul.self), let (gate, rest) = try? sigmoid(in: product), gate.isSolelyUsed else { continue }
      let state = try GateSum(rest, &edit)
      try require(state.products.map(\.value) == [cell.state], "what is reset depends on something else")
      return try Reset(
        gate: gate.producerAllowingOtherUses(Sigmoid.self)[.x], input: GateSum(input, &edit), matrix: state.matrix(of: cell.state),
        bias: state.bias, isLinear: true)
    }
    throw NoMatch("nothing is reset", cell.candidate.id)
  }
}
