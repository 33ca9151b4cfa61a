import GraphIR
import Operators
import Rewriting

/// Makes `LeakyRelu` of a rectifier whose slopes are all one number. Exact.
///
///     %s = const f32[8,1,1] splat(0.25)
///     %y = PRelu(%x: f32[N,8,H,W], %s)   →   %y = LeakyRelu(%x) {alpha: 0.25}
package struct ReplacePReluByLeakyRelu: RewriteRule {
  package init() {}

  package func rewrite(_ root: Matched<PRelu>, _ edit: inout Edit) throws(NoMatch) {
    let (x, slope) = try (root.node.operand(0), root.node.operand(1).number())
    try x.requireSinglePrecision()
    var op = LeakyRelu()
    op.alpha = Float(slope)
    try edit.replace(root.result, withSameShape: edit.emit(op, x.id))
  }
}
