/// A sum of products of symbols and of the operations that polynomials lack, in canonical order. See `Dim`.
public struct Polynomial: Hashable, Sendable {
  public struct Term: Hashable, Sendable {
    var coefficient: Int
    /// Sorted; empty for the constant term.
    var atoms: [Atom]
  }

  public indirect enum Atom: Hashable, Sendable {
    case symbol(String)
    case floorDiv(Dim, Dim)
    case maximum(Dim, Dim)
    case minimum(Dim, Dim)
  }

  /// Sorted by descending degree, then by text; no coefficient is 0 and no two terms have the same atoms.
  var terms: [Term]

  /// Number of symbols and operations beyond which an expression is replaced by a symbol of its own.
  static let weightLimit = 64

  init(terms: [Term]) { self.terms = terms }

  /// `nil` on overflow or when the result is too large to keep.
  func adding(_ other: Polynomial) -> Polynomial? {
    var sum: [Term] = []
    var (a, b) = (terms[...], other.terms[...])
    while let x = a.first, let y = b.first {
      if x.atoms == y.atoms {
        let (coefficient, overflow) = x.coefficient.addingReportingOverflow(y.coefficient)
        if overflow { return nil }
        if coefficient != 0 { sum.append(Term(coefficient: coefficient, atoms: x.atoms)) }
        a.removeFirst()
        b.removeFirst()
      } else if x < y {
        sum.append(a.removeFirst())
      } else {
        sum.append(b.removeFirst())
      }
    }
    return Self.kept(sum + a + b)
  }

  func multiplied(by other: Polynomial) -> Polynomial? {
    guard terms.count * other.terms.count <= Self.weightLimit else { return nil }
    var products: [Term] = []
    for a in terms {
      for b in other.terms {
        let (coefficient, overflow) = a.coefficient.multipliedReportingOverflow(by: b.coefficient)
        if overflow { return nil }
        products.append(Term(coefficient: coefficient, atoms: (a.atoms + b.atoms).sorted()))
      }
    }
    return Self.collect(products)
  }

  /// The quotient, when `divisor` is a single term that divides every term.
  func dividedExactly(by divisor: Polynomial) -> Polynomial? {
    guard divisor.terms.count == 1, let by = divisor.terms.first, by.coefficient != 0, by.coefficient != -1 || !terms.contains(where: { $0.coefficient == .min })
    else { return nil }
    var quotients: [Term] = []
    for term in terms {
      guard term.coefficient % by.coefficient == 0 else { return nil }
      var atoms = term.atoms
      for atom in by.atoms {
        guard let index = atoms.firstIndex(of: atom) else { return nil }
        atoms.remove(at: index)
      }
      quotients.append(Term(coefficient: term.coefficient / by.coefficient, atoms: atoms))
    }
    return Self.collect(quotients)
  }

  private static func collect(_ terms: [Term]) -> Polynomial? {
    var sums: [[Atom]: Int] = [:]
    for term in terms {
      let (sum, overflow) = sums[term.atoms, default: 0].addingReportingOverflow(term.coefficient)
      if overflow { return nil }
      sums[term.atoms] = sum
    }
    return kept(sums.filter { $0.value != 0 }.map { Term(coefficient: $0.value, atoms: $0.key) }.sorted())
  }

  private static func kept(_ terms: [Term]) -> Polynomial? {
    let weight = terms.reduce(0) { $0 + $1.atoms.reduce(1) { $0 + $1.weight } }
    return weight <= weightLimit ? Polynomial(terms: terms) : nil
  }

  /// Calls `body` with each symbol, once per occurrence.
  func visitSymbols(_ body: (String) -> Void) {
    for term in terms { for atom in term.atoms { atom.visitSymbols(body) } }
  }

  func evaluated(with symbols: [String: Int]) -> Int? {
    var sum = 0
    for term in terms {
      var product = term.coefficient
      for atom in term.atoms {
        guard let value = atom.evaluated(with: symbols) else { return nil }
        let (next, overflow) = product.multipliedReportingOverflow(by: value)
        if overflow { return nil }
        product = next
      }
      let (next, overflow) = sum.addingReportingOverflow(product)
      if overflow { return nil }
      sum = next
    }
    return sum
  }

  func substituting(_ symbols: [String: Dim]) -> Dim {
    terms.reduce(.number(0)) { sum, term in
      sum + term.atoms.reduce(.number(term.coefficient)) { $0 * $1.substituting(symbols) }
    }
  }
}

extension Polynomial.Term: Comparable {
  public static func < (a: Self, b: Self) -> Bool {
    if a.atoms.count != b.atoms.count { return a.atoms.count > b.atoms.count }
    return a.atoms.lexicographicallyPrecedes(b.atoms)
  }
}

extension Polynomial.Atom: Comparable, CustomStringConvertible {
  public static func < (a: Self, b: Self) -> Bool {
    switch (a, b) {
    case (.symbol(let x), .symbol(let y)): x < y
    case (.symbol, _): true
    case (_, .symbol): false
    default: a.description < b.description
    }
  }

  public var description: String {
    switch self {
    case .symbol(let name): Spelling.symbol(name)
    case .floorDiv(let a, let b): "floor(\(a), \(b))"
    case .maximum(let a, let b): "max(\(a), \(b))"
    case .minimum(let a, let b): "min(\(a), \(b))"
    }
  }

  private var operands: [Dim] {
    switch self {
    case .symbol: []
    case .floorDiv(let a, let b), .maximum(let a, let b), .minimum(let a, let b): [a, b]
    }
  }

  var weight: Int {
    operands.reduce(1) { sum, dim in
      sum + dim.polynomial.terms.reduce(0) { $0 + $1.atoms.reduce(1) { $0 + $1.weight } }
    }
  }

  var symbols: Set<String> {
    if case .symbol(let name) = self { return [name] }
    return operands.reduce(into: []) { $0.formUnion($1.symbols) }
  }

  func visitSymbols(_ body: (String) -> Void) {
    if case .symbol(let name) = self { return body(name) }
    for case .expression(let polynomial) in operands { polynomial.visitSymbols(body) }
  }

  func evaluated(with symbols: [String: Int]) -> Int? {
    if case .symbol(let name) = self { return symbols[name] }
    let values = operands.compactMap { $0.evaluated(with: symbols) }
    guard values.count == 2 else { return nil }
    switch self {
    case .symbol(let name): return symbols[name]
    case .floorDiv: return values[1] == 0 ? nil : Dim.number(values[0]).floorDivided(by: .number(values[1])).number
    case .maximum: return max(values[0], values[1])
    case .minimum: return min(values[0], values[1])
    }
  }

  func substituting(_ symbols: [String: Dim]) -> Dim {
    switch self {
    case .symbol(let name): symbols[name] ?? .symbol(name)
    case .floorDiv(let a, let b): a.substituting(symbols).floorDivided(by: b.substituting(symbols))
    case .maximum(let a, let b): .maximum(a.substituting(symbols), b.substituting(symbols))
    case .minimum(let a, let b): .minimum(a.substituting(symbols), b.substituting(symbols))
    }
  }
}

extension Polynomial: CustomStringConvertible {
  public var description: String {
    var text = ""
    for term in terms {
      let magnitude = term.coefficient.magnitude
      let sign = term.coefficient < 0 ? "-" : (text.isEmpty ? "" : "+")
      let factors = term.atoms.map(\.description).joined(separator: "*")
      text += sign + (factors.isEmpty ? "\(magnitude)" : magnitude == 1 ? factors : "\(magnitude)*\(factors)")
    }
    return text
  }
}
