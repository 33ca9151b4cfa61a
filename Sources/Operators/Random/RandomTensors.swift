import Diagnostics
import GraphIR
import Tensors

/// A tensor of random numbers of the attributes' shape.
protocol RandomTensor: Evaluable where Operand == NoOperand {
  var dtype: ElementType { get }
  var seed: Float? { get }
  var shape: [Int]? { get }
  func draw(_ count: Int, from source: inout RandomSource) -> [Double]
}

extension RandomTensor {
  public var isPure: Bool { false }

  private func sizes() throws(ModelError) -> Shape {
    guard let shape, shape.allSatisfy({ $0 >= 0 }) else { throw ModelError(.invalidGraph, "is no shape", at: Place(attribute: "shape")) }
    return shape
  }

  public func infer(_ operands: Operands<NoOperand, Fact>) throws(ModelError) -> [Fact] { [.tensor(dtype, try sizes().map(Dim.number))] }

  public func evaluate(_ operands: Operands<NoOperand, Tensor>) throws(ModelError) -> [Tensor] {
    let sizes = try sizes()
    var source = RandomSource(seed: seed)
    let numbers = draw(try checkedCount(.float64, sizes), from: &source)
    return [try Tensor(.float64, sizes, elements: numbers).converted(to: dtype)]
  }
}

/// A tensor of random numbers of the operand's shape.
protocol RandomTensorLike: Evaluable where Operand == UnaryOperand {
  /// Absent means the operand's.
  var dtype: ElementType? { get }
  var seed: Float? { get }
  func draw(_ count: Int, from source: inout RandomSource) -> [Double]
}

extension RandomTensorLike {
  public var isPure: Bool { false }

  public func infer(_ operands: Operands<UnaryOperand, Fact>) throws(ModelError) -> [Fact] {
    let x = try operands.one(.x)
    let own = try x.tensorType()?.element
    guard let element = dtype ?? own else { return [.unknown] }
    return [.tensor(element, x.shape)]
  }

  public func evaluate(_ operands: Operands<UnaryOperand, Tensor>) throws(ModelError) -> [Tensor] {
    let x = try operands.one(.x)
    var source = RandomSource(seed: seed)
    let numbers = draw(try checkedCount(.float64, x.shape), from: &source)
    return [try Tensor(.float64, x.shape, elements: numbers).converted(to: dtype ?? x.element)]
  }
}

/// Numbers of the normal distribution with mean `mean` and deviation `scale`.
public struct RandomNormal: RandomTensor {
  public static let name = "RandomNormal"
  public static let since = 22
  public static let attributes: [AttributeSpec<Self>] = [
    .element("dtype", \.dtype), .float("mean", \.mean), .float("scale", \.scale), .optionalFloat("seed", \.seed), .ints("shape", \.shape),
  ]
  public var dtype = ElementType.float32
  public var mean: Float = 0
  public var scale: Float = 1
  public var seed: Float?
  public var shape: [Int]?
  public init() {}
  func draw(_ count: Int, from source: inout RandomSource) -> [Double] {
    source.normals(count, mean: Double(mean), deviation: Double(scale))
  }
}

/// Numbers of the normal distribution with mean `mean` and deviation `scale`, in the operand's shape.
public struct RandomNormalLike: RandomTensorLike {
  public static let name = "RandomNormalLike"
  public static let since = 22
  public static let attributes: [AttributeSpec<Self>] = [
    .optionalElement("dtype", \.dtype), .float("mean", \.mean), .float("scale", \.scale), .optionalFloat("seed", \.seed),
  ]
  public var dtype: ElementType?
  public var mean: Float = 0
  public var scale: Float = 1
  public var seed: Float?
  public init() {}
  func draw(_ count: Int, from source: inout RandomSource) -> [Double] {
    source.normals(count, mean: Double(mean), deviation: Double(scale))
  }
}

/// Numbers between `low` and `high`, all equally likely.
public struct RandomUniform: RandomTensor {
  public static let name = "RandomUniform"
  public static let since = 22
  public static let attributes: [AttributeSpec<Self>] = [
    .element("dtype", \.dtype), .float("high", \.high), .float("low", \.low), .optionalFloat("seed", \.seed), .ints("shape", \.shape),
  ]
  public var dtype = ElementType.float32
  public var high: Float = 1
  public var low: Float = 0
  public var seed: Float?
  public var shape: [Int]?
  public init() {}
  func draw(_ count: Int, from source: inout RandomSource) -> [Double] {
    source.uniforms(count, low: Double(low), high: Double(high))
  }
}

/// Numbers between `low` and `high`, all equally likely, in the operand's shape.
public struct RandomUniformLike: RandomTensorLike {
  public static let name = "RandomUniformLike"
  public static let since = 22
  public static let attributes: [AttributeSpec<Self>] = [
    .optionalElement("dtype", \.dtype), .float("high", \.high), .float("low", \.low), .optionalFloat("seed", \.seed),
  ]
  public var dtype: ElementType?
  public var high: Float = 1
  public var low: Float = 0
  public var seed: Float?
  public init() {}
  func draw(_ count: Int, from source: inout RandomSource) -> [Double] {
    source.uniforms(count, low: Double(low), high: Double(high))
  }
}
