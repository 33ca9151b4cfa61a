import Diagnostics
import GraphIR
import Operators
import Tensors

/// Reads ncnn's networks, as far as Ferry writes them: for comparing what was written with its source.
///
/// Values have the shapes of Mats: no batch.
package enum NCNNImporter {
  package static func recognizes(_ bytes: UnsafeRawBufferPointer) -> Bool {
    bytes.count > 8 && String(decoding: bytes.prefix(7), as: UTF8.self) == ParamText.magic && (bytes[7] == 10 || bytes[7] == 13)
  }

  /// The model of a network and its weights, which constants point into.
  ///
  /// Throws `malformed`, with the line, for what is no such network, `unsupported` for layers that Ferry does not write.
  package static func read(_ network: FileMapping, weights: FileMapping) throws(ModelError) -> Model {
    do throws(ModelError) {
      let reading = NetworkReading(WeightReading(weights))
      try reading.read(ParamText(network.bytes))
      var model = Model(graph: reading.graph, format: "ncnn", opsets: [("", 26)])
      model.sources = [network.path, weights.path]
      return model
    } catch {
      throw error.located(Place(file: network.path))
    }
  }
}

/// Builds the graph, layer by layer.
final class NetworkReading {
  var graph = Graph(name: "main")
  var weights: WeightReading
  private var inference = TypeInference()
  private var values: [String: ValueID] = [:]
  private var taken: Set<String> = []

  init(_ weights: WeightReading) { self.weights = weights }

  func read(_ text: ParamText) throws(ModelError) {
    let used = Set(text.lines.flatMap(\.inputs))
    taken = Set(text.lines.flatMap(\.outputs))
    let words = Self.positions(text)
    var outputs: [ValueID] = []
    for line in text.lines {
      do throws(ModelError) {
        try read(line, words: words)
      } catch {
        throw ModelError(error.code, "line \(line.number): \(error.message)", at: Place(node: line.name, operatorName: line.type))
      }
      outputs += line.type == "Input" ? [] : line.outputs.filter { !used.contains($0) }.compactMap { values[$0] }
    }
    try weights.finish()
    graph.setOutputs(outputs)
  }

  /// Blobs that are read as 32-bit integers: they come to an `Embed`, moved about at most.
  private static func positions(_ text: ParamText) -> Set<String> {
    let moving: Set<String> = ["Reshape", "Split", "Permute", "Crop", "Slice", "Noop"]
    var words = Set<String>()
    for line in text.lines.reversed() where line.type == "Embed" || moving.contains(line.type) && line.outputs.contains(where: words.contains) {
      if let first = line.inputs.first { words.insert(first) }
    }
    return words
  }

  private func read(_ line: ParamText.Line, words: Set<String>) throws(ModelError) {
    var inputs: [ValueID] = []
    for name in line.inputs {
      guard let value = values[name] else { throw ModelError(.malformed, "nothing gives \(name)") }
      inputs.append(value)
    }
    guard Set(line.outputs).count == line.outputs.count, line.outputs.allSatisfy({ values[$0] == nil }) else {
      throw ModelError(.malformed, "a blob is there twice")
    }
    let layer = LayerReading(line, inputs, self)
    if line.type == "Input" {
      guard line.outputs.count == 1 else { throw ModelError(.malformed, "an input of \(line.outputs.count) blobs") }
      values[line.outputs[0]] = graph.addInput(line.outputs[0], .tensor(words.contains(line.outputs[0]) ? .int32 : .float32, try layer.matSizes()))
      return
    }
    let results = try layer.results()
    guard results.count == line.outputs.count else { throw ModelError(.malformed, "\(line.outputs.count) outputs where \(line.type) has \(results.count)") }
    for (name, value) in zip(line.outputs, results) {
      values[name] = value
      // The name by which it is asked for. One value under several names is copied.
      if case .result = graph[value].origin, !taken.contains(graph[value].name) {
        graph.rename(value, to: name)
      } else if results.filter({ $0 == value }).count > 1 || line.inputs.contains(where: { values[$0] == value }) || graph.constant(value) != nil {
        values[name] = try one(Identity(), [value], named: name)
      }
    }
  }

  // MARK: Building

  private var counter = 0

  /// A name that no blob has.
  private func freshName(_ stem: String) -> String {
    repeat { counter += 1 } while taken.contains("/\(stem)_\(counter)")
    return "/\(stem)_\(counter)"
  }

  func add(_ op: any Operator, _ operands: [ValueID?], count: Int = 1) throws(ModelError) -> [ValueID] {
    var results: [(name: String, type: ValueType?)] = []
    for _ in 0..<count {
      results.append((freshName(op.name), nil))
    }
    let id = graph.addNode(op, operands, results: results)
    try inference.update(id, in: &graph)
    return graph[id].results
  }

  func one(_ op: any Operator, _ operands: [ValueID?]) throws(ModelError) -> ValueID { try add(op, operands)[0] }

  private func one(_ op: any Operator, _ operands: [ValueID?], named name: String) throws(ModelError) -> ValueID {
    let value = try one(op, operands)
    graph.rename(value, to: name)
    return value
  }

  func constant(_ tensor: Tensor) -> ValueID {
    graph.addConstant(freshName("const"), tensor)
  }

  func integers(_ values: [Int]) throws(ModelError) -> ValueID { constant(try Tensor.integers(values)) }
}
