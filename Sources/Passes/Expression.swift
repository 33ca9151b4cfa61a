import GraphIR
import Operators
import Rewriting
import Tensors

/// What arithmetic on values amounts to: a sum of products, in whatever order and association a model computes it.
///
/// `x·(½·(1 + e))`, `(x·½)·(e + 1)` and `½·x + ½·(x·e)` are all `½·x + ½·x·e`, so that one recogniser covers every form.
struct Expression {
  /// By factors in order of their ids; the constant term has none.
  private(set) var terms: [[ValueID]: Double] = [:]

  /// Larger ones are not taken apart.
  private static let termLimit = 8
  private static let factorLimit = 4

  init(number: Double) { if number != 0 { terms[[]] = number } }
  init(factor: ValueID) { terms[[factor]] = 1 }
  private init() {}

  /// True when the terms are these, up to the relative error of constants written in the element type.
  func matches(_ expected: [[ValueID]: Double], _ tolerance: Double) -> Bool {
    guard terms.count == expected.count else { return false }
    return expected.allSatisfy { factors, coefficient in
      guard let mine = terms[factors.sorted()] else { return false }
      return abs(mine - coefficient) <= tolerance * abs(coefficient)
    }
  }

  /// `scale·factor + shift`, when it is that.
  var linear: (factor: ValueID, scale: Double, shift: Double)? {
    let factors = terms.keys.filter { !$0.isEmpty }
    guard factors.count == 1, factors[0].count == 1, let scale = terms[factors[0]] else { return nil }
    return (factors[0][0], scale, terms[[]] ?? 0)
  }

  /// The factors and the coefficient, when there is one term.
  var product: (factors: [ValueID], coefficient: Double)? {
    guard terms.count == 1, let term = terms.first else { return nil }
    return (term.key, term.value)
  }

  private static func sum(_ a: Expression, _ b: Expression, scale: Double = 1) -> Expression? {
    var result = a
    for (factors, coefficient) in b.terms {
      let sum = (result.terms[factors] ?? 0) + scale * coefficient
      result.terms[factors] = sum == 0 ? nil : sum
    }
    return result.terms.count <= termLimit ? result : nil
  }

  private static func product(_ a: Expression, _ b: Expression) -> Expression? {
    var result = Expression()
    guard a.terms.count * b.terms.count <= termLimit else { return nil }
    for (x, p) in a.terms {
      for (y, q) in b.terms {
        guard x.count + y.count <= factorLimit else { return nil }
        result.terms[(x + y).sorted(), default: 0] += p * q
      }
    }
    return result
  }

  private static func power(_ a: Expression, _ exponent: Double) -> Expression? {
    switch exponent {
    case 1: a
    case 2: product(a, a)
    case 3: product(a, a).flatMap { product($0, a) }
    default: nil
    }
  }

  /// What a node computes from its operands' expressions; `nil` when that is no sum of products.
  fileprivate static func result(of op: any Operator, _ a: Expression, _ b: Expression?) -> Expression? {
    switch op {
    case is Neg: return sum(Expression(), a, scale: -1)
    case is Add: return b.flatMap { sum(a, $0) }
    case is Sub: return b.flatMap { sum(a, $0, scale: -1) }
    case is Mul: return b.flatMap { product(a, $0) }
    case is Div: return b?.number.flatMap { $0 == 0 ? nil : product(a, Expression(number: 1 / $0)) }
    case is Pow: return b?.number.flatMap { power(a, $0) }
    default: return nil
    }
  }

  /// The number, when there are no factors.
  private var number: Double? { terms.isEmpty ? 0 : terms.count == 1 ? terms[[]] : nil }
}

extension MatchedValue {
  /// The value in terms of others. Arithmetic that something else uses too counts as one factor, the value itself excepted.
  var expression: Expression { expression(depth: 12, isRoot: true) }

  private func expression(depth: Int, isRoot: Bool) -> Expression {
    if let number = uniformNumber { return Expression(number: number) }
    let factor = Expression(factor: id)
    guard depth > 0, isRoot || isSolelyUsed, let node = try? anyProducer(), type?.element.isFloatingPoint ?? false else { return factor }
    guard arithmetic.contains(where: { $0 == Swift.type(of: node.op) }), let a = node.operandIfPresent(0) else { return factor }
    let first = a.expression(depth: depth - 1, isRoot: false)
    let second = node.operandIfPresent(1)?.expression(depth: depth - 1, isRoot: false)
    return Expression.result(of: node.op, first, second) ?? factor
  }

  /// The first value that arithmetic makes of this one, each step being its only use, whose expression is accepted.
  func following(_ accepts: (Expression) -> Bool) throws(NoMatch) -> MatchedValue {
    try requireSoleUse()
    var value = self
    for _ in 0..<6 {
      guard let user = try? value.soleUser(), arithmetic.contains(where: { $0 == Swift.type(of: user.op) }) else { break }
      value = user.result
      if accepts(value.expression) { return value }
    }
    throw NoMatch("what follows is another function", id)
  }

  /// `x`, `a` and `b` of `a·x + b`, as far up as numbers alone are multiplied and added, each step for the next one only.
  var line: (x: MatchedValue, scale: Double, shift: Double) {
    var (value, scale, shift) = (self, 1.0, 0.0)
    for _ in 0..<8 {
      guard value == self || value.isSolelyUsed, let node = try? value.anyProducer(), arithmetic.contains(where: { $0 == Swift.type(of: node.op) }),
        let first = node.operandIfPresent(0)
      else { break }
      let second = node.operandIfPresent(1)
      let (left, right) = (first.uniformNumber, second?.uniformNumber)
      switch (node.op, left, right) {
      case (is Mul, nil, let k?): (value, scale) = (first, scale * k)
      case (is Mul, let k?, nil): (value, scale) = (second ?? first, scale * k)
      case (is Div, nil, let k?) where k != 0: (value, scale) = (first, scale / k)
      case (is Add, nil, let k?): (value, shift) = (first, shift + scale * k)
      case (is Add, let k?, nil): (value, shift) = (second ?? first, shift + scale * k)
      case (is Sub, nil, let k?): (value, shift) = (first, shift - scale * k)
      case (is Sub, let k?, nil): (value, scale, shift) = (second ?? first, -scale, shift + scale * k)
      case (is Neg, _, _): (value, scale) = (first, -scale)
      default: return (value, scale, shift)
      }
    }
    return (value, scale, shift)
  }

  /// How far a constant may be from the number it stands for, relative to it.
  var constantTolerance: Double {
    switch type?.element {
    case .float32, .float64: 2e-5
    default: 2e-3
    }
  }
}

private let arithmetic: [any Operator.Type] = [Add.self, Sub.self, Mul.self, Div.self, Neg.self, Pow.self]
