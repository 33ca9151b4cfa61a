import Diagnostics
import GraphIR
import Tensors

/// Broadcasting: once on request and along one run of axes, later always and from the last axis on.
let broadcastSteps: [OpsetStep] = [
  OpsetStep(
    ["Add", "Sub", "Mul", "Div", "Pow", "And", "Or", "Xor", "Equal", "Greater", "Less"], 7, lift: liftBroadcast, lower: lowerBroadcast),
  OpsetStep(["PRelu"], 7, lift: liftSlope, lower: lowerSlope),
  OpsetStep(["Max", "Min", "Sum", "Mean"], 8) { (node, _) throws(NotRepresentable) in
    node.mark(.broadcastsAsBefore)
  } lower: { (node, context) throws(NotRepresentable) in
    let shapes = node.operands.map { $0.flatMap { context.shape(of: $0) } }
    guard let first = shapes.first, shapes.count > 1 else { return }
    if shapes.allSatisfy({ $0 != nil && $0 == first }) { return }
    let isUnknown = shapes.contains { $0.map { $0.contains { $0.number == nil } } ?? true }
    guard isUnknown, node.isMarked(.broadcastsAsBefore) else { throw NotRepresentable("the operands are not known to have one shape") }
  },
]

@Sendable private func liftBroadcast(_ node: inout VersionedNode, _ context: inout StepContext) throws(NotRepresentable) {
  let axis = try node.int("axis")
  if try node.int("broadcast") == 1, let axis, let a = node.operand(0), let b = node.operand(1) {
    guard let outer = context.rank(of: a), let inner = context.rank(of: b) else {
      throw NotRepresentable("broadcasts along axis \(axis) and the ranks are unknown")
    }
    let missing = outer - axis - inner
    guard axis >= 0, missing >= 0 else { throw NotRepresentable("broadcasts along axis \(axis), which does not fit the ranks") }
    if missing > 0, inner > 0 {
      node.setOperand(1, try context.unsqueeze(b, axes: Array(inner..<inner + missing)))
      node.mark(.unsqueezed)
    }
  }
  node.retire("broadcast")
  node.retire("axis")
  node.mark(.broadcastsAsBefore)
}

@Sendable private func lowerBroadcast(_ node: inout VersionedNode, _ context: inout StepContext) throws(NotRepresentable) {
  if node.isMarked(.unsqueezed) {
    if let result = node.operand(1), let b = context.beforeUnsqueeze(result), context.fitsFormerAxis(node, result) {
      context.undoUnsqueeze(result, in: &node, as: b)
      node.restore("broadcast")
      node.restore("axis")
      return
    }
  } else if node.isMarked(.broadcastsAsBefore), context.mayBroadcastAsBefore(node) {
    node.restore("broadcast")
    node.restore("axis")
    return
  }
  try context.requestBroadcast(&node)
}

/// One slope a channel lay along axis 1 without saying so.
@Sendable private func liftSlope(_ node: inout VersionedNode, _ context: inout StepContext) throws(NotRepresentable) {
  guard let x = node.operand(0), let slope = node.operand(1) else { throw NotRepresentable("an operand is missing") }
  if let shape = context.shape(of: slope), shape.allSatisfy({ $0 == 1 }) { return }
  guard let rank = context.rank(of: x), let inner = context.rank(of: slope) else {
    throw NotRepresentable("the ranks of operand and slope are unknown")
  }
  if inner != 1 || rank == 2 { return }
  guard rank > 2 else { throw NotRepresentable("the slope has more axes than the operand") }
  node.setOperand(1, try context.unsqueeze(slope, axes: Array(1..<rank - 1)))
  node.mark(.unsqueezed)
}

@Sendable private func lowerSlope(_ node: inout VersionedNode, _ context: inout StepContext) throws(NotRepresentable) {
  guard let x = node.operand(0), let slope = node.operand(1) else { throw NotRepresentable("an operand is missing") }
  if node.isMarked(.unsqueezed), let before = context.beforeUnsqueeze(slope) {
    context.undoUnsqueeze(slope, in: &node, as: before)
    return
  }
  guard let shape = context.shape(of: slope) else { throw NotRepresentable("the slope's shape is unknown") }
  if shape.allSatisfy({ $0 == 1 }) { return }
  guard let rank = context.rank(of: x) else { throw NotRepresentable("the operand's rank is unknown") }
  if shape.count == 1, rank == 2 { return }
  let channel = shape.count - (rank - 1)
  guard channel == 0 || channel == 1, shape.enumerated().allSatisfy({ $0.offset == channel || $0.element == 1 }),
    let tensor = context.constant(slope), let flat = try? tensor.reshaped(to: [tensor.count])
  else { throw NotRepresentable("the slope is not one number a channel") }
  context.release(slope)
  node.setOperand(1, context.constant(flat))
}

extension StepContext {
  /// Puts back what lifting put an Unsqueeze before, and lets go of the latter.
  fileprivate mutating func undoUnsqueeze(_ result: ValueID, in node: inout VersionedNode, as value: ValueID) {
    node.setOperand(1, value)
    graph.setOperand(self.node, 1, to: value)
    guard let producer = graph.producer(of: result), graph[result].uses.isEmpty, !graph[result].isOutput else { return }
    let operands = graph[producer].operands
    remove(producer)
    for case let operand? in operands.dropFirst() { release(operand) }
  }

  /// True when an Unsqueeze still appends axes, as many as the former axis leaves.
  fileprivate func fitsFormerAxis(_ node: borrowing VersionedNode, _ result: ValueID) -> Bool {
    guard let axes = unsqueezedAxes(result), let first = axes.first, axes == Array(first..<first + axes.count),
      case .int(let axis)? = node.former.first(where: { $0.name == "axis" })?.value
    else { return false }
    guard let a = node.operand(0), let rank = rank(of: a) else { return true }
    return Int(axis) + first + axes.count == rank
  }

  /// True unless known shapes contradict what the source's form of the node said.
  fileprivate func mayBroadcastAsBefore(_ node: borrowing VersionedNode) -> Bool {
    guard let a = node.operand(0).flatMap({ shape(of: $0) }), let b = node.operand(1).flatMap({ shape(of: $0) }) else { return true }
    let known = (a + b).allSatisfy { $0.number != nil }
    if a == b || !known { return true }
    // Exporters counted an axis of size 1 as fitting any other.
    let fits = b.count <= a.count && zip(a.suffix(b.count), b).allSatisfy { $0 == $1 || $1 == 1 }
    return (fits || b.allSatisfy { $0 == 1 }) && node.former.contains { $0.name == "broadcast" }
  }

  /// Says how the second operand lies along the first.
  fileprivate mutating func requestBroadcast(_ node: inout VersionedNode) throws(NotRepresentable) {
    guard let first = node.operand(0), let second = node.operand(1), let a = shape(of: first), let b = shape(of: second) else {
      throw NotRepresentable("the operands' shapes are not known")
    }
    if a == b { return }
    node.set("broadcast", .int(1), written: true)
    if b.allSatisfy({ $0 == 1 }), b.count <= a.count { return }
    if b.count <= a.count, Array(a.suffix(b.count)) == b { return }
    let begin = b.firstIndex { $0 != 1 } ?? 0
    let core = b[begin..<((b.lastIndex { $0 != 1 } ?? begin) + 1)]
    let axis = a.count - b.count + begin
    guard axis >= 0, axis + core.count <= a.count, Array(a[axis..<axis + core.count]) == Array(core),
      let tensor = constant(second), let flat = try? tensor.reshaped(to: core.compactMap(\.number))
    else { throw NotRepresentable("broadcasts from the last axis on") }
    release(second)
    node.setOperand(1, constant(flat))
    if axis + core.count < a.count { node.set("axis", .int(Int64(axis)), written: true) }
  }
}
