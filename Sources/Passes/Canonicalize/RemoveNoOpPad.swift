import GraphIR
import Operators
import Rewriting

/// Removes padding of no width. Exact, in every mode.
///
///     %y = Pad(%x, [0, 0, 0, 0])   →   %x in place of %y
package struct RemoveNoOpPad: RewriteRule {
  package init() {}

  package func rewrite(_ pad: Matched<Pad>, _ edit: inout Edit) throws(NoMatch) {
    try require(try pad[.pads].integers().allSatisfy { $0 == 0 }, "something is added or cut off")
    edit.replace(pad.result, with: try pad[.data])
  }
}
