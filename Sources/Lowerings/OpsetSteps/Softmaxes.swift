import GraphIR

/// Softmax and its kin, which flattened the axes from the given one on before they looked along a single axis.
///
/// The flattening form is the struct's `coerced`; on the last axis both are the same.
let softmaxSteps: [OpsetStep] = [
  OpsetStep(["Softmax", "LogSoftmax", "Hardmax"], 13, lift: liftFlattened, lower: lowerFlattened),
  OpsetStep(["Softmax", "LogSoftmax", "Hardmax"], OpsetStep.structVersion) { (_, _) throws(NotRepresentable) in
  } lower: { (node, context) throws(NotRepresentable) in
    guard context.version >= 13, let flag = node.take("coerced"), !flag.isDefault else { return }
    let axis = try node.int("axis") ?? -1
    guard let x = node.operand(0) else { throw NotRepresentable("has no operand") }
    if context.isLast(axis, of: x) { return }
    // Several axes together are one axis of the flattened operand.
    node.setOperand(0, context.flattened(x, axis: axis))
    node.set("axis", .int(-1))
    node.update("axis") { $0.isDefault = true }
    context.restoreShape(of: x)
  },
]

@Sendable private func liftFlattened(_ node: inout VersionedNode, _ context: inout StepContext) throws(NotRepresentable) {
  if node.has("coerced") { throw NotRepresentable("attribute \"coerced\" is not known") }
  let axis = try node.int("axis") ?? 1
  if !node.has("axis") { node.set("axis", .int(1)) }
  if context.isLast(axis, of: node.operand(0)) {
    node.mark(.lastAxis)
  } else {
    node.set("coerced", .int(1))
  }
}

@Sendable private func lowerFlattened(_ node: inout VersionedNode, _ context: inout StepContext) throws(NotRepresentable) {
  let isCoerced = node.take("coerced").map { !$0.value.isEqual(to: .int(0)) } ?? false
  let axis = try node.int("axis") ?? -1
  let isRankKnown = node.operand(0).flatMap { context.rank(of: $0) } != nil
  guard isCoerced || context.isLast(axis, of: node.operand(0)) || (node.isMarked(.lastAxis) && !isRankKnown) else {
    throw NotRepresentable("its axis is not known to be the last one")
  }
  node.update("axis") { $0.isDefault = axis == 1 }
}
