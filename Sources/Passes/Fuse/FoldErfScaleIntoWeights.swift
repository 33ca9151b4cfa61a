import Diagnostics
import GraphIR
import Operators
import Rewriting
import Tensors

/// Lets the layer before a Gaussian error unit divide by √2, where the operator set has no `Gelu`. Exact up to rounding.
///
///     %x = Conv(%v, W, b)                     %z = Conv(%v, W/√2, b/√2)
///     %e = Erf(%x · 1/√2)                →    %e = Erf(%z)
///     %y = ½·%x·(1 + %e)                      %y = (1/√2)·(%z·(1 + %e))
///
/// The layer is a convolution, or a matrix product and its bias, and feeds nothing else. The factor that remains can then go
/// into the layer behind.
package struct FoldErfScaleIntoWeights: RewriteRule {
  package init() {}

  package func rewrite(_ erf: Matched<Erf>, _ edit: inout Edit) throws(NoMatch) {
    try require(erf.node.opset < 20, "the operator set has Gelu")
    let argument = try erf[.x]
    let (x, y) = try erf.gelu()
    try require(x != argument.id, "the argument is not scaled")
    try argument.requireSoleUse()
    let layer = try source(of: argument, x)
    try require(layer.useCount == 2 && !layer.isOutput, "the layer feeds something else")
    let element = try layer.elementType()
    let z = try scaled(layer, by: 0.5.squareRoot(), &edit)
    let e = edit.emit(Erf(), z)
    let sum = edit.emit(Add(), e, try edit.scalar(1, element))
    let product = edit.emit(Mul(), z, sum)
    try edit.replace(y, withSameShape: edit.emit(Mul(), product, try edit.scalar(0.5.squareRoot(), element)))
  }

  private func source(of argument: MatchedValue, _ x: ValueID) throws(NoMatch) -> MatchedValue {
    let node = try argument.anyProducer()
    for case let operand? in node.operands where operand.id == x { return operand }
    throw NoMatch("the argument is scaled in several steps", argument.id)
  }

  /// The layer anew, its weights scaled.
  private func scaled(_ layer: MatchedValue, by factor: Double, _ edit: inout Edit) throws(NoMatch) -> ValueID {
    let node = try layer.anyProducer()
    if let conv = try? node.narrowed(to: Conv.self) {
      let (weight, bias) = try conv.foldableWeights()
      var operands: [ValueID?] = [try conv[.x].id, try constant(weight, factor, &edit)]
      if let bias { operands.append(try constant(bias, factor, &edit)) }
      return edit.emit(conv.op, operands: operands)[0]
    }
    let sum = try node.narrowed(to: Add.self)
    let (matrix, bias) = try sum.node.constantLast()
    let product = try matrix.soleProducer(MatMul.self)
    let (weight, shift) = try (product[.b].constant(), bias.constant())
    try require(weight.isFoldable && shift.isFoldable, "the element type of the weight")
    let m = edit.emit(MatMul(), try product[.a].id, try constant(weight, factor, &edit))
    return edit.emit(Add(), m, try constant(shift, factor, &edit))
  }

  private func constant(_ tensor: Tensor, _ factor: Double, _ edit: inout Edit) throws(NoMatch) -> ValueID {
    edit.constant(try edit.computing { () throws(ModelError) in try tensor.scaled(by: .splat(factor, .float64, count: 1)) })
  }
}
