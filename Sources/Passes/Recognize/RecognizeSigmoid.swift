import GraphIR
import Operators
import Rewriting

/// Makes `Sigmoid` of its definition. Exact up to rounding.
///
///     %d = Add(Exp(Neg(%x)), 1)
///     %y = Div(1, %d)             →   %y = Sigmoid(%x)
///     %y = Div(%v, %d)            →   %y = Mul(%v, Sigmoid(%x))
///
/// Where the exponential overflows, both give 0.
package struct RecognizeSigmoid: NodeRule {
  package static let rounds = true
  package init() {}

  package var roots: RuleRoots { .operators([Div.self, Reciprocal.self]) }

  package func rewrite(_ root: MatchedNode, _ edit: inout Edit) throws(NoMatch) {
    let isQuotient = root.op is Div
    let sum = try root.operand(isQuotient ? 1 : 0).soleProducer(Add.self)
    let (power, one) = try sum.node.constantLast()
    try require(try one.number() == 1, "another number is added")
    let x = try power.soleProducer(Exp.self)[.x].soleProducer(Neg.self)[.x]
    try x.requireCommonFloat()
    let gate = edit.emit(Sigmoid(), x.id)
    guard isQuotient else { return try edit.replace(root.result, withSameShape: gate) }
    let numerator = try root.operand(0)
    let isOne = numerator.uniformNumber == 1
    try edit.replace(root.result, withSameShape: isOne ? gate : edit.emit(Mul(), numerator.id, gate))
  }
}
