import GraphIR
import Operators
import Rewriting

/// Removes a slice that takes everything, in order. Exact.
///
///     %y = Slice(%x: f32[N,8], [0], [9223372036854775807], [1])   : f32[N,8]   →   %x in place of %y
///
/// Where the shape stays and no step is negative, all elements stay: a longer step would skip some.
package struct RemoveNoOpSlice: RewriteRule {
  package init() {}

  package func rewrite(_ slice: Matched<Slice>, _ edit: inout Edit) throws(NoMatch) {
    let x = try slice[.data]
    if let steps = slice.ifPresent(.steps) {
      try require(try steps.integers().allSatisfy { $0 > 0 }, "a step is negative")
    }
    try x.requireSameShape(as: slice.result)
    edit.replace(slice.result, with: x)
  }
}
