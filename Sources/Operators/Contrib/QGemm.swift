import Diagnostics
import GraphIR
import Tensors

/// `alpha · A · B + C` of quantised matrices, quantised with `yScale` where that is given, else in 32-bit floats.
///
/// The scale and zero point of `B` are one each, or one a column of the product; `C` holds 32-bit integers in units of
/// `alpha · aScale · bScale`.
public struct QGemm: Evaluable {
  public enum Operand: Int, OperandSlot {
    case a, aScale, aZero, b, bScale, bZero, c, yScale, yZero
    public var arity: Arity { rawValue < Self.c.rawValue ? .one : .optional }
  }
  public static let name = "QGemm"
  public static let domain = "com.microsoft"
  public static let since = 1
  public static let attributes: [AttributeSpec<Self>] = [.float("alpha", \.alpha), .bool("transA", \.transA), .bool("transB", \.transB)]
  public var alpha: Float = 1
  public var transA = false
  public var transB = false
  public init() {}

  public func infer(_ operands: Operands<Operand, Fact>) throws(ModelError) -> [Fact] {
    let (a, b) = try (operands.one(.a), operands.one(.b))
    try requireByte(a)
    try requireByte(b)
    try requireSingle(operands[.aScale], "a_scale")
    var gemm = Gemm()
    (gemm.transA, gemm.transB) = (transA, transB)
    let product = try gemm.infer(Operands([.tensor(.int32, a.shape), .tensor(.int32, b.shape), operands[.c]]))[0]
    guard operands[.yScale] != nil else { return [.tensor(.float32, product.shape)] }
    guard let element = operands[.yZero]?.element ?? a.element else { return [.unknown] }
    return [.tensor(element, product.shape)]
  }

  public func evaluate(_ operands: Operands<Operand, Tensor>) throws(ModelError) -> [Tensor] {
    let (a, b) = try (operands.one(.a), operands.one(.b))
    guard a.rank == 2, b.rank == 2 else { throw ModelError(.typeMismatch, "ranks \(a.rank) and \(b.rank)") }
    let left = try centred(a, operands[.aZero], perRow: true)
    // Zero points are those of the product's columns: of the rows of `B` where it comes transposed.
    let right = try centred(b, operands[.bZero], perRow: transB)
    var sum = try matrixProduct(transA ? left.transposed([1, 0]) : left, transB ? right.transposed([1, 0]) : right)
    if let c = operands[.c] {
      guard try broadcast([c.shape, sum.shape]) == sum.shape else { throw ModelError(.typeMismatch, "c of shape \(c.shape)") }
      sum = try calculate(.add, sum, c)
    }
    let units = try calculate(.multiply, scalarOrColumns(operands.one(.aScale)), scalarOrColumns(operands.one(.bScale)))
    let factors = try calculate(.multiply, units, Tensor.scalar(alpha))
    guard let yScale = operands[.yScale] else { return [try calculate(.multiply, sum.converted(to: .float32), factors)] }
    let scaled = try calculate(.multiply, sum.converted(to: .float32), calculate(.divide, factors, scalarOrColumns(yScale)))
    if let zero = operands[.yZero] { return [try requantized(scaled, zero)] }
    return [try requantized(scaled, Tensor.scalar(Float(0)).converted(to: a.element))]
  }

  private func scalarOrColumns(_ scale: Tensor) throws(ModelError) -> Tensor {
    try scale.converted(to: .float32).reshaped(to: scale.count == 1 ? [] : scale.shape)
  }
}
