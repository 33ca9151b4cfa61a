import GraphIR

/// Casts, whose element type was spelt out before it was a number.
let castSteps: [OpsetStep] = [
  OpsetStep(["Cast"], 6, lift: liftTypeName, lower: lowerTypeName),
  .added(["Cast", "CastLike"], 19, ["saturate"]),
  .added(["Cast", "CastLike"], 24, ["round_mode"]),
]

/// By ONNX's number.
private let typeNames = [
  "UNDEFINED", "FLOAT", "UINT8", "INT8", "UINT16", "INT16", "INT32", "INT64", "STRING", "BOOL", "FLOAT16", "DOUBLE", "UINT32", "UINT64",
  "COMPLEX64", "COMPLEX128",
]

@Sendable private func liftTypeName(_ node: inout VersionedNode, _ context: inout StepContext) throws(NotRepresentable) {
  guard let name = try node.text("to") else { throw NotRepresentable("attribute \"to\" is missing") }
  guard let code = typeNames.firstIndex(of: name), code > 0 else { throw NotRepresentable("the element type \(name) is not known") }
  node.set("to", .int(Int64(code)), written: true)
}

@Sendable private func lowerTypeName(_ node: inout VersionedNode, _ context: inout StepContext) throws(NotRepresentable) {
  guard let code = try node.int("to"), typeNames.indices.contains(code), code > 0 else {
    throw NotRepresentable("the element type has no name there")
  }
  node.set("to", .string(typeNames[code]), written: true)
}
