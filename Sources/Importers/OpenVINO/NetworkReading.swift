import Diagnostics
import GraphIR
import Operators
import Tensors

/// Builds the graph of one network, layer by layer.
final class NetworkReading {
  var graph: Graph
  let weights: FileMapping
  let names: NameSet
  private var inference = TypeInference()
  private var values: [NetworkElements.Source: ValueID] = [:]
  /// What stands for the parameters of a nested network, by layer.
  var parameters: [Int: ValueID] = [:]
  /// What the results of a nested network are given, by layer.
  private(set) var results: [Int: ValueID] = [:]
  private let depth: Int

  init(weights: FileMapping, name: String, names: NameSet, depth: Int = 0) {
    graph = Graph(name: name)
    self.weights = weights
    self.names = names
    self.depth = depth
  }

  /// A reading of a network within this one.
  func nested(_ name: String) throws(ModelError) -> NetworkReading {
    guard depth < 16 else { throw ModelError(.limitExceeded, "networks nested more than 16 deep") }
    return NetworkReading(weights: weights, name: name, names: names, depth: depth + 1)
  }

  /// A whole model: parameters and states are inputs, results and what is assigned to states outputs.
  func readWhole(_ elements: NetworkElements) throws(ModelError) {
    for id in elements.layers.keys.sorted() {
      guard let layer = elements.layers[id], layer.attributes["type"] == "Parameter" else { continue }
      let type = try LayerReading(layer, [], self).parameterType()
      parameters[id] = graph.addInput(Self.names(of: layer).first ?? names.unique(layer.attributes["name"] ?? ""), type)
    }
    try read(elements)
    var outputs: [ValueID] = []
    for id in elements.layers.keys.sorted() {
      guard let layer = elements.layers[id], let value = results[id] else { continue }
      let state = layer.first("data")?.attributes["variable_id"].map { "\($0)/next" }
      let wanted = state ?? Self.split(layer.attributes["output_names"] ?? "").first ?? layer.attributes["name"] ?? ""
      guard graph[value].name != wanted || outputs.contains(value) else {
        outputs.append(value)
        continue
      }
      let copy = one(Identity(), [value], named: wanted)
      if !outputs.contains(where: { graph[$0].name == wanted }), graph[value].name != wanted { graph.rename(copy, to: wanted) }
      outputs.append(copy)
    }
    graph.setOutputs(outputs)
  }

  func read(_ elements: NetworkElements) throws(ModelError) {
    for id in elements.order {
      guard let layer = elements.layers[id] else { continue }
      do throws(ModelError) {
        try read(layer, id, elements)
      } catch {
        throw error.located(Place(node: layer.attributes["name"], operatorName: layer.attributes["type"]))
      }
    }
  }

  private func read(_ layer: XMLNode, _ id: Int, _ elements: NetworkElements) throws(ModelError) {
    var inputs: [ValueID] = []
    for source in elements.sources[id] ?? [] {
      guard let value = values[source] else { throw layer.fault("port \(source.port) of layer \(source.layer) gives nothing") }
      inputs.append(value)
    }
    let type = try layer.required("type")
    // States by which constants are kept from being narrowed (see the exporter) are no model's.
    let isKeeping = layer.first("data")?.attributes["variable_id"]?.hasPrefix("ferry/keep/") ?? false
    if isKeeping, type == "Assign" { return }
    if type == "Result" || type == "Assign" {
      guard let value = inputs.first else { throw layer.fault("a result of nothing") }
      results[id] = value
      return
    }
    let ports = layer.first("output")?.all("port") ?? []
    let outputs: [ValueID]
    if type == "Parameter" {
      guard let value = parameters[id] else { throw layer.fault("a parameter that nothing feeds") }
      outputs = [value]
    } else if type == "ReadValue", isKeeping {
      outputs = Array(inputs.prefix(1))
    } else if type == "ReadValue" {
      outputs = [try state(layer, inputs)]
    } else {
      outputs = try LayerReading(layer, inputs, self).results()
    }
    guard outputs.count >= ports.count else { throw layer.fault("\(ports.count) outputs where \(type) has \(outputs.count)") }
    for (port, value) in zip(ports, outputs) {
      values[NetworkElements.Source(layer: id, port: try port.integer("id"))] = value
      guard let name = Self.split(port.attributes["names"] ?? "").first, case .result = graph[value].origin else { continue }
      graph.rename(value, to: name)
    }
  }

  /// A state: an input that begins with a constant.
  private func state(_ layer: XMLNode, _ inputs: [ValueID]) throws(ModelError) -> ValueID {
    guard depth == 0, let start = inputs.first.flatMap({ graph.constant($0) }) else {
      throw layer.fault("a state that does not begin with a constant")
    }
    let name = layer.first("data")?.attributes["variable_id"] ?? ""
    let value = graph.addInput(names.unique(name), .tensor(start.element, start.shape.map(Dim.number)))
    graph.defaults[value] = start
    return value
  }

  static func names(of layer: XMLNode) -> [String] { split(layer.first("output")?.first("port")?.attributes["names"] ?? "") }

  /// Names between commas; a comma after a backslash is part of a name.
  static func split(_ text: String) -> [String] {
    var parts: [String] = [""]
    var isEscaped = false
    for character in text {
      if isEscaped {
        parts[parts.count - 1] += character == "," ? "," : "\\" + String(character)
        isEscaped = false
      } else if character == "\\" {
        isEscaped = true
      } else if character == "," {
        parts.append("")
      } else {
        parts[parts.count - 1].append(character)
      }
    }
    return parts.filter { !$0.isEmpty }
  }

  // MARK: Building

  func add(_ op: any Operator, _ operands: [ValueID?], count: Int = 1, named name: String = "") throws(ModelError) -> [ValueID] {
    let results = (0..<count).map { (name: names.unique($0 == 0 && !name.isEmpty ? name : op.name), type: ValueType?.none) }
    let id = graph.addNode(op, operands, results: results, name: name)
    try inference.update(id, in: &graph)
    return graph[id].results
  }

  /// A node with one result; what cannot be inferred stays unknown until the whole graph is.
  func one(_ op: any Operator, _ operands: [ValueID?], named name: String = "") -> ValueID {
    let id = graph.addNode(op, operands, results: [(names.unique(name.isEmpty ? op.name : name), nil)], name: name)
    try? inference.update(id, in: &graph)
    return graph[id].results[0]
  }

  func constant(_ tensor: Tensor) -> ValueID { graph.addConstant(names.unique("const"), tensor) }
  func integers(_ values: [Int]) throws(ModelError) -> ValueID { constant(try Tensor.integers(values)) }
}
