import Diagnostics
import GraphIR
import Operators
import Rewriting
import Tensors

/// Makes tensors of what is taken from a sequence whose items are known one by one, for targets that have tensors alone. Exact.
///
///     %s = SequenceConstruct(%a, %b)
///     %t = SequenceInsert(%s, %c)
///     %y = ConcatFromSequence(%t) {axis: 1}   →   %y = Concat(%a, %b, %c) {axis: 1}
///
/// Positions are constants. What nobody takes anything from any more is unused.
package struct DissolveSequences: NodeRule {
  package init() {}

  package let roots = RuleRoots.operators([SequenceAt.self, SequenceLength.self, ConcatFromSequence.self])

  package func rewrite(_ root: MatchedNode, _ edit: inout Edit) throws(NoMatch) {
    let items = try items(of: root.operand(0), &edit)
    switch root.op {
    case is SequenceAt:
      let position = try Self.place(root.operand(1), among: items.count)
      edit.replace(root.result, with: items[position])
    case is SequenceLength:
      edit.replace(root.result, with: edit.constant(try edit.computing { () throws(ModelError) in try Tensor.scalar(items.count) }))
    case let op as ConcatFromSequence: edit.replace(root.result, with: try joined(items, op, &edit))
    default: throw NoMatch("another operator")
    }
  }

  private func joined(_ items: [ValueID], _ op: ConcatFromSequence, _ edit: inout Edit) throws(NoMatch) -> ValueID {
    guard let first = items.first, let rank = edit.fact(first).shape?.count else { throw NoMatch("there are no items, or of unknown rank") }
    let whole = rank + (op.newAxis ? 1 : 0)
    let axis = op.axis < 0 ? op.axis + whole : op.axis
    try require(axis >= 0 && axis < whole, "the axis is none of the tensor's")
    guard op.newAxis else { return items.count == 1 ? items[0] : edit.emit(Concat(axis: axis), operands: items)[0] }
    let axes = edit.constant([axis])
    let raised = items.map { edit.emit(Unsqueeze(), $0, axes) }
    return raised.count == 1 ? raised[0] : edit.emit(Concat(axis: axis), operands: raised)[0]
  }

  private static let depthLimit = 256
  private static let countLimit = 1024

  private func items(of sequence: MatchedValue, _ edit: inout Edit, depth: Int = 0) throws(NoMatch) -> [ValueID] {
    try require(depth < Self.depthLimit, "a long chain of sequences")
    let producer = try sequence.anyProducer()
    switch producer.op {
    case is SequenceConstruct: return producer.operands.compactMap { $0?.id }
    case is SequenceEmpty: return []
    case is Identity: return try items(of: producer.operand(0), &edit, depth: depth + 1)
    case is SequenceInsert:
      var known = try items(of: producer.operand(0), &edit, depth: depth + 1)
      let item = try producer.operand(1).id
      guard let position = producer.operandIfPresent(2) else { return known + [item] }
      known.insert(item, at: try Self.place(position, among: known.count, inclusive: true))
      return known
    case is SequenceErase:
      var known = try items(of: producer.operand(0), &edit, depth: depth + 1)
      try require(!known.isEmpty, "nothing can be taken away")
      guard let position = producer.operandIfPresent(1) else { return Array(known.dropLast()) }
      known.remove(at: try Self.place(position, among: known.count))
      return known
    case let op as SplitToSequence: return try parts(producer, op, &edit)
    default: throw NoMatch("the items are not known", sequence.id)
    }
  }

  private static func place(_ position: MatchedValue, among count: Int, inclusive: Bool = false) throws(NoMatch) -> Int {
    guard let given = try position.integers().first else { throw NoMatch("the position is not known", position.id) }
    let last = inclusive ? count : count - 1
    guard given >= -count, given <= last else { throw NoMatch("the position is outside the sequence", position.id) }
    return given < 0 ? given + count : given
  }

  /// The parts of a tensor, by a `Split` of the same sizes.
  private func parts(_ node: MatchedNode, _ op: SplitToSequence, _ edit: inout Edit) throws(NoMatch) -> [ValueID] {
    let x = try node.operand(0)
    let rank = try x.rank()
    let axis = op.axis < 0 ? op.axis + rank : op.axis
    try require(axis >= 0 && axis < rank, "the axis is none of the tensor's")
    let sizes = try Self.sizes(node.operandIfPresent(1), of: x.shape()[axis].number)
    try require(!sizes.isEmpty && sizes.count <= Self.countLimit, "no parts, or many")
    var split = Split()
    split.axis = axis
    let parts = edit.emit(split, operands: [x.id, edit.constant(sizes)], resultCount: sizes.count)
    guard node.operandIfPresent(1) == nil, !op.keepdims else { return parts }
    let axes = edit.constant([axis])
    return parts.map { edit.emit(Squeeze(), $0, axes) }
  }

  private static func sizes(_ split: MatchedValue?, of whole: Int?) throws(NoMatch) -> [Int] {
    if let split, try split.rank() == 1 { return try split.integers() }
    guard let whole else { throw NoMatch("the number of parts is open") }
    let size = try split?.integers().first ?? 1
    try require(size > 0 && whole / size < countLimit, "no parts, or many")
    return stride(from: 0, to: whole, by: size).map { min(size, whole - $0) }
  }
}
