import Bundle
import Diagnostics
import Evaluation
import GraphIR
import GraphText
import Lowerings
import Tensors

/// Tells what a model or a bundle is. Of a bundle, every entry is read and its checksum compared.
///
/// Throws what `open` throws, and `malformed` for a bundle whose content is not what its manifest says.
public func inspect(
  _ path: String, opening: OpenOptions = OpenOptions(), progress: @escaping @Sendable (Progress) -> Void = { _ in }
) async throws -> Inspection {
  let sink = DiagnosticSink()
  let file = try FileMapping(path: path, copying: opening.copyWeights)
  var inspection = Inspection(file: path, format: "")
  do throws(ModelError) {
    if BundleReader.isArchive(file.bytes) {
      inspection.bundle = try examineBundle(file, progress)
      inspection.format = "ferry bundle"
    }
    let start = ContinuousClock.now
    var model = try read(file, options: opening, sink: sink, checksums: false)
    inspection.seconds["read"] = (ContinuousClock.now - start).seconds
    if inspection.format.isEmpty { inspection.format = model.format }
    try model.inlineTypes(sink)
    inspection.seconds["infer"] = (ContinuousClock.now - start).seconds - (inspection.seconds["read"] ?? 0)
    inspection.model = try Inspection.Model(model)
  } catch {
    throw error.located(Place(file: path))
  }
  inspection.warnings = sink.all.map(ConversionReport.Warning.init)
  return inspection
}

/// Prints the graph in readable form, piece by piece.
public func printGraph(
  of path: String, opening: OpenOptions = OpenOptions(), write: @escaping (String) -> Void
) async throws {
  var model = try open(path, options: opening)
  try model.inlineTypes(DiagnosticSink())
  try model.write { write(String(decoding: $0, as: UTF8.self)) }
}

/// What `unpack` extracted.
public struct Unpacked: Sendable, Encodable {
  public let schema = 1
  public var bundle: String
  public var output: String
  public var entries: [Inspection.Bundle.Entry]
}

/// Extracts a bundle into a folder, all or nothing, comparing every checksum. Throws `ModelError`.
public func unpack(
  _ bundle: String, to folder: String, force: Bool = false, progress: @escaping @Sendable (Progress) -> Void = { _ in }
) async throws -> Unpacked {
  let reader = try BundleReader(path: bundle)
  let total = Double(max(reader.manifest.entries.reduce(0) { $0 + $1.size }, 1))
  try reader.unpack(to: folder, force: force) { progress(Progress(phase: .writing, fraction: Double($0) / total)) }
  return Unpacked(bundle: bundle, output: folder, entries: reader.manifest.entries.map(Inspection.Bundle.Entry.init))
}

private func examineBundle(
  _ file: FileMapping, _ progress: @escaping @Sendable (Progress) -> Void
) throws(ModelError) -> Inspection.Bundle {
  let reader = try BundleReader(file)
  let manifest = reader.manifest
  let total = Double(max(manifest.entries.reduce(0) { $0 + $1.size }, 1))
  try reader.verify { progress(Progress(phase: .verifying, fraction: Double($0) / total)) }
  let verification = manifest.verification.map { verification in
    let worst = verification.outputs.map(\.maxAbsolute).max() ?? 0
    if let proof = verification.proof, verification.passed {
      return "equal: of \(proof.values) values, \(proof.byStructure) by structure, \(proof.byNumber) by number, largest difference \(worst)"
    }
    return "\(verification.passed ? "equal" : "DIFFERENT") on \(verification.samples) inputs, largest difference \(worst)"
  }
  return Inspection.Bundle(
    ferry: manifest.ferry, source: manifest.source.files.map(\.path).joined(separator: ", "), target: manifest.target,
    passes: manifest.passes, verification: verification, entries: manifest.entries.map(Inspection.Bundle.Entry.init))
}

extension Inspection.Bundle.Entry {
  init(_ entry: Manifest.Entry) { self.init(path: entry.path, size: entry.size, sha256: entry.sha256) }
}

extension Model {
  /// Infers types in place; what contradicts itself is a warning here, since inspecting should tell as much as it can.
  mutating func inlineTypes(_ sink: DiagnosticSink) throws(ModelError) {
    var inference = TypeInference(sink: sink)
    var typed = graph
    do throws(ModelError) {
      try inference.run(on: &typed)
      graph = typed
    } catch {
      sink.warn("types cannot be inferred: \(error.message)", at: error.place)
    }
  }
}

extension Inspection.Model {
  init(_ model: GraphIR.Model) throws(ModelError) {
    let graph = model.graph
    let tally = GraphTally(graph)
    let sizes = Sizes.candidates(for: graph).first ?? [:]
    let cost = try StaticCost(of: model.inlinedForRunning(), symbols: sizes)
    func ports(_ values: [ValueID]) -> [Inspection.Port] {
      values.map { .init(name: graph[$0].name, type: graph[$0].type?.description ?? "unknown") }
    }
    func counts(_ table: [String: Int]) -> [Inspection.Count] {
      table.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map { .init(name: $0.key, count: $0.value) }
    }
    let producer = [model.producer.name, model.producer.version].compactMap { $0 }.filter { !$0.isEmpty }.joined(separator: " ")
    self.init(
      producer: producer.isEmpty ? nil : producer, formatVersion: model.producer.formatVersion,
      opsets: model.opsets.map { .init(domain: $0.domain, version: $0.version) }, inputs: ports(graph.inputs),
      outputs: ports(graph.outputs), nodes: tally.nodes, functions: model.functions.count, operators: counts(tally.operators),
      unsupported: counts(tally.foreign), constants: tally.constants, parameters: tally.parameters,
      parameterBytes: tally.parameterBytes, assumedSizes: sizes.sorted { $0.key < $1.key }.map { .init(name: $0.key, size: $0.value) },
      multiplyAccumulates: cost.multiplyAccumulates, peakActivationBytes: cost.peakActivationBytes,
      unmeasuredValues: cost.unknownValues)
  }
}

extension Model {
  /// The graph as it is run, functions inlined; the graph itself where that does not go.
  fileprivate func inlinedForRunning() -> Graph {
    guard !functions.isEmpty else { return graph }
    var inlined = self
    do throws(ModelError) {
      try inlined.inlineFunctions()
      var inference = TypeInference(sink: DiagnosticSink())
      try inference.run(on: &inlined.graph)
    } catch { return graph }
    return inlined.graph
  }
}
