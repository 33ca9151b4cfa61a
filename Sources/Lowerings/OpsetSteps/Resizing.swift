import GraphIR

/// Resizing: an upsampling by attributes, then by an operand, then in every way.
let resizeSteps: [OpsetStep] = [
  OpsetStep(["Upsample"], 7, lift: liftPlane, lower: lowerPlane),
  OpsetStep(["Upsample"], 9, lift: liftScales, lower: lowerScales),
  .renamed("Upsample", 10, "Resize"),
  OpsetStep(["Resize"], 11, lift: liftCoordinates, lower: lowerCoordinates),
  OpsetStep(["Resize"], 13, lift: liftWholeOperands, lower: lowerWholeOperands),
  .added(["Resize"], 18, ["antialias", "axes", "keep_aspect_ratio_policy"]),
  .addedChoices(["Resize"], 19, "coordinate_transformation_mode", ["half_pixel_symmetric"]),
  OpsetStep(["RoiAlign"], 16, lift: liftHalfPixel, lower: lowerHalfPixel),
  OpsetStep(["GridSample"], 20, lift: liftSampling, lower: lowerSampling),
]

/// Height and width of an image.
@Sendable private func liftPlane(_ node: inout VersionedNode, _ context: inout StepContext) throws(NotRepresentable) {
  guard case .float(let height)? = node["height_scale"], case .float(let width)? = node["width_scale"] else {
    throw NotRepresentable("height and width scale are not floats")
  }
  node.take("height_scale")
  node.take("width_scale")
  node.set("scales", .floats([1, 1, height, width]), written: true)
  if try node.text("mode") == "bilinear" { node.update("mode") { $0.value = .string("linear") } }
}

@Sendable private func lowerPlane(_ node: inout VersionedNode, _ context: inout StepContext) throws(NotRepresentable) {
  guard case .floats(let scales)? = node["scales"], scales.count == 4, scales[0] == 1, scales[1] == 1 else {
    throw NotRepresentable("does not scale the height and width of images")
  }
  node.take("scales")
  node.set("height_scale", .float(scales[2]), written: true)
  node.set("width_scale", .float(scales[3]), written: true)
  if try node.text("mode") == "linear" { node.update("mode") { $0.value = .string("bilinear") } }
}

@Sendable private func liftScales(_ node: inout VersionedNode, _ context: inout StepContext) throws(NotRepresentable) {
  guard node.operand(1) == nil, case .floats(let scales)? = node["scales"] else { throw NotRepresentable("scales are not floats") }
  node.take("scales")
  node.setOperand(1, try context.constant(floats: scales))
}

@Sendable private func lowerScales(_ node: inout VersionedNode, _ context: inout StepContext) throws(NotRepresentable) {
  guard let operand = node.operand(1), let tensor = context.constant(operand), tensor.element == .float32, tensor.rank == 1,
    let scales = try? tensor.elements(as: Float.self)
  else { throw NotRepresentable("scales are computed") }
  context.release(operand)
  node.dropOperand(1, keeping: 1)
  node.set("scales", .floats(scales), written: true)
}

/// Coordinates were scaled without an offset, and rounded down.
@Sendable private func liftCoordinates(_ node: inout VersionedNode, _ context: inout StepContext) throws(NotRepresentable) {
  guard let x = node.operand(0), let scales = node.operand(1), node.operands.count == 2 else {
    throw NotRepresentable("has not the operands of its opset")
  }
  let mode = try node.text("mode") ?? "nearest"
  guard mode == "nearest" || mode == "linear", node.attributes.allSatisfy({ $0.name == "mode" }) else {
    throw NotRepresentable("has attributes of a later opset")
  }
  node.operands = [x, nil, scales]
  node.set("coordinate_transformation_mode", .string("asymmetric"))
  node.set("nearest_mode", .string("floor"))
}

@Sendable private func lowerCoordinates(_ node: inout VersionedNode, _ context: inout StepContext) throws(NotRepresentable) {
  let mode = try node.text("mode") ?? "nearest"
  guard mode == "nearest" || mode == "linear" else { throw NotRepresentable("mode \"\(mode)\" appears in opset 11 only") }
  guard try node.text("coordinate_transformation_mode") == "asymmetric" else {
    throw NotRepresentable("coordinates are not asymmetric")
  }
  let rounding = try node.text("nearest_mode")
  guard mode == "linear" || rounding == "floor" else { throw NotRepresentable("coordinates are not rounded down") }
  if let flag = node.take("exclude_outside"), !flag.isDefault { throw NotRepresentable("weights outside are excluded") }
  guard let x = node.operand(0), let scales = node.operand(2), !context.isEmptyConstant(scales) else {
    throw NotRepresentable("sizes are given instead of scales")
  }
  for name in ["coordinate_transformation_mode", "nearest_mode", "cubic_coeff_a", "extrapolation_value"] { node.take(name) }
  for case let extra? in [node.operand(1), node.operand(3)] { context.release(extra) }
  node.operands = [x, scales]
}

/// Region and scales could not be absent, only empty.
@Sendable private func liftWholeOperands(_ node: inout VersionedNode, _ context: inout StepContext) throws(NotRepresentable) {
  if try node.text("coordinate_transformation_mode") == "tf_half_pixel_for_nn" {
    throw NotRepresentable("coordinate_transformation_mode \"tf_half_pixel_for_nn\" is gone since opset 13")
  }
}

@Sendable private func lowerWholeOperands(_ node: inout VersionedNode, _ context: inout StepContext) throws(NotRepresentable) {
  // Below opset 11 there is no region, and scales are checked there.
  guard context.version >= 11 else { return }
  for index in 1...2 where node.operand(index) == nil {
    node.setOperand(index, try context.constant(floats: []))
  }
}

extension StepContext {
  fileprivate func isEmptyConstant(_ value: ValueID) -> Bool { constant(value)?.count == 0 }
}

/// The corner was at the pixel's centre.
@Sendable private func liftHalfPixel(_ node: inout VersionedNode, _ context: inout StepContext) throws(NotRepresentable) {
  if node.has("coordinate_transformation_mode") { throw NotRepresentable("has attributes of a later opset") }
  node.set("coordinate_transformation_mode", .string("output_half_pixel"))
}

@Sendable private func lowerHalfPixel(_ node: inout VersionedNode, _ context: inout StepContext) throws(NotRepresentable) {
  guard try node.text("coordinate_transformation_mode") == "output_half_pixel" else {
    throw NotRepresentable("regions are shifted by half a pixel")
  }
  node.take("coordinate_transformation_mode")
}

/// Interpolation was named for planes.
private let planeModes = [("bilinear", "linear"), ("bicubic", "cubic")]

@Sendable private func liftSampling(_ node: inout VersionedNode, _ context: inout StepContext) throws(NotRepresentable) {
  guard let mode = try node.text("mode") else { return }
  if mode == "nearest" { return }
  guard let pair = planeModes.first(where: { $0.0 == mode }) else { throw NotRepresentable("mode \"\(mode)\" is not known") }
  node.update("mode") { $0.value = .string(pair.1) }
}

@Sendable private func lowerSampling(_ node: inout VersionedNode, _ context: inout StepContext) throws(NotRepresentable) {
  if let x = node.operand(0), let rank = context.rank(of: x), rank != 4 { throw NotRepresentable("samples a volume") }
  guard let mode = try node.text("mode"), let pair = planeModes.first(where: { $0.1 == mode }) else { return }
  node.update("mode") { $0.value = .string(pair.0) }
}
