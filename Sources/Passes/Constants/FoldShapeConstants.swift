import GraphIR
import Operators
import Rewriting
import Tensors

/// Replaces a computed integer scalar or vector whose elements follow from known sizes by a constant. Exact.
///
///     %s = Shape(%x: f32[N,3,224,224])
///     %h = Gather(%s, 2)                 →   %h = const i64 224
///
/// Other sizes of %x may be unknown: elements are propagated one by one while types are inferred.
package struct FoldShapeConstants: NodeRule {
  package init() {}

  package var roots: RuleRoots { .every { $0.isPure && $0.graphs.isEmpty && !($0 is Constant) && !($0 is Identity) } }

  package func rewrite(_ root: MatchedNode, _ edit: inout Edit) throws(NoMatch) {
    var isFolded = false
    for index in 0..<root.resultCount where !root.isUnused(result: index) {
      guard let tensor = tensor(root.result(index)) else { continue }
      edit.replace(root.result(index), with: edit.constant(tensor))
      isFolded = true
    }
    try require(isFolded, "the elements are not known")
  }

  private func tensor(_ value: MatchedValue) -> Tensor? {
    guard let type = value.type, type.element == .int64 || type.element == .int32, let shape = type.fixedShape,
      let numbers = value.fact.integers, shape.elementCount == numbers.count
    else { return nil }
    switch type.element {
    case .int64: return try? Tensor(.int64, shape, elements: numbers.map(Int64.init))
    case .int32: return try? Tensor(.int32, shape, elements: numbers.compactMap(Int32.init(exactly:)))
    default: return nil
    }
  }
}
