import GraphIR
import Operators
import Tensors

/// The bits of numbers read as others, by arithmetic.
///
/// Exact for all finite numbers, infinities and both zeros. What is no number has many patterns, which no operator of older sets tells
/// apart or makes: it is read as the quiet one without a sign, as which arithmetic may give it anyway.
let bitDecompositions: [Decomposition] = [
  Decomposition(BitCast.self) { (op, context) throws(NotRepresentable) in
    let x = try context.required(0)
    let element = try context.knownElement(x)
    guard element.bitWidth == op.to.bitWidth else { throw NotRepresentable("the widths differ") }
    switch (element.isWhole, op.to.isWhole) {
    case (true, true): return [try context.cast(x, to: op.to)]
    case (false, true): return [try context.bits(of: x, as: op.to, FloatLayout(element))]
    case (true, false): return [try context.numbers(withBits: x, element, FloatLayout(op.to))]
    case (false, false):
      guard let between = op.to.unsignedOfSameWidth else { throw NotRepresentable("reads the bits of pairs of numbers") }
      return [try context.emit(BitCast(to: op.to), context.emit(BitCast(to: between), x))]
    }
  }
]

extension ElementType {
  /// An integer, or a truth value, which is the integer 0 or 1.
  fileprivate var isWhole: Bool { isInteger || self == .bool }

  fileprivate var unsignedOfSameWidth: ElementType? {
    switch bitWidth {
    case 8: .uint8
    case 16: .uint16
    case 32: .uint32
    case 64: isFloatingPoint ? .uint64 : nil
    default: nil
    }
  }
}

extension BitCast {
  fileprivate init(to element: ElementType) {
    self.init()
    to = element
  }
}

/// Where the bits of a float are: the sign first, then the exponent, then the fraction.
private struct FloatLayout {
  let element: ElementType
  let exponentBits: Int
  let fractionBits: Int
  let bias: Int
  /// Without the sign; 0 where there is none.
  let infinity: Int
  /// Of what is no number. With the sign where that stands for nothing else.
  let noNumber: Int

  init(_ element: ElementType) throws(NotRepresentable) {
    self.element = element
    (exponentBits, fractionBits, bias, infinity, noNumber) =
      switch element {
      case .float64: (11, 52, 1023, 0x7FF << 52, 0xFFF << 51)
      case .float32: (8, 23, 127, 0xFF << 23, 0x1FF << 22)
      case .bfloat16: (8, 7, 127, 0xFF << 7, 0x1FF << 6)
      case .float16: (5, 10, 15, 0x1F << 10, 0x3F << 9)
      case .float8e5m2: (5, 2, 15, 0x1F << 2, 0x3F << 1)
      case .float8e5m2fnuz: (5, 2, 16, 0, 0x80)
      case .float8e4m3fn: (4, 3, 7, 0, 0x7F)
      case .float8e4m3fnuz: (4, 3, 8, 0, 0x80)
      default: throw NotRepresentable("reads the bits of \(element.rawValue)")
      }
  }

  var width: Int { element.bitWidth }
  var one: Double { Double(1 << fractionBits) }
}

private func power(_ exponent: Int) -> Double {
  exponent < -1022 ? Double(sign: .plus, exponent: exponent + 100, significand: 1) * 0x1p-100 : Double(sign: .plus, exponent: exponent, significand: 1)
}

// Bits of floats.
extension StepContext {
  /// The exponent by halving the range that it lies in, and what is left as the fraction. Subnormal numbers are what is left of no exponent.
  fileprivate mutating func bits(of x: ValueID, as target: ElementType, _ layout: FloatLayout) throws(NotRepresentable) -> ValueID {
    let wide = try cast(x, to: .float64)
    let size = try emit(Abs(), wide)
    let isFinite = try emit(Less(), size, double(.infinity))
    var (rest, exponent) = try started(emit(Where(), isFinite, size, double(0)), layout)
    for place in (0..<(layout.element == .float64 ? 10 : layout.exponentBits)).reversed() {
      let step = 1 << place
      let isAbove = try cast(emit(Not(), emit(Less(), rest, double(power(step)))), to: .int64)
      rest = try emit(Mul(), rest, emit(Gather(axis: 0), numbers([1, power(-step)], [2], .float64), isAbove))
      exponent = try emit(Add(), exponent, emit(Mul(), isAbove, constant(scalar: step)))
    }
    let fraction = try cast(emit(Mul(), rest, double(layout.one)), to: .int64)
    var bits = try emit(Add(), emit(Mul(), exponent, constant(scalar: 1 << layout.fractionBits)), fraction)
    if layout.infinity != 0 {
      bits = try emit(Where(), emit(Greater(), size, double(.greatestFiniteMagnitude)), constant(scalar: layout.infinity), bits)
    }
    let isNegative = try emit(Or(), emit(Less(), wide, double(0)), emit(Less(), emit(Div(), double(1), wide), double(0)))
    return try signed(bits, isNegative, isNumber(wide), as: target, layout)
  }

  /// Scaled so that the smallest normal number is 1, and the exponent that this takes away; of doubles, whose range that would exceed, the small half.
  private mutating func started(_ size: ValueID, _ layout: FloatLayout) throws(NotRepresentable) -> (ValueID, ValueID) {
    let scale = power(layout.bias - 1)
    guard layout.element == .float64 else { return (try emit(Mul(), size, double(scale)), try constant(scalar: 0)) }
    let isLarge = try cast(emit(Not(), emit(Less(), size, double(1))), to: .int64)
    let scaled = try emit(Mul(), size, emit(Gather(axis: 0), numbers([scale, 1], [2], .float64), isLarge))
    return (scaled, try emit(Mul(), isLarge, constant(scalar: layout.bias - 1)))
  }

  private mutating func signed(
    _ bits: ValueID, _ isNegative: ValueID, _ isNumber: ValueID, as target: ElementType, _ layout: FloatLayout
  ) throws(NotRepresentable) -> ValueID {
    let whole = try emit(Where(), isNumber, bits, constant(scalar: layout.noNumber))
    let sign = try cast(isNegative, to: .int64)
    if target == .uint64 { return try emit(Add(), cast(whole, to: .uint64), emit(Mul(), cast(sign, to: .uint64), number(0x1p63, .uint64))) }
    if target == .int64 { return try emit(Add(), whole, emit(Mul(), sign, constant(scalar: .min))) }
    let unsigned = try emit(Add(), whole, emit(Mul(), sign, constant(scalar: 1 << (layout.width - 1))))
    guard target.isSignedInteger else { return try cast(unsigned, to: target) }
    let isHigh = try cast(compared(Greater(), unsigned, constant(scalar: 1 << (layout.width - 1) - 1)), to: .int64)
    return try cast(emit(Sub(), unsigned, emit(Mul(), isHigh, constant(scalar: 1 << layout.width))), to: target)
  }

  private mutating func double(_ number: Double) throws(NotRepresentable) -> ValueID { try self.number(number, .float64) }
}

// Floats of bits.
extension StepContext {
  fileprivate mutating func numbers(withBits x: ValueID, _ element: ElementType, _ layout: FloatLayout) throws(NotRepresentable) -> ValueID {
    let (sign, size) = try signAndRest(x, element, layout)
    guard layout.width > 8 else {
      var narrowed = Cast(to: layout.element)
      narrowed.saturate = false
      return try emit(narrowed, emit(Gather(axis: 0), table(layout), emit(Add(), size, emit(Mul(), sign, constant(scalar: 128)))))
    }
    let one = try constant(scalar: 1 << layout.fractionBits)
    let exponent = try emit(Div(), size, one)
    let fraction = try emit(Sub(), size, emit(Mul(), exponent, one))
    // A normal number has a one before its fraction.
    let isNormal = try cast(cast(exponent, to: .bool), to: .int64)
    let significand = try cast(emit(Add(), fraction, emit(Mul(), isNormal, one)), to: .float64)
    let last = 1 << layout.exponentBits - 1
    var scales = (0..<last).map { power(max($0, 1) - layout.bias - layout.fractionBits) }
    scales.append(.infinity)
    let scaled = try emit(Mul(), significand, emit(Gather(axis: 0), numbers(scales, [last + 1], .float64), exponent))
    let isSpecial = try emit(Div(), exponent, constant(scalar: last))
    let isNone = try emit(Mul(), isSpecial, cast(cast(fraction, to: .bool), to: .int64))
    let number = try emit(Add(), scaled, emit(Gather(axis: 0), numbers([0, .nan], [2], .float64), isNone))
    return try cast(emit(Mul(), number, emit(Gather(axis: 0), numbers([1, -1], [2], .float64), sign)), to: layout.element)
  }

  /// 1 where the highest bit is set, and the others as a 64-bit integer.
  private mutating func signAndRest(_ x: ValueID, _ element: ElementType, _ layout: FloatLayout) throws(NotRepresentable) -> (ValueID, ValueID) {
    if element == .uint64 {
      let half = try number(0x1p63, .uint64)
      let sign = try emit(Div(), x, half)
      return (try cast(sign, to: .int64), try cast(emit(Sub(), x, emit(Mul(), sign, half)), to: .int64))
    }
    let wide = try cast(x, to: .int64)
    guard element.isSignedInteger else {
      let half = try constant(scalar: 1 << (layout.width - 1))
      let sign = try emit(Div(), wide, half)
      return (sign, try emit(Sub(), wide, emit(Mul(), sign, half)))
    }
    let sign = try cast(compared(Less(), wide, constant(scalar: 0)), to: .int64)
    let lowest = element == .int64 ? Int.min : -(1 << (layout.width - 1))
    return (sign, try emit(Sub(), wide, emit(Mul(), sign, constant(scalar: lowest))))
  }

  /// Every number of eight bits, by its bits.
  private mutating func table(_ layout: FloatLayout) throws(NotRepresentable) -> ValueID {
    do {
      let patterns = try Tensor(.uint8, [256], elements: (0...255).map { UInt8($0) })
      return constant(try patterns.reinterpreted(as: layout.element).converted(to: .float32))
    } catch { throw NotRepresentable(error.message) }
  }
}
