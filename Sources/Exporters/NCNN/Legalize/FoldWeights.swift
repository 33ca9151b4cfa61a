import Diagnostics
import GraphIR
import Operators
import Rewriting
import Tensors

/// Weights that are stored as integers and computed from them, as the floats that the format stores in any case. Exact.
///
///     %y = Conv(%x, Sub(Cast(W), Cast(z)))   →   %y = Conv(%x, W - z)
package struct FoldWeights: RewriteRule {
  package init() {}

  package func rewrite(_ conv: Matched<Conv>, _ edit: inout Edit) throws(NoMatch) {
    let weight = try conv[.weight]
    try require(!weight.isConstant, "the weights are a constant")
    let tensor = try folded(weight, depth: 4, &edit)
    edit.replace(conv.result, with: edit.emit(conv.op, try conv[.x].id, edit.constant(tensor), conv.ifPresent(.bias)?.id))
  }

  /// The tensor that a few nodes make of constants alone.
  private func folded(_ value: MatchedValue, depth: Int, _ edit: inout Edit) throws(NoMatch) -> Tensor {
    if value.isConstant { return try value.constant() }
    try require(depth > 0, "the weights are computed in many steps")
    let node = try value.anyProducer()
    let op: any Evaluable
    switch node.op {
    case let cast as Cast: op = cast
    case let sub as Sub: op = sub
    case let unsqueeze as Unsqueeze: op = unsqueeze
    default: throw NoMatch("the weights are computed otherwise")
    }
    var operands: [Tensor?] = []
    for index in 0..<node.operandCount { operands.append(try folded(node.operand(index), depth: depth - 1, &edit)) }
    let results = operands
    return try edit.computing { () throws(ModelError) in
      guard let result = try deferredResults(op, results, resultCount: 1).first else { throw ModelError(.unsupported, "no result") }
      return result
    }
  }
}
