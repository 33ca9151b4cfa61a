import Diagnostics
import GraphIR
import Tensors

/// `alpha` times the matrix product of `a` and `b`, each with its last two axes swapped when `transA` or `transB` is set.
///
/// `transBatchA` or `transBatchB` says that the first axis of the operand is the rows' and the batch axes follow: `[M, batch…, K]`.
public struct FusedMatMul: Evaluable {
  public typealias Operand = BinaryOperand
  public static let name = "FusedMatMul"
  public static let domain = "com.microsoft"
  public static let since = 1
  public static let attributes: [AttributeSpec<Self>] = [
    .float("alpha", \.alpha), .bool("transA", \.transA), .bool("transB", \.transB), .bool("transBatchA", \.transBatchA),
    .bool("transBatchB", \.transBatchB),
  ]
  public var alpha: Float = 1
  public var transA = false
  public var transB = false
  public var transBatchA = false
  public var transBatchB = false
  public init() {}

  /// How the axes of an operand of `rank` are put in order for a plain product; `nil` when they are.
  package static func permutation(rank: Int, transposes: Bool, transposesBatch: Bool) -> [Int]? {
    guard rank >= 2, transposes || transposesBatch && rank > 2 else { return nil }
    var axes = Array(0..<rank)
    if transposesBatch { axes = Array(1..<rank - 1) + [0, rank - 1] }
    if transposes { axes.swapAt(rank - 2, rank - 1) }
    return axes
  }

  private func ordered(_ fact: Fact, _ transposes: Bool, _ transposesBatch: Bool) throws(ModelError) -> Fact {
    guard let shape = fact.shape else { return fact }
    guard let axes = Self.permutation(rank: shape.count, transposes: transposes, transposesBatch: transposesBatch) else { return fact }
    return try fact.reshaped(axes.map { shape[$0] })
  }

  private func ordered(_ tensor: Tensor, _ transposes: Bool, _ transposesBatch: Bool) throws(ModelError) -> Tensor {
    guard let axes = Self.permutation(rank: tensor.rank, transposes: transposes, transposesBatch: transposesBatch) else { return tensor }
    return try tensor.transposed(axes)
  }

  public func infer(_ operands: Operands<BinaryOperand, Fact>) throws(ModelError) -> [Fact] {
    let (a, b) = try (operands.one(.a), operands.one(.b))
    try require(a, "a floating-point number") { $0.isFloatingPoint }
    return try MatMul().infer(Operands([ordered(a, transA, transBatchA), ordered(b, transB, transBatchB)]))
  }

  public func evaluate(_ operands: Operands<BinaryOperand, Tensor>) throws(ModelError) -> [Tensor] {
    let (a, b) = try (operands.one(.a), operands.one(.b))
    let wide: ElementType = a.element == .float64 ? .float64 : .float32
    // A transposed right matrix is read as it lies.
    let isTransposed = transB && !transBatchB && b.rank >= 2
    let product = try matrixProduct(
      ordered(a.converted(to: wide), transA, transBatchA), ordered(b.converted(to: wide), transB && !isTransposed, transBatchB),
      isTransposed: isTransposed)
    let scaled = alpha == 1 ? product : try calculate(.multiply, product, Tensor.scalar(alpha).converted(to: wide))
    return [try scaled.converted(to: a.element)]
  }
}
