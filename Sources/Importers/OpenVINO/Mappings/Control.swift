import Diagnostics
import GraphIR
import Operators
import Tensors

/// A row of a port map.
private struct PortRow {
  var isInput: Bool
  var port: Int
  var layer: Int
  /// The axis along which slices are taken or put together.
  var axis: Int?
  var isReversed: Bool
  var purpose: String?

  init(_ node: XMLNode) throws(ModelError) {
    isInput = node.name == "input"
    (port, layer) = (try node.integer("external_port_id"), try node.integer("internal_layer_id"))
    axis = try node.attributes["axis"] == nil ? nil : node.integer("axis")
    isReversed = node.attributes["stride"]?.hasPrefix("-") ?? false
    purpose = node.attributes["purpose"]
    if let part = node.attributes["part_size"], part != "1" { throw ModelError(.unsupported, "slices of size \(part)") }
    if let axis, axis < 0 { throw node.fault("axis \(axis)") }
  }
}

extension LayerReading {
  func readControl() throws(ModelError) -> [ValueID]? {
    switch type {
    case "If": try readIf()
    case "Loop": try readLoop()
    case "TensorIterator": try readScan()
    default: nil
    }
  }

  private func rows(_ tag: String) throws(ModelError) -> [PortRow] {
    var result: [PortRow] = []
    for node in layer.first(tag)?.children ?? [] { result.append(try PortRow(node)) }
    return result
  }

  /// The index of an input or output by its port's id.
  private func index(_ tag: String, port: Int) throws(ModelError) -> Int {
    let ports = layer.first(tag)?.all("port") ?? []
    for (index, node) in ports.enumerated() where try node.integer("id") == port { return index }
    throw layer.fault("there is no \(tag) port \(port)")
  }

  private func body(_ tag: String) throws(ModelError) -> (elements: NetworkElements, reading: NetworkReading) {
    guard let node = layer.first(tag) else { throw layer.fault("\(type) has no <\(tag)>") }
    return (try NetworkElements(node), try network.nested(tag))
  }

  private func output(_ reading: NetworkReading, _ layer: Int) throws(ModelError) -> ValueID {
    guard let value = reading.results[layer] else { throw self.layer.fault("layer \(layer) is no result") }
    return value
  }

  /// Everything a branch takes is a capture, the same for both branches.
  private func readIf() throws(ModelError) -> [ValueID] {
    var op = If()
    var graphs: [Graph] = []
    for prefix in ["else", "then"] {
      let (elements, reading) = try body(prefix + "_body")
      let rows = try rows(prefix + "_port_map")
      for (index, value) in inputs.enumerated().dropFirst() {
        let capture = reading.graph.addCapture(network.names.unique(network.graph[value].name), network.graph[value].type)
        for row in rows where row.isInput { if try self.index("input", port: row.port) == index { reading.parameters[row.layer] = capture } }
      }
      try reading.read(elements)
      var outputs: [(Int, ValueID)] = []
      for row in rows where !row.isInput { outputs.append((try index("output", port: row.port), try output(reading, row.layer))) }
      reading.graph.setOutputs(outputs.sorted { $0.0 < $1.0 }.map(\.1))
      graphs.append(reading.graph)
    }
    (op.elseBranch, op.thenBranch) = (graphs[0], graphs[1])
    guard graphs[0].outputs.count == graphs[1].outputs.count else { throw layer.fault("branches of different results") }
    return try network.add(op, inputs, count: graphs[0].outputs.count, named: layer.attributes["name"] ?? "")
  }

  /// The results that feed parameters in the next iteration, by parameter.
  private func backEdges() throws(ModelError) -> [Int: Int] {
    var edges: [Int: Int] = [:]
    for edge in layer.first("back_edges")?.all("edge") ?? [] { edges[try edge.integer("to-layer")] = try edge.integer("from-layer") }
    return edges
  }

  private func readLoop() throws(ModelError) -> [ValueID] {
    let (elements, reading) = try body("body")
    let (rows, edges) = (try rows("port_map"), try backEdges())
    guard let condition = rows.first(where: { $0.purpose == "execution_condition" })?.layer else { throw layer.fault("no execution condition") }
    let iteration = reading.graph.addInput(network.names.unique("iteration"), .tensor(.int64, []))
    let before = reading.graph.addInput(network.names.unique("condition"), .tensor(.bool, []))
    if let row = rows.first(where: { $0.purpose == "current_iteration" }) { reading.parameters[row.layer] = iteration }
    var carried: [(row: PortRow, value: ValueID, result: Int)] = []
    var captured: [ValueID] = []
    for row in rows where row.isInput && row.port >= 0 {
      let value = try input(index("input", port: row.port))
      guard row.axis == nil else { throw ModelError(.unsupported, "a Loop over slices") }
      if let result = edges[row.layer], result != condition { carried.append((row, value, result)) }
      if edges[row.layer] == condition { reading.parameters[row.layer] = before }
      if edges[row.layer] == nil { captured.append(value) }
    }
    for item in carried {
      let type = network.graph[item.value].type?.tensorType.map { ValueType.tensor($0.element, $0.shape == [] ? [] : nil) }
      reading.parameters[item.row.layer] = reading.graph.addInput(network.names.unique(network.graph[item.value].name), type)
    }
    for row in rows where row.isInput && row.port >= 0 && edges[row.layer] == nil {
      let value = try input(index("input", port: row.port))
      reading.parameters[row.layer] = reading.graph.addCapture(network.names.unique(network.graph[value].name), network.graph[value].type)
    }
    try reading.read(elements)
    return try finishLoop(reading, rows, condition, carried.map { ($0.value, $0.result) }, captured)
  }

  private func finishLoop(
    _ reading: NetworkReading, _ rows: [PortRow], _ condition: Int, _ carried: [(value: ValueID, result: Int)], _ captured: [ValueID]
  ) throws(ModelError) -> [ValueID] {
    var outputs = [try output(reading, condition)]
    for item in carried { outputs.append(try output(reading, item.result)) }
    var places: [(output: Int, result: Int)] = []
    for row in rows where !row.isInput && row.port >= 0 {
      let position = try index("output", port: row.port)
      if let axis = row.axis {
        guard axis == 0, !row.isReversed else { throw ModelError(.unsupported, "a Loop that stacks along axis \(axis)") }
        places.append((position, outputs.count - 1))
        outputs.append(reading.one(Squeeze(), [try output(reading, row.layer), try reading.integers([0])]))
      } else if let found = carried.firstIndex(where: { $0.result == row.layer }) {
        places.append((position, found))
      } else {
        throw layer.fault("output \(row.port) is neither carried nor stacked")
      }
    }
    reading.graph.setOutputs(outputs)
    var loop = Loop()
    loop.body = reading.graph
    let operands = [try input(0), try input(1)] + carried.map(\.value) + captured
    let results = try network.add(loop, operands, count: outputs.count - 1, named: layer.attributes["name"] ?? "")
    return places.sorted { $0.output < $1.output }.map { results[$0.result] }
  }

  private func readScan() throws(ModelError) -> [ValueID] {
    let (elements, reading) = try body("body")
    let (rows, edges) = (try rows("port_map"), try backEdges())
    let entering = rows.filter { $0.isInput }
    let states = entering.filter { edges[$0.layer] != nil }
    let slices = entering.filter { edges[$0.layer] == nil && $0.axis != nil }
    var operands: [ValueID] = []
    for row in states + slices {
      let value = try input(index("input", port: row.port))
      operands.append(value)
      var type = network.graph[value].type?.tensorType
      if let axis = row.axis, axis < type?.shape?.count ?? 0 { type?.shape?.remove(at: axis) }
      let inner = reading.graph.addInput(network.names.unique(network.graph[value].name), type.map(ValueType.tensor))
      reading.parameters[row.layer] = try row.axis.map { (axis: Int) throws(ModelError) in
        reading.one(Unsqueeze(), [inner, try reading.integers([axis])])
      } ?? inner
    }
    for row in entering where edges[row.layer] == nil && row.axis == nil {
      let value = try input(index("input", port: row.port))
      operands.append(value)
      reading.parameters[row.layer] = reading.graph.addCapture(network.names.unique(network.graph[value].name), network.graph[value].type)
    }
    try reading.read(elements)
    var scan = Scan()
    scan.numScanInputs = slices.count
    scan.scanInputAxes = slices.map { $0.axis ?? 0 }
    scan.scanInputDirections = slices.map { $0.isReversed ? 1 : 0 }
    return try finishScan(scan, reading, rows.filter { !$0.isInput }, states.compactMap { edges[$0.layer] }, operands)
  }

  private func finishScan(
    _ begun: Scan, _ reading: NetworkReading, _ leaving: [PortRow], _ states: [Int], _ operands: [ValueID]
  ) throws(ModelError) -> [ValueID] {
    var scan = begun
    var outputs: [ValueID] = []
    for state in states { outputs.append(try output(reading, state)) }
    var places: [(output: Int, result: Int)] = []
    (scan.scanOutputAxes, scan.scanOutputDirections) = ([], [])
    for row in leaving {
      let position = try index("output", port: row.port)
      if let axis = row.axis {
        places.append((position, outputs.count))
        outputs.append(reading.one(Squeeze(), [try output(reading, row.layer), try reading.integers([axis])]))
        scan.scanOutputAxes?.append(axis)
        scan.scanOutputDirections?.append(row.isReversed ? 1 : 0)
      } else if let found = states.firstIndex(of: row.layer) {
        places.append((position, found))
      } else {
        throw layer.fault("output \(row.port) is neither carried nor stacked")
      }
    }
    reading.graph.setOutputs(outputs)
    scan.body = reading.graph
    let results = try network.add(scan, operands, count: outputs.count, named: layer.attributes["name"] ?? "")
    return places.sorted { $0.output < $1.output }.map { results[$0.result] }
  }
}
