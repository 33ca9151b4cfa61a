import Diagnostics
import GraphIR
import Operators
import Rewriting
import Tensors

/// Makes what an optional holds of what is taken from it, where it is known to hold something. Exact.
///
///     %o = Optional(%x)
///     %h = OptionalHasElement(%o)      →   %h = const bool true
///     %y = OptionalGetElement(%o)      →   %y = %x
package struct DissolveOptionals: NodeRule {
  package init() {}

  package let roots = RuleRoots.operators([OptionalGetElement.self, OptionalHasElement.self])

  package func rewrite(_ root: MatchedNode, _ edit: inout Edit) throws(NoMatch) {
    guard let operand = root.operandIfPresent(0) else {
      try require(root.op is OptionalHasElement, "there is nothing to take")
      return try answer(false, root, &edit)
    }
    let content = try content(of: operand)
    if root.op is OptionalHasElement { return try answer(content != nil, root, &edit) }
    guard let content else { throw NoMatch("the optional is empty") }
    edit.replace(root.result, with: content)
  }

  private func answer(_ holds: Bool, _ root: MatchedNode, _ edit: inout Edit) throws(NoMatch) {
    let flag = try edit.computing { () throws(ModelError) in try Tensor(.bool, [], elements: [UInt8(holds ? 1 : 0)]) }
    edit.replace(root.result, with: edit.constant(flag))
  }

  /// What the value holds: itself, when it is no optional; `nil` for an optional that is empty.
  private func content(of value: MatchedValue) throws(NoMatch) -> MatchedValue? {
    if value.type != nil { return value }
    let producer = try value.anyProducer()
    guard producer.op is OptionalOf else {
      guard case .sequence? = value.fact.type else { throw NoMatch("what the optional holds is not known", value.id) }
      return value
    }
    return producer.operandIfPresent(0)
  }
}
