import GraphIR
import Operators
import Rewriting

/// Drops a scatter that overwrites everything, in order. Exact.
///
///     %i = const i64[3,1] [0, 1, 2]
///     %y = ScatterND(%x: f32[3,4], %i, %u: f32[3,4])   →   %u in place of %y
///
/// and the same for `ScatterElements`, whose positions are those of each element along its axis.
package struct RemoveOverwrittenScatter: NodeRule {
  package init() {}

  package var roots: RuleRoots { .operators([ScatterND.self, ScatterElements.self]) }

  package func rewrite(_ scatter: MatchedNode, _ edit: inout Edit) throws(NoMatch) {
    let (data, positions, updates) = try (scatter.operand(0), scatter.operand(1).constant(), scatter.operand(2))
    try data.requireSameShape(as: updates)
    let shape = try data.shape()
    try require(!shape.isEmpty && positions.count > 0 && positions.count <= 1 << 20, "there is nothing to overwrite, or too much")
    let places = try scatter.operand(1).constantIntegers()
    if let op = scatter.op as? ScatterND {
      try require(op.reduction == .none, "the updates are added up")
      try require(positions.rank == 2 && positions.shape[1] == 1, "the positions are not those of rows")
      try require(shape[0] == .number(positions.shape[0]) && places.elementsEqual(0..<positions.shape[0]), "not every row is overwritten in order")
    } else if let op = scatter.op as? ScatterElements {
      try require(op.reduction == .none, "the updates are added up")
      try require(shape == positions.shape.map(Dim.number), "not every element is overwritten")
      let axis = op.axis < 0 ? op.axis + shape.count : op.axis
      try require(positions.shape.indices.contains(axis), "the axis does not exist")
      let stride = positions.shape[(axis + 1)...].reduce(1, *)
      let isInOrder = places.indices.allSatisfy { places[$0] == $0 / stride % positions.shape[axis] }
      try require(isInOrder, "the elements change places")
    }
    edit.replace(scatter.result, with: updates)
  }
}

extension MatchedValue {
  fileprivate func constantIntegers() throws(NoMatch) -> [Int] {
    guard let numbers = try? constant().integers() else { throw NoMatch("the positions are no numbers", id) }
    return numbers
  }
}
