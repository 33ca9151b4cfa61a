import GraphIR
import Operators
import Tensors

/// Losses, and running sums and products of any length.
let accumulatingDecompositions: [Decomposition] = [
  Decomposition(NegativeLogLikelihoodLoss.self) { (op, context) throws(NotRepresentable) in [try context.likelihoodLoss(op)] },
  Decomposition(CumSum.self) { (op, context) throws(NotRepresentable) in
    [try context.accumulated(Add(), from: 0, exclusive: op.exclusive, reverse: op.reverse)]
  },
  Decomposition(CumProd.self) { (op, context) throws(NotRepresentable) in
    [try context.accumulated(Mul(), from: 1, exclusive: op.exclusive, reverse: op.reverse)]
  },
  // What lies before is put before, and what remains is the next state.
  Decomposition(CausalConvWithState.self) { (op, context) throws(NotRepresentable) in
    let (x, weight) = (try context.required(0), try context.required(1))
    guard let taps = try context.knownShape(weight)[2].number, let channels = try context.knownShape(x)[1].number else {
      throw NotRepresentable("the number of channels or taps is unknown")
    }
    let padded: ValueID
    if let past = context.operand(3) { padded = try context.concat([past, x], axis: 2) } else {
      padded = try context.emit(Pad(), x, context.vector([0, 0, taps - 1, 0, 0, 0]))
    }
    var convolution = Conv()
    convolution.group = channels
    convolution.kernelShape = [taps]
    var result = try context.emit(convolution, padded, weight, context.operand(2))
    if op.activation != .none { result = try context.emit(Mul(), result, context.emit(Sigmoid(), result)) }
    guard context.isUsed(1) else { return [result] }
    return [result, try context.slice(padded, axis: 2, from: taps > 1 ? 1 - taps : Int(Int32.max), to: Int(Int32.max))]
  },
  Decomposition(OptionalHasElement.self) { (_, context) throws(NotRepresentable) in
    guard let x = context.operand(0) else { return [try context.flagConstant(false)] }
    switch context.graph[x].type {
    case .tensor, .sequence: return [try context.flagConstant(true)]
    default: throw NotRepresentable("whether there is something is computed")
    }
  },
  Decomposition(OptionalGetElement.self) { (_, context) throws(NotRepresentable) in
    let x = try context.required(0)
    switch context.graph[x].type {
    case .tensor, .sequence: return [x]
    default: throw NotRepresentable("there are no optionals")
    }
  },
]

extension StepContext {
  fileprivate mutating func flagConstant(_ flag: Bool) throws(NotRepresentable) -> ValueID { try number(flag ? 1 : 0, .bool) }

  /// The number at each label's class, and its weight, 0 where the label is to be ignored.
  fileprivate mutating func likelihoodLoss(_ op: NegativeLogLikelihoodLoss) throws(NotRepresentable) -> ValueID {
    let x = try required(0)
    let element = try knownElement(x)
    let rank = try knownShape(x).count
    var labels = try cast(required(1), to: .int64)
    var factor: ValueID?
    if let ignored = op.ignoreIndex {
      let counts = try emit(Not(), emit(Equal(), labels, constant(scalar: ignored)))
      labels = try emit(Mul(), labels, cast(counts, to: .int64))
      factor = try cast(counts, to: element)
    }
    var gather = GatherElements()
    gather.axis = 1
    let chosen = try emit(Neg(), squeeze(emit(gather, x, unsqueeze(labels, at: [1])), at: [1]))
    if let weights = operand(2) {
      let own = try emit(Gather(axis: 0), weights, labels)
      factor = try factor.map { (flag) throws(NotRepresentable) in try emit(Mul(), own, flag) } ?? own
    }
    let losses = try factor.map { (factor) throws(NotRepresentable) in try emit(Mul(), chosen, factor) } ?? chosen
    if op.reduction == .none { return losses }
    let axes = Array(0..<rank - 1)
    let total = try sum(losses, axes: axes)
    if op.reduction == .sum { return total }
    guard let factor else { return try mean(losses, axes: axes, keepdims: false) }
    return try emit(Div(), total, sum(factor, axes: axes))
  }

  /// Slice by slice, in a loop.
  fileprivate mutating func accumulated(
    _ op: any Operator, from start: Double, exclusive: Bool, reverse: Bool
  ) throws(NotRepresentable) -> ValueID {
    let x = try required(0)
    let rank = try knownShape(x).count
    let along = try axis(integer(required(1), what: "axis"), of: x)
    let order = [along] + (0..<rank).filter { $0 != along }
    let slices = try transpose(x, order)
    var sizes: [ValueID] = []
    for axis in order.dropFirst() { sizes.append(try size(x, axis: axis)) }
    let first = try number(start, like: x)
    let initial = try sizes.isEmpty ? first : emit(Expand(), first, concat(sizes))
    let count = try scalar(size(x, axis: along))
    let last = try emit(Sub(), count, constant(scalar: 1))
    let kept = try loop(count, carried: [initial], captures: [slices, last]) { (body, step, carried, seen) throws(NotRepresentable) in
      let place = try reverse ? body.emit(Sub(), seen[1], step) : step
      let next = try body.emit(op, carried[0], body.emit(Gather(axis: 0), seen[0], place))
      let stays = try exclusive ? body.emit(Identity(), carried[0]) : next
      return LoopValues(carried: [next], stacked: [stays])
    }[1]
    let inOrder = try reverse ? emit(Gather(axis: 0), kept, emit(Sub(), last, positions(slices, axis: 0))) : kept
    return try transpose(inOrder, order.indices.map { order.firstIndex(of: $0) ?? $0 })
  }
}
