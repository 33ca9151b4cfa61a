import Diagnostics
import GraphIR
import Operators
import Retargeting
import Tensors

extension If: OpenVINOWritable {
  func write(_ node: SubjectNode, _ out: LayerWriter) throws(ModelError) -> [Wire] {
    let condition = try out.operand(0)
    var inputs = [condition]
    var branches: [Branch] = []
    for (prefix, graph) in [("then", thenBranch), ("else", elseBranch)] {
      branches.append(try Branch(prefix, graph, node, out, inputs: &inputs))
    }
    let outputs = (0..<node.resultCount).map { index -> Layer.Output in
      let wires = branches.map { $0.results[index].wire }
      return .init(element: wires[0].element, shape: node.result(index).shape)
    }
    let maps = branches.reversed().map { branch in
      PortMap(
        tag: branch.prefix + "_port_map",
        rows: branch.parameters.map { row("input", $0.port, $0.layer) }
          + branch.results.enumerated().map { row("output", inputs.count + $0.offset, $0.element.layer) })
    }
    let bodies = branches.map { (tag: $0.prefix + "_body", network: $0.network) }
    return out.layer(
      Layer(name: "", type: "If", opset: 8, inputs: inputs, outputs: outputs, portMaps: Array(maps), bodies: bodies))
  }
}

private func row(_ tag: String, _ port: Int, _ layer: Int, _ more: [(String, String)] = []) -> (tag: String, attributes: [(String, String)]) {
  (tag, more + [("external_port_id", String(port)), ("internal_layer_id", String(layer))])
}

/// A branch as a network: what it captures are its parameters.
private struct Branch {
  let prefix: String
  let network: Network
  /// The layer of each parameter and the port that feeds it.
  private(set) var parameters: [(layer: Int, port: Int)] = []
  private(set) var results: [(layer: Int, wire: Wire)] = []

  init(_ prefix: String, _ graph: Graph, _ node: SubjectNode, _ out: LayerWriter, inputs: inout [Wire]) throws(ModelError) {
    self.prefix = prefix
    var body = GraphTranslation(graph, out.shared)
    for (index, value) in graph.captures.enumerated() where !graph[value].uses.isEmpty || graph[value].isOutput {
      let wire = try out.operand(index + 1)
      let parameter = try body.parameter(value, type: TensorType(wire.element, wire.shape))
      parameters.append((parameter.layer, inputs.count))
      inputs.append(wire)
    }
    try body.nodes()
    for value in graph.outputs {
      let wire = try body.wire(value)
      results.append((body.result(wire, names: []), wire))
    }
    network = body.out.network
  }
}

/// The trip count, the condition, what is carried and what is captured enter by ports; stacked results grow along axis 0.
extension Loop: OpenVINOWritable {
  func write(_ node: SubjectNode, _ out: LayerWriter) throws(ModelError) -> [Wire] {
    let carried = max(0, node.operandCount - 2 - body.captures.count)
    let count = try out.scalarOperand(0) { () throws(ModelError) in try out.integer(-1) }
    let condition = try out.scalarOperand(1) { () throws(ModelError) in try out.constant(Tensor(.bool, [], elements: [UInt8(1)])) }
    var inputs = [count, condition]
    var inner = GraphTranslation(body, out.shared)
    var rows: [(tag: String, attributes: [(String, String)])] = []
    var parameters: [Wire] = []
    for (index, value) in body.inputs.enumerated() {
      let parameter = try inner.parameter(value, type: index == 0 ? TensorType(.int64, []) : index == 1 ? TensorType(.bool, []) : nil)
      parameters.append(parameter)
      guard index > 0 else { continue }
      rows.append(row("input", inputs.count, parameter.layer))
      inputs.append(index == 1 ? condition : try out.operand(index))
    }
    for (index, value) in body.captures.enumerated() {
      let wire = try out.operand(2 + carried + index)
      rows.append(row("input", inputs.count, try inner.parameter(value, type: TensorType(wire.element, wire.shape)).layer))
      inputs.append(wire)
    }
    try inner.nodes()
    return try finish(node, out, inner, rows, parameters, inputs, carried: carried)
  }

  private func finish(
    _ node: SubjectNode, _ out: LayerWriter, _ translation: GraphTranslation, _ entering: [(tag: String, attributes: [(String, String)])],
    _ parameters: [Wire], _ inputs: [Wire], carried: Int
  ) throws(ModelError) -> [Wire] {
    var inner = translation
    var rows = entering
    var edges: [(from: Int, to: Int)] = []
    var outputs: [Layer.Output] = []
    for (index, value) in body.outputs.enumerated() {
      var wire = try inner.wire(value)
      if index == 0 {
        wire = try inner.out.asScalar(wire)
      } else if index > carried {
        wire = try inner.out.unsqueeze(wire, 0)
      }
      let layer = inner.result(wire, names: [])
      if index <= carried { edges.append((layer, parameters[index + 1].layer)) }
      guard index > 0 else {
        rows.append(row("output", -1, layer, [("purpose", "execution_condition")]))
        continue
      }
      let stacking = index > carried ? [("axis", "0"), ("start", "0"), ("end", "-1"), ("stride", "1"), ("part_size", "1")] : []
      rows.append(row("output", inputs.count + index - 1, layer, stacking))
      outputs.append(.init(element: wire.element, shape: node.result(index - 1).shape))
    }
    rows.append(row("input", -1, parameters[0].layer, [("purpose", "current_iteration")]))
    return out.layer(
      Layer(
        name: "", type: "Loop", opset: 5, inputs: inputs, outputs: outputs, portMaps: [PortMap(tag: "port_map", rows: rows)],
        backEdges: edges, bodies: [("body", inner.out.network)]))
  }
}

/// A `TensorIterator`: slices keep their axis there, with size 1.
extension Scan: OpenVINOWritable {
  private func axis(_ axes: [Int]?, _ index: Int, rank: Int?) -> Int? {
    guard let axes, index < axes.count else { return 0 }
    guard axes[index] < 0 else { return axes[index] }
    return rank.map { axes[index] + $0 }
  }

  func limits(_ node: SubjectNode) -> Rejection? {
    if body.holdsScan { return Rejection(.noEquivalent, "a scan within a scan: OpenVINO's TensorIterator holds no other") }
    let states = node.operandCount - body.captures.count - numScanInputs
    for index in 0..<max(0, numScanInputs) where axis(scanInputAxes, index, rank: node.operand(states + index)?.shape?.count) == nil {
      return Rejection(.rank, "an axis counted from the end of a tensor of unknown rank")
    }
    for index in 0..<max(0, node.resultCount - states) where axis(scanOutputAxes, index, rank: node.result(states + index).shape?.count) == nil {
      return Rejection(.rank, "an axis counted from the end of a tensor of unknown rank")
    }
    return states < 0 ? Rejection(.operand, "fewer operands than scanned inputs") : nil
  }

  private func slicing(_ axis: Int, isReversed: Bool) -> [(String, String)] {
    [
      ("axis", String(axis)), ("start", isReversed ? "-1" : "0"), ("end", isReversed ? "0" : "-1"), ("stride", isReversed ? "-1" : "1"),
      ("part_size", "1"),
    ]
  }

  func write(_ node: SubjectNode, _ out: LayerWriter) throws(ModelError) -> [Wire] {
    let states = node.operandCount - body.captures.count - numScanInputs
    var inner = GraphTranslation(body, out.shared)
    var inputs: [Wire] = []
    var rows: [(tag: String, attributes: [(String, String)])] = []
    var parameters: [Wire] = []
    var slices: [(value: ValueID, wire: Wire, axis: Int)] = []
    for (index, value) in (body.inputs + body.captures).enumerated() {
      let wire = try out.operand(index)
      let isScanned = index >= states && index < body.inputs.count
      let along = isScanned ? axis(scanInputAxes, index - states, rank: wire.rank) ?? 0 : 0
      var type = TensorType(wire.element, wire.shape)
      if isScanned, along < type.shape?.count ?? 0 { type.shape?[along] = 1 }
      let parameter = try inner.parameter(value, type: type)
      let isReversed = isScanned && (scanInputDirections.map { index - states < $0.count && $0[index - states] == 1 } ?? false)
      rows.append(row("input", inputs.count, parameter.layer, isScanned ? slicing(along, isReversed: isReversed) : []))
      if isScanned { slices.append((value, parameter, along)) }
      parameters.append(parameter)
      inputs.append(wire)
    }
    inner.out.begin("slice", operands: [])
    for slice in slices { inner.set(slice.value, to: try inner.out.squeeze(slice.wire, slice.axis)) }
    try inner.nodes()
    return try finish(node, out, inner, rows, parameters, inputs, states: states)
  }

  private func finish(
    _ node: SubjectNode, _ out: LayerWriter, _ translation: GraphTranslation, _ entering: [(tag: String, attributes: [(String, String)])],
    _ parameters: [Wire], _ inputs: [Wire], states: Int
  ) throws(ModelError) -> [Wire] {
    var inner = translation
    var rows = entering
    var edges: [(from: Int, to: Int)] = []
    var outputs: [Layer.Output] = []
    inner.out.begin("stack", operands: [])
    for (index, value) in body.outputs.enumerated() {
      var wire = try inner.wire(value)
      var more: [(String, String)] = []
      if index >= states {
        let along = axis(scanOutputAxes, index - states, rank: wire.rank.map { $0 + 1 }) ?? 0
        wire = try inner.out.unsqueeze(wire, along)
        let isReversed = scanOutputDirections.map { index - states < $0.count && $0[index - states] == 1 } ?? false
        more = slicing(along, isReversed: isReversed)
      }
      let layer = inner.result(wire, names: [])
      if index < states { edges.append((layer, parameters[index].layer)) }
      rows.append(row("output", inputs.count + index, layer, more))
      outputs.append(.init(element: wire.element, shape: node.result(index).shape))
    }
    return out.layer(
      Layer(
        name: "", type: "TensorIterator", opset: 1, inputs: inputs, outputs: outputs,
        portMaps: [PortMap(tag: "port_map", rows: rows)], backEdges: edges, bodies: [("body", inner.out.network)]))
  }
}

extension Graph {
  fileprivate var holdsScan: Bool { nodeIDs.contains { self[$0].op is Scan || self[$0].op.graphs.contains(where: \.holdsScan) } }
}
