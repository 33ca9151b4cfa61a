import GraphIR

/// Axes: those that were attributes, those that had another default, and negative ones.
let axisSteps: [OpsetStep] = [
  OpsetStep(["Concat"], 4) { (node, _) throws(NotRepresentable) in
    if !node.has("axis") { node.set("axis", .int(1)) }
  } lower: { (node, _) throws(NotRepresentable) in
    node.update("axis") { $0.isDefault = $0.value.isEqual(to: .int(1)) }
  },
  .integersToOperand(["Squeeze"], 13, "axes", operand: 1),
  .integersToOperand(["Unsqueeze"], 13, "axes", operand: 1, isRequired: true),
  // From here on negative axes count from the back.
  OpsetStep(
    ["ArgMax", "ArgMin", "Compress", "Flatten", "Hardmax", "LogSoftmax", "Softmax", "Concat", "Split"], 11,
    lift: liftAxis, lower: lowerAxis),
  OpsetStep(
    [
      "ReduceL1", "ReduceL2", "ReduceLogSum", "ReduceLogSumExp", "ReduceMax", "ReduceMean", "ReduceMin", "ReduceProd", "ReduceSum",
      "ReduceSumSquare", "Squeeze",
    ], 11, lift: liftAxes, lower: lowerAxes),
  OpsetStep(["Unsqueeze"], 11, lift: liftAxes, lower: lowerUnsqueezeAxes),
  OpsetStep(["DFT"], 20, lift: liftTransformAxis, lower: lowerTransformAxis),
]

@Sendable private func liftAxis(_ node: inout VersionedNode, _ context: inout StepContext) throws(NotRepresentable) {
  if let axis = try node.int("axis"), axis < 0 { node.mark(.negativeAxis) }
}

@Sendable private func lowerAxis(_ node: inout VersionedNode, _ context: inout StepContext) throws(NotRepresentable) {
  guard let axis = try node.int("axis"), axis < 0, !node.isMarked(.negativeAxis) else { return }
  guard let x = node.operand(0), let rank = context.rank(of: x) else { throw NotRepresentable("axis is negative and the rank unknown") }
  node.set("axis", .int(Int64(axis + rank)), written: true)
}

private func negativeAxes(_ node: borrowing VersionedNode) -> [Int64]? {
  guard case .ints(let axes)? = node["axes"], axes.contains(where: { $0 < 0 }) else { return nil }
  return axes
}

@Sendable private func liftAxes(_ node: inout VersionedNode, _ context: inout StepContext) throws(NotRepresentable) {
  if negativeAxes(node) != nil { node.mark(.negativeAxis) }
}

@Sendable private func lowerAxes(_ node: inout VersionedNode, _ context: inout StepContext) throws(NotRepresentable) {
  try lowerAxes(&node, context, further: 0)
}

@Sendable private func lowerUnsqueezeAxes(_ node: inout VersionedNode, _ context: inout StepContext) throws(NotRepresentable) {
  guard case .ints(let axes)? = node["axes"] else { return }
  try lowerAxes(&node, context, further: axes.count)
}

private func lowerAxes(
  _ node: inout VersionedNode, _ context: StepContext, further: Int
) throws(NotRepresentable) {
  guard !node.isMarked(.negativeAxis), let axes = negativeAxes(node) else { return }
  guard let x = node.operand(0), let rank = context.rank(of: x) else { throw NotRepresentable("axes are negative and the rank unknown") }
  node.set("axes", .ints(axes.map { $0 < 0 ? $0 + Int64(rank + further) : $0 }), written: true)
}

/// The axis became an operand, and its default moved from 1 to the last but one.
@Sendable private func liftTransformAxis(_ node: inout VersionedNode, _ context: inout StepContext) throws(NotRepresentable) {
  let axis = try node.int("axis")
  if node.operand(2) != nil { throw NotRepresentable("\"axis\" is an operand only in later opsets") }
  if node.take("axis") == nil { node.mark(.impliedOperand) }
  node.setOperand(2, try context.constant(scalar: axis ?? 1))
}

@Sendable private func lowerTransformAxis(_ node: inout VersionedNode, _ context: inout StepContext) throws(NotRepresentable) {
  var axis = -2
  if let operand = node.operand(2) {
    let numbers = try context.integers(operand, what: "axis")
    guard numbers.count == 1 else { throw NotRepresentable("axis is not one number") }
    axis = numbers[0]
    context.release(operand)
    node.dropOperand(2, keeping: 1)
  }
  if !(node.isMarked(.impliedOperand) && axis == 1) { node.set("axis", .int(Int64(axis)), written: true) }
}
