import GraphIR

/// Splitting into parts.
let splitSteps: [OpsetStep] = [
  OpsetStep(["Split"], 2) { (node, _) throws(NotRepresentable) in
    if node.operands.count > 1 { throw NotRepresentable("the sizes of the parts are an operand") }
  } lower: { (_, _) throws(NotRepresentable) in },
  .integersToOperand(["Split"], 13, "split", operand: 1),
  OpsetStep(["Split"], 18, lift: liftEven, lower: lowerEven),
]

/// Without sizes the parts were equal; since then the last one may be smaller, and their number is said.
@Sendable private func liftEven(_ node: inout VersionedNode, _ context: inout StepContext) throws(NotRepresentable) {
  if node.has("num_outputs") { throw NotRepresentable("attribute \"num_outputs\" appears in opset 18 only") }
  guard node.operand(1) == nil else { return }
  node.set("num_outputs", .int(Int64(node.resultCount)))
  node.mark(.evenSplit)
}

@Sendable private func lowerEven(_ node: inout VersionedNode, _ context: inout StepContext) throws(NotRepresentable) {
  guard let parts = try node.int("num_outputs") else { return }
  node.take("num_outputs")
  guard node.operand(1) == nil, !node.isMarked(.evenSplit) else { return }
  let axis = try node.int("axis") ?? 0
  guard let x = node.operand(0), let shape = context.shape(of: x), parts > 0,
    shape.indices.contains(axis < 0 ? axis + shape.count : axis), let size = shape[axis < 0 ? axis + shape.count : axis].number
  else { throw NotRepresentable("the parts are not known to be equal") }
  if size % parts == 0 { return }
  let part = (size + parts - 1) / parts
  let sizes = (0..<parts).map { Int64(max(0, min(part, size - $0 * part))) }
  node.setOperand(1, try context.constant(integers: sizes))
}
