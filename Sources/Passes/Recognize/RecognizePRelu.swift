import Diagnostics
import GraphIR
import Operators
import Rewriting
import Tensors

/// Makes `PRelu` of its parts. Exact for finite numbers.
///
///     %n = Relu(Neg(%x))
///     %y = Sub(Relu(%x), Mul(s, %n))   →   %y = PRelu(%x, s)
///
/// and of `Relu(x) + (-s)·Relu(-x)`, `Relu(x) + s·Min(x, 0)` and `Relu(x) + ½·s·(x - |x|)`. The slope is constant.
package struct RecognizePRelu: NodeRule {
  package init() {}

  package var roots: RuleRoots { .operators([Add.self, Sub.self]) }

  package func rewrite(_ root: MatchedNode, _ edit: inout Edit) throws(NoMatch) {
    let (a, b) = try (root.operand(0), root.operand(1))
    let isSwapped = root.op is Add && (try? a.soleProducer(Relu.self)) == nil
    let x = try (isSwapped ? b : a).soleProducer(Relu.self)[.x]
    try x.requireSinglePrecision()
    let product = try (isSwapped ? a : b).soleProducer(Mul.self)
    let (part, slope) = try product.node.constantLast()
    let factor = try share(of: x, in: part) * (root.op is Sub ? -1 : 1)
    let constant = try slope.constant()
    try require(constant.rank <= (try x.rank()), "the slope has more axes")
    let scaled = try edit.computing { () throws(ModelError) in
      try constant * .splat(factor, constant.element, count: 1)
    }
    try edit.replace(root.result, withSameShape: edit.emit(PRelu(), x.id, edit.constant(scaled)))
  }

  /// How many times the negative part of `x` a value is.
  private func share(of x: MatchedValue, in part: MatchedValue) throws(NoMatch) -> Double {
    try part.requireSoleUse()
    let node = try part.anyProducer()
    switch node.op {
    case is Relu:
      try require(try node.operand(0).soleProducer(Neg.self)[.x] == x, "the parts are of different values")
      return -1
    case is Min:
      try require(node.operandCount == 2, "the least is not of two")
      let (value, bound) = try node.constantLast()
      try require(value == x && bound.uniformNumber == 0, "the parts are of different values")
      return 1
    case is Sub:
      let absolute = try node.operand(1).soleProducer(Abs.self)[.x]
      try require(try node.operand(0) == x, "the parts are of different values")
      try require(absolute == x, "the parts are of different values")
      return 2
    default: throw NoMatch("no negative part is scaled", part.id)
    }
  }
}
