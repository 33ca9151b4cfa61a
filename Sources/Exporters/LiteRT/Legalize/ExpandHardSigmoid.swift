import Diagnostics
import GraphIR
import Operators
import Rewriting
import Tensors

/// A clipped line: `max(0, min(1, alpha·x + beta))`. Exact up to rounding.
struct ExpandHardSigmoid: RewriteRule {
  func rewrite(_ node: Matched<HardSigmoid>, _ edit: inout Edit) throws(NoMatch) {
    let x = try node[.x]
    let element = try x.elementType()
    func number(_ value: Float, _ edit: inout Edit) throws(NoMatch) -> ValueID {
      edit.constant(try edit.computing { () throws(ModelError) in try Tensor.scalar(value).converted(to: element) })
    }
    let line = edit.emit(Add(), edit.emit(Mul(), x.id, try number(node.op.alpha, &edit)), try number(node.op.beta, &edit))
    edit.replace(node.result, with: edit.emit(Clip(), line, try number(0, &edit), try number(1, &edit)))
  }
}
