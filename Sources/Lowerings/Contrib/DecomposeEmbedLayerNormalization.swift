import Diagnostics
import GraphIR
import Operators
import Rewriting
import Tensors

/// Says a sum of embeddings in standard operators. Exact up to rounding.
///
///     %y = com.microsoft::EmbedLayerNormalization(%ids, _, words, positions, _, g, b)
///       →   %s = Add(Gather(words, %ids), Slice(positions, [0], Shape(%ids)[1:], [0]))
///           %y = LayerNormalization(%s, g, b)
///
/// The count of a mask's ones needs the mask.
package struct DecomposeEmbedLayerNormalization: RewriteRule {
  package init() {}

  package func rewrite(_ root: Matched<EmbedLayerNormalization>, _ edit: inout Edit) throws(NoMatch) {
    let (ids, words, positions) = try (root[.ids], root[.words], root[.positions])
    let (gamma, beta) = try (root[.gamma], root[.beta])
    var sum = edit.emit(Add(), edit.emit(Gather(), words.id, ids.id), position(positions, ids, root.ifPresent(.positionIDs), &edit))
    if let segments = root.ifPresent(.segments), let table = root.ifPresent(.segmentTable) {
      sum = edit.emit(Add(), sum, edit.emit(Gather(), table.id, segments.id))
    }
    if !root.node.isUnused(result: 1) { edit.replace(root.result(1), with: try counted(root.ifPresent(.mask), &edit)) }
    var norm = LayerNormalization()
    norm.epsilon = root.op.epsilon
    edit.replace(root.result, with: edit.emit(norm, sum, gamma.id, beta.id))
    if !root.node.isUnused(result: 2) { edit.replace(root.result(2), with: sum) }
  }

  private func position(_ table: MatchedValue, _ ids: MatchedValue, _ places: MatchedValue?, _ edit: inout Edit) -> ValueID {
    if let places { return edit.emit(Gather(), table.id, places.id) }
    var length = ShapeOf()
    (length.start, length.end) = (1, 2)
    return edit.emit(Slice(), table.id, edit.constant([0]), edit.emit(length, ids.id), edit.constant([0]))
  }

  private func counted(_ mask: MatchedValue?, _ edit: inout Edit) throws(NoMatch) -> ValueID {
    guard let mask else { throw NoMatch("a mask that is not given is counted") }
    let element = try mask.elementType()
    let one = edit.constant(try edit.computing { () throws(ModelError) in try Tensor.scalar(1).converted(to: element) })
    var sum = ReduceSum()
    sum.keepdims = false
    return edit.emit(sum, edit.cast(edit.emit(Equal(), mask.id, one), to: .int32), edit.constant([1]))
  }
}
