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
  OpsetStep(["MaxPool", "AveragePool", "LpPool"], 22) { (node, _) throws(NotRepresentable) in
    if try node.int("ceil_mode") == 1 { node.mark(.roundsAsBefore) }
  } lower: { (node, context) throws(NotRepresentable) in
    try requireNoWindowOnPadding(node, context)
  },
]

/// Where sizes are rounded up, there was once a window that began behind the operand's end.
private func requireNoWindowOnPadding(_ node: borrowing VersionedNode, _ context: StepContext) throws(NotRepresentable) {
  guard try node.int("ceil_mode") == 1, !node.isMarked(.roundsAsBefore), let x = node.operand(0), let shape = context.shape(of: x),
    case .ints(let kernel)? = node["kernel_shape"], shape.count == kernel.count + 2
  else { return }
  func list(_ name: String, _ initial: Int, _ count: Int) -> [Int] {
    if case .ints(let values)? = node[name], values.count == count { return values.map(Int.init) }
    return [Int](repeating: initial, count: count)
  }
  let (strides, dilations) = (list("strides", 1, kernel.count), list("dilations", 1, kernel.count))
  let pads = list("pads", 0, 2 * kernel.count)
  for axis in kernel.indices {
    let numbers = [Int(kernel[axis]), strides[axis], dilations[axis], pads[axis], pads[axis + kernel.count]]
    guard let size = shape[axis + 2].number, strides[axis] > 0, (0..<1 << 40).contains(size), numbers.allSatisfy({ $0.magnitude < 1 << 20 })
    else { continue }
    let reach = size + pads[axis] + pads[axis + kernel.count] - ((Int(kernel[axis]) - 1) * dilations[axis] + 1)
    guard reach >= 0 else { continue }
    let last = (reach + strides[axis] - 1) / strides[axis]
    if last * strides[axis] >= size + pads[axis] { throw NotRepresentable("the last window would begin on padding") }
  }
}

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
