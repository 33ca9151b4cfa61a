import GraphIR
import Operators
import Tensors

/// Functions of one or two elements by formulas of older ones.
let functionDecompositions: [Decomposition] = [
  Decomposition(Erf.self) { (_, context) throws(NotRepresentable) in [try context.errorFunction(context.required(0))] },
  Decomposition(Asinh.self) { (_, context) throws(NotRepresentable) in
    try context.inDoubles { (context, x) throws(NotRepresentable) in
      // log(|x| + √(x² + 1)), with the sign of x
      let size = try context.emit(Abs(), x)
      let root = try context.emit(Sqrt(), context.emit(Add(), context.emit(Mul(), x, x), context.number(1, .float64)))
      let sign = try context.emit(Sub(), context.flag(Greater(), x, 0), context.flag(Less(), x, 0))
      return try context.emit(Mul(), sign, context.emit(Log(), context.emit(Add(), size, root)))
    }
  },
  Decomposition(Acosh.self) { (_, context) throws(NotRepresentable) in
    try context.inDoubles { (context, x) throws(NotRepresentable) in
      let one = try context.number(1, .float64)
      let low = try context.emit(Sqrt(), context.emit(Sub(), x, one))
      let high = try context.emit(Sqrt(), context.emit(Add(), x, one))
      return try context.emit(Log(), context.emit(Add(), x, context.emit(Mul(), low, high)))
    }
  },
  Decomposition(Atanh.self) { (_, context) throws(NotRepresentable) in
    try context.inDoubles { (context, x) throws(NotRepresentable) in
      let one = try context.number(1, .float64)
      let quotient = try context.emit(Div(), context.emit(Add(), one, x), context.emit(Sub(), one, x))
      return try context.emit(Mul(), context.emit(Log(), quotient), context.number(0.5, .float64))
    }
  },
  Decomposition(Shrink.self) { (op, context) throws(NotRepresentable) in
    let x = try context.required(0)
    guard try context.knownElement(x).isFloatingPoint else { throw NotRepresentable("shrinks integers") }
    let (bias, lambda) = (try context.number(Double(op.bias), like: x), Double(op.lambda))
    let isHigh = try context.emit(Greater(), x, context.number(lambda, like: x))
    let isLow = try context.emit(Less(), x, context.number(-lambda, like: x))
    let rest = try context.emit(Where(), isHigh, context.emit(Sub(), x, bias), context.number(0, like: x))
    return [try context.emit(Where(), isLow, context.emit(Add(), x, bias), rest)]
  },
  Decomposition(Mod.self) { (op, context) throws(NotRepresentable) in [try context.remainder(op)] },
  Decomposition(BitShift.self) { (op, context) throws(NotRepresentable) in [try context.shifted(op)] },
  Decomposition(BitwiseNot.self) { (_, context) throws(NotRepresentable) in
    let x = try context.required(0)
    let element = try context.knownElement(x)
    if element.isUnsignedInteger, element.bitWidth == 64 { throw NotRepresentable("the largest 64-bit integer is no exact double") }
    let all = element.isUnsignedInteger ? Double((1 as UInt64) << UInt64(element.bitWidth)) - 1 : -1
    return [try context.emit(Sub(), context.number(all, element), x)]
  },
  Decomposition(BitwiseAnd.self) { (_, context) throws(NotRepresentable) in [try context.bitwise { $0 & $1 }] },
  Decomposition(BitwiseOr.self) { (_, context) throws(NotRepresentable) in [try context.bitwise { $0 | $1 }] },
  Decomposition(BitwiseXor.self) { (_, context) throws(NotRepresentable) in [try context.bitwise { $0 ^ $1 }] },
  Decomposition(Bernoulli.self) { (op, context) throws(NotRepresentable) in
    let x = try context.required(0)
    var random = RandomUniformLike()
    random.seed = op.seed
    let own = try context.knownElement(x)
    let element = op.dtype ?? own
    return [try context.cast(context.emit(Less(), context.emit(random, x), x), to: element)]
  },
]

extension StepContext {
  /// A function of floats computed in 64 bits, where neither squares overflow nor small results lose their digits.
  fileprivate mutating func inDoubles(
    _ compute: (inout StepContext, ValueID) throws(NotRepresentable) -> ValueID
  ) throws(NotRepresentable) -> [ValueID?] {
    let x = try required(0)
    let element = try knownElement(x)
    return [try cast(compute(&self, cast(x, to: .float64)), to: element)]
  }

  /// 1 where a relation to a number holds, else 0, in 64-bit floats.
  fileprivate mutating func flag(_ relation: any Operator, _ x: ValueID, _ limit: Double) throws(NotRepresentable) -> ValueID {
    try cast(emit(relation, x, number(limit, .float64)), to: .float64)
  }

  private mutating func polynomial(_ x: ValueID, _ coefficients: [Double]) throws(NotRepresentable) -> ValueID {
    var sum = try number(coefficients[0], like: x)
    for coefficient in coefficients.dropFirst() { sum = try emit(Add(), emit(Mul(), sum, x), number(coefficient, like: x)) }
    return sum
  }

  /// By the quotients of polynomials of W. J. Cody, "Rational Chebyshev approximations for the error function" (1969): one near 0,
  /// one times e^(-x²) elsewhere. In 64 bits, so that nothing of a 32-bit result is lost.
  fileprivate mutating func errorFunction(_ x: ValueID) throws(NotRepresentable) -> ValueID {
    let element = try knownElement(x)
    // Beyond 6 nothing changes any more. Old sets bound 32-bit floats alone.
    let native: ElementType = element == .float64 ? .float64 : .float32
    let bounded = try emit(Clip(), cast(x, to: native), number(-6, native), number(6, native))
    let wide = try cast(bounded, to: .float64)
    let far = try emit(Abs(), wide)
    let sign = try emit(Sub(), flag(Greater(), wide, 0), flag(Less(), wide, 0))
    let isSmall = try flag(Less(), far, 0.46875)
    let near = try emit(Mul(), isSmall, far)
    let square = try emit(Mul(), near, near)
    let low = try emit(
      Div(),
      polynomial(square, [1.85777706184603153e-1, 3.16112374387056560, 113.864154151050156, 377.485237685302021, 3209.37758913846947]),
      polynomial(square, [1, 23.6012909523441209, 244.024637934444173, 1282.61652607737228, 2844.23683343917062]))
    let high = try emit(
      Div(),
      polynomial(
        far,
        [
          2.15311535474403846e-8, 0.564188496988670089, 8.88314979438837594, 66.1191906371416295, 298.635138197400131,
          881.952221241769090, 1712.04761263407058, 2051.07837782607147, 1230.33935479799725,
        ]),
      polynomial(
        far,
        [
          1, 15.7449261107098347, 117.693950891312499, 537.181101862009858, 1621.38957456669019, 3290.79923573345963,
          4362.61909014324716, 3439.36767414372164, 1230.33935480374942,
        ]))
    let decay = try emit(Exp(), emit(Neg(), emit(Mul(), far, far)))
    let outer = try emit(Sub(), number(1, .float64), emit(Mul(), decay, high))
    let isLarge = try emit(Sub(), number(1, .float64), isSmall)
    let both = try emit(Add(), emit(Mul(), near, low), emit(Mul(), isLarge, outer))
    return try cast(emit(Mul(), sign, both), to: element)
  }

  /// What a truncated quotient leaves, moved to the divisor's sign unless that of the dividend is wanted.
  fileprivate mutating func remainder(_ op: Mod) throws(NotRepresentable) -> ValueID {
    let (a, b) = (try required(0), try required(1))
    let element = try knownElement(a)
    guard element.isInteger else {
      guard op.fmod else { return try flooredRemainder(a, b, element) }
      let (x, y) = (try cast(a, to: .float64), try cast(b, to: .float64))
      let (large, small) = (try emit(Abs(), x), try emit(Abs(), y))
      let size = try emit(Sub(), large, emit(Mul(), emit(Floor(), emit(Div(), large, small)), small))
      let sign = try emit(Sub(), flag(Greater(), x, 0), flag(Less(), x, 0))
      return try cast(emit(Mul(), sign, size), to: element)
    }
    let wide: ElementType = element == .uint64 ? .uint64 : .int64
    let (x, y) = (try cast(a, to: wide), try cast(b, to: wide))
    let rest = try emit(Sub(), x, emit(Mul(), emit(Div(), x, y), y))
    if op.fmod || element.isUnsignedInteger { return try cast(rest, to: element) }
    // Where something is left of another sign than the divisor, one divisor more.
    let zero = try constant(scalar: 0)
    let isAway = try compared(Less(), emit(Mul(), sign(rest), sign(y)), zero)
    return try cast(emit(Add(), rest, emit(Mul(), cast(isAway, to: wide), y)), to: element)
  }

  /// `x - ⌊x/y⌋·y`; by an infinite divisor, `x` itself where the signs agree, and the divisor where not.
  private mutating func flooredRemainder(_ a: ValueID, _ b: ValueID, _ element: ElementType) throws(NotRepresentable) -> ValueID {
    let (x, y) = (try cast(a, to: .float64), try cast(b, to: .float64))
    let rest = try emit(Sub(), x, emit(Mul(), emit(Floor(), emit(Div(), x, y)), y))
    let isOpposite = try emit(Less(), emit(Mul(), x, y), number(0, .float64))
    let endless = try emit(Where(), isOpposite, y, x)
    let isEndless = try emit(Greater(), emit(Abs(), y), number(greatestFinite(.float64), .float64))
    let isFinite = try emit(Not(), emit(Greater(), emit(Abs(), x), number(greatestFinite(.float64), .float64)))
    return try cast(emit(Where(), emit(And(), isEndless, isFinite), endless, rest), to: element)
  }

  /// -1, 0 or 1; rounding to a float keeps it.
  private mutating func sign(_ x: ValueID) throws(NotRepresentable) -> ValueID {
    let zero = try constant(scalar: 0)
    return try emit(Sub(), cast(compared(Greater(), x, zero), to: .int64), cast(compared(Less(), x, zero), to: .int64))
  }

  /// Times or through a power of two from a table, with 0 for shifts by all bits.
  fileprivate mutating func shifted(_ op: BitShift) throws(NotRepresentable) -> ValueID {
    let (a, b) = (try required(0), try required(1))
    let element = try knownElement(a)
    guard element.isUnsignedInteger else { return try shiftedSigned(op, a, b, element) }
    let bits = element.bitWidth
    let powers = (0..<bits).map { (1 as UInt64) << UInt64($0) }
    let table: ValueID
    do { table = constant(try Tensor(.uint64, [bits], elements: powers).converted(to: element)) } catch { throw NotRepresentable(error.message) }
    let places = try cast(b, to: .int64)
    let isWithin = try compared(Less(), places, constant(scalar: bits))
    let power = try emit(Gather(axis: 0), table, emit(Mul(), places, cast(isWithin, to: .int64)))
    let moved = try emit(op.direction == .left ? Mul() : Div(), a, power)
    return try emit(Mul(), moved, cast(isWithin, to: element))
  }

  /// To the right, rounded down; by all bits, or a negative number of them, only the sign remains.
  private mutating func shiftedSigned(_ op: BitShift, _ a: ValueID, _ b: ValueID, _ element: ElementType) throws(NotRepresentable) -> ValueID {
    let last = element.bitWidth - 1
    let table: ValueID
    do { table = constant(try Tensor(.int64, [last], elements: (0..<last).map { Int64(1) << Int64($0) })) } catch { throw NotRepresentable(error.message) }
    let (x, places) = (try cast(a, to: .int64), try cast(b, to: .int64))
    let isNegative = try compared(Less(), places, constant(scalar: 0))
    let isWithin = try cast(emit(And(), emit(Not(), isNegative), compared(Less(), places, constant(scalar: last))), to: .int64)
    let power = try emit(Gather(axis: 0), table, emit(Mul(), places, isWithin))
    if op.direction == .left {
      // By all bits but one, the lowest bit becomes the sign.
      let isLast = try cast(emit(Equal(), places, constant(scalar: last)), to: .int64)
      let top = try emit(Mul(), isLast, constant(scalar: 1 << last))
      return try cast(emit(Mul(), x, emit(Add(), emit(Mul(), power, isWithin), top)), to: element)
    }
    let quotient = try emit(Div(), x, power)
    let below = try cast(compared(Less(), emit(Sub(), x, emit(Mul(), quotient, power)), constant(scalar: 0)), to: .int64)
    let sign = try emit(Neg(), cast(compared(Less(), x, constant(scalar: 0)), to: .int64))
    let inside = try emit(Mul(), isWithin, emit(Sub(), quotient, below))
    let outside = try emit(Mul(), emit(Sub(), constant(scalar: 1), isWithin), sign)
    return try cast(emit(Add(), inside, outside), to: element)
  }

  /// Four bits at a time, by a table of all pairs.
  fileprivate mutating func bitwise(_ combine: (UInt64, UInt64) -> UInt64) throws(NotRepresentable) -> ValueID {
    let (a, b) = (try cast(required(0), to: .uint64), try cast(required(1), to: .uint64))
    let element = try knownElement(required(0))
    var pairs: [UInt64] = []
    for x in 0..<16 as Range<UInt64> { for y in 0..<16 as Range<UInt64> { pairs.append(combine(x, y)) } }
    let table: ValueID
    do { table = constant(try Tensor(.uint64, [256], elements: pairs)) } catch { throw NotRepresentable(error.message) }
    let sixteen = try number(16, .uint64)
    var (restA, restB) = (a, b)
    var result: ValueID?
    for digit in 0..<max(1, element.bitWidth / 4) {
      let (nextA, nextB) = (try emit(Div(), restA, sixteen), try emit(Div(), restB, sixteen))
      let low = try emit(Sub(), restA, emit(Mul(), nextA, sixteen))
      let high = try emit(Sub(), restB, emit(Mul(), nextB, sixteen))
      let pair = try cast(emit(Add(), emit(Mul(), low, sixteen), high), to: .int64)
      let place = try constant(unsigned: (1 as UInt64) << UInt64(4 * digit))
      let part = try emit(Mul(), emit(Gather(axis: 0), table, pair), place)
      result = try result.map { (sum) throws(NotRepresentable) in try emit(Add(), sum, part) } ?? part
      (restA, restB) = (nextA, nextB)
    }
    guard let result else { throw NotRepresentable("has no bits") }
    return try cast(result, to: element)
  }

  private mutating func constant(unsigned number: UInt64) throws(NotRepresentable) -> ValueID {
    do { return constant(try Tensor(.uint64, [], elements: [number])) } catch { throw NotRepresentable(error.message) }
  }
}
