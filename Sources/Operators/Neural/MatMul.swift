import Diagnostics
import GraphIR
import Tensors

/// The matrix product over the last two axes, the others broadcast. A vector counts as one row or column, which is then dropped.
public struct MatMul: Evaluable {
  public typealias Operand = BinaryOperand
  public static let name = "MatMul"
  public static let since = 13
  public init() {}

  public func infer(_ operands: Operands<BinaryOperand, Fact>) throws(ModelError) -> [Fact] {
    let (a, b) = try (operands.one(.a), operands.one(.b))
    guard let element = try commonElement([a, b]) else { return [.unknown] }
    guard let x = a.shape, let y = b.shape else { return [.tensor(element, nil)] }
    guard !x.isEmpty, !y.isEmpty else { throw ModelError(.typeMismatch, "the matrix product of a scalar") }
    let (inner, other) = (x[x.count - 1], y.count == 1 ? y[0] : y[y.count - 2])
    if let p = inner.number, let q = other.number, p != q {
      throw ModelError(.typeMismatch, "the matrix product of \(TensorType(element, x)) and \(TensorType(element, y))")
    }
    var shape = try broadcast([Array(x.dropLast(2)), Array(y.dropLast(2))]) ?? []
    if x.count > 1 { shape.append(x[x.count - 2]) }
    if y.count > 1 { shape.append(y[y.count - 1]) }
    return [.tensor(element, shape)]
  }

  public func evaluate(_ operands: Operands<BinaryOperand, Tensor>) throws(ModelError) -> [Tensor] {
    [try matrixProduct(operands.one(.a), operands.one(.b))]
  }
}
