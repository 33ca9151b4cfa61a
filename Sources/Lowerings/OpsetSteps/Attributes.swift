/// Attributes that came or went without any other change.
let attributeSteps: [OpsetStep] = [
  .retired(
    [
      "Abs", "Add", "Ceil", "Clip", "Div", "Dropout", "Elu", "Exp", "Floor", "HardSigmoid", "InstanceNormalization", "LeakyRelu", "Log",
      "Max", "Mean", "Min", "Mul", "Neg", "PRelu", "Reciprocal", "Relu", "Selu", "Sigmoid", "Sqrt", "Sub", "Sum", "Tanh",
    ], 6, ["consumed_inputs"]),
  .added(["DepthToSpace"], 11, ["mode"]),
  .added(["TopK"], 11, ["largest", "sorted"]),
  .added(["ArgMax", "ArgMin"], 12, ["select_last_index"]),
  .added(["GatherND"], 12, ["batch_dims"]),
  .added(["Reshape"], 14, ["allowzero"]),
  .added(["Shape"], 15, ["start", "end"]),
  .added(["ScatterElements", "ScatterND"], 16, ["reduction"]),
  .addedChoices(["ScatterElements", "ScatterND"], 18, "reduction", ["max", "min"]),
  .addedOperand(["Attention"], 24, 6, "nonpad_kv_seqlen"),
  .added(["Attention"], 25, ["left_window_size", "right_window_size"]),
  .added(["Range"], 27, ["stash_type"]),
  .added(["SpaceToDepth"], 28, ["mode"]),
  .renamed("Scatter", 11, "ScatterElements"),
  OpsetStep(["OptionalHasElement"], 18) { (node, _) throws(NotRepresentable) in
    if node.operand(0) == nil { throw NotRepresentable("has no operand") }
  } lower: { (node, _) throws(NotRepresentable) in
    if node.operand(0) == nil { throw NotRepresentable("has no operand") }
  },
  OpsetStep(["Selu"], 6, lift: liftSelu, lower: lowerSelu),
]

/// The constants were rounded more coarsely.
private let firstSelu: [(name: String, value: Float)] = [("alpha", 1.6732), ("gamma", 1.0507)]

@Sendable private func liftSelu(_ node: inout VersionedNode, _ context: inout StepContext) throws(NotRepresentable) {
  for (name, value) in firstSelu where !node.has(name) { node.set(name, .float(value)) }
}

@Sendable private func lowerSelu(_ node: inout VersionedNode, _ context: inout StepContext) throws(NotRepresentable) {
  for (name, value) in firstSelu {
    node.update(name) { $0.isDefault = $0.value.isEqual(to: .float(value)) }
  }
}
