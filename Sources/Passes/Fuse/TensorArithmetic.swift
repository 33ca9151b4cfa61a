import Diagnostics
import GraphIR
import Operators
import Rewriting
import Tensors

// Arithmetic on constants, in the words of the operators: a type at once, elements when they are read. Shapes broadcast.

func + (a: Tensor, b: Tensor) throws(ModelError) -> Tensor { try deferred(Add(), a, b) }
func - (a: Tensor, b: Tensor) throws(ModelError) -> Tensor { try deferred(Sub(), a, b) }
func * (a: Tensor, b: Tensor) throws(ModelError) -> Tensor { try deferred(Mul(), a, b) }
func / (a: Tensor, b: Tensor) throws(ModelError) -> Tensor { try deferred(Div(), a, b) }

extension Tensor {
  func squareRoot() throws(ModelError) -> Tensor { try deferred(Sqrt(), self) }

  func cast(to element: ElementType) throws(ModelError) -> Tensor {
    element == self.element ? self : try deferred(Cast(to: element), self)
  }

  /// The sums along axes, which go.
  func summed(axes: [Int]) throws(ModelError) -> Tensor {
    var sum = ReduceSum()
    sum.keepdims = false
    return try deferred(sum, self, .integers(axes))
  }

  /// A vector as a tensor of `rank` that varies along `axis` alone.
  func along(axis: Int, rank: Int) throws(ModelError) -> Tensor {
    var shape = Shape(repeating: 1, count: rank)
    shape[axis] = count
    return try reshaped(to: shape)
  }

  /// `count` times one number.
  static func splat(_ value: Double, _ element: ElementType, count: Int) throws(ModelError) -> Tensor {
    try Tensor(.float64, [count], elements: [Double](repeating: value, count: count)).cast(to: element)
  }

  /// Element types for which arithmetic on weights is trusted.
  var isFoldable: Bool { element == .float32 || element == .float64 || element == .float16 }

  /// Doubles that weights are multiplied by, or divided by where `isInverse`. Refused where one is no finite number, a division by 0 among
  /// them: sums of products with it are other than the sum's product.
  func asScale(isInverse: Bool = false, _ edit: inout Edit) throws(NoMatch) -> Tensor {
    let scale = isInverse ? try edit.computing { () throws(ModelError) in try .splat(1, .float64, count: count) / self } : self
    guard let numbers = try? scale.doubles(), numbers.allSatisfy(\.isFinite) else { throw NoMatch("a scale is not a finite number") }
    return scale
  }

  /// What doubles made of several constants are in the element type that those had. Refused where a number leaves its range, to infinity or,
  /// but for sums, below the normal numbers: one after the other, the constants need not.
  func narrowed(to element: ElementType, isSum: Bool, _ edit: inout Edit) throws(NoMatch) -> Tensor {
    let narrow = try edit.computing { () throws(ModelError) in try cast(to: element) }
    guard let (exact, rounded) = try? (doubles(), narrow.doubles()) else { throw NoMatch("the constant cannot be computed") }
    let smallest = element == .float16 ? 0x1p-14 : element == .float32 ? 0x1p-126 : Double.leastNormalMagnitude
    let isInRange = zip(exact, rounded).allSatisfy { (exact, rounded) in
      !exact.isFinite || exact == 0 || rounded.isFinite && (isSum || abs(rounded) >= smallest)
    }
    try require(isInRange, "the constants' product or sum is out of range")
    return narrow
  }

  /// The product in this element type. Half precision is multiplied in single precision and rounded once.
  func scaled(by factor: Tensor) throws(ModelError) -> Tensor {
    let wide: ElementType = element == .float16 ? .float32 : element
    return try (cast(to: wide) * factor.cast(to: wide)).cast(to: element)
  }
}
