import Diagnostics
import GraphIR
import Tensors

/// `alpha · A · B + beta · c`, where A and B are `a` and `b` or their transposes; `c` broadcasts to `[M, N]`.
public struct Gemm: Evaluable {
  public enum Operand: Int, OperandSlot {
    case a, b, c
    public var arity: Arity { self == .c ? .optional : .one }
  }
  public static let name = "Gemm"
  public static let since = 13
  public static let attributes: [AttributeSpec<Self>] = [
    .float("alpha", \.alpha), .float("beta", \.beta), .bool("transA", \.transA), .bool("transB", \.transB),
  ]
  public var alpha: Float = 1
  public var beta: Float = 1
  public var transA = false
  public var transB = false
  public init() {}

  public func infer(_ operands: Operands<Operand, Fact>) throws(ModelError) -> [Fact] {
    let (a, b) = try (operands.one(.a), operands.one(.b))
    let element = try commonElement([a, b, operands[.c]])
    try requireRank(a, 2...2, "a")
    try requireRank(b, 2...2, "b")
    guard let element else { return [.unknown] }
    let (x, y) = (a.shape, b.shape)
    if let x, let y, let p = x[transA ? 0 : 1].number, let q = y[transB ? 1 : 0].number, p != q {
      throw ModelError(.typeMismatch, "the matrix product of sizes \(p) and \(q)")
    }
    let shape: [Dim] = [x?[transA ? 1 : 0] ?? .unknown, y?[transB ? 0 : 1] ?? .unknown]
    if let c = operands[.c]?.shape, try broadcast([shape, c]).map({ $0.count != 2 }) ?? false {
      throw ModelError(.typeMismatch, "c of shape \(c) for \(shape)")
    }
    return [.tensor(element, shape)]
  }

  public func evaluate(_ operands: Operands<Operand, Tensor>) throws(ModelError) -> [Tensor] {
    let element = try operands.one(.a).element
    // Integers are scaled in 64-bit floats, small floats in 32-bit ones.
    let wide: ElementType = element == .float64 || element.isInteger ? .float64 : .float32
    var (a, b) = (try operands.one(.a).converted(to: wide), try operands.one(.b).converted(to: wide))
    guard a.rank == 2, b.rank == 2 else { throw ModelError(.typeMismatch, "ranks \(a.rank) and \(b.rank)") }
    if transA { a = try a.transposed([1, 0]) }
    if transB { b = try b.transposed([1, 0]) }
    var result = try matrixProduct(a, b)
    if alpha != 1 { result = try calculate(.multiply, result, Tensor.scalar(alpha).converted(to: wide)) }
    if var c = try operands[.c]?.converted(to: wide), beta != 0 {
      guard try broadcast([c.shape, result.shape]) == result.shape else { throw ModelError(.typeMismatch, "c of shape \(c.shape)") }
      if beta != 1 { c = try calculate(.multiply, c, Tensor.scalar(beta).converted(to: wide)) }
      result = try calculate(.add, result, c)
    }
    return [try result.converted(to: element)]
  }
}
