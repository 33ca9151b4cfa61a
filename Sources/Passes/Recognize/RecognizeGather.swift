import Diagnostics
import GraphIR
import Operators
import Rewriting
import Tensors

/// Makes `Gather` of a slice of one element whose axis is dropped. Exact.
///
///     %s = Slice(%x, [2], [3], [1])
///     %y = Squeeze(%s, [1])           →   %y = Gather(%x, 2) {axis: 1}
///
/// The axis must be known to reach that far, since `Gather` refuses a position beyond it.
package struct RecognizeGather: RewriteRule {
  package init() {}

  package func rewrite(_ squeeze: Matched<Squeeze>, _ edit: inout Edit) throws(NoMatch) {
    let slice = try squeeze[.data].soleProducer(Slice.self)
    let (x, shape) = try (slice[.data], try slice[.data].shape())
    let (starts, ends) = try (slice[.starts].integers(), slice[.ends].integers())
    let axes = try slice.ifPresent(.axes)?.integers() ?? Array(starts.indices)
    try require(starts.count == 1 && ends.count == 1 && axes.count == 1, "the slice is along several axes")
    try require(try slice.ifPresent(.steps)?.integers() ?? [1] == [1], "the step is not 1")
    let axis = axes[0] < 0 ? axes[0] + shape.count : axes[0]
    let dropped = try squeeze[.axes].integers().map { $0 < 0 ? $0 + shape.count : $0 }
    try require(dropped == [axis], "another axis is dropped")
    try require(shape.indices.contains(axis), "the axis does not exist")
    guard let size = shape[axis].number else { throw NoMatch("the size of the axis is not known", x.id) }
    let start = starts[0] < 0 ? starts[0] + size : starts[0]
    let (end, overflow) = ends[0] < 0 ? ends[0].addingReportingOverflow(size) : (min(ends[0], size), false)
    try require(!overflow && start >= 0 && start < size && end == start + 1, "the slice is not one element")
    let index = try edit.computing { () throws(ModelError) in try Tensor.scalar(start) }
    try edit.replace(squeeze.result, withSameShape: edit.emit(Gather(axis: axis), x.id, edit.constant(index)))
  }
}
