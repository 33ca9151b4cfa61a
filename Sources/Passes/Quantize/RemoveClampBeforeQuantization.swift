import GraphIR
import Operators
import Rewriting

/// Leaves bounds to the saturation of a quantisation that follows. Exact.
///
///     %r = Relu(%x)
///     %y = QuantizeLinear(%r, s, 0: u8)   →   %y = QuantizeLinear(%x, s, 0)
///
/// and the same for `Clip`, where the range of the stored type lies within its bounds.
package struct RemoveClampBeforeQuantization: RewriteRule {
  package init() {}

  package func rewrite(_ quantize: Matched<QuantizeLinear>, _ edit: inout Edit) throws(NoMatch) {
    let clamped = try quantize[.x]
    let clamp = try clamped.anyProducer()
    try require(clamp.op is Relu || clamp.op is Clip, "the operand has no bounds")
    try clamped.requireSoleUse()
    let parameters = try QuantizationParameters(quantize)
    let bits = parameters.element.bitWidth
    let low = parameters.element.isSignedInteger ? -(1 << (bits - 1)) : 0
    let high = low + (1 << bits) - 1
    let (least, greatest) = (Double(low - parameters.zeroPoint) * parameters.scale, Double(high - parameters.zeroPoint) * parameters.scale)
    var bounds = (low: 0.0, high: Double.infinity)
    if let clip = try? clamp.narrowed(to: Clip.self) {
      bounds = (try clip.ifPresent(.min)?.number() ?? -.infinity, try clip.ifPresent(.max)?.number() ?? .infinity)
    }
    try require(bounds.low <= least && bounds.high >= greatest, "the bounds are narrower than the range")
    var operands = quantize.node.operands.map { $0?.id }
    operands[0] = try clamp.operand(0).id
    edit.replace(quantize.result, with: edit.emit(quantize.op, operands: operands)[0])
  }
}
