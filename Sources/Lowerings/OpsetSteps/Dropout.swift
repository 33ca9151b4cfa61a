import GraphIR

/// Dropout, which once trained unless told not to, and whose ratio became an operand.
let dropoutSteps: [OpsetStep] = [
  OpsetStep(["Dropout"], 7) { (node, _) throws(NotRepresentable) in
    guard let flag = try node.int("is_test"), flag != 0 else { throw NotRepresentable("is in training form (is_test is 0)") }
    node.retire("is_test")
  } lower: { (node, _) throws(NotRepresentable) in
    if !node.restore("is_test") { node.set("is_test", .int(1), written: true) }
  },
  OpsetStep(["Dropout"], 10, lift: requireNoMask, lower: requireNoMask),
  OpsetStep(["Dropout"], 12, lift: liftRatio, lower: lowerRatio),
]

/// The mask had the operand's element type, which matters where somebody sees it.
@Sendable private func requireNoMask(_ node: inout VersionedNode, _ context: inout StepContext) throws(NotRepresentable) {
  for mask in context.graph[context.node].results.dropFirst() {
    let value = context.graph[mask]
    guard value.uses.isEmpty, !value.isOutput, value.type == nil else {
      throw NotRepresentable("its mask is of another type below opset 10")
    }
  }
}

@Sendable private func liftRatio(_ node: inout VersionedNode, _ context: inout StepContext) throws(NotRepresentable) {
  if node.operands.count > 1 || node.has("seed") { throw NotRepresentable("has the form of a later opset") }
  guard let ratio = node.take("ratio") else { return }
  guard case .float(let number) = ratio.value else { throw NotRepresentable("attribute \"ratio\" is \(ratio.value.kindName)") }
  node.setOperand(1, try context.constant(number, as: .float32))
}

@Sendable private func lowerRatio(_ node: inout VersionedNode, _ context: inout StepContext) throws(NotRepresentable) {
  guard context.isFalse(node.operand(2)) else { throw NotRepresentable("is in training mode") }
  node.take("seed")
  if let mode = node.operand(2) { context.release(mode) }
  if let ratio = node.operand(1) {
    node.set("ratio", .float(try context.float(ratio, what: "the ratio")), written: true)
    context.release(ratio)
  }
  node.operands.removeLast(max(0, node.operands.count - 1))
}
