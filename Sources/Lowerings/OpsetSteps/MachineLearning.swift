import GraphIR
import Tensors

/// Changes of `ai.onnx.ml`.
let machineLearningSteps: [OpsetStep] = [
  OpsetStep(["LabelEncoder"], 2, lift: liftClasses, lower: lowerToClasses),
  .added(
    ["TreeEnsembleClassifier"], 3,
    ["base_values_as_tensor", "class_weights_as_tensor", "nodes_hitrates_as_tensor", "nodes_values_as_tensor"]),
  .added(
    ["TreeEnsembleRegressor"], 3,
    ["base_values_as_tensor", "nodes_hitrates_as_tensor", "nodes_values_as_tensor", "target_weights_as_tensor"]),
  .added(["LabelEncoder"], 4, ["default_tensor", "keys_tensor", "values_tensor"]),
]

private let classes = "classes_strings"
private let strings = (keys: "keys_strings", values: "values_strings")
private let integers = (keys: "keys_int64s", values: "values_int64s")

/// A list of strings, each standing for its position, in both directions: the operand's element type chooses one.
@Sendable private func liftClasses(_ node: inout VersionedNode, _ context: inout StepContext) throws(NotRepresentable) {
  for name in [strings.keys, strings.values, integers.keys, integers.values, "default_float"] where node.has(name) {
    throw NotRepresentable("attribute \"\(name)\" appears in version 2 only")
  }
  guard case .strings(let names)? = node[classes] else { throw NotRepresentable("attribute \"\(classes)\" is missing") }
  guard let x = node.operand(0), let element = context.element(of: x) else {
    throw NotRepresentable("the element type of its operand is not known")
  }
  let positions = AttributeValue.ints(names.indices.map(Int64.init))
  node.retire(classes)
  if element == .string {
    node.set(strings.keys, .strings(names))
    node.set(integers.values, positions)
  } else {
    node.set(integers.keys, positions)
    node.set(strings.values, .strings(names))
  }
}

@Sendable private func lowerToClasses(_ node: inout VersionedNode, _ context: inout StepContext) throws(NotRepresentable) {
  let (keys, values) = node.has(strings.keys) ? (strings.keys, integers.values) : (strings.values, integers.keys)
  guard case .strings(let names)? = node[keys], case .ints(let positions)? = node[values], positions == names.indices.map(Int64.init) else {
    throw NotRepresentable("its table is no list of strings and their positions")
  }
  for name in ["keys_floats", "values_floats"] where node.has(name) { throw NotRepresentable("attribute \"\(name)\" is given") }
  if let initial = node.take("default_float"), !initial.isDefault { throw NotRepresentable("attribute \"default_float\" is given") }
  node.take(keys)
  node.take(values)
  if !node.restore(classes) { node.set(classes, .strings(names), written: true) }
}
