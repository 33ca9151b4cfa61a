import Diagnostics
import GraphIR
import Tensors

/// The matrix product of 8-bit integers, less their zero points, in 32-bit integers.
///
/// A zero point is one for all, one for each row of `a`, or one for each column of `b`.
public struct MatMulInteger: Evaluable {
  public enum Operand: Int, OperandSlot {
    case a, b, aZeroPoint, bZeroPoint
    public var arity: Arity { rawValue < 2 ? .one : .optional }
  }
  public static let name = "MatMulInteger"
  public static let since = 10
  public init() {}

  public func infer(_ operands: Operands<Operand, Fact>) throws(ModelError) -> [Fact] {
    let (a, b) = try (operands.one(.a), operands.one(.b))
    for fact in [a, b] { try require(fact, "an 8-bit integer") { $0 == .int8 || $0 == .uint8 } }
    let facts = [Fact.tensor(.int32, a.shape), .tensor(.int32, b.shape)]
    return try MatMul().infer(Operands(facts))
  }

  public func evaluate(_ operands: Operands<Operand, Tensor>) throws(ModelError) -> [Tensor] {
    let a = try centred(operands.one(.a), operands[.aZeroPoint], perRow: true)
    return [try matrixProduct(a, centred(operands.one(.b), operands[.bZeroPoint], perRow: false))]
  }
}

/// Integers less their zero point, in 32 bits. A vector of zero points belongs to the rows or to the columns of a matrix.
func centred(_ x: Tensor, _ zeroPoint: Tensor?, perRow: Bool) throws(ModelError) -> Tensor {
  let wide = try x.converted(to: .int32)
  guard let zeroPoint else { return wide }
  let shape = zeroPoint.count == 1 ? [] : perRow && zeroPoint.rank == 1 ? [zeroPoint.count, 1] : zeroPoint.shape
  let result = try calculate(.subtract, wide, zeroPoint.converted(to: .int32).reshaped(to: shape))
  guard result.shape == x.shape else { throw ModelError(.typeMismatch, "zero points of shape \(zeroPoint.shape) for \(x.shape)") }
  return result
}
