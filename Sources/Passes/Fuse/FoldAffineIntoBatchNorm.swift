import Diagnostics
import GraphIR
import Operators
import Rewriting
import Tensors

/// Folds arithmetic with one number per channel into the inference-time batch normalisation before it. Exact up to rounding.
///
///     %n = BatchNormalization(%x, γ, β, μ, σ²)
///     %y = Mul(%n, k: f32[1,C,1,1])             →   %y = BatchNormalization(%x, γ·k, β·k, μ, σ²)
///
/// and likewise for `Div`, `Neg`, and, with β alone, for `Add` and `Sub`.
package struct FoldAffineIntoBatchNorm: NodeRule {
  package static let rounds = true
  package init() {}

  package var roots: RuleRoots { .operators([Mul.self, Div.self, Neg.self, Add.self, Sub.self]) }

  package func rewrite(_ root: MatchedNode, _ edit: inout Edit) throws(NoMatch) {
    let (value, constant) = try root.variableAndConstant()
    let bn = try value.soleProducer(BatchNormalization.self)
    try require(!bn.op.trainingMode && bn.node.isUnused(result: 1) && bn.node.isUnused(result: 2), "BatchNormalization is in training mode")
    let (gamma, beta) = try (bn[.scale].constant(), bn[.bias].constant())
    try require(gamma.isFoldable && beta.isFoldable && gamma.rank == 1 && beta.shape == gamma.shape, "the parameters do not fit")
    let affine = try ChannelAffine(root, constant, rank: value.rank(), channels: gamma.count, &edit)
    var operands = bn.node.operands.map { $0?.id }
    if affine.scales {
      let scaled = try edit.computing { () throws(ModelError) in try (gamma.cast(to: .float64) * affine.scale).cast(to: gamma.element) }
      operands[BatchNormalization.Operand.scale.rawValue] = edit.constant(scaled)
    }
    operands[BatchNormalization.Operand.bias.rawValue] = edit.constant(try affine.bias(after: beta, beta.element, &edit))
    try edit.replace(root.result, withSameShape: edit.emit(bn.op, operands: operands)[0])
  }
}
