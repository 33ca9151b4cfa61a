import Diagnostics
import GraphIR
import Operators
import Retargeting
import Tensors

/// Turns one graph into a network.
struct GraphTranslation {
  private let graph: Graph
  private let shared: NetworkParts
  let out: LayerWriter
  private var wires: [ValueID: Wire] = [:]

  init(_ graph: Graph, _ shared: NetworkParts) {
    self.graph = graph
    self.shared = shared
    out = LayerWriter(shared)
  }

  /// A whole model's network: inputs without a default become parameters, outputs results.
  ///
  /// An input with a default, whose next value is an output, is a state: the runtime keeps it from run to run.
  func network() throws(ModelError) -> Network {
    var translation = self
    for value in graph.inputs {
      if let tensor = graph.defaults[value], isState(graph[value].name) {
        translation.wires[value] = try state(value, from: tensor)
      } else if let tensor = graph.defaults[value] {
        translation.wires[value] = try out.constant(tensor, name: graph[value].name)
      } else {
        translation.wires[value] = try translation.parameter(value)
      }
    }
    try translation.nodes()
    try translation.addResults()
    return out.network
  }

  /// The outputs. The runtime finds a wire by what its `Result` calls it, so that one that is an input too, or several outputs,
  /// has all its names there, the output's own first.
  private mutating func addResults() throws(ModelError) {
    var (outputs, assigned): ([(name: String, wire: Wire)], [(name: String, wire: Wire)]) = ([], [])
    for value in graph.outputs {
      let (name, wire) = (graph[value].name, try outputWire(value))
      if let state = stateName(assignedBy: name) {
        assigned.append((state, wire))
        continue
      }
      outputs.append((name, wire))
      let known = out.names(of: wire)
      if !known.contains(name) { out.setNames(known + [name], of: wire) }
    }
    for (name, wire) in outputs { _ = result(wire, names: [name] + out.names(of: wire).filter { $0 != name }) }
    for (name, wire) in assigned { assign(wire, to: name) }
  }

  /// The wire of an output. A constant that the runtime would narrow is written in a form that it keeps.
  private mutating func outputWire(_ value: ValueID) throws(ModelError) -> Wire {
    guard let tensor = graph.constant(value), KeptConstants.isNarrowed(tensor) else { return try wire(value) }
    return try out.keptConstant(tensor, name: graph[value].name)
  }

  private func isState(_ name: String) -> Bool {
    graph.outputs.contains { graph[$0].name == name + "/next" }
  }

  private func stateName(assignedBy output: String) -> String? {
    guard output.hasSuffix("/next") else { return nil }
    let name = String(output.dropLast("/next".count))
    return graph.inputs.contains { graph[$0].name == name && graph.defaults[$0] != nil } ? name : nil
  }

  private func state(_ value: ValueID, from start: Tensor) throws(ModelError) -> Wire {
    let (name, shape) = (graph[value].name, start.shape.map(Dim.number))
    let first = try out.constant(start, name: "\(name)/start")
    return out.layer(
      Layer(
        name: name, type: "ReadValue", opset: 6, data: stateData(name, start.element, shape), inputs: [first],
        outputs: [.init(element: start.element, shape: shape)]))[0]
  }

  private func assign(_ wire: Wire, to name: String) {
    let data = stateData(name, wire.element, wire.shape)
    _ = out.layer(
      Layer(
        name: "\(name)/next", type: "Assign", opset: 6, data: data, inputs: [wire],
        outputs: [.init(element: wire.element, shape: wire.shape)]))
  }

  private func stateData(_ name: String, _ element: ElementType, _ shape: [Dim]?) -> [(String, String)] {
    [("variable_id", name), ("variable_type", element.openVINO?.type ?? "undefined"), ("variable_shape", shape.openVINO)]
  }

  mutating func parameter(_ value: ValueID, type: TensorType? = nil) throws(ModelError) -> Wire {
    guard let type = type ?? graph[value].type?.tensorType else {
      throw ModelError(.notExpressible, "the element type of an input is not known", at: graph.place(of: value))
    }
    let wire = parameter(graph[value].name, type)
    out.setNames([graph[value].name], of: wire)
    wires[value] = wire
    return wire
  }

  func parameter(_ name: String, _ type: TensorType) -> Wire {
    out.layer(
      Layer(
        name: name, type: "Parameter", opset: 1,
        data: [("shape", type.shape.openVINO), ("element_type", type.element.openVINO?.type ?? "undefined")],
        outputs: [.init(element: type.element, shape: type.shape)]))[0]
  }

  /// Adds a `Result`; its layer.
  func result(_ wire: Wire, names: [String]) -> Int {
    _ = out.layer(Layer(name: (names.first ?? "output") + "/result", type: "Result", opset: 1, inputs: [wire], outputNames: names))
    return out.network.layers.count - 1
  }

  mutating func set(_ value: ValueID, to wire: Wire) { wires[value] = wire }

  /// Adds the layers of every node.
  mutating func nodes() throws(ModelError) {
    for id in try graph.topologicalOrder() {
      let node = graph[id]
      guard node.op.heldTensor == nil else { continue }
      do {
        try write(id, node)
      } catch {
        throw error.located(graph.place(of: id))
      }
    }
  }

  private mutating func write(_ id: NodeID, _ node: Node) throws(ModelError) {
    guard let op = node.op as? any OpenVINOWritable else {
      throw ModelError(.unsupported, "OpenVINO has no such operator")
    }
    let subject = SubjectNode(id, in: graph)
    var operands: [Wire?] = []
    for operand in node.operands where op.readsOperands(subject) { operands.append(try operand.map { (value: ValueID) throws(ModelError) in try wire(value) }) }
    let fallback = node.results.first.map { graph[$0].name } ?? node.op.name
    out.begin(node.name.isEmpty ? fallback : node.name, operands: operands)
    var results = try nothing(subject)
    if results == nil { results = try op.write(subject, out) }
    for (value, wire) in zip(node.results, results ?? []) { wires[value] = wire }
  }

  /// Results that are known to have no elements, which are not computed: folding such constants, the 2026.4 runtime writes where it should not
  /// (`[1, 5] - [0, 1]`).
  private func nothing(_ node: SubjectNode) throws(ModelError) -> [Wire]? {
    guard !(node.op is Loop), !(node.op is Scan), !(node.op is If) else { return nil }
    var wires: [Wire] = []
    for index in 0..<node.resultCount {
      guard let type = node.result(index).type?.tensorType, type.element != .string, let shape = type.shape, shape.contains(0) else { return nil }
      let sizes = shape.compactMap(\.number)
      guard sizes.count == shape.count else { return nil }
      let zero = try out.scalar(0, type.element)
      wires.append(out.layer("Broadcast", 3, [zero, try out.integers(sizes)], [("mode", "numpy")], gives: type.element, shape))
    }
    return wires.isEmpty ? nil : wires
  }

  /// The wire of a value; constants are added when they are first asked for.
  mutating func wire(_ value: ValueID) throws(ModelError) -> Wire {
    if let wire = wires[value] { return wire }
    guard let tensor = graph.constant(value) else {
      throw ModelError(.internalInvariant, "a value comes from nowhere", at: graph.place(of: value))
    }
    let wire = try out.constant(tensor, name: graph[value].name)
    wires[value] = wire
    return wire
  }
}
