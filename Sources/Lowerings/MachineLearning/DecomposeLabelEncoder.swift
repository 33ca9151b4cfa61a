import Diagnostics
import GraphIR
import Operators
import Rewriting
import Tensors

/// Says a table of numbers by comparisons with its keys. Exact.
///
///     %y = ai.onnx.ml::LabelEncoder(%x) {keys, values, default}   →
///       %e = Equal(Unsqueeze(%x), keys)   %i = Where(ReduceMax(%e), ArgMax(%e), count)   %y = Gather(values and default, %i)
///
/// The keys are numbers, each given once; the values may be anything.
package struct DecomposeLabelEncoder: RewriteRule {
  package init() {}

  package func rewrite(_ root: Matched<LabelEncoder>, _ edit: inout Edit) throws(NoMatch) {
    let x = try root[.x]
    let (rank, keys, values) = (try x.rank(), try keys(root.op, &edit), try values(root.op, &edit))
    guard let numbers = try? keys.doubles(), !numbers.contains(where: \.isNaN) else { throw NoMatch("the keys are no numbers") }
    let element = try x.elementType()
    try require(Set(numbers).count == numbers.count && keys.element == element, "a key is given twice")
    try require(!numbers.isEmpty && numbers.count + 1 == values.count && numbers.count <= 1 << 16, "the values do not fit the keys")
    let isKey = edit.emit(Equal(), edit.emit(Unsqueeze(), x.id, edit.constant([rank])), edit.constant(keys))
    let flags = edit.cast(isKey, to: .int32)
    var (place, found) = (ArgMax(), ReduceMax())
    (place.axis, place.keepdims, found.keepdims) = (rank, false, false)
    let isFound = edit.cast(edit.emit(found, flags, edit.constant([rank])), to: .bool)
    let index = edit.emit(Where(), isFound, edit.emit(place, flags), edit.constant(try edit.computing { () throws(ModelError) in try Tensor.scalar(numbers.count) }))
    edit.replace(root.result, with: edit.emit(Gather(axis: 0), edit.constant(values), index))
  }

  private func keys(_ op: LabelEncoder, _ edit: inout Edit) throws(NoMatch) -> Tensor {
    try require(op.keysStrings == nil, "the keys are strings")
    return try edit.computing { () throws(ModelError) in
      if let tensor = op.keysTensor { return try tensor.reshaped(to: [tensor.count]) }
      if let integers = op.keysInt64s { return try Tensor.integers(integers) }
      return try Tensor(.float32, [op.keysFloats?.count ?? 0], elements: op.keysFloats ?? [])
    }
  }

  /// The values, and the default behind them.
  private func values(_ op: LabelEncoder, _ edit: inout Edit) throws(NoMatch) -> Tensor {
    try require(op.valuesTensor == nil, "the values are a tensor")
    return try edit.computing { () throws(ModelError) in
      if let strings = op.valuesStrings {
        return try Tensor(strings: strings + [Array((op.defaultString ?? "").utf8)], shape: [strings.count + 1])
      }
      if let integers = op.valuesInt64s { return try Tensor.integers(integers + [op.defaultInt64]) }
      return try Tensor(.float32, [(op.valuesFloats?.count ?? 0) + 1], elements: (op.valuesFloats ?? []) + [op.defaultFloat])
    }
  }
}
