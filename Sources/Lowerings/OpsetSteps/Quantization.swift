import GraphIR

/// Quantisation in the graph, which began with one scale for a whole tensor.
let quantizationSteps: [OpsetStep] = [
  OpsetStep(["QuantizeLinear", "DequantizeLinear"], 13, lift: liftPerTensor, lower: lowerPerTensor),
  .added(["QuantizeLinear"], 19, ["saturate"]),
  .added(["QuantizeLinear"], 21, ["block_size", "output_dtype"]),
  .added(["DequantizeLinear"], 21, ["block_size"]),
  .added(["QuantizeLinear"], 23, ["precision"]),
  .added(["DequantizeLinear"], 23, ["output_dtype"]),
]

@Sendable private func liftPerTensor(_ node: inout VersionedNode, _ context: inout StepContext) throws(NotRepresentable) {
  if node.has("axis") { throw NotRepresentable("attribute \"axis\" appears in opset 13 only") }
  if let scale = node.operand(1), let shape = context.shape(of: scale), !shape.allSatisfy({ $0 == 1 }) {
    throw NotRepresentable("has a scale for every slice of an axis, which appears in opset 13 only")
  }
  node.mark(.perTensor)
}

@Sendable private func lowerPerTensor(_ node: inout VersionedNode, _ context: inout StepContext) throws(NotRepresentable) {
  node.take("axis")
  guard let scale = node.operand(1) else { throw NotRepresentable("the scale is missing") }
  if let shape = context.shape(of: scale) {
    guard shape.allSatisfy({ $0 == 1 }) else { throw NotRepresentable("there is a scale for every slice of an axis") }
  } else if !node.isMarked(.perTensor) {
    throw NotRepresentable("the scale's shape is not known")
  }
}
