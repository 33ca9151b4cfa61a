import GraphIR
import Tensors

/// `a + b`. Integers wrap.
public struct Add: ArithmeticBinary {
  public static let name = "Add"
  public static let since = 14
  public static let isCommutative = true
  public init() {}
  var arithmetic: Arithmetic { .add }
  func combine(_ a: Dim, _ b: Dim) -> Dim? { a + b }
}

/// `a - b`. Integers wrap.
public struct Sub: ArithmeticBinary {
  public static let name = "Sub"
  public static let since = 14
  public init() {}
  var arithmetic: Arithmetic { .subtract }
  func combine(_ a: Dim, _ b: Dim) -> Dim? { a - b }
}

/// `a * b`. Integers wrap.
public struct Mul: ArithmeticBinary {
  public static let name = "Mul"
  public static let since = 14
  public static let isCommutative = true
  public init() {}
  var arithmetic: Arithmetic { .multiply }
  func combine(_ a: Dim, _ b: Dim) -> Dim? { a * b }
}

/// `a / b`. Integer quotients are truncated; an integer division by zero is an error.
public struct Div: ArithmeticBinary {
  public static let name = "Div"
  public static let since = 14
  public init() {}
  var arithmetic: Arithmetic { .divide }

  /// Sizes are not negative, so that truncating is rounding down; for numbers it is computed exactly.
  func combine(_ a: Dim, _ b: Dim) -> Dim? {
    if let x = a.number, let y = b.number {
      return y == 0 || (x == .min && y == -1) ? nil : .number(x / y)
    }
    guard let divisor = b.number else { return a.floorDivided(by: b) }
    return divisor > 0 ? a.floorDivided(by: b) : nil
  }
}

/// The remainder of `a / b`: with the divisor's sign, or with the dividend's when `fmod` is set.
public struct Mod: ArithmeticBinary {
  public static let name = "Mod"
  public static let since = 28
  public static let attributes: [AttributeSpec<Self>] = [.bool("fmod", \.fmod)]
  public var fmod = false
  public init() {}
  var arithmetic: Arithmetic { fmod ? .truncatedRemainder : .flooredRemainder }

  func combine(_ a: Dim, _ b: Dim) -> Dim? {
    guard let divisor = b.number, divisor > 0, !fmod || (a.number ?? 0) >= 0 else { return nil }
    return a.modulo(b)
  }
}
