import GraphIR

/// Padding, whose amounts and value became operands.
let padSteps: [OpsetStep] = [
  OpsetStep(["Pad"], 2) { (node, _) throws(NotRepresentable) in
    try rename("paddings", to: "pads", in: &node)
  } lower: { (node, _) throws(NotRepresentable) in
    try rename("pads", to: "paddings", in: &node)
  },
  OpsetStep(["Pad"], 11, lift: liftPads, lower: lowerPads),
  .addedOperand(["Pad"], 18, 3, "axes"),
  .addedChoices(["Pad"], 19, "mode", ["wrap"]),
  OpsetStep(["Clip"], 11, lift: liftBounds, lower: lowerBounds),
]

private func rename(_ old: String, to new: String, in node: inout VersionedNode) throws(NotRepresentable) {
  guard let attribute = node.take(old), !node.has(new) else { throw NotRepresentable("attribute \"\(old)\" is missing") }
  node.set(new, attribute.value, written: true)
}

@Sendable private func liftPads(_ node: inout VersionedNode, _ context: inout StepContext) throws(NotRepresentable) {
  if node.operands.count > 1 { throw NotRepresentable("has operands of a later opset") }
  let value = try context.operand(from: "value", in: &node, unlessZero: true)
  try node.integersToOperand("pads", 1, isRequired: true, &context)
  if let value { node.setOperand(2, value) }
}

@Sendable private func lowerPads(_ node: inout VersionedNode, _ context: inout StepContext) throws(NotRepresentable) {
  try context.attribute("value", from: 2, in: &node)
  try node.integersToAttribute("pads", 1, isRequired: true, &context)
}

@Sendable private func liftBounds(_ node: inout VersionedNode, _ context: inout StepContext) throws(NotRepresentable) {
  if node.operands.count > 1 { throw NotRepresentable("has operands of a later opset") }
  let lower = try context.operand(from: "min", in: &node)
  let upper = try context.operand(from: "max", in: &node)
  if lower != nil || upper != nil { node.setOperand(1, lower) }
  if upper != nil { node.setOperand(2, upper) }
}

@Sendable private func lowerBounds(_ node: inout VersionedNode, _ context: inout StepContext) throws(NotRepresentable) {
  try context.attribute("max", from: 2, in: &node)
  try context.attribute("min", from: 1, in: &node)
  node.operands.removeLast(max(0, node.operands.count - 1))
}

extension StepContext {
  /// A scalar in place of a float attribute, of the first operand's element type. A zero that is the default needs none.
  fileprivate mutating func operand(
    from attribute: String, in node: inout VersionedNode, unlessZero: Bool = false
  ) throws(NotRepresentable) -> ValueID? {
    guard let value = node[attribute] else { return nil }
    guard case .float(let number) = value else { throw NotRepresentable("attribute \"\(attribute)\" is \(value.kindName), not a float") }
    if unlessZero, number.bitPattern == 0 {
      node.retire(attribute)
      return nil
    }
    guard let x = node.operand(0), let element = element(of: x) else {
      throw NotRepresentable("attribute \"\(attribute)\" becomes an operand of an element type that is not known yet")
    }
    node.take(attribute)
    return try constant(number, as: element)
  }

  fileprivate mutating func attribute(_ name: String, from index: Int, in node: inout VersionedNode) throws(NotRepresentable) {
    guard let value = node.operand(index) else {
      node.restore(name)
      return
    }
    node.set(name, .float(try float(value, what: name)), written: true)
    release(value)
    node.dropOperand(index, keeping: index)
  }
}
