import Diagnostics
import GraphIR
import Operators
import Rewriting
import Tensors

/// Activations that the format has not, by those it has. Exact up to rounding.
///
///     Softplus: max(x, 0) + ln(1 + exp(-|x|))        Softsign: x / (1 + |x|)
///     Swish:    x · σ(αx)                            Mish:     x · tanh(Softplus(x))
///     Selu:     γ · (max(x, 0) + α · (exp(min(x, 0)) - 1))
///     Celu:     max(x, 0) + α · (exp(min(x, 0) / α) - 1)
///     Elu:      max(x, 0) + α · (exp(min(x, 0)) - 1)             Tan: sin(x) / cos(x)
struct ExpandActivation: NodeRule {
  var roots: RuleRoots { .operators([Softplus.self, Softsign.self, Swish.self, Mish.self, Selu.self, Celu.self, Elu.self, ThresholdedRelu.self, Tan.self]) }

  func rewrite(_ node: MatchedNode, _ edit: inout Edit) throws(NoMatch) {
    let x = try node.operand(0)
    let element = try x.elementType()
    func number(_ value: Float, _ edit: inout Edit) throws(NoMatch) -> ValueID {
      edit.constant(try edit.computing { () throws(ModelError) in try Tensor.scalar(value).converted(to: element) })
    }
    func softplus(_ edit: inout Edit) throws(NoMatch) -> ValueID {
      let tail = edit.emit(Exp(), edit.emit(Neg(), edit.emit(Abs(), x.id)))
      return edit.emit(Add(), edit.emit(Relu(), x.id), edit.emit(Log(), edit.emit(Add(), tail, try number(1, &edit))))
    }
    /// `max(x, 0) + factor · (exp(min(x, 0) / divisor) - 1)`.
    func exponential(_ factor: Float, divisor: Float, _ edit: inout Edit) throws(NoMatch) -> ValueID {
      var low = edit.emit(Min(), x.id, try number(0, &edit))
      if divisor != 1 { low = edit.emit(Mul(), low, try number(1 / divisor, &edit)) }
      let curve = edit.emit(Sub(), edit.emit(Exp(), low), try number(1, &edit))
      return edit.emit(Add(), edit.emit(Relu(), x.id), edit.emit(Mul(), curve, try number(factor, &edit)))
    }
    let result: ValueID
    switch node.op {
    case is Softplus: result = try softplus(&edit)
    case is Mish: result = edit.emit(Mul(), x.id, edit.emit(Tanh(), try softplus(&edit)))
    case is Softsign: result = edit.emit(Div(), x.id, edit.emit(Add(), edit.emit(Abs(), x.id), try number(1, &edit)))
    case is Tan: result = edit.emit(Div(), edit.emit(Sin(), x.id), edit.emit(Cos(), x.id))
    case let op as Swish:
      let inner = op.alpha == 1 ? x.id : edit.emit(Mul(), x.id, try number(op.alpha, &edit))
      result = edit.emit(Mul(), x.id, edit.emit(Sigmoid(), inner))
    case let op as Selu: result = edit.emit(Mul(), try exponential(op.alpha, divisor: 1, &edit), try number(op.gamma, &edit))
    case let op as Celu: result = try exponential(op.alpha, divisor: op.alpha, &edit)
    case let op as Elu:
      try require(op.alpha != 1, "the format's own")
      result = try exponential(op.alpha, divisor: 1, &edit)
    case let op as ThresholdedRelu:
      let isAbove = edit.emit(Greater(), x.id, try number(op.alpha, &edit))
      result = edit.emit(Where(), isAbove, x.id, try number(0, &edit))
    default: throw NoMatch("another operator")
    }
    edit.replace(node.result, with: result)
  }
}
