import GraphIR
import Operators
import Rewriting

/// Says the Gelus of `com.microsoft` in standard operators. Exact up to rounding.
///
///     %y = com.microsoft::Gelu(%x)              →   %y = Gelu(%x)
///     %y = com.microsoft::BiasGelu(%a, %b)      →   %y = Gelu(Add(%a, %b))
///     %y = com.microsoft::FastGelu(%x, %b)      →   %y = Gelu(Add(%x, %b)) {approximate: tanh}
///     %y = com.microsoft::QuickGelu(%x)         →   %y = Mul(%x, Sigmoid(Mul(%x, alpha)))
package struct DecomposeGelus: NodeRule {
  package let roots = RuleRoots.operators([ContribGelu.self, BiasGelu.self, FastGelu.self, QuickGelu.self])

  package init() {}

  package func rewrite(_ root: MatchedNode, _ edit: inout Edit) throws(NoMatch) {
    let x = try root.operand(0)
    if let quick = try? root.narrowed(to: QuickGelu.self) {
      let element = try x.elementType()
      let scaled = quick.op.alpha == 1 ? x.id : edit.emit(Mul(), x.id, try edit.scalar(quick.op.alpha, element))
      return edit.replace(root.result, with: edit.emit(Mul(), x.id, edit.emit(Sigmoid(), scaled)))
    }
    let sum = root.operandIfPresent(1).map { edit.emit(Add(), x.id, $0.id) } ?? x.id
    var gelu = Gelu()
    if root.op is FastGelu { gelu.approximate = .tanh }
    edit.replace(root.result, with: edit.emit(gelu, sum))
  }
}
