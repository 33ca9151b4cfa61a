import GraphIR

/// Pooling.
let poolingSteps: [OpsetStep] = [
  OpsetStep(["LpPool", "GlobalLpPool"], 2, lift: liftNorm, lower: lowerNorm),
  .added(["AveragePool"], 7, ["count_include_pad"]),
  .added(["MaxPool"], 8, ["storage_order"]),
  OpsetStep(["MaxPool"], 8, lift: requireNoIndices, lower: requireNoIndices),
  .added(["MaxPool"], 10, ["ceil_mode", "dilations"]),
  .added(["AveragePool"], 10, ["ceil_mode"]),
  .added(["LpPool"], 18, ["ceil_mode", "dilations"]),
  .added(["AveragePool"], 19, ["dilations"]),
]

@Sendable private func requireNoIndices(_ node: inout VersionedNode, _ context: inout StepContext) throws(NotRepresentable) {
  if node.resultCount > 1 { throw NotRepresentable("indices appear in opset 8 only") }
}

/// The order of the norm was a float.
@Sendable private func liftNorm(_ node: inout VersionedNode, _ context: inout StepContext) throws(NotRepresentable) {
  guard let value = node["p"] else { return }
  guard case .float(let order) = value, let whole = Int64(exactly: order) else { throw NotRepresentable("its norm is not of integer order") }
  node.set("p", .int(whole), written: true)
}

@Sendable private func lowerNorm(_ node: inout VersionedNode, _ context: inout StepContext) throws(NotRepresentable) {
  guard let order = try node.int("p") else { return }
  node.update("p") { $0.value = .float(Float(order)) }
}
