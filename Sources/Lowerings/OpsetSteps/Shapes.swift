import GraphIR

/// Shapes, positions and counts that became operands.
let shapeSteps: [OpsetStep] = [
  .retired(["Reshape"], 5, ["consumed_inputs"]),
  .integersToOperand(["Reshape"], 5, "shape", operand: 1, isRequired: true),
  .wall(["Tile"], 6, "repeats one axis by operands"),
  OpsetStep(["Slice"], 10, lift: liftSlice, lower: lowerSlice),
  OpsetStep(["TopK"], 10, lift: liftCount, lower: lowerCount),
]

@Sendable private func liftSlice(_ node: inout VersionedNode, _ context: inout StepContext) throws(NotRepresentable) {
  try node.integersToOperand("starts", 1, isRequired: true, &context)
  try node.integersToOperand("ends", 2, isRequired: true, &context)
  try node.integersToOperand("axes", 3, isRequired: false, &context)
}

@Sendable private func lowerSlice(_ node: inout VersionedNode, _ context: inout StepContext) throws(NotRepresentable) {
  if let steps = node.operand(4) {
    guard try context.integers(steps, what: "steps").allSatisfy({ $0 == 1 }) else { throw NotRepresentable("steps are not 1") }
    context.release(steps)
    node.dropOperand(4, keeping: 3)
  }
  try node.integersToAttribute("axes", 3, isRequired: false, &context)
  try node.integersToAttribute("ends", 2, isRequired: true, &context)
  try node.integersToAttribute("starts", 1, isRequired: true, &context)
}

@Sendable private func liftCount(_ node: inout VersionedNode, _ context: inout StepContext) throws(NotRepresentable) {
  guard node.operand(1) == nil, let count = try node.int("k") else { throw NotRepresentable("attribute \"k\" is missing") }
  node.take("k")
  node.setOperand(1, try context.constant(integers: [Int64(count)]))
}

@Sendable private func lowerCount(_ node: inout VersionedNode, _ context: inout StepContext) throws(NotRepresentable) {
  guard let operand = node.operand(1) else { throw NotRepresentable("operand \"k\" is missing") }
  let numbers = try context.integers(operand, what: "k")
  guard numbers.count == 1 else { throw NotRepresentable("k is not one number") }
  context.release(operand)
  node.dropOperand(1, keeping: 1)
  node.set("k", .int(Int64(numbers[0])), written: true)
}
