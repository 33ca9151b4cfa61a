import GraphIR
import Operators
import Rewriting
import Tensors

/// Says normalisations of a sum, and those without a mean, in standard operators. Exact up to rounding.
///
///     %y, _, _, %s = com.microsoft::SkipLayerNormalization(%x, %k, g, b)   →   %s = Add(%x, %k)
///                                                                              %y = LayerNormalization(%s, g, b)
///     %y = SimplifiedLayerNormalization(%x, g)   →   %y = Mul(Mul(%x, Reciprocal(Sqrt(Add(ReduceMean(Mul(%x, %x)), ε)))), g)
///
/// Halves are squared as 32-bit floats. The mean that the simplified form leaves open must have no use.
package struct DecomposeSkippedNormalizations: NodeRule {
  package let roots = RuleRoots.operators([
    SkipLayerNormalization.self, SkipSimplifiedLayerNormalization.self, SimplifiedLayerNormalization.self,
    ContribSimplifiedLayerNormalization.self,
  ])

  package init() {}

  package func rewrite(_ root: MatchedNode, _ edit: inout Edit) throws(NoMatch) {
    switch root.op {
    case let op as SkipLayerNormalization: try standardize(root, op, &edit)
    case let op as SkipSimplifiedLayerNormalization: try scaleSum(root, op, &edit)
    case let op as SimplifiedLayerNormalization: try scale(root, axis: op.axis, epsilon: op.epsilon, &edit)
    case let op as ContribSimplifiedLayerNormalization: try scale(root, axis: op.axis, epsilon: op.epsilon, &edit)
    default: throw NoMatch("another operator")
    }
  }

  private func standardize(_ root: MatchedNode, _ op: SkipLayerNormalization, _ edit: inout Edit) throws(NoMatch) {
    let gamma = try root.operand(SkipLayerNormalization.Operand.gamma.rawValue)
    let sum = try sum(root, bias: SkipLayerNormalization.Operand.bias.rawValue, &edit)
    var norm = LayerNormalization()
    norm.epsilon = op.epsilon
    let beta = root.operandIfPresent(SkipLayerNormalization.Operand.beta.rawValue)
    let count = !root.isUnused(result: 2) ? 3 : !root.isUnused(result: 1) ? 2 : 1
    let results = edit.emit(norm, operands: [sum, gamma.id, beta?.id], resultCount: count)
    for (index, result) in results.enumerated() { edit.replace(root.result(index), with: result) }
    if !root.isUnused(result: 3) { edit.replace(root.result(3), with: sum) }
  }

  private func scaleSum(_ root: MatchedNode, _ op: SkipSimplifiedLayerNormalization, _ edit: inout Edit) throws(NoMatch) {
    try require(root.isUnused(result: 1), "the mean is used")
    let (x, gamma) = try (root.operand(0), root.operand(SkipSimplifiedLayerNormalization.Operand.gamma.rawValue))
    let element = try x.elementType()
    let sum = try sum(root, bias: SkipSimplifiedLayerNormalization.Operand.bias.rawValue, &edit)
    let (y, factor) = try scaled(sum, element, axes: [-1], op.epsilon, gamma, &edit)
    edit.replace(root.result, with: y)
    if !root.isUnused(result: 2) { edit.replace(root.result(2), with: factor) }
    if !root.isUnused(result: 3) { edit.replace(root.result(3), with: sum) }
  }

  private func scale(_ root: MatchedNode, axis: Int, epsilon: Float, _ edit: inout Edit) throws(NoMatch) {
    let (x, gamma) = try (root.operand(0), root.operand(1))
    let (element, rank) = try (x.elementType(), x.rank())
    try require(axis >= -rank && axis < rank, "the axis is outside")
    let (y, factor) = try scaled(x.id, element, axes: Array((axis < 0 ? axis + rank : axis)..<rank), epsilon, gamma, &edit)
    edit.replace(root.result, with: y)
    if !root.isUnused(result: 1) { edit.replace(root.result(1), with: factor) }
  }

  private func sum(_ root: MatchedNode, bias: Int, _ edit: inout Edit) throws(NoMatch) -> ValueID {
    let sum = edit.emit(Add(), try root.operand(0).id, try root.operand(1).id)
    return root.operandIfPresent(bias).map { edit.emit(Add(), sum, $0.id) } ?? sum
  }

  /// `x` with a mean square of 1 times `gamma`, and the factor.
  private func scaled(
    _ x: ValueID, _ element: ElementType, axes: [Int], _ epsilon: Float, _ gamma: MatchedValue, _ edit: inout Edit
  ) throws(NoMatch) -> (ValueID, ValueID) {
    let (isNarrow, target) = (element.bitWidth < 32, try gamma.elementType())
    let wide: ElementType = isNarrow ? .float32 : element
    let data = isNarrow ? edit.cast(x, to: .float32) : x
    let mean = edit.emit(ReduceMean(), edit.emit(Mul(), data, data), edit.constant(axes))
    let factor = edit.emit(Reciprocal(), edit.emit(Sqrt(), edit.emit(Add(), mean, try edit.scalar(epsilon, wide))))
    let unit = edit.emit(Mul(), data, factor)
    return (edit.emit(Mul(), wide == target ? unit : edit.cast(unit, to: target), gamma.id), factor)
  }
}
