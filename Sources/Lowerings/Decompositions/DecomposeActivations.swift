import GraphIR
import Operators
import Tensors

/// Functions of one element.
let activationDecompositions: [Decomposition] = [
  Decomposition(Gelu.self) { (op, context) throws(NotRepresentable) in [try context.gelu(op)] },
  // x · max(0, min(1, x/6 + 1/2))
  Decomposition(HardSwish.self) { (_, context) throws(NotRepresentable) in
    let x = try context.required(0)
    var gate = HardSigmoid()
    (gate.alpha, gate.beta) = (1 / 6, 0.5)
    return [try context.emit(Mul(), x, context.emit(gate, x))]
  },
  Decomposition(Round.self) { (_, context) throws(NotRepresentable) in [try context.rounded(context.required(0))] },
  // (0 < x) - (x < 0)
  Decomposition(Sign.self) { (_, context) throws(NotRepresentable) in
    let x = try context.required(0)
    let element = try context.knownElement(x)
    let zero = try context.number(0, element)
    let positive = try context.cast(context.emit(Greater(), x, zero), to: element)
    if element.isUnsignedInteger { return [positive] }
    return [try context.emit(Sub(), positive, context.cast(context.emit(Less(), x, zero), to: element))]
  },
  Decomposition(IsNaN.self) { (_, context) throws(NotRepresentable) in [try context.emit(Not(), context.isNumber(context.required(0)))] },
  Decomposition(IsInf.self) { (op, context) throws(NotRepresentable) in
    let x = try context.required(0)
    let largest = try greatestFinite(context.knownElement(x))
    let high = op.detectPositive ? try context.emit(Greater(), x, context.number(largest, like: x)) : nil
    let low = op.detectNegative ? try context.emit(Less(), x, context.number(-largest, like: x)) : nil
    guard let first = high ?? low else { throw NotRepresentable("detects nothing") }
    guard let high, let low else { return [first] }
    return [try context.emit(Or(), high, low)]
  },
  // The exponent in the base's element type.
  Decomposition(Pow.self) { (op, context) throws(NotRepresentable) in
    let (base, exponent) = (try context.required(0), try context.required(1))
    let (element, other) = (try context.knownElement(base), try context.knownElement(exponent))
    if element != other, element.isFloatingPoint { return [try context.emit(op, base, context.cast(exponent, to: element))] }
    guard element.isInteger else { throw NotRepresentable("powers of \(element.rawValue)") }
    if element.bitWidth > 32, other.isInteger { return [try context.squaredRepeatedly(base, context.cast(exponent, to: element))] }
    let wide = try context.emit(op, context.cast(base, to: .float64), context.cast(exponent, to: .float64))
    return [try context.cast(wide, to: element)]
  },
]

func greatestFinite(_ element: ElementType) throws(NotRepresentable) -> Double {
  switch element {
  case .float32: return Double(Float.greatestFiniteMagnitude)
  case .float64: return .greatestFiniteMagnitude
  case .float16: return 65504
  case .bfloat16: return Double(Float(bitPattern: 0x7F7F_0000))
  default: throw NotRepresentable("the largest \(element.rawValue)")
  }
}

extension StepContext {
  /// True where a value is not NaN: every number is below or above one of the infinities.
  mutating func isNumber(_ x: ValueID) throws(NotRepresentable) -> ValueID {
    try emit(Or(), emit(Less(), x, number(.infinity, like: x)), emit(Greater(), x, number(-.infinity, like: x)))
  }

  /// A power of integers, the exponent taken bit by bit: it is not negative.
  fileprivate mutating func squaredRepeatedly(_ base: ValueID, _ exponent: ValueID) throws(NotRepresentable) -> ValueID {
    let (zero, one, two) = (try number(0, like: base), try number(1, like: base), try number(2, like: base))
    let start = try emit(Add(), base, emit(Mul(), exponent, zero))
    let rest = try emit(Add(), exponent, emit(Mul(), base, zero))
    let whole = try emit(Add(), emit(Mul(), start, zero), one)
    let rounds = try constant(scalar: 63)
    return try loop(rounds, carried: [whole, start, rest], captures: [one, two]) { (body, _, carried, seen) throws(NotRepresentable) in
      let half = try body.emit(Div(), carried[2], seen[1])
      let bit = try body.emit(Sub(), carried[2], body.emit(Mul(), half, seen[1]))
      let factor = try body.emit(Add(), seen[0], body.emit(Mul(), bit, body.emit(Sub(), carried[1], seen[0])))
      let product = try body.emit(Mul(), carried[0], factor)
      return LoopValues(carried: [product, try body.emit(Mul(), carried[1], carried[1]), half])
    }[0]
  }

  fileprivate mutating func gelu(_ op: Gelu) throws(NotRepresentable) -> ValueID {
    let x = try required(0)
    let inner: ValueID
    switch op.approximate {
    case .none:
      inner = try emit(Erf(), emit(Mul(), x, number(0.5.squareRoot(), like: x)))
    case .tanh:
      let cube = try emit(Mul(), emit(Mul(), x, x), x)
      let sum = try emit(Add(), x, emit(Mul(), cube, number(0.044715, like: x)))
      inner = try emit(Tanh(), emit(Mul(), sum, number((2 / Double.pi).squareRoot(), like: x)))
    }
    let doubled = try emit(Add(), inner, number(1, like: x))
    return try emit(Mul(), emit(Mul(), x, number(0.5, like: x)), doubled)
  }

  /// To the nearest integer, ties to the even one: floor, and one more where the rest is over a half, or a half above an odd number.
  mutating func rounded(_ x: ValueID) throws(NotRepresentable) -> ValueID {
    let element = try knownElement(x)
    let (half, two) = (try number(0.5, element), try number(2, element))
    let floor = try emit(Floor(), x)
    let rest = try emit(Sub(), x, floor)
    let isAbove = try emit(Greater(), rest, half)
    let isTie = try emit(And(), emit(Not(), isAbove), emit(Not(), emit(Less(), rest, half)))
    let remainder = try emit(Sub(), floor, emit(Mul(), two, emit(Floor(), emit(Mul(), floor, half))))
    let isUp = try emit(Or(), isAbove, emit(And(), isTie, emit(Greater(), remainder, half)))
    return try emit(Add(), floor, cast(isUp, to: element))
  }
}
