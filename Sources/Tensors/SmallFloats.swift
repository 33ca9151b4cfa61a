/// How a number becomes a power of two, for `float8e8m0`.
public enum ExponentRounding: String, CaseIterable, Sendable {
  /// To the next power of two that is not smaller.
  case up
  /// To the next one that is not larger.
  case down
  /// To the nearest; halfway, up.
  case nearest
}

/// A floating-point format of at most 8 bits, by its parameters.
struct SmallFloat: Sendable {
  var exponentBits: Int
  var mantissaBits: Int
  var bias: Int
  /// What the largest exponents and the negative zero stand for.
  var specials: Specials

  enum Specials: Sendable {
    /// As in IEEE 754: the largest exponent is infinity and NaN.
    case ieee
    /// All ones is NaN; no infinity.
    case onlyNaN
    /// The negative zero's pattern is NaN; no infinity.
    case negativeZeroNaN
    /// Every pattern is a number.
    case none
  }

  static let e4m3fn = SmallFloat(exponentBits: 4, mantissaBits: 3, bias: 7, specials: .onlyNaN)
  static let e4m3fnuz = SmallFloat(exponentBits: 4, mantissaBits: 3, bias: 8, specials: .negativeZeroNaN)
  static let e5m2 = SmallFloat(exponentBits: 5, mantissaBits: 2, bias: 15, specials: .ieee)
  static let e5m2fnuz = SmallFloat(exponentBits: 5, mantissaBits: 2, bias: 16, specials: .negativeZeroNaN)
  static let e2m3 = SmallFloat(exponentBits: 2, mantissaBits: 3, bias: 1, specials: .none)
  static let e3m2 = SmallFloat(exponentBits: 3, mantissaBits: 2, bias: 3, specials: .none)
  static let e2m1 = SmallFloat(exponentBits: 2, mantissaBits: 1, bias: 1, specials: .none)

  init?(_ element: ElementType) {
    switch element {
    case .float8e4m3fn: self = .e4m3fn
    case .float8e4m3fnuz: self = .e4m3fnuz
    case .float8e5m2: self = .e5m2
    case .float8e5m2fnuz: self = .e5m2fnuz
    case .float6e2m3: self = .e2m3
    case .float6e3m2: self = .e3m2
    case .float4e2m1: self = .e2m1
    default: return nil
    }
  }

  private init(exponentBits: Int, mantissaBits: Int, bias: Int, specials: Specials) {
    self.exponentBits = exponentBits
    self.mantissaBits = mantissaBits
    self.bias = bias
    self.specials = specials
  }

  private var signBit: UInt8 { 1 << UInt8(exponentBits + mantissaBits) }
  /// The pattern of the largest number.
  var largest: UInt8 {
    switch specials {
    case .ieee: (((1 << UInt8(exponentBits)) - 1) << UInt8(mantissaBits)) - 1
    case .onlyNaN: signBit - 2
    case .negativeZeroNaN, .none: signBit - 1
    }
  }

  private func nan(negative: Bool) -> UInt8 {
    switch specials {
    case .ieee: (signBit - 1) | (negative ? signBit : 0)
    case .onlyNaN: (signBit - 1) | (negative ? signBit : 0)
    case .negativeZeroNaN: signBit
    // Formats without NaN: the pattern of zero, with the sign.
    case .none: negative ? signBit : 0
    }
  }

  func decode(_ bits: UInt8) -> Float {
    let negative = bits & signBit != 0
    let magnitude = bits & (signBit - 1)
    switch specials {
    case .negativeZeroNaN where bits == signBit: return .nan
    case .onlyNaN where magnitude == signBit - 1: return negative ? -Float.nan : .nan
    case .ieee where magnitude > largest:
      if magnitude == largest + 1 { return negative ? -.infinity : .infinity }
      return negative ? -Float.nan : .nan
    default: break
    }
    let exponent = Int(magnitude >> UInt8(mantissaBits))
    let mantissa = Float(magnitude & ((1 << UInt8(mantissaBits)) - 1))
    let value =
      exponent == 0
      ? Float(sign: .plus, exponent: 1 - bias - mantissaBits, significand: mantissa)
      : Float(sign: .plus, exponent: exponent - bias - mantissaBits, significand: mantissa + Float(1 << mantissaBits))
    return negative ? -value : value
  }

  /// The nearest number, the even one of two. What is too large becomes the largest number when `saturating`, else infinity
  /// or NaN.
  func encode(_ value: Float, saturating: Bool) -> UInt8 {
    let negative = value.sign == .minus
    let sign = negative ? signBit : 0
    if value.isNaN { return nan(negative: negative) }
    guard value.isFinite else { return overflow(negative: negative, infinite: true, saturating: saturating) }
    let magnitude = value.magnitude
    // The distance of neighbouring numbers at this magnitude, as a power of two.
    let exponent = magnitude == 0 ? 1 - bias : max(Int(magnitude.exponent), 1 - bias)
    let steps = (Double(magnitude) * power(mantissaBits - exponent)).rounded(.toNearestOrEven)
    // Steps beyond the mantissa carry into the exponent by themselves; subnormals have exponent 0.
    let lift = exponent - (1 - bias)
    let pattern = Int(steps) + (lift << mantissaBits)
    if pattern > Int(largest) { return overflow(negative: negative, infinite: false, saturating: saturating) }
    if pattern == 0, specials == .negativeZeroNaN { return 0 }
    return UInt8(pattern) | sign
  }

  private func power(_ exponent: Int) -> Double { Double(sign: .plus, exponent: exponent, significand: 1) }

  private func overflow(negative: Bool, infinite: Bool, saturating: Bool) -> UInt8 {
    let sign = negative ? signBit : 0
    if saturating || specials == .none { return largest | sign }
    switch specials {
    case .ieee: return (largest + 1) | sign
    case .onlyNaN, .negativeZeroNaN, .none: return nan(negative: negative)
    }
  }

  /// `float8e8m0`: an exponent, 127 for 1; 255 is NaN.
  static func decodeExponent(_ bits: UInt8) -> Float {
    bits == 255 ? .nan : Float(sign: .plus, exponent: Int(bits) - 127, significand: 1)
  }

  static func encodeExponent(_ value: Float, saturating: Bool, rounding: ExponentRounding) -> UInt8 {
    if value.isNaN { return 255 }
    let magnitude = value.magnitude
    guard magnitude.isFinite else { return saturating ? 254 : 255 }
    guard magnitude > 0 else { return saturating ? 0 : 255 }
    let exponent = Int(magnitude.exponent)
    let significand = magnitude.significand
    let lifted: Bool
    switch rounding {
    case .up: lifted = significand > 1
    case .down: lifted = false
    case .nearest: lifted = significand >= 1.5
    }
    let pattern = exponent + (lifted ? 1 : 0) + 127
    if pattern > 254 { return saturating ? 254 : 255 }
    if pattern < 0 { return saturating ? 0 : 255 }
    return UInt8(pattern)
  }
}

extension Float {
  /// The nearest float, or of two neighbours the one with an odd last bit, so that a second rounding to fewer bits is exact.
  init(roundingToOdd value: Double) {
    let nearest = Float(value)
    guard nearest.isFinite, Double(nearest) != value, nearest.bitPattern & 1 == 0 else {
      self = nearest.isInfinite && value.isFinite ? (value < 0 ? -Float.greatestFiniteMagnitude : .greatestFiniteMagnitude) : nearest
      return
    }
    let isBelow = Double(nearest) < value
    self = isBelow ? nearest.nextUp : nearest.nextDown
  }
}
