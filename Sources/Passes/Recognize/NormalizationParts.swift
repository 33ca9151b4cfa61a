import Diagnostics
import GraphIR
import Operators
import Rewriting
import Tensors

/// The steps of which normalisations are made, seen from the root of the mean square.
enum NormalizationParts {
  /// Operators that take a square root.
  static let roots: [any Operator.Type] = [Sqrt.self, Pow.self]

  /// What a root is taken of, and whether its reciprocal is: as a power, the exponent is a half or minus a half.
  static func radicand(of root: MatchedNode) throws(NoMatch) -> (value: MatchedValue, isReciprocal: Bool) {
    let value = try root.operand(0)
    guard root.op is Pow else { return (value, false) }
    let exponent = try root.operand(1).number()
    try require(abs(exponent) == 0.5, "the power is no square root")
    return (value, exponent < 0)
  }

  /// `v` and `ε` of `v + ε`.
  static func shifted(_ sum: MatchedValue) throws(NoMatch) -> (MatchedNode, Double) {
    guard let (factor, scale, shift) = sum.expression.linear, scale == 1, shift > 0, shift < 1 else {
      throw NoMatch("the root is not of a value and a small number", sum.id)
    }
    let add = try sum.soleProducer(Add.self)
    let variance = try add[.a].id == factor ? add[.a] : add[.b]
    return (try mean(variance), shift)
  }

  /// `x`, `x - mean(x)` and the axes of the mean whose square's mean is given; how often the mean is used.
  static func centred(_ variance: MatchedNode, uses: Int = 1) throws(NoMatch) -> (MatchedValue, MatchedValue, [Int]) {
    let square = try variance.operand(0)
    guard let (factors, coefficient) = square.expression.product, coefficient == 1, factors.count == 2, factors[0] == factors[1] else {
      throw NoMatch("the mean is not of a square", square.id)
    }
    try square.requireSoleUse()
    let deviation = try square.anyProducer().operand(0)
    try require(deviation.id == factors[0], "the mean is not of a square")
    let difference = try deviation.producerAllowingOtherUses(Sub.self)
    let (x, mean) = try (difference[.a], mean(difference[.b], uses: uses))
    try require(try mean.operand(0) == x, "the mean is of another value")
    let axes = try normalizedAxes(mean, x)
    try require(try axes == normalizedAxes(variance, x), "the means are along different axes")
    return (x, deviation, axes)
  }

  /// The node that takes a mean for this use only, or for so many.
  private static func mean(_ value: MatchedValue, uses: Int = 1) throws(NoMatch) -> MatchedNode {
    let node = try value.anyProducer()
    try require(node.op is ReduceMean || node.op is GlobalAveragePool, "another operator")
    guard uses > 1 else {
      try value.requireSoleUse()
      return node
    }
    try require(value.useCount == uses && !value.isOutput, "the mean has other uses")
    return node
  }

  static func normalizedAxes(_ mean: MatchedNode, _ x: MatchedValue) throws(NoMatch) -> [Int] {
    if mean.op is GlobalAveragePool { return try Array(2..<max(x.rank(), 2)) }
    guard let op = mean.op as? ReduceMean, op.keepdims else { throw NoMatch("the mean drops its axes") }
    let rank = try x.rank()
    return try mean.operand(1).integers().map { $0 < 0 ? $0 + rank : $0 }.sorted()
  }

  /// The sizes of the axes, which are the last ones.
  static func suffix(_ axes: [Int], of x: MatchedValue) throws(NoMatch) -> Shape {
    let shape = try x.shape()
    try require(!axes.isEmpty && axes == Array(shape.count - axes.count..<shape.count), "the axes are not the last ones")
    let sizes = shape.suffix(axes.count).compactMap(\.number)
    try require(sizes.count == axes.count, "the size of an axis is not known")
    return sizes
  }

  /// The value `deviation / root`, possibly times a constant that comes with it. The reciprocal of the root may be given in its place.
  static func quotient(
    of deviation: MatchedValue, by root: MatchedValue, isReciprocal: Bool = false
  ) throws(NoMatch) -> (value: MatchedValue, scale: MatchedValue?) {
    if isReciprocal { return try product(of: deviation, by: root) }
    let user = try root.soleUser()
    if let quotient = try? user.narrowed(to: Div.self), try quotient[.b] == root, try quotient[.a] == deviation {
      return (user.result, nil)
    }
    let isInverse = user.op is Reciprocal || user.op is Div && user.operandIfPresent(0)?.uniformNumber == 1
    try require(isInverse, "the root does not divide")
    return try product(of: deviation, by: user.result)
  }

  private static func product(
    of deviation: MatchedValue, by inverse: MatchedValue
  ) throws(NoMatch) -> (value: MatchedValue, scale: MatchedValue?) {
    let product = try inverse.soleUser().narrowed(to: Mul.self)
    let other = try product[.a] == inverse ? product[.b] : product[.a]
    if other == deviation { return (product.result, nil) }
    try require(other.isConstant, "the reciprocal is multiplied by another value")
    let outer = try product.result.soleUser().narrowed(to: Mul.self)
    let last = try outer[.a] == product.result ? outer[.b] : outer[.a]
    try require(last == deviation, "the reciprocal is multiplied by another value")
    return (outer.result, other)
  }

  /// The constant that a value is combined with as its only use, when it varies along the normalised axes alone.
  static func affine(
    _ value: MatchedValue, _ type: (some Operator).Type, _ sizes: Shape
  ) -> (MatchedValue?, MatchedValue) {
    guard let user = try? value.soleUser(), Swift.type(of: user.op) == type, let (x, constant) = try? user.constantLast(), x == value,
      let shape = try? constant.fixedShape(), fits(shape, sizes)
    else { return (nil, value) }
    return (constant, user.result)
  }

  static func fits(_ shape: Shape, _ sizes: Shape) -> Bool {
    let inner = Array(shape.drop { $0 == 1 })
    return inner.isEmpty || shape.suffix(sizes.count) == sizes[...] && shape.dropLast(sizes.count).allSatisfy { $0 == 1 }
  }

  static func parameter(
    _ value: MatchedValue?, _ sizes: Shape, _ usual: Double, _ element: ElementType, _ edit: inout Edit
  ) throws(NoMatch) -> Tensor {
    let tensor = try value?.constant()
    try require(tensor.map { fits($0.shape, sizes) } ?? true, "a parameter varies along other axes")
    return try edit.computing { () throws(ModelError) in
      let count = sizes.reduce(1, *)
      guard let tensor else { return try .splat(usual, element, count: count).reshaped(to: sizes) }
      if tensor.count == count { return try tensor.reshaped(to: sizes) }
      return try (tensor.reshaped(to: [1]) * .splat(1, element, count: count)).reshaped(to: sizes)
    }
  }
}
