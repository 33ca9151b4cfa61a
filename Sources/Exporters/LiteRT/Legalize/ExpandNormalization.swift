import Diagnostics
import GraphIR
import Operators
import Rewriting
import Tensors

/// Normalisations by means and a root. Exact up to rounding.
///
///     InstanceNormalization, GroupNormalization: (x - mean) / √(mean((x - mean)²) + ε) · scale + bias, means by image and group
///     RMSNormalization:                          x / √(mean(x²) + ε) · scale
struct ExpandNormalization: NodeRule {
  var roots: RuleRoots { .operators([InstanceNormalization.self, GroupNormalization.self, RMSNormalization.self]) }

  func rewrite(_ node: MatchedNode, _ edit: inout Edit) throws(NoMatch) {
    let x = try node.operand(0)
    let shape = try x.shape()
    switch node.op {
    case let op as InstanceNormalization:
      let y = try standardized(x.id, Array(2..<shape.count), op.epsilon, &edit)
      edit.replace(node.result, with: try scaled(y, node, rank: shape.count, &edit))
    case let op as GroupNormalization:
      guard let channels = shape[1].number, op.numGroups > 0, channels % op.numGroups == 0 else { throw NoMatch("channels of unknown number") }
      let grouped = edit.constant([0, op.numGroups, -1])
      let sizes = edit.emit(ShapeOf(), x.id)
      let y = try standardized(edit.emit(Reshape(), x.id, grouped), [2], op.epsilon, &edit)
      edit.replace(node.result, with: try scaled(edit.emit(Reshape(), y, sizes), node, rank: shape.count, &edit))
    case let op as RMSNormalization:
      let first = op.axis < 0 ? op.axis + shape.count : op.axis
      try require((0..<shape.count).contains(first), "an axis out of range")
      let mean = edit.emit(ReduceMean(), edit.emit(Mul(), x.id, x.id), edit.constant(Array(first..<shape.count)))
      let root = edit.emit(Sqrt(), edit.emit(Add(), mean, try small(op.epsilon, like: x.id, &edit)))
      edit.replace(node.result, with: edit.emit(Mul(), edit.emit(Div(), x.id, root), try node.operand(1).id))
    default: throw NoMatch("another operator")
    }
  }

  private func small(_ value: Float, like x: ValueID, _ edit: inout Edit) throws(NoMatch) -> ValueID {
    let element = edit.fact(x).element ?? .float32
    return edit.constant(try edit.computing { () throws(ModelError) in try Tensor.scalar(value).converted(to: element) })
  }

  private func standardized(_ x: ValueID, _ axes: [Int], _ epsilon: Float, _ edit: inout Edit) throws(NoMatch) -> ValueID {
    let list = edit.constant(axes)
    let centered = edit.emit(Sub(), x, edit.emit(ReduceMean(), x, list))
    let variance = edit.emit(ReduceMean(), edit.emit(Mul(), centered, centered), list)
    return edit.emit(Div(), centered, edit.emit(Sqrt(), edit.emit(Add(), variance, try small(epsilon, like: x, &edit))))
  }

  /// Scale and bias by channel.
  private func scaled(_ y: ValueID, _ node: MatchedNode, rank: Int, _ edit: inout Edit) throws(NoMatch) -> ValueID {
    var factors: [ValueID] = []
    for index in 1...2 {
      let vector = try node.operand(index)
      if let tensor = try? vector.constant() {
        let shape = [1, tensor.count] + [Int](repeating: 1, count: rank - 2)
        factors.append(edit.constant(try edit.computing { () throws(ModelError) in try tensor.reshaped(to: shape) }))
      } else {
        factors.append(rank == 2 ? vector.id : edit.emit(Unsqueeze(), vector.id, edit.constant(Array(1..<rank - 1))))
      }
    }
    return edit.emit(Add(), edit.emit(Mul(), y, factors[0]), factors[1])
  }
}
