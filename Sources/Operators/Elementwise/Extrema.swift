import Diagnostics
import GraphIR
import Tensors

public enum VariadicOperand: Int, OperandSlot {
  case inputs
  public var arity: Arity { .variadic(minimum: 1) }
}

/// One function folded over any number of operands, broadcast against each other.
protocol ArithmeticFold: Evaluable where Operand == VariadicOperand {
  var arithmetic: Arithmetic { get }
  func combine(_ a: Dim, _ b: Dim) -> Dim?
}

extension ArithmeticFold {
  public func infer(_ operands: Operands<VariadicOperand, Fact>) throws(ModelError) -> [Fact] {
    guard !operands.items.isEmpty else { throw ModelError(.invalidGraph, "has no operands") }
    return [
      try inferBroadcast(operands.items) { elements in
        elements.dropFirst().reduce(elements.first) { sum, next in sum.flatMap { combine($0, next) } }
      }
    ]
  }

  func fold(_ operands: Operands<VariadicOperand, Tensor>) throws(ModelError) -> Tensor {
    var result = try operands.one(.inputs)
    for case let next? in operands.items.dropFirst() { result = try calculate(arithmetic, result, next) }
    return result
  }

  public func evaluate(_ operands: Operands<VariadicOperand, Tensor>) throws(ModelError) -> [Tensor] { [try fold(operands)] }
}

/// The largest of the operands, element by element; NaN where one is.
public struct Max: ArithmeticFold {
  public static let name = "Max"
  public static let since = 13
  public init() {}
  var arithmetic: Arithmetic { .maximum }
  func combine(_ a: Dim, _ b: Dim) -> Dim? { .maximum(a, b) }
}

/// The smallest of the operands, element by element; NaN where one is.
public struct Min: ArithmeticFold {
  public static let name = "Min"
  public static let since = 13
  public init() {}
  var arithmetic: Arithmetic { .minimum }
  func combine(_ a: Dim, _ b: Dim) -> Dim? { .minimum(a, b) }
}

/// The sum of the operands, element by element.
public struct Sum: ArithmeticFold {
  public static let name = "Sum"
  public static let since = 13
  public init() {}
  var arithmetic: Arithmetic { .add }
  func combine(_ a: Dim, _ b: Dim) -> Dim? { a + b }
}

/// The arithmetic mean of the operands, element by element.
public struct Mean: ArithmeticFold {
  public static let name = "Mean"
  public static let since = 13
  public init() {}
  var arithmetic: Arithmetic { .add }
  func combine(_ a: Dim, _ b: Dim) -> Dim? { nil }

  public func evaluate(_ operands: Operands<VariadicOperand, Tensor>) throws(ModelError) -> [Tensor] {
    let sum = try fold(operands)
    let count = try Tensor.scalar(Float(operands.items.count)).converted(to: sum.element)
    return [try calculate(.divide, sum, count)]
  }
}
