import Diagnostics
import Evaluation
import Foundation
import GraphIR
import Lowerings
import ONNXExport
import ONNXImport
import ONNXTestSupport
import Rewriting
import Tensors

/// A folder in the layout of the ONNX backend suite: a model of one node, inputs, and the outputs that a runtime gave.
struct DomainCase {
  let folder: URL
  var name: String { folder.lastPathComponent }

  /// All cases of a folder, by name.
  static func all(in folder: URL) throws -> [DomainCase] {
    try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted().map { DomainCase(folder: folder.appending(path: $0)) }
  }

  private func model(keepsForeign: Bool) throws -> Model {
    var options = ONNXImporter.Options()
    options.keepsForeign = keepsForeign
    return try ONNXImporter.read(path: folder.appending(path: "model.onnx").path, options: options)
  }

  /// What is wrong with the evaluator's results, the inferred types or the way back to the file; nothing when all is well.
  func complaints() throws -> [String] {
    var complaints: [String] = []
    var model = try model(keepsForeign: false)
    if model.graph.nodeIDs.contains(where: { model.graph[$0].operatorIf(ForeignOperator.self) != nil }) { complaints.append("is foreign") }
    if let difference = try differenceOnTheWayBack(model) { complaints.append("is written otherwise: \(difference)") }
    let inputs = try tensors("input")
    let expected = try tensors("output")
    let outputs = try Executor(model.graph).run(inputs)
    if outputs.count != expected.count { complaints.append("gives \(outputs.count) outputs, not \(expected.count)") }
    for (index, (output, reference)) in zip(outputs, expected).enumerated() {
      let agreement = try Tolerance().compare(output, with: reference, name: "\(index)")
      if !agreement.isEqual { complaints.append("output \(index): \(describe(agreement, output, reference))") }
    }
    return complaints + (try inferenceComplaints(&model, expected)) + (try decompositionComplaints(model, inputs, expected))
  }

  /// The same results by standard operators, where rules know how to say the node in them.
  private func decompositionComplaints(_ model: Model, _ inputs: [Tensor], _ expected: [Tensor]) throws -> [String] {
    guard var graph = try decomposed(model) else { return [] }
    var inference = TypeInference()
    try inference.run(on: &graph)
    try graph.verify()
    var complaints: [String] = []
    for (index, (output, reference)) in zip(try Executor(graph).run(inputs), expected).enumerated() {
      let agreement = try Tolerance().compare(output, with: reference, name: "\(index)")
      if !agreement.isEqual { complaints.append("decomposed, output \(index): \(describe(agreement, output, reference))") }
    }
    return complaints
  }

  /// The graph without operators of `com.microsoft`; `nil` when one stays.
  func decomposed(_ model: Model) throws -> Graph? {
    var graph = model.graph
    try Pipeline([.rules(Decompositions.contrib)]).run(on: &graph, opsets: [:], trace: RewriteTrace())
    let isStandard = graph.nodeIDs.allSatisfy { graph[$0].op.domain.isEmpty && graph[$0].op.name != "SimplifiedLayerNormalization" }
    return isStandard ? graph : nil
  }

  /// True when rules say the case's node in standard operators.
  func isDecomposed() throws -> Bool { try decomposed(model(keepsForeign: false)) != nil }

  private func describe(_ agreement: Agreement, _ output: Tensor, _ reference: Tensor) -> String {
    let places = agreement.structural ?? "\(agreement.mismatches) of \(agreement.count) differ, by up to \(agreement.maxAbsolute)"
    func some(_ tensor: Tensor) -> String {
      if let strings = tensor.strings { return "\(strings.prefix(8).map { String(decoding: $0, as: UTF8.self) })" }
      return (try? "\(tensor.doubles().prefix(8))") ?? "?"
    }
    return places + "; \(some(output)), expected \(some(reference))"
  }

  /// The model written and read again against the file, node by node as it stands there.
  private func differenceOnTheWayBack(_ model: Model) throws -> String? {
    let back = try Folder()
    let files = try ONNXExporter.write(model, fileName: "b.onnx")
    var options = ONNXImporter.Options()
    options.keepsForeign = true
    var written = try ONNXImporter.read(path: back.write(files.model.gathered(), "b.onnx"), options: options)
    var source = try self.model(keepsForeign: true)
    (written.sources, source.sources) = ([], [])
    return written.difference(to: source)
  }

  /// Types that inference gives outputs of which the file says nothing, against what they are.
  private func inferenceComplaints(_ model: inout Model, _ expected: [Tensor]) throws -> [String] {
    let graph = model.graph
    guard let node = graph.nodeIDs.first(where: { !graph[$0].results.isEmpty && graph[$0].heldTensor == nil }) else { return ["has no node"] }
    let facts = graph[node].operands.map { $0.map(graph.fact) }
    let inferred = try graph[node].op.inferFacts(facts, resultCount: graph[node].results.count)
    let named = zip(graph[node].results, inferred).filter { graph.outputs.contains($0.0) }.map(\.1)
    var complaints = named.count == expected.count ? [] : ["inference knows \(named.count) of \(expected.count) results"]
    for (index, (fact, tensor)) in zip(named, expected).enumerated() {
      let type = fact.type?.tensorType
      let fits = type?.element == tensor.element && type?.shape.map { shape in
        shape.count == tensor.rank && zip(shape, tensor.shape).allSatisfy { $0.number == nil || $0.number == $1 }
      } ?? false
      if !fits { complaints.append("inference gives \(type.map { "\($0)" } ?? "nothing") for output \(index), \(tensor.element.rawValue)\(tensor.shape)") }
    }
    return complaints
  }

  /// The tensors of `input_0.pb`, …, read as constants of a model that holds nothing else.
  private func tensors(_ kind: String) throws -> [Tensor] {
    var tensors: [Tensor] = []
    while let data = try? Data(contentsOf: folder.appending(path: "test_data_set_0/\(kind)_\(tensors.count).pb")) {
      let bytes = Array(data)
      let graph = ProtoBytes().text(2, "g").data(5, bytes)
      let place = try Folder()
      let model = try ONNXImporter.read(path: place.write(ONNXBytes.model(graph).bytes))
      guard let tensor = model.graph.valueIDs.lazy.compactMap({ model.graph[$0].constant }).first else {
        throw ModelError(.malformed, "\(kind)_\(tensors.count).pb holds no tensor")
      }
      tensors.append(tensor)
    }
    return tensors
  }
}

extension Node {
  fileprivate var heldTensor: Tensor? { op.heldTensor }
}
