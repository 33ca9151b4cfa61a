import Diagnostics
import GraphIR
import Operators
import Rewriting
import Tensors

/// Lets the convolution before a Gaussian error unit divide by √2, where the operator set has no `Gelu`. Exact up to rounding.
///
///     %x = Conv(%v, W, b)                     %z = Conv(%v, W/√2, b/√2)
///     %e = Erf(%x · 1/√2)                →    %e = Erf(%z)
///     %y = ½·%x·(1 + %e)                      %y = (1/√2)·(%z·(1 + %e))
///
/// The convolution feeds nothing else. The factor that remains can then go into the one behind. Runtimes that make one kernel of the
/// unit then run its parts, so that only convolutions are scaled beside whose arithmetic that does not count.
package struct FoldErfScaleIntoWeights: RewriteRule {
  package static let rounds = true
  package init() {}

  /// Products per element from which on three passes over the elements instead of one are lost in the convolution's own time.
  private static let productLimit = 384

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

  /// The convolution anew, its weights scaled.
  private func scaled(_ layer: MatchedValue, by factor: Double, _ edit: inout Edit) throws(NoMatch) -> ValueID {
    let node = try layer.anyProducer()
    let conv = try node.narrowed(to: Conv.self)
    let (weight, bias) = try conv.foldableWeights()
    try require(weight.count / max(weight.shape[0], 1) >= Self.productLimit, "the convolution is a small one")
    var operands: [ValueID?] = [try conv[.x].id, try edit.constant(times(weight, factor, &edit), insteadOf: conv[.weight])]
    if let bias { operands.append(edit.constant(try times(bias, factor, &edit))) }
    return edit.emit(conv.op, operands: operands)[0]
  }

  private func times(_ tensor: Tensor, _ factor: Double, _ edit: inout Edit) throws(NoMatch) -> Tensor {
    try edit.computing { () throws(ModelError) in try tensor.scaled(by: .splat(factor, .float64, count: 1)) }
  }
}
