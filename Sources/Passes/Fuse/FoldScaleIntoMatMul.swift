import Diagnostics
import GraphIR
import Operators
import Rewriting
import Tensors

/// Folds a product with one number per column into the matrix product that feeds it. Exact up to rounding.
///
///     %m = MatMul(%x, W)
///     %y = Mul(%m, k: f32[N])   →   %y = MatMul(%x, W·k)      k along W's columns
///
/// and `Div(%m, k)` likewise with 1/k, `Neg(%m)` with -1;
/// the same behind `Gemm(%x, W, c)`, which becomes that of `W·k` and `c·k`, and behind the sum of a product
/// and a bias. Where another node uses W too, nothing would be won.
package struct FoldScaleIntoMatMul: NodeRule {
  package static let rounds = true
  package init() {}

  package var roots: RuleRoots { .operators([Mul.self, Div.self, Neg.self]) }

  package func rewrite(_ root: MatchedNode, _ edit: inout Edit) throws(NoMatch) {
    let (value, constant) = try root.variableAndConstant()
    try value.requireSameShape(as: root.result)
    let columns = try Columns(value)
    let k = try constant.map { (constant) throws(NoMatch) in try columns.vector(constant.constant(), &edit) }
    let opposite = try edit.computing { () throws(ModelError) in try .splat(-1, .float64, count: columns.count) }
    let factor = try (k ?? opposite).asScale(isInverse: root.op is Div, &edit)
    let weight = try edit.computing { () throws(ModelError) in
      try columns.weight.scaled(by: factor.along(axis: columns.axis, rank: 2))
    }
    var bias: ValueID?
    if let old = columns.bias {
      let (vector, scale) = (try columns.vector(old, &edit), columns.biasScale)
      bias = edit.constant(try edit.computing { () throws(ModelError) in
        try (vector * factor * .splat(scale, .float64, count: 1)).cast(to: old.element)
      })
    }
    edit.replace(root.result, with: columns.emit(edit.constant(weight), bias, &edit))
  }
}

/// A product with a constant matrix, and the bias that is added to it.
private struct Columns {
  let x: MatchedValue
  let weight: Tensor
  /// Which axis of the weight is the result's last.
  let axis: Int
  let bias: Tensor?
  let biasScale: Double
  private let gemm: Gemm?

  var count: Int { weight.shape[axis] }

  init(_ value: MatchedValue) throws(NoMatch) {
    let sum = try? value.soleProducer(Add.self)
    var (product, added): (MatchedValue, MatchedValue?) = (value, nil)
    if let sum { (product, added) = try sum.node.constantLast() }
    try product.requireSoleUse()
    let node = try product.anyProducer()
    try require(node.op is MatMul || node.op is Gemm && sum == nil, "the operand is not a matrix product")
    try product.requireSameShape(as: value)
    (x, gemm) = (try node.operand(0), node.op as? Gemm)
    weight = try node.operand(1).constant()
    try require(weight.isFoldable, "the element type of the weight")
    try require(weight.rank == 2, "the weight is not a matrix")
    try require(try node.operand(1).isSolelyUsed, "the weight has other uses")
    axis = gemm?.transB == true ? 0 : 1
    bias = try (added ?? node.operandIfPresent(2))?.constant()
    biasScale = gemm.map { Double($0.beta) } ?? 1
  }

  /// A constant that is one number or varies along the last axis alone, as one double per column.
  func vector(_ constant: Tensor, _ edit: inout Edit) throws(NoMatch) -> Tensor {
    try require(constant.isFoldable, "the element type of the constant")
    try require(constant.count == 1 || constant.count == count && constant.shape.last == count, "a constant does not vary by column alone")
    return try edit.computing { () throws(ModelError) in
      try constant.reshaped(to: [constant.count]).cast(to: .float64) * .splat(1, .float64, count: count)
    }
  }

  func emit(_ weight: ValueID, _ bias: ValueID?, _ edit: inout Edit) -> ValueID {
    if var gemm {
      gemm.beta = 1
      return edit.emit(gemm, x.id, weight, bias)
    }
    let product = edit.emit(MatMul(), x.id, weight)
    return bias.map { edit.emit(Add(), product, $0) } ?? product
  }
}
