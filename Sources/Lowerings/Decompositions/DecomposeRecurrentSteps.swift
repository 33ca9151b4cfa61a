import Diagnostics
import GraphIR
import Operators
import Tensors

/// Recurrent layers as scans over their steps, for those who have no peepholes, coupled gates, or other functions than the usual ones.
let recurrentStepDecompositions: [Decomposition] = [
  Decomposition(LSTM.self) { (op, context) throws(NotRepresentable) in
    let form = RecurrentForm(
      kind: .lstm(inputForget: op.inputForget), direction: op.direction, batchFirst: op.batchFirst, clip: op.clip, functions: try? op.gateFunctions())
    return try context.stepped(form)
  },
  Decomposition(GRU.self) { (op, context) throws(NotRepresentable) in
    let form = RecurrentForm(
      kind: .gru(linearBeforeReset: op.linearBeforeReset), direction: op.direction, batchFirst: op.batchFirst, clip: op.clip,
      functions: try? op.gateFunctions())
    return try context.stepped(form)
  },
  Decomposition(RNN.self) { (op, context) throws(NotRepresentable) in
    let form = RecurrentForm(
      kind: .plain, direction: op.direction, batchFirst: op.batchFirst, clip: op.clip, functions: try? op.gateFunctions())
    return try context.stepped(form)
  },
]

/// The same for an LSTM of 8-bit products, whose steps round the state as it comes.
let dynamicRecurrentDecomposition = Decomposition(DynamicQuantizeLSTM.self) { (op, context) throws(NotRepresentable) in
  let layer = op.layer
  var form = RecurrentForm(
    kind: .lstm(inputForget: layer.inputForget), direction: layer.direction, batchFirst: false, clip: layer.clip, functions: try? layer.gateFunctions())
  form.roundsToSteps = true
  return try context.stepped(form)
}

/// What a layer's attributes say.
private struct RecurrentForm {
  enum Kind {
    case lstm(inputForget: Bool)
    case gru(linearBeforeReset: Bool)
    case plain
  }
  var kind: Kind
  var direction: RecurrentDirection
  var batchFirst: Bool
  var clip: Float?
  /// Of each direction.
  var functions: [[GateFunction]]?
  /// Products are of 8-bit integers: weights lie as products want them, with scales and zero points from operand 8 on, and what they are
  /// multiplied with is quantised by its own range.
  var roundsToSteps = false

  var stateCount: Int { if case .lstm = kind { 2 } else { 1 } }
}

/// What a step sees of its layer from inside the scan: matrices as products want them.
private struct StepParameters {
  /// `[hidden, gates · hidden]`
  var recurrent: ValueID
  /// `[gates · hidden]`
  var bias: ValueID?
  /// `[3 · hidden]`, of the gates i, o and f.
  var peephole: ValueID?
  var functions: [GateFunction]
  var clip: Float?
  var hidden: Int
  /// Whether the state is rounded to 8 bits before the product.
  var roundsToSteps: Bool
}

extension StepContext {
  fileprivate mutating func stepped(_ form: RecurrentForm) throws(NotRepresentable) -> [ValueID?] {
    guard let functions = form.functions, !form.batchFirst else { throw NotRepresentable("") }
    var all: [ValueID] = []
    var ends = [[ValueID]](repeating: [], count: form.stateCount)
    for index in functions.indices {
      let isReverse = form.direction == .reverse || index == 1
      let results = try steps(form, functions[index], index, of: functions.count, isReverse)
      all.append(try unsqueeze(results[form.stateCount], at: [1]))
      for state in 0..<form.stateCount { ends[state].append(try unsqueeze(results[state], at: [0])) }
    }
    var results: [ValueID?] = [try concat(all, axis: 1)]
    for state in ends { results.append(try concat(state)) }
    return Array(results.prefix(graph[node].results.count))
  }

  /// One direction's part of an operand.
  private mutating func part(_ index: Int, _ direction: Int) throws(NotRepresentable) -> ValueID? {
    guard let value = operand(index) else { return nil }
    return try emit(Gather(axis: 0), value, constant(scalar: direction))
  }

  /// One direction's weights as products want them: `[elements, gates · hidden]`.
  private mutating func matrix(_ index: Int, _ direction: Int, _ form: RecurrentForm) throws(NotRepresentable) -> ValueID {
    guard let part = try part(index, direction) else { throw NotRepresentable("operand \(index) is missing") }
    guard form.roundsToSteps else { return try transpose(part, [1, 0]) }
    let scale = index == 1 ? 8 : 10
    var op = DequantizeLinear()
    op.axis = 1
    return try emit(op, part, self.part(scale, direction), self.part(scale + 1, direction))
  }

  /// `x` in the 255 steps of its range.
  private mutating func inSteps(_ x: ValueID) throws(NotRepresentable) -> ValueID {
    let parts = try emit(DynamicQuantizeLinear(), [x], results: 3)
    return try emit(DequantizeLinear(), parts[0], parts[1], parts[2])
  }

  /// `x`, from the end of the longest sequence on zeros.
  private mutating func withinSequences(_ x: ValueID) throws(NotRepresentable) -> ValueID {
    guard let lengths = operand(4) else { return x }
    let longest = try emit(ReduceMax(), cast(lengths, to: .int64), vector([0]))
    let isWithin = try emit(Less(), positions(x, axis: 0), longest)
    return try emit(Where(), unsqueeze(isWithin, at: [1, 2]), x, number(0, like: x))
  }

  /// The last states `[batch, hidden]`, and the results of all steps `[steps, batch, hidden]`.
  private mutating func steps(
    _ form: RecurrentForm, _ functions: [GateFunction], _ index: Int, of count: Int, _ isReverse: Bool
  ) throws(NotRepresentable) -> [ValueID] {
    let x = try form.roundsToSteps ? inSteps(withinSequences(required(0))) : required(0)
    let element = try knownElement(x)
    let (weight, recurrent) = (try matrix(1, index, form), try matrix(2, index, form))
    guard let hidden = try knownShape(recurrent)[0].number, let rows = try knownShape(recurrent)[1].number else {
      throw NotRepresentable("the number of hidden units is unknown")
    }
    var gates = try emit(MatMul(), x, weight)
    var captures = [recurrent]
    if let bias = try part(3, index) {
      gates = try emit(Add(), gates, slice(bias, axis: 0, from: 0, to: rows))
      captures.append(try slice(bias, axis: 0, from: rows, to: 2 * rows))
    }
    let hasBias = captures.count == 2
    let peephole = form.stateCount == 2 ? try part(7, index) : nil
    if let peephole { captures.append(peephole) }
    if let lengths = operand(4) { captures.append(try cast(lengths, to: .int64)) }
    var states: [ValueID] = []
    for state in 0..<form.stateCount {
      if let given = try part(5 + state, index) {
        states.append(given)
      } else {
        states.append(try emit(Expand(), number(0, element), concat([size(x, axis: 1), vector([hidden])])))
      }
    }
    let hasLengths = operand(4) != nil
    return try alignedScan(gates, states, captures, isReverse, hasLengths, roundsFirst: form.roundsToSteps) { (body, slice, inner, seen) throws(NotRepresentable) in
      let parameters = StepParameters(
        recurrent: seen[0], bias: hasBias ? seen[1] : nil, peephole: peephole == nil ? nil : seen[hasBias ? 2 : 1], functions: functions,
        clip: form.clip, hidden: hidden, roundsToSteps: form.roundsToSteps)
      switch form.kind {
      case .lstm(let inputForget): return try body.lstm(slice, inner[0], inner[1], inputForget, parameters)
      case .gru(let isLinear): return [try body.gru(slice, inner[0], isLinear, parameters)]
      case .plain: return [try body.applied(0, body.emit(Add(), slice, body.memory(inner[0], parameters)), parameters)]
      }
    }
  }

  /// The scan in which sequences of different lengths begin together, so that states that are rounded together are of the same step: where it
  /// runs backwards, each sequence is turned around by itself instead.
  private mutating func alignedScan(
    _ gates: ValueID, _ states: [ValueID], _ captures: [ValueID], _ isReverse: Bool, _ hasLengths: Bool, roundsFirst: Bool,
    _ step: (inout StepContext, ValueID, [ValueID], [ValueID]) throws(NotRepresentable) -> [ValueID]
  ) throws(NotRepresentable) -> [ValueID] {
    guard roundsFirst, isReverse, hasLengths, let lengths = captures.last else {
      return try scan(gates, states, captures, isReverse, hasLengths, roundsFirst: roundsFirst, step)
    }
    let turning = ReverseSequence()
    var results = try scan(emit(turning, gates, lengths), states, captures, false, true, roundsFirst: true, step)
    results[states.count] = try emit(turning, results[states.count], lengths)
    return results
  }

  /// A scan of `gates` whose first state is its result, too. With lengths, which are the last of the captures, a sequence's states stay as
  /// they are in steps behind its end, where its results are zeros; with `roundsFirst`, the first one counts as zeros there.
  private mutating func scan(
    _ gates: ValueID, _ states: [ValueID], _ captures: [ValueID], _ isReverse: Bool, _ hasLengths: Bool, roundsFirst: Bool,
    _ step: (inout StepContext, ValueID, [ValueID], [ValueID]) throws(NotRepresentable) -> [ValueID]
  ) throws(NotRepresentable) -> [ValueID] {
    let (element, shape) = (try knownElement(gates), try knownShape(gates))
    var body = Graph(name: "step")
    let inner = states.map { body.addInput("", graph[$0].type) }
    let slice = body.addInput("", .tensor(element, Array(shape.dropFirst())))
    let place = hasLengths ? body.addInput("", .tensor(.int64, [])) : nil
    let seen = captures.map { body.addCapture(graph[$0].name, graph[$0].type) }
    let first = body.addNode(Identity(), [slice], results: [("", body[slice].type)])
    var context = StepContext(graph: body, captured: captures.map { constant($0) }, version: version)
    context.node = first
    body = Graph(name: "")
    var given = inner
    if roundsFirst, let place, let lengths = seen.last { given[0] = try context.untilPast(inner[0], place, lengths) }
    var outputs = try step(&context, context.graph[first].results[0], given, seen)
    if let place, let lengths = seen.last {
      let isWithin = try context.unsqueeze(context.emit(Less(), place, lengths), at: [1])
      let nothing = try context.number(0, element)
      let result = try context.emit(Where(), isWithin, outputs[0], nothing)
      for index in outputs.indices { outputs[index] = try context.emit(Where(), isWithin, outputs[index], inner[index]) }
      outputs.append(result)
    } else {
      outputs.append(try context.emit(Identity(), outputs[0]))
    }
    body = context.graph
    body.setOutputs(outputs)
    var op = Scan()
    (op.body, op.numScanInputs) = (body, hasLengths ? 2 : 1)
    if isReverse { (op.scanInputDirections, op.scanOutputDirections) = ([Int](repeating: 1, count: op.numScanInputs), [1]) }
    let places = try hasLengths ? [positions(gates, axis: 0)] : []
    let results = try emit(op, states + [gates] + places + captures, results: outputs.count)
    for (result, state) in zip(results, states) { graph.setType(result, to: graph[state].type) }
    if let last = graph[states[0]].type?.tensorType, let sizes = last.shape {
      graph.setType(results[states.count], to: .tensor(last.element, [shape[0]] + sizes))
    }
    return results
  }

  /// A state, zeros where the sequence ended before the step before.
  private mutating func untilPast(_ state: ValueID, _ place: ValueID, _ lengths: ValueID) throws(NotRepresentable) -> ValueID {
    let isPast = try unsqueeze(emit(Greater(), place, lengths), at: [1])
    return try emit(Where(), isPast, number(0, like: state), state)
  }

  /// What the state before gives to the gates.
  private mutating func memory(_ state: ValueID, _ parameters: StepParameters) throws(NotRepresentable) -> ValueID {
    let product = try emit(MatMul(), parameters.roundsToSteps ? inSteps(state) : state, parameters.recurrent)
    return try parameters.bias.map { (bias) throws(NotRepresentable) in try emit(Add(), product, bias) } ?? product
  }

  private mutating func gate(_ index: Int, of sum: ValueID, _ parameters: StepParameters) throws(NotRepresentable) -> ValueID {
    try slice(sum, axis: 1, from: index * parameters.hidden, to: (index + 1) * parameters.hidden)
  }

  private mutating func lstm(
    _ slice: ValueID, _ h: ValueID, _ cell: ValueID, _ inputForget: Bool, _ parameters: StepParameters
  ) throws(NotRepresentable) -> [ValueID] {
    let sum = try emit(Add(), slice, memory(h, parameters))
    func looking(_ index: Int, at cell: ValueID, _ peephole: Int, _ context: inout StepContext) throws(NotRepresentable) -> ValueID {
      let gate = try context.gate(index, of: sum, parameters)
      guard let weights = parameters.peephole else { return gate }
      let own = try context.slice(weights, axis: 0, from: peephole * parameters.hidden, to: (peephole + 1) * parameters.hidden)
      return try context.emit(Add(), gate, context.emit(Mul(), cell, own))
    }
    let input = try applied(0, looking(0, at: cell, 0, &self), parameters)
    let forget = try inputForget
      ? emit(Sub(), number(1, like: input), input) : applied(0, looking(2, at: cell, 2, &self), parameters)
    let candidate = try applied(1, gate(3, of: sum, parameters), parameters)
    let next = try emit(Add(), emit(Mul(), forget, cell), emit(Mul(), input, candidate))
    let output = try applied(0, looking(1, at: next, 1, &self), parameters)
    return [try emit(Mul(), output, function(parameters.functions[2], next)), next]
  }

  /// `(1 - z) ∘ n + z ∘ h`, the reset gate before or behind the product with the state.
  private mutating func gru(_ slice: ValueID, _ h: ValueID, _ isLinear: Bool, _ parameters: StepParameters) throws(NotRepresentable) -> ValueID {
    let remembered = try memory(h, parameters)
    func sum(_ index: Int, _ context: inout StepContext) throws(NotRepresentable) -> ValueID {
      try context.emit(Add(), context.gate(index, of: slice, parameters), context.gate(index, of: remembered, parameters))
    }
    let update = try applied(0, sum(0, &self), parameters)
    let reset = try applied(0, sum(1, &self), parameters)
    let past = isLinear
      ? try emit(Mul(), reset, gate(2, of: remembered, parameters)) : try gate(2, of: memory(emit(Mul(), reset, h), parameters), parameters)
    let new = try applied(1, emit(Add(), gate(2, of: slice, parameters), past), parameters)
    return try emit(Add(), new, emit(Mul(), update, emit(Sub(), h, new)))
  }

  /// A gate's function of what is cut to the layer's range.
  private mutating func applied(_ index: Int, _ x: ValueID, _ parameters: StepParameters) throws(NotRepresentable) -> ValueID {
    guard let clip = parameters.clip else { return try function(parameters.functions[index], x) }
    let bounded = try emit(Clip(), x, number(-Double(clip), like: x), number(Double(clip), like: x))
    return try function(parameters.functions[index], bounded)
  }

  private mutating func function(_ function: GateFunction, _ x: ValueID) throws(NotRepresentable) -> ValueID {
    let (alpha, beta) = (function.alpha, function.beta)
    switch function.kind {
    case .relu: return try emit(Relu(), x)
    case .tanh: return try emit(Tanh(), x)
    case .sigmoid: return try emit(Sigmoid(), x)
    case .softsign: return try emit(Softsign(), x)
    case .softplus: return try emit(Softplus(), x)
    case .affine: return try emit(Add(), emit(Mul(), x, number(alpha, like: x)), number(beta, like: x))
    case .scaledtanh: return try emit(Mul(), emit(Tanh(), emit(Mul(), x, number(beta, like: x))), number(alpha, like: x))
    case .leakyrelu:
      var op = LeakyRelu()
      op.alpha = Float(alpha)
      return try emit(op, x)
    case .thresholdedrelu:
      var op = ThresholdedRelu()
      op.alpha = Float(alpha)
      return try emit(op, x)
    case .elu:
      var op = Elu()
      op.alpha = Float(alpha)
      return try emit(op, x)
    case .hardsigmoid:
      var op = HardSigmoid()
      (op.alpha, op.beta) = (Float(alpha), Float(beta))
      return try emit(op, x)
    }
  }
}
