/// The size of one axis: a number, or an expression in the model's symbols such as `2*height+1`.
///
/// Expressions are kept as polynomials in canonical order, so that equal forms compare equal. Sizes that a model leaves
/// open get symbols of their own, spelt `?1`, `?2`, …: unknown, but one number at a time.
public enum Dim: Hashable, Sendable {
  case number(Int)
  case expression(Polynomial)

  public static func symbol(_ name: String) -> Dim {
    .expression(Polynomial(terms: [Polynomial.Term(coefficient: 1, atoms: [.symbol(name)])]))
  }

  /// The number, when it is one.
  public var number: Int? {
    if case .number(let value) = self { value } else { nil }
  }

  /// The name, when this is a single symbol.
  public var symbolName: String? {
    guard case .expression(let polynomial) = self, polynomial.terms.count == 1, polynomial.terms[0].coefficient == 1,
      polynomial.terms[0].atoms.count == 1, case .symbol(let name) = polynomial.terms[0].atoms[0]
    else { return nil }
    return name
  }

  /// True for a size that the model left open, or whose rule is not known.
  public var isAnonymous: Bool { symbolName?.hasPrefix("?") ?? false }

  static func from(_ polynomial: Polynomial) -> Dim {
    if polynomial.terms.isEmpty { return .number(0) }
    if polynomial.terms.count == 1, polynomial.terms[0].atoms.isEmpty { return .number(polynomial.terms[0].coefficient) }
    return .expression(polynomial)
  }

  var polynomial: Polynomial {
    switch self {
    case .number(let value): Polynomial(terms: value == 0 ? [] : [.init(coefficient: value, atoms: [])])
    case .expression(let polynomial): polynomial
    }
  }

  public static func + (a: Dim, b: Dim) -> Dim {
    if case .number(let x) = a, case .number(let y) = b {
      let (sum, overflow) = x.addingReportingOverflow(y)
      return overflow ? unevaluated("+", a, b) : .number(sum)
    }
    return a.polynomial.adding(b.polynomial).map(from) ?? unevaluated("+", a, b)
  }

  public static func * (a: Dim, b: Dim) -> Dim {
    if case .number(let x) = a, case .number(let y) = b {
      let (product, overflow) = x.multipliedReportingOverflow(by: y)
      return overflow ? unevaluated("*", a, b) : .number(product)
    }
    return a.polynomial.multiplied(by: b.polynomial).map(from) ?? unevaluated("*", a, b)
  }

  public static func - (a: Dim, b: Dim) -> Dim { a + b * .number(-1) }

  /// The quotient rounded towards negative infinity.
  public func floorDivided(by divisor: Dim) -> Dim {
    if divisor == .number(1) { return self }
    if let x = number, let y = divisor.number, y != 0, !(x == Int.min && y == -1) {
      let quotient = x / y
      return .number(x % y != 0 && (x < 0) != (y < 0) ? quotient - 1 : quotient)
    }
    if self == divisor, !isZero { return .number(1) }
    if let exact = polynomial.dividedExactly(by: divisor.polynomial) { return Dim.from(exact) }
    if let y = divisor.number, y > 1, let split = splitMultiples(of: y) {
      return split.multiples + split.rest.floorDivided(by: divisor)
    }
    return Dim.atom(.floorDiv(self, divisor))
  }

  /// The quotient rounded towards positive infinity, for a positive divisor.
  public func ceilDivided(by divisor: Dim) -> Dim { (self + divisor - .number(1)).floorDivided(by: divisor) }

  public func modulo(_ divisor: Dim) -> Dim { self - floorDivided(by: divisor) * divisor }

  public static func maximum(_ a: Dim, _ b: Dim) -> Dim {
    if let x = a.number, let y = b.number { return .number(max(x, y)) }
    return a == b ? a : atom(.maximum(a, b))
  }

  public static func minimum(_ a: Dim, _ b: Dim) -> Dim {
    if let x = a.number, let y = b.number { return .number(min(x, y)) }
    return a == b ? a : atom(.minimum(a, b))
  }

  private var isZero: Bool { self == .number(0) }

  private static func atom(_ atom: Polynomial.Atom) -> Dim {
    guard atom.weight < Polynomial.weightLimit else { return summary(of: atom.description) }
    return .expression(Polynomial(terms: [.init(coefficient: 1, atoms: [atom])]))
  }

  private static func unevaluated(_ operation: String, _ a: Dim, _ b: Dim) -> Dim { summary(of: "(\(a)\(operation)\(b))") }

  /// A symbol that stands for an expression too large to keep: equal texts give equal symbols.
  private static func summary(of text: String) -> Dim {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    var second: UInt64 = 0x9e37_79b9_7f4a_7c15
    for byte in text.utf8 {
      hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3
      second = (second &+ UInt64(byte)) &* 0xff51_afd7_ed55_8ccd
    }
    return .symbol("?" + String(hash, radix: 16) + String(second, radix: 16))
  }

  /// Separates the terms that `divisor` divides, when there are some and others remain.
  private func splitMultiples(of divisor: Int) -> (multiples: Dim, rest: Dim)? {
    let terms = polynomial.terms
    let whole = terms.filter { $0.coefficient % divisor == 0 }
    guard !whole.isEmpty, whole.count < terms.count else { return nil }
    let quotients = whole.map { Polynomial.Term(coefficient: $0.coefficient / divisor, atoms: $0.atoms) }
    return (.from(Polynomial(terms: quotients)), .from(Polynomial(terms: terms.filter { $0.coefficient % divisor != 0 })))
  }

  /// True when no numbers for the symbols make it 1: as for `2*h+2`, whose values have another remainder than 1.
  public var isNeverOne: Bool {
    if let number { return number != 1 }
    var (divisor, constant) = (0, 0)
    for term in polynomial.terms {
      if term.atoms.isEmpty { constant = term.coefficient } else { divisor = Self.commonDivisor(divisor, term.coefficient) }
    }
    return divisor > 1 && (constant % divisor - 1) % divisor != 0
  }

  private static func commonDivisor(_ a: Int, _ b: Int) -> Int {
    var (x, y) = (a.magnitude, b.magnitude)
    while y != 0 { (x, y) = (y, x % y) }
    return Int(clamping: x)
  }

  /// The value under an assignment of numbers to symbols; `nil` while a symbol has none or the arithmetic overflows.
  public func evaluated(with symbols: [String: Int]) -> Int? {
    switch self {
    case .number(let value): value
    case .expression(let polynomial): polynomial.evaluated(with: symbols)
    }
  }

  /// The expression with symbols replaced.
  public func substituting(_ symbols: [String: Dim]) -> Dim {
    switch self {
    case .number: self
    case .expression(let polynomial): polynomial.substituting(symbols)
    }
  }

  /// The names of all symbols in the expression.
  public var symbols: Set<String> {
    switch self {
    case .number: []
    case .expression(let polynomial): polynomial.terms.reduce(into: []) { $0.formUnion($1.atoms.flatMap(\.symbols)) }
    }
  }
}

extension Dim: ExpressibleByIntegerLiteral, CustomStringConvertible {
  public init(integerLiteral value: Int) { self = .number(value) }

  public var description: String {
    switch self {
    case .number(let value): String(value)
    case .expression(let polynomial): polynomial.description
    }
  }
}
