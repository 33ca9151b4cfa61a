import GraphIR
import Operators
import Rewriting

/// Removes the joining of all that was picked, in order. Exact.
///
///     %a = Unsqueeze(Gather(%x: f32[N,2,3], 0) {axis: 1}, [0])
///     %b = Unsqueeze(Gather(%x, 1) {axis: 1}, [0])
///     %y = Concat(%a, %b) {axis: 0}                              →   %y = Transpose(%x) {perm: [1, 0, 2]}
///
/// and %x itself where the axis comes back to its place. A `Reshape` that adds the axis is as good as an `Unsqueeze`.
package struct RemoveJoinedGathers: RewriteRule {
  package init() {}

  package func rewrite(_ concat: Matched<Concat>, _ edit: inout Edit) throws(NoMatch) {
    let parts = concat.all(from: .inputs).compactMap { $0 }
    guard let first = parts.first else { throw NoMatch("there are no parts") }
    let (x, from) = try picked(first, 0, concat)
    let rank = try x.rank()
    try require(try x.shape()[from] == .number(parts.count), "not everything is joined")
    for (index, part) in parts.enumerated() {
      let (other, axis) = try picked(part, index, concat)
      try require(other == x && axis == from, "the parts are of different values")
    }
    let to = concat.op.axis < 0 ? concat.op.axis + rank : concat.op.axis
    var order = Array(0..<rank)
    order.insert(order.remove(at: from), at: to)
    if from == to { return try edit.replace(concat.result, withSameShape: x.id) }
    try edit.replace(concat.result, withSameShape: edit.emit(Transpose(perm: order), x.id))
  }

  /// What a part was picked from, and along which axis.
  private func picked(_ part: MatchedValue, _ index: Int, _ concat: Matched<Concat>) throws(NoMatch) -> (x: MatchedValue, axis: Int) {
    let rank = try concat.result.rank()
    let joined = concat.op.axis < 0 ? concat.op.axis + rank : concat.op.axis
    var value = part
    if let unsqueeze = try? part.producerAllowingOtherUses(Unsqueeze.self) {
      let axes = try unsqueeze[.axes].integers().map { $0 < 0 ? $0 + rank : $0 }
      try require(axes == [joined], "the axis added is not the one joined along")
      value = try unsqueeze[.data]
    } else if let reshape = try? part.producerAllowingOtherUses(Reshape.self) {
      value = try reshape[.data]
      var shape = try value.shape()
      try require(shape.count + 1 == rank && (0..<rank).contains(joined), "the reshape does more than add an axis")
      shape.insert(1, at: joined)
      try require(try part.shape() == shape, "the reshape does more than add an axis")
    }
    let gather = try value.producerAllowingOtherUses(Gather.self)
    let (x, positions) = try (gather[.data], gather[.indices])
    let source = try x.rank()
    let axis = gather.op.axis < 0 ? gather.op.axis + source : gather.op.axis
    try require(source == rank && (0..<rank).contains(axis) && (0..<rank).contains(joined), "the ranks differ")
    let isScalar = try positions.rank() == 0
    try require(isScalar == (value != part) && (isScalar || axis == joined), "more than one is picked")
    let places = try positions.integers()
    let size = try x.shape()[axis].number ?? 0
    guard places.count == 1, places[0] == index || places[0] == index - size else {
      throw NoMatch("the parts are in another order", part.id)
    }
    return (x, axis)
  }
}
