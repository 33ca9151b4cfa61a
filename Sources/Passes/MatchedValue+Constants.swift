import Diagnostics
import GraphIR
import Operators
import Rewriting
import Tensors

extension Tensor {
  /// The number that all elements are, for small tensors that need not be computed first.
  var uniformNumber: Double? {
    guard count > 0, count <= 4096, !isDeferred, element.isInteger || element.isFloatingPoint, repeatsFirstElement,
      let numbers = try? doubles(), let first = numbers.first, numbers.allSatisfy({ $0 == first })
    else { return nil }
    return first
  }
}

extension MatchedValue {
  /// The number that all elements of a small constant are.
  var uniformNumber: Double? { isConstant ? (try? constant())?.uniformNumber : nil }

  func number() throws(NoMatch) -> Double {
    guard let number = uniformNumber else { throw NoMatch("not a constant of one number", id) }
    return number
  }

  var isSolelyUsed: Bool { useCount == 1 && !isOutput }

  /// An element type in which every version of every operator computes.
  func requireCommonFloat() throws(NoMatch) {
    let element = try elementType()
    try require(element == .float32 || element == .float16 || element == .float64, "the element type")
  }

  /// Single or half precision, which it is: for operators that runtimes do not compute in doubles, or whose attributes would round them.
  @discardableResult func requireSinglePrecision() throws(NoMatch) -> ElementType {
    let element = try elementType()
    try require(element == .float32 || element == .float16, "the element type")
    return element
  }
}

extension MatchedNode {
  /// A commutative operator's operands: the one that is not a constant, then the constant.
  func constantLast() throws(NoMatch) -> (x: MatchedValue, constant: MatchedValue) {
    let (a, b) = try (operand(0), operand(1))
    try require(a.isConstant != b.isConstant, "not one operand is a constant")
    return a.isConstant ? (b, a) : (a, b)
  }

  func requireOpset(_ version: Int) throws(NoMatch) {
    try require(opset >= version, "the operator set does not have the operator")
  }
}

extension Edit {
  /// Replaces a value by one of the same, known shape.
  mutating func replace(_ old: MatchedValue, withSameShape new: ValueID) throws(NoMatch) {
    guard let mine = fact(new).shape, let shape = old.type?.shape, mine == shape else { throw NoMatch("the shape changes", old.id) }
    replace(old, with: new)
  }

  /// A new scalar of an element type.
  mutating func scalar(_ value: Double, _ element: ElementType) throws(NoMatch) -> ValueID {
    constant(try computing { () throws(ModelError) in try .splat(value, element, count: 1).reshaped(to: []) })
  }

  /// A new scalar of 64-bit integers: a position.
  mutating func position(_ index: Int) throws(NoMatch) -> ValueID {
    constant(try computing { () throws(ModelError) in try Tensor.scalar(index) })
  }
}
