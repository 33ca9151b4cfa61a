import Diagnostics
import GraphIR
import LiteRTSchema
import Operators
import Tensors

/// Builds the model around the outermost subgraph.
struct ModelReader {
  private let file: ModelFile
  private let sink: DiagnosticSink

  init(_ file: ModelFile, _ sink: DiagnosticSink) {
    self.file = file
    self.sink = sink
  }

  func read() throws(ModelError) -> Model {
    let assembly = Assembly(name: file.subgraphs[0].name, sink: sink)
    let variables = Variables()
    let reader = try SubgraphReader(file, 0, assembly, variables, open: [])
    let inputs = try addInputs(reader.source, to: assembly)
    var outputs = try reader.read(inputs: inputs)
    outputs += try variables.close(assembly)
    try assembly.graph.setOutputs(named(outputs, reader, assembly))
    var model = Model(graph: assembly.graph, format: "tflite", opsets: [("", Self.opset)] + foreignOpsets(assembly.graph))
    model.producer.formatVersion = Self.onnxFormat
    let carried = carriedNames(reader.source, model.graph)
    if !carried.isEmpty { model.carried = Carried(metadata: carried) }
    return model
  }

  /// What the file calls the ports, and its description of itself, as metadata.
  private func carriedNames(_ source: SourceSubgraph, _ graph: Graph) -> [(key: [UInt8], value: [UInt8])] {
    var result: [(key: [UInt8], value: [UInt8])] = []
    if let table = file.root[Schema.Model.signatureDefs].first(where: { $0[Schema.SignatureDef.subgraphIndex] == 0 }) {
      func ports(_ maps: [FlatTable], _ tensors: [Int], _ values: [ValueID]) -> [SignatureText.Port] {
        maps.compactMap { map in
          guard let place = tensors.firstIndex(of: map[Schema.TensorMap.tensorIndex]), place < values.count else { return nil }
          return SignatureText.Port(tensor: graph[values[place]].name, name: map[Schema.TensorMap.name])
        }
      }
      let signature = SignatureText(
        key: table[Schema.SignatureDef.signatureKey], inputs: ports(table[Schema.SignatureDef.inputs], source.inputs, graph.inputs),
        outputs: ports(table[Schema.SignatureDef.outputs], source.outputs, graph.outputs))
      if !signature.isPlain, let text = signature.text { result.append((Array(CarriedNames.signature.utf8), text)) }
    }
    // What Ferry writes is derived from the ports.
    for entry in file.root[Schema.Model.metadata] where !file.description.hasPrefix("Ferry ") && entry[Schema.Metadata.name] == MetadataFields.name {
      guard let content = file.content(ofBuffer: entry[Schema.Metadata.buffer]), content.count <= 1 << 20 else { continue }
      let description = DescriptionText(inputs: source.inputs.count, outputs: source.outputs.count, content: content)
      result.append((Array(CarriedNames.description.utf8), description.text))
      break
    }
    return result
  }

  /// The operator set that a model is written in that is to be ONNX, and the version of ONNX's own structure that came with it.
  /// Quantisation to 4 and 16 bits needs a later one, which is not the rule since ONNX Runtime 1.31 fails to optimise pairs there.
  private static let opset = 20
  private static let onnxFormat = 9

  private func addInputs(_ source: SourceSubgraph, to assembly: Assembly) throws(ModelError) -> [ValueID] {
    var inputs: [ValueID] = []
    for index in source.inputs {
      let tensor = source.tensors[index]
      guard let element = tensor.element else { throw ModelError(.unsupported, "an input that is no tensor", at: Place(value: tensor.name)) }
      let name = assembly.unique(tensor.name)
      let shape = tensor.signature.enumerated().map { axis, size -> Dim in
        size >= 0 ? .number(size) : .symbol(axis == 0 ? "batch" : "\(name.filter { $0.isLetter || $0.isNumber || $0 == "_" })_\(axis)")
      }
      inputs.append(assembly.graph.addInput(name, .tensor(element, shape)))
    }
    return inputs
  }

  /// Outputs must be results with a name of their own: what is given back as it came gets an `Identity`.
  private func named(_ outputs: [ValueID], _ reader: SubgraphReader, _ assembly: Assembly) throws(ModelError) -> [ValueID] {
    var seen: Set<ValueID> = []
    var result: [ValueID] = []
    for value in outputs {
      if case .result = assembly.graph[value].origin, seen.insert(value).inserted {
        result.append(value)
      } else {
        let name = assembly.graph[value].name
        assembly.base = name
        let copy = try assembly.emit(Identity(), value)
        if assembly.graph[value].constant != nil, seen.insert(value).inserted {
          assembly.graph.rename(value, to: assembly.unique("\(name)/constant"))
          assembly.graph.rename(copy, to: name)
        }
        result.append(copy)
      }
    }
    return result
  }

  private func foreignOpsets(_ graph: Graph) -> [(domain: String, version: Int)] {
    var domains: Set<String> = []
    var graphs = [graph]
    while let next = graphs.popLast() {
      for id in next.nodeIDs {
        if let op = next[id].op as? ForeignOperator, !op.domain.isEmpty { domains.insert(op.domain) }
        graphs += next.graphs(of: id)
      }
    }
    return domains.sorted().map { ($0, 1) }
  }
}

/// What survives from one run to the next: read and assigned by name, they become an input with a default and an output each.
final class Variables {
  private var current: [String: ValueID] = [:]
  private var initial: [String: Tensor] = [:]
  private var inputs: [(name: String, value: ValueID)] = []

  func setInitial(_ name: String, _ tensor: Tensor) { initial[name] = tensor }

  /// The variable's value at this point of the run.
  func value(_ name: String, like tensor: SourceTensor, in assembly: Assembly) throws(ModelError) -> ValueID {
    if let known = current[name] { return known }
    guard let element = tensor.element else { throw ModelError(.unsupported, "a variable that holds no tensor", at: Place(value: name)) }
    let start = initial[name]
    let shape = start?.shape ?? tensor.shape
    let value = assembly.graph.addInput(assembly.unique(name), .tensor(start?.element ?? element, shape.map(Dim.number)))
    if let start { assembly.graph.defaults[value] = start }
    inputs.append((name, value))
    current[name] = value
    return value
  }

  func assign(_ name: String, _ value: ValueID) { current[name] = value }

  /// The values after the run, those of variables that are only ever assigned left out.
  func close(_ assembly: Assembly) throws(ModelError) -> [ValueID] {
    var outputs: [ValueID] = []
    for (name, input) in inputs {
      guard let last = current[name], last != input else { continue }
      assembly.base = name
      let result = try assembly.emit(Identity(), last)
      assembly.rename(result, to: "\(name)/next")
      outputs.append(result)
    }
    return outputs
  }
}
