import GraphIR
import Operators
import Rewriting

/// Says that a mean over an image is a pool, which runtimes keep in the layout of the convolutions around. Exact up to rounding.
///
///     %y = ReduceMean(%x: f32[N,C,H,W], [2, 3])   →   %y = GlobalAveragePool(%x)
package struct ReplaceMeanByGlobalAveragePool: RewriteRule {
  package static let rounds = true
  package init() {}

  package func rewrite(_ mean: Matched<ReduceMean>, _ edit: inout Edit) throws(NoMatch) {
    let x = try mean[.data]
    try x.requireSinglePrecision()
    try require(mean.op.keepdims, "the mean drops its axes")
    let rank = try x.rank()
    try require(rank == 4, "the operand is not an image")
    let axes = try mean[.axes].integers().map { $0 < 0 ? $0 + rank : $0 }
    try require(axes.sorted() == [2, 3], "the axes are not all but the first two")
    // The mean itself can drop the axes, the pool cannot.
    if let user = try? mean.result.soleUser(), user.op.dropsAxes, let shape = try? user.result.shape() {
      try require(try shape != Array(x.shape().prefix(2)), "the axes go after it")
    }
    try edit.replace(mean.result, withSameShape: edit.emit(GlobalAveragePool(), x.id))
  }
}
