import Diagnostics
import GraphIR
import Operators
import Rewriting
import Tensors

/// Folds a product with one number per column into the matrix product that it feeds. Exact up to rounding.
///
///     %p = Mul(%x, k: f32[K])
///     %y = MatMul(%p, W: f32[K,N])   →   %y = MatMul(%x, W·k)     k along W's rows
///
/// and `Div(%x, k)` likewise with 1/k; the same before `Gemm`, where W may be transposed. A normalisation keeps its scale and
/// shift, and a Gaussian error unit its half: runtimes that see them whole run them as one.
package struct FoldScaleIntoNextMatMul: NodeRule {
  package static let rounds = true
  package init() {}

  package var roots: RuleRoots { .operators([MatMul.self, Gemm.self]) }

  package func rewrite(_ root: MatchedNode, _ edit: inout Edit) throws(NoMatch) {
    let rows = try MatrixRows(root)
    let (x, vector) = try rows.operand(Mul.self, Div.self, &edit)
    let factor = try vector.asScale(isInverse: rows.isInverse, &edit)
    let scaled = try edit.computing { () throws(ModelError) in
      try rows.weight.scaled(by: factor.along(axis: rows.axis, rank: 2))
    }
    var operands = root.operands.map { $0?.id }
    (operands[0], operands[1]) = try (x.id, edit.constant(scaled, insteadOf: root.operand(1)))
    edit.replace(root.result, with: edit.emit(root.op, operands: operands)[0])
  }
}

extension MatchedValue {
  /// True for a quotient by a square root, and such a quotient scaled.
  var isNormalised: Bool {
    guard let node = try? anyProducer() else { return false }
    if node.op is Div { return (try? node.operandIfPresent(1)?.producerAllowingOtherUses(Sqrt.self)) != nil }
    guard node.op is Mul, let (x, _) = try? node.constantLast() else { return false }
    return x.isNormalised
  }

  /// True for a product with `1 + erf(…)`.
  var isGaussianGate: Bool {
    guard let product = try? producerAllowingOtherUses(Mul.self) else { return false }
    return product.node.operands.contains { factor in
      guard let sum = try? factor?.producerAllowingOtherUses(Add.self) else { return false }
      return sum.node.operands.contains { (try? $0?.producerAllowingOtherUses(Erf.self)) != nil }
    }
  }
}

/// The constant matrix of a product, and the arithmetic whose result it is multiplied with.
struct MatrixRows {
  let weight: Tensor
  /// Which axis of the weight meets the last axis of the other operand.
  let axis: Int
  let product: MatchedValue
  let node: MatchedNode
  /// True when the arithmetic is a quotient or difference.
  let isInverse: Bool

  init(_ root: MatchedNode) throws(NoMatch) {
    product = try root.operand(0)
    weight = try root.operand(1).constant()
    try require(weight.isFoldable, "the element type of the weight")
    try require(weight.rank == 2, "the weight is not a matrix")
    let gemm = root.op as? Gemm
    try require(gemm?.transA != true, "the other operand is transposed")
    axis = gemm?.transB == true ? 1 : 0
    try product.requireSoleUse()
    node = try product.anyProducer()
    isInverse = node.op is Div || node.op is Sub
  }

  /// The other operand of the arithmetic, and the constant as one double per row of the weight.
  func operand(
    _ direct: any Operator.Type, _ inverse: any Operator.Type, _ edit: inout Edit
  ) throws(NoMatch) -> (x: MatchedValue, vector: Tensor) {
    let type = Swift.type(of: node.op)
    try require(type == direct || type == inverse, "the operand is the result of another operator")
    let (a, b) = try (node.operand(0), node.operand(1))
    let isSwapped = !isInverse && a.isConstant
    let (x, constant) = isSwapped ? (b, try a.constant()) : (a, try b.constant())
    try require(!x.isNormalised, "the operand belongs to a normalisation")
    try require(!x.isGaussianGate, "the operand belongs to a Gaussian error unit")
    try x.requireSameShape(as: product)
    try require(constant.isFoldable, "the element type of the constant")
    let count = weight.shape[axis]
    let varies = constant.count != 1
    try require(!varies || constant.count == count && constant.shape.last == count, "the constant does not vary by column alone")
    let vector = try edit.computing { () throws(ModelError) in
      let flat = try constant.reshaped(to: [constant.count]).cast(to: .float64)
      return varies ? flat : try flat * .splat(1, .float64, count: count)
    }
    return (x, vector)
  }
}
