import GraphIR

/// Reductions, whose axes became an operand: first the sum's, later the others'.
let reductionSteps: [OpsetStep] = [
  OpsetStep(["ReduceSum"], 13, lift: liftReduction, lower: lowerReduction),
  OpsetStep(
    [
      "ReduceL1", "ReduceL2", "ReduceLogSum", "ReduceLogSumExp", "ReduceMax", "ReduceMean", "ReduceMin", "ReduceProd",
      "ReduceSumSquare",
    ], 18, lift: liftReduction, lower: lowerReduction),
]

@Sendable private func liftReduction(_ node: inout VersionedNode, _ context: inout StepContext) throws(NotRepresentable) {
  if node.has("noop_with_empty_axes") { throw NotRepresentable("attribute \"noop_with_empty_axes\" appears in later opsets only") }
  try node.integersToOperand("axes", 1, isRequired: false, &context)
}

@Sendable private func lowerReduction(_ node: inout VersionedNode, _ context: inout StepContext) throws(NotRepresentable) {
  try node.integersToAttribute("axes", 1, isRequired: false, &context)
  guard let flag = node.take("noop_with_empty_axes"), !flag.isDefault else { return }
  guard case .ints(let axes)? = node["axes"], !axes.isEmpty else { throw NotRepresentable("reduces nothing when there are no axes") }
}
