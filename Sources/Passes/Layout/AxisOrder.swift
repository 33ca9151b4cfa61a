import Diagnostics
import GraphIR
import Operators
import Tensors

/// The two orders of the axes of an image, a signal or a volume. Batch is first in both.
enum AxisOrder: Int {
  case channelsFirst, channelsLast

  var other: AxisOrder { self == .channelsFirst ? .channelsLast : .channelsFirst }

  /// The permutation that brings `rank` axes from the other order into this one.
  func permutation(rank: Int) -> [Int] {
    self == .channelsLast ? [0] + Array(2..<rank) + [1] : [0, rank - 1] + Array(1..<rank - 1)
  }
}

/// What an operator is like when the axes of its operands come in another order.
struct ReorderedOperator {
  enum Treatment {
    /// Follows the order.
    case follows
    /// Does not: scalars, axes, parameters.
    case stays
    /// A constant in place of the present one.
    case becomes(Tensor)
  }

  var op: any Operator
  var operands: [Treatment]
  /// Whether the results' axes follow too; otherwise the results are the same.
  var resultsFollow = true
}

extension Graph {
  /// The operator for operands of the given rank whose axes are permuted by `order`; `nil` when it has no such form.
  func reordered(_ id: NodeID, rank: Int, by order: [Int]) -> ReorderedOperator? {
    let node = self[id]
    guard node.graphs.isEmpty, !node.operands.isEmpty else { return nil }
    let newAxis = { (axis: Int) -> Int? in order.firstIndex(of: axis < 0 ? axis + rank : axis) }
    let first = [ReorderedOperator.Treatment.follows] + node.operands.dropFirst().map { _ in .stays }
    switch node.op {
    case is Identity, is Cast, is Clip, is Not, is IsNaN, is IsInf, is any ElementwiseUnary:
      return ReorderedOperator(op: node.op, operands: first)
    case is any ElementwiseBinary, is Max, is Min, is Sum, is Mean, is Where, is PRelu, is Pow, is Mod, is Equal, is Less, is Greater,
      is LessOrEqual, is GreaterOrEqual, is And, is Or, is Xor:
      return ReorderedOperator(op: node.op, operands: node.operands.map { _ in .follows })
    case var op as Concat:
      guard let axis = newAxis(op.axis) else { return nil }
      op.axis = axis
      return ReorderedOperator(op: op, operands: node.operands.map { _ in .follows })
    case var op as Split:
      guard let axis = newAxis(op.axis) else { return nil }
      op.axis = axis
      return ReorderedOperator(op: op, operands: first)
    case var op as Softmax:
      guard !op.coerced, let axis = newAxis(op.axis) else { return nil }
      op.axis = axis
      return ReorderedOperator(op: op, operands: first)
    case var op as LogSoftmax:
      guard !op.coerced, let axis = newAxis(op.axis) else { return nil }
      op.axis = axis
      return ReorderedOperator(op: op, operands: first)
    default: return reorderedByOperand(node, rank: rank, by: order, first)
    }
  }

  private func reorderedByOperand(
    _ node: Node, rank: Int, by order: [Int], _ first: [ReorderedOperator.Treatment]
  ) -> ReorderedOperator? {
    switch node.op {
    case var op as QuantizeLinear:
      guard let axis = quantizationAxis(node, op.axis, op.blockSize, order) else { return nil }
      op.axis = axis
      return ReorderedOperator(op: op, operands: first)
    case var op as DequantizeLinear:
      guard let axis = quantizationAxis(node, op.axis, op.blockSize, order) else { return nil }
      op.axis = axis
      return ReorderedOperator(op: op, operands: first)
    case is Pad: return reorderedPad(node, rank: rank, by: order, first)
    case is Slice:
      guard node.operands.count > 3, let axes = permuted(axesOf: node.operands[3], rank: rank, by: order) else { return nil }
      var operands = first
      operands[3] = .becomes(axes)
      return ReorderedOperator(op: node.op, operands: operands)
    case let op as any Reduction:
      guard node.operands.count > 1, let axes = permuted(axesOf: node.operands[1], rank: rank, by: order),
        let reduced = try? axes.integers(), !reduced.isEmpty
      else { return nil }
      // Without the reduced axes the results are the same only if the others keep their order.
      let kept = order.enumerated().filter { !reduced.contains($0.offset) }.map(\.element)
      guard op.keepdims || kept == kept.sorted() else { return nil }
      return ReorderedOperator(op: node.op, operands: [.follows, .becomes(axes)], resultsFollow: op.keepdims)
    default: return nil
    }
  }

  private func quantizationAxis(_ node: Node, _ axis: Int, _ blockSize: Int, _ order: [Int]) -> Int? {
    guard blockSize == 0, node.operands.count > 1, let scale = node.operands[1], let tensor = constant(scale) else { return nil }
    return tensor.count == 1 ? axis : order.firstIndex(of: axis < 0 ? axis + order.count : axis)
  }

  private func permuted(axesOf operand: ValueID?, rank: Int, by order: [Int]) -> Tensor? {
    guard let operand, let tensor = constant(operand), tensor.count <= 8, let axes = try? tensor.integers() else { return nil }
    let moved = axes.compactMap { order.firstIndex(of: $0 < 0 ? $0 + rank : $0) }
    guard moved.count == axes.count else { return nil }
    return try? Tensor.integers(moved)
  }

  private func reorderedPad(_ node: Node, rank: Int, by order: [Int], _ first: [ReorderedOperator.Treatment]) -> ReorderedOperator? {
    var operands = first
    if node.operands.count > 3, let listed = node.operands[3] {
      guard let axes = permuted(axesOf: listed, rank: rank, by: order) else { return nil }
      operands[3] = .becomes(axes)
    } else {
      guard let listed = node.operands[1], let tensor = constant(listed), tensor.count == 2 * rank, let pads = try? tensor.integers(),
        let moved = try? Tensor.integers(order.map { pads[$0] } + order.map { pads[$0 + rank] })
      else { return nil }
      operands[1] = .becomes(moved)
    }
    return ReorderedOperator(op: node.op, operands: operands)
  }
}
