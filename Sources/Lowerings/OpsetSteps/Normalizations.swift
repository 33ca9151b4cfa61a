import GraphIR

/// Normalisations.
let normalizationSteps: [OpsetStep] = [
  OpsetStep(["BatchNormalization"], 6) { (node, _) throws(NotRepresentable) in
    if !node.has("consumed_inputs") { throw NotRepresentable("attribute \"consumed_inputs\" is missing") }
    node.retire("consumed_inputs")
  } lower: { (node, _) throws(NotRepresentable) in
    if !node.restore("consumed_inputs") {
      node.set("consumed_inputs", .ints([0, 0, 0, 1, 1]), written: true)
    }
  },
  OpsetStep(["BatchNormalization"], 7) { (node, _) throws(NotRepresentable) in
    try requireOneResult(node)
    node.retire("is_test")
    node.mark(.inference)
  } lower: { (node, _) throws(NotRepresentable) in
    if !node.restore("is_test"), !node.isMarked(.inference) { node.set("is_test", .int(1), written: true) }
  },
  OpsetStep(["BatchNormalization"], 9) { (node, _) throws(NotRepresentable) in
    if try node.int("spatial") == 0 { throw NotRepresentable("normalises every element by itself (spatial is 0)") }
    node.retire("spatial")
  } lower: { (node, _) throws(NotRepresentable) in
    node.restore("spatial")
  },
  OpsetStep(["BatchNormalization"], 14) { (node, _) throws(NotRepresentable) in
    try requireOneResult(node)
    if node.has("training_mode") { throw NotRepresentable("attribute \"training_mode\" appears in opset 14 only") }
  } lower: { (node, _) throws(NotRepresentable) in
    try requireOneResult(node)
    if let mode = node.take("training_mode"), !mode.isDefault { throw NotRepresentable("is in training mode") }
  },
  .wall(["GroupNormalization"], 21, "below opset 21 its scale and bias are by group, not by channel"),
]

private func requireOneResult(_ node: borrowing VersionedNode) throws(NotRepresentable) {
  if node.resultCount > 1 { throw NotRepresentable("is in training form (it has \(node.resultCount) results)") }
}
