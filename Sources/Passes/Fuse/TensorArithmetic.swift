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

  /// The product in this element type. Half precision is multiplied in single precision and rounded once.
  func scaled(by factor: Tensor) throws(ModelError) -> Tensor {
    let wide: ElementType = element == .float16 ? .float32 : element
    return try (cast(to: wide) * factor.cast(to: wide)).cast(to: element)
  }
}
