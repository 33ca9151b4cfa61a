import GraphIR
import Operators
import Tensors

/// Functions of one element that appeared after their parts, casts, and windows of a known size.
let newerDecompositions: [Decomposition] = [
  // A node once held floats alone; what the graph itself holds may be anything.
  Decomposition(Constant.self) { (op, context) throws(NotRepresentable) in
    guard let tensor = op.tensor else { throw NotRepresentable("") }
    return [context.constant(tensor)]
  },
  // Nothing is dropped, and the mask says so.
  Decomposition(Dropout.self) { (_, context) throws(NotRepresentable) in
    let x = try context.required(0)
    let ratio = context.operand(1).flatMap(context.constant)?.soleFloat
    guard context.isFalse(context.operand(2)) || ratio == 0 else { throw NotRepresentable("") }
    var mask: ValueID?
    if context.isUsed(1) { mask = try context.emit(Expand(), context.cast(context.constant(scalar: 1), to: .bool), context.emit(ShapeOf(), x)) }
    return [try context.emit(Identity(), x), mask]
  },
  Decomposition(Mish.self) { (_, context) throws(NotRepresentable) in
    let x = try context.required(0)
    return [try context.emit(Mul(), x, context.emit(Tanh(), context.emit(Softplus(), x)))]
  },
  Decomposition(Swish.self) { (op, context) throws(NotRepresentable) in [try context.swish(context.required(0), op.alpha)] },
  Decomposition(SwiGLU.self) { (op, context) throws(NotRepresentable) in
    [try context.emit(Mul(), context.swish(context.required(0), op.alpha), context.required(1))]
  },
  // max(0, x) + min(0, α·(e^(x/α) - 1)), where α is positive
  Decomposition(Celu.self) { (op, context) throws(NotRepresentable) in
    let x = try context.required(0)
    guard op.alpha > 0 else { throw NotRepresentable("alpha is not positive") }
    let alpha = try context.number(Double(op.alpha), like: x)
    var elu = Elu()
    elu.alpha = 1
    return [try context.emit(Mul(), alpha, context.emit(elu, context.emit(Div(), x, alpha)))]
  },
  Decomposition(CastLike.self) { (op, context) throws(NotRepresentable) in
    var cast = Cast(to: try context.knownElement(context.required(1)))
    (cast.saturate, cast.roundMode) = (op.saturate, op.roundMode)
    return [try context.emit(cast, context.required(0))]
  },
  Decomposition(ThresholdedRelu.self) { (op, context) throws(NotRepresentable) in
    let x = try context.required(0)
    return [try context.emit(Where(), context.emit(Greater(), x, context.number(Double(op.alpha), like: x)), x, context.number(0, like: x))]
  },
  Decomposition(Sinh.self) { (_, context) throws(NotRepresentable) in
    let x = try context.required(0)
    let difference = try context.emit(Sub(), context.emit(Exp(), x), context.emit(Exp(), context.emit(Neg(), x)))
    return [try context.emit(Mul(), difference, context.number(0.5, like: x))]
  },
  Decomposition(Cosh.self) { (_, context) throws(NotRepresentable) in
    let x = try context.required(0)
    let sum = try context.emit(Add(), context.emit(Exp(), x), context.emit(Exp(), context.emit(Neg(), x)))
    return [try context.emit(Mul(), sum, context.number(0.5, like: x))]
  },
  window(HannWindow.self), window(HammingWindow.self), window(BlackmanWindow.self),
  Decomposition(MeanVarianceNormalization.self) { (op, context) throws(NotRepresentable) in
    let x = try context.required(0)
    let axes = op.axes ?? [0, 2, 3]
    let centred = try context.emit(Sub(), x, context.mean(x, axes: axes))
    let deviation = try context.emit(Sqrt(), context.mean(context.emit(Mul(), centred, centred), axes: axes))
    return [try context.emit(Div(), centred, context.emit(Add(), deviation, context.number(1e-9, like: x)))]
  },
  Decomposition(CenterCropPad.self) { (op, context) throws(NotRepresentable) in [try context.centred(op)] },
  Decomposition(SoftmaxCrossEntropyLoss.self) { (op, context) throws(NotRepresentable) in
    var logarithm = LogSoftmax()
    logarithm.axis = 1
    let all = try context.emit(logarithm, context.required(0))
    var loss = NegativeLogLikelihoodLoss()
    (loss.ignoreIndex, loss.reduction) = (op.ignoreIndex, op.reduction)
    return [try context.emit(loss, all, context.required(1), context.operand(2)), context.isUsed(1) ? all : nil]
  },
]

/// A window whose size is a constant, as one; otherwise its samples are computed from their places, in f32.
private func window<Op: CosineWindow>(_ type: Op.Type) -> Decomposition where Op.Operand == WindowOperand {
  Decomposition(type) { (op, context) throws(NotRepresentable) in
    guard let size = context.constant(try context.required(0)) else { return [try context.samples(of: op)] }
    do {
      guard let samples = try op.evaluate(Operands([size])).first, samples.count <= 1 << 20 else { throw NotRepresentable("") }
      return [context.constant(samples)]
    } catch { throw NotRepresentable("the window cannot be computed") }
  }
}

extension StepContext {
  fileprivate mutating func swish(_ x: ValueID, _ alpha: Float) throws(NotRepresentable) -> ValueID {
    let inner = alpha == 1 ? x : try emit(Mul(), x, number(Double(alpha), like: x))
    return try emit(Mul(), x, emit(Sigmoid(), inner))
  }

  /// `Σ aₖ cos(2πkn / N)` for n = 0, 1, …; N is the size, or one less but at least 1.
  fileprivate mutating func samples<Op: CosineWindow>(of op: Op) throws(NotRepresentable) -> ValueID {
    let size = try cast(reshape(required(0), []), to: .int64)
    let places = try cast(emit(RangeOf(), constant(scalar: 0), size, constant(scalar: 1)), to: .float32)
    let whole = try op.periodic ? size : emit(Max(), emit(Sub(), size, constant(scalar: 1)), constant(scalar: 1))
    let turns = try emit(Div(), emit(Mul(), places, number(2 * Double.pi, .float32)), cast(whole, to: .float32))
    var sum = try number(Op.coefficients[0], .float32)
    for (order, coefficient) in Op.coefficients.enumerated().dropFirst() {
      let wave = try emit(Cos(), emit(Mul(), turns, number(Double(order), .float32)))
      sum = try emit(Add(), sum, emit(Mul(), wave, number(coefficient, .float32)))
    }
    return try cast(sum, to: op.outputDatatype)
  }

  /// A slice and a padding by numbers.
  fileprivate mutating func centred(_ op: CenterCropPad) throws(NotRepresentable) -> ValueID {
    var x = try required(0)
    let (from, to) = (try fixedShape(x), try fixedShape(graph[node].results[0]))
    guard from.count == to.count else { throw NotRepresentable("the rank changes") }
    var pads = [Int](repeating: 0, count: 2 * from.count)
    for axis in from.indices {
      if to[axis] < from[axis] {
        let start = (from[axis] - to[axis]) / 2
        x = try slice(x, axis: axis, from: start, to: start + to[axis])
      } else {
        let missing = to[axis] - from[axis]
        (pads[axis], pads[axis + from.count]) = (missing / 2, missing - missing / 2)
      }
    }
    return pads.allSatisfy { $0 == 0 } ? x : try emit(Pad(), x, vector(pads))
  }
}
