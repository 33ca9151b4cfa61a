import Diagnostics
import GraphIR
import Tensors

/// `Gemm` through `activation`.
public struct FusedGemm: Evaluable {
  public typealias Operand = Gemm.Operand
  public static let name = "FusedGemm"
  public static let domain = "com.microsoft"
  public static let since = 1
  public static let attributes: [AttributeSpec<Self>] = [
    .string("activation", \.activation), .optionalFloat("activation_alpha", \.activationAlpha),
    .optionalFloat("activation_beta", \.activationBeta), .optionalFloat("activation_gamma", \.activationGamma),
    .float("alpha", \.gemm.alpha), .float("beta", \.gemm.beta), .bool("transA", \.gemm.transA), .bool("transB", \.gemm.transB),
  ]
  public var activation: String?
  public var activationAlpha: Float?
  public var activationBeta: Float?
  public var activationGamma: Float?
  /// The matrix product alone.
  public var gemm = Gemm()
  public init() {}

  public func infer(_ operands: Operands<Gemm.Operand, Fact>) throws(ModelError) -> [Fact] { try gemm.infer(operands) }

  public func evaluate(_ operands: Operands<Gemm.Operand, Tensor>) throws(ModelError) -> [Tensor] {
    let parameters = [activationAlpha, activationBeta].prefix { $0 != nil }.compactMap { $0 }
    return [try activated(gemm.evaluate(operands)[0], by: activation, parameters)]
  }
}
