import GraphIR
import Operators
import Tensors

/// Products of integers less their zero points, in floats that hold every sum, and what quantises them again.
let integerProductDecompositions: [Decomposition] = [
  Decomposition(MatMulInteger.self) { (_, context) throws(NotRepresentable) in [try context.multipliedIntegers()] },
  Decomposition(ConvInteger.self) { (op, context) throws(NotRepresentable) in [try context.convolvedIntegers(op)] },
  Decomposition(QLinearConv.self) { (op, context) throws(NotRepresentable) in
    var convolution = ConvInteger()
    convolution.convolution = op.convolution
    let (x, weight) = (try context.required(0), try context.required(3))
    var sum = try context.emit(convolution, x, weight, context.operand(2), context.operand(5))
    let rank = try context.knownShape(x).count
    if let bias = context.operand(8) { sum = try context.emit(Add(), sum, context.unsqueeze(bias, at: Array(1..<max(1, rank - 1)))) }
    var factor = try context.required(4)
    if try context.knownShape(factor).count == 1 { factor = try context.unsqueeze(factor, at: Array(1..<max(1, rank - 1))) }
    return [try context.requantized(sum, [context.scalar(context.required(1)), factor], by: 6)]
  },
  Decomposition(QLinearMatMul.self) { (_, context) throws(NotRepresentable) in
    let (a, b) = (try context.required(0), try context.required(3))
    let sum = try context.emit(MatMulInteger(), a, b, context.operand(2), context.operand(5))
    var row = try context.required(1)
    if try context.knownShape(row).count == 1 { row = try context.unsqueeze(row, at: [1]) }
    return [try context.requantized(sum, [row, context.required(4)], by: 6)]
  },
  Decomposition(MatMul.self) { (_, context) throws(NotRepresentable) in
    let (a, b) = (try context.required(0), try context.required(1))
    let element = try context.knownElement(a)
    guard element.isInteger, element.bitWidth <= 32 else { throw NotRepresentable("multiplies matrices of \(element.rawValue)") }
    guard let terms = try context.knownShape(a).last?.number, element.bitWidth < 32 || terms < 1 << 20 else { throw NotRepresentable("sums up many elements") }
    return [try context.cast(context.emit(MatMul(), context.cast(a, to: .float64), context.cast(b, to: .float64)), to: element)]
  },
  Decomposition(Add.self) { (_, context) throws(NotRepresentable) in [try context.sumOfFloats()] },
  // The range, extended to hold 0, in 255 steps; of nothing but zeros, steps of 1.
  Decomposition(DynamicQuantizeLinear.self) { (_, context) throws(NotRepresentable) in
    let x = try context.flat(context.required(0))
    let zero = try context.number(0, .float32)
    let high = try context.emit(Relu(), context.extreme(ReduceMax(), x))
    let low = try context.emit(Neg(), context.emit(Relu(), context.emit(Neg(), context.extreme(ReduceMin(), x))))
    let range = try context.emit(Sub(), high, low)
    let isNothing = try context.cast(context.emit(Not(), context.emit(Greater(), range, zero)), to: .float32)
    let scale = try context.emit(Add(), context.emit(Div(), range, context.number(255, .float32)), isNothing)
    let place = try context.emit(Round(), context.emit(Div(), context.emit(Neg(), low), scale))
    let point = try context.cast(context.emit(Clip(), place, zero, context.number(255, .float32)), to: .uint8)
    return [try context.emit(QuantizeLinear(), context.required(0), scale, point), scale, point]
  },
]

extension StepContext {
  fileprivate mutating func extreme(_ op: any Operator, _ x: ValueID) throws(NotRepresentable) -> ValueID {
    try scalar(emit(op, x, vector([0])))
  }

  fileprivate mutating func convolvedIntegers(_ op: ConvInteger) throws(NotRepresentable) -> ValueID {
    let (x, weight) = (try required(0), try required(1))
    let sizes = try fixedShape(weight)
    guard sizes.count > 2, let terms = Array(sizes.dropFirst()).elementCount else { throw NotRepresentable("the weights have no channels") }
    let work = workElement(terms)
    var from = try cast(x, to: work)
    if let zero = operand(2) { from = try emit(Sub(), from, scalar(cast(zero, to: work))) }
    var kernel = try cast(weight, to: work)
    if let zero = operand(3) {
      var point = try cast(zero, to: work)
      if try knownShape(zero).count == 1 { point = try unsqueeze(point, at: Array(1..<sizes.count)) }
      kernel = try emit(Sub(), kernel, point)
    }
    return try cast(emit(op.convolution, from, kernel), to: .int32)
  }

  fileprivate mutating func multipliedIntegers() throws(NotRepresentable) -> ValueID {
    let (a, b) = (try required(0), try required(1))
    guard let terms = try knownShape(a).last?.number else { throw NotRepresentable("how many elements are summed up is not known") }
    let work = workElement(terms)
    var (x, y) = (try cast(a, to: work), try cast(b, to: work))
    if let zero = operand(2) {
      var point = try cast(zero, to: work)
      // A vector of zero points belongs to the rows.
      if let shape = try? knownShape(zero), shape.count == 1, shape[0].number != 1 { point = try unsqueeze(point, at: [1]) }
      x = try emit(Sub(), x, point)
    }
    if let zero = operand(3) { y = try emit(Sub(), y, cast(zero, to: work)) }
    return try cast(emit(MatMul(), x, y), to: .int32)
  }

  /// The floats in which so many products of differences of 8 bits are summed up: none is larger than 255², and 32 bits hold integers up
  /// to 2²⁴. Where the sum is made a float again they do anyway: it is rounded there, too.
  private func workElement(_ terms: Int) -> ElementType {
    if terms <= (1 << 24) / (255 * 255) { return .float32 }
    return isMadeFloat(graph[node].results[0], orSummed: true) ? .float32 : .float64
  }

  /// Whether a value is only made a 32-bit float; after another has been added, too, if that is asked for.
  private func isMadeFloat(_ value: ValueID, orSummed: Bool) -> Bool {
    !graph[value].isOutput && graph[value].uses.allSatisfy { use in
      if orSummed, graph[use.node].op is Add { return isMadeFloat(graph[use.node].results[0], orSummed: false) }
      return (graph[use.node].op as? Cast)?.to == .float32
    }
  }

  /// A sum of integers that is only made a float, where no integers are added.
  fileprivate mutating func sumOfFloats() throws(NotRepresentable) -> ValueID {
    let (a, b) = (try required(0), try required(1))
    guard try knownElement(a) == .int32, isMadeFloat(graph[node].results[0], orSummed: false) else { throw NotRepresentable("adds integers") }
    return try cast(emit(Add(), cast(a, to: .float32), cast(b, to: .float32)), to: .int32)
  }

  /// 32-bit sums times scales, over that of operand `index`, rounded, plus the zero point behind it, saturated.
  fileprivate mutating func requantized(_ sum: ValueID, _ scales: [ValueID], by index: Int) throws(NotRepresentable) -> ValueID {
    let (scale, zero) = (try scalar(required(index)), try scalar(required(index + 1)))
    let target = try knownElement(zero)
    guard target.isInteger, target.bitWidth == 8 else { throw NotRepresentable("quantises to \(target.rawValue)") }
    var factor = try cast(scales[0], to: .float32)
    for next in scales.dropFirst() { factor = try emit(Mul(), factor, cast(next, to: .float32)) }
    factor = try emit(Div(), factor, cast(scale, to: .float32))
    let rounded = try emit(Round(), emit(Mul(), cast(sum, to: .float32), factor))
    let shifted = try emit(Add(), rounded, cast(zero, to: .float32))
    let low: Double = target.isSignedInteger ? -128 : 0
    return try cast(emit(Clip(), shifted, number(low, .float32), number(low + 255, .float32)), to: target)
  }
}
