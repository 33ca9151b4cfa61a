import Bundle
import Diagnostics
import Evaluation
import GraphIR
import LiteRTImport
import Lowerings
import ONNXExport
import Passes
import Retargeting
import Rewriting
import Tensors

/// Names of all rules and passes, by which `ConversionOptions.disabledRules` switches them off.
public var ruleNames: [String] { Pipelines.standard.names }

/// Ferry's own version.
public var version: String { Diagnostics.ferryVersion }

/// From now on an interruption by a signal takes the temporary files away and ends the process with status 130.
public func removeTemporariesWhenInterrupted() { TemporaryFiles.removeWhenInterrupted() }

/// Temporary files, and folders before what is in them, that such an interruption takes away as well.
public struct TemporaryPaths {
  private let slots: [Int?]
  public init(_ paths: [String]) { slots = paths.map { TemporaryFiles.note($0) } }

  /// To be called once they are gone.
  public func forget() {
    for slot in slots { TemporaryFiles.forget(slot) }
  }
}

/// Reads the model at `input`, optimises it, writes it to `output` and compares the two by running them.
///
/// The form of the output follows from its name: `.zip` a bundle, a trailing `/` a folder, anything else the bare model.
/// Nothing is left under the final name when something fails; the input is never touched. A difference found by
/// verification is no error but `report.verification.outcome`; the output is then taken away unless `keepOnDifference`.
/// Throws `ModelError`.
public func convert(
  _ input: String, to target: Target = .same, options: ConversionOptions = ConversionOptions(),
  opening: OpenOptions = OpenOptions(), output: String, progress: @escaping @Sendable (Progress) -> Void = { _ in }
) async throws -> ConversionReport {
  var conversion = try Conversion(input, target, options, opening, output, progress)
  return try conversion.run()
}

/// What is told of the source when its graph has become another.
private struct SourceFacts {
  let format: String
  let sources: [String]
  let nodes: Int

  init(_ model: Model) {
    format = model.format
    sources = model.sources
    nodes = model.expandedNodeCount
  }
}

/// One conversion, step by step.
struct Conversion {
  private let input: String
  private let output: String
  private let form: OutputForm
  private let platform: Platform
  private let options: ConversionOptions
  private let opening: OpenOptions
  private let progress: @Sendable (Progress) -> Void
  /// A model that was made rather than read.
  private let given: Model?
  private let sink = DiagnosticSink()
  private let trace: RewriteTrace
  private var seconds: [String: Double] = [:]

  init(
    _ input: String, _ target: Target, _ options: ConversionOptions, _ opening: OpenOptions, _ output: String,
    _ progress: @escaping @Sendable (Progress) -> Void, given: Model? = nil
  ) throws(ModelError) {
    self.given = given
    self.input = input
    self.output = output
    self.options = options
    self.opening = opening
    self.progress = progress
    form = OutputForm(path: output)
    platform = try Platform.resolve(target, output: output)
    trace = options.trace(for: platform)
    try checkForm()
  }

  private func checkForm() throws(ModelError) {
    if case .bare(let path) = form, !path.lowercased().hasSuffix("." + platform.fileExtension) {
      throw ModelError(
        .usage, "the name does not say what to write", at: Place(file: path),
        notes: ["expected a name that ends in .\(platform.fileExtension), .zip or /"])
    }
    if options.selfTest, !form.hasManifest {
      throw ModelError(.usage, "--self-test goes into a bundle or a folder", at: Place(file: output))
    }
    if options.halvesWeights, platform.contract == nil {
      throw ModelError(.usage, "the target \(platform.title) stores weights as they are", at: Place(file: output))
    }
    if case .package(let path) = form {
      throw ModelError(.usage, "the target \(platform.name) is not written as a package", at: Place(file: path))
    }
  }

  mutating func run() throws(ModelError) -> ConversionReport {
    progress(Progress(phase: .reading, fraction: 0))
    var model = try timed("read") { (self) throws(ModelError) in try self.read() }
    let source = SourceFacts(model)
    // A second graph is kept, and copied as the first one changes, only where somebody looks at it.
    let original = options.verify != .none || options.selfTest ? model : nil
    var protected: [FileIdentity] = []
    for path in source.sources { if let identity = FileIdentity(path: path) { protected.append(identity) } }
    try form.check(names: [graphName], protecting: protected)
    if options.opset != nil { try checkOpset() }
    try model.reorderPorts(options.layout)
    if options.standardOnly { try model.standardize(trace: trace, sink: sink) }
    if options.optimize {
      try timed("optimize") { (self) throws(ModelError) in try self.optimize(&model) }
    }
    var files = try timed("lower") { (self) throws(ModelError) in try self.export(&model) }
    if form.hasManifest {
      if options.selfTest, let original { files += try SelfTest.files(of: original, narrowed: platform.narrow) }
      files.append(DeviceGuide(platform, graphName, model, hasSelfTest: options.selfTest).file)
    }
    var report = try self.report(source, model, files)
    guard !options.dryRun else { return report }
    try write(files, source, original, model, protected, into: &report)
    report.warnings = warnings
    report.seconds = seconds
    return report
  }

  /// The source as it is to be converted: with the shapes, and between the values, that the user asks for.
  private func read() throws(ModelError) -> Model {
    var model: Model
    if let given { model = given } else { model = try Ferry.open(input, options: opening, sink: sink) }
    do throws(ModelError) {
      try model.prepare(options, sink: sink)
    } catch {
      throw error.located(Place(file: input))
    }
    return model
  }

  private func checkOpset() throws(ModelError) {
    guard platform.contract == nil else { throw ModelError(.usage, "the target \(platform.name) has no ONNX operator set") }
    guard let opset = options.opset, !Model.writableOpsets.contains(opset) else { return }
    throw ModelError(
      .usage, "there is no operator set \(opset) to write", notes: ["there are 7 to \(OperatorHistory.newestVersion)"])
  }

  private mutating func timed<R>(_ phase: String, _ body: (inout Conversion) throws(ModelError) -> R) throws(ModelError) -> R {
    let start = ContinuousClock.now
    defer { seconds[phase, default: 0] += (ContinuousClock.now - start).seconds }
    return try body(&self)
  }

  private func optimize(_ model: inout Model) throws(ModelError) {
    do throws(ModelError) {
      try model.optimize(trace: trace, opset: options.opset ?? platform.newestOpset, growthLimit: platform.growthLimit, sink: sink) { progress(Progress(phase: .optimizing, fraction: $0)) }
    } catch {
      throw error.located(Place(file: input))
    }
  }

  private func export(_ model: inout Model) throws(ModelError) -> [ArtifactFile] {
    do throws(ModelError) {
      let coverage = try model.retarget(to: platform, sink: sink)
      guard coverage.isComplete else { throw coverage.failure(target: platform.title) }
      let files: [ArtifactFile]
      if let contract = platform.contract { files = try contract.emit(model, emissionSettings) } else { files = try exportONNX(model) }
      if let tooLarge = platform.profile?.rejection(ofSize: files.reduce(0) { $0 + $1.content.byteCount }) {
        throw ModelError(.unsupported, tooLarge.detail, notes: tooLarge.remedy.map { [$0] } ?? [])
      }
      return files
    } catch {
      throw error.located(Place(file: input))
    }
  }

  private var emissionSettings: EmissionSettings {
    var settings = EmissionSettings(fileName: graphName, sink: sink)
    settings.halvesWeights = options.halvesWeights
    return settings
  }

  private func exportONNX(_ model: Model) throws(ModelError) -> [ArtifactFile] {
    var exporting = ONNXExporter.Options(sink: sink)
    switch form {
    case .bundle, .folder: exporting.externalData = .always
    case .bare, .package: break
    }
    exporting.isRetargeted = options.opset != nil || options.standardOnly || platform.opsetLimit != nil
    try model.requireONNXOperators()
    let files = try ONNXExporter.write(expressible(model), fileName: graphName, options: exporting)
    let weights = files.weights.map { ArtifactFile(name: $0.name, content: $0.content, role: .weights) }
    return [ArtifactFile(name: graphName, content: files.model, role: .graph)] + (weights.map { [$0] } ?? [])
  }

  /// The model in the operator set it came in, or the lowest above it that can say everything; lowered to it already.
  private func expressible(_ model: Model) throws(ModelError) -> Model {
    if let opset = options.opset { return try model.asking(forOpset: opset, sink: sink) }
    if options.standardOnly, let own = model.opset(""), let same = try? model.asking(forOpset: own, sink: sink), same.isExpressible { return same }
    var result = model
    guard options.optimize || options.standardOnly, let wanted = model.opset("") else { return model }
    let needed = try lower(&result.graph, toAtLeast: wanted, opsets: model.opsetsInForce)
    if let limit = platform.opsetLimit, max(needed, wanted) > limit { return try model.asking(forOpset: limit, sink: sink) }
    guard needed > wanted else { return result }
    sink.warn("operator set \(wanted) cannot express the result: \(needed) is written")
    result.opsets = model.opsets.map { $0.domain.isEmpty ? ("", needed) : $0 }
    return result
  }

  /// The name of the file that holds the graph.
  private var graphName: String {
    if case .bare(let path) = form { return path.lastPathComponent }
    let name = input.lastPathComponent
    let stem = name.lastIndex(of: ".").map { String(name[..<$0]) } ?? name
    return (stem.isEmpty ? "model" : stem) + "." + platform.fileExtension
  }

  private mutating func write(
    _ files: [ArtifactFile], _ source: SourceFacts, _ original: Model?, _ model: Model, _ protected: [FileIdentity], into report: inout ConversionReport
  ) throws(ModelError) {
    let total = Double(max(files.reduce(0) { $0 + $1.content.byteCount }, 1))
    let head = try manifestHead(source, model)
    let start = ContinuousClock.now
    var verification = Verification(mode: options.verify, outcome: .notRun, notes: ["verification is switched off"])
    var verifying = 0.0
    do {
      try writeArtifacts(
        files, to: form, manifest: head, protecting: protected, force: options.force,
        readsBack: original != nil && options.verify != .none,
        progress: { [progress] done throws(ModelError) in
          guard !Task.isCancelled else { throw ModelError(.interrupted, "interrupted") }
          progress(Progress(phase: .writing, fraction: Double(done) / total))
        },
        beforeSeal: { [self] payload throws(ModelError) in
          let begin = ContinuousClock.now
          if let original { verification = try self.verify(payload, original) }
          verifying = (ContinuousClock.now - begin).seconds
          if verification.isFailure, !options.keepOnDifference { throw ModelError(.different, "the results differ") }
          return verification.manifestEntry
        })
      report.output = output
    } catch {
      guard error.code == .different else { throw error }
    }
    seconds["verify"] = verifying
    seconds["write"] = (ContinuousClock.now - start).seconds - verifying
    report.verification = verification
    report.addDifferences(model.graph)
  }

  private func verify(_ payload: [WrittenFile], _ source: Model) throws(ModelError) -> Verification {
    guard options.verify != .none else { return Verification(mode: .none, outcome: .notRun, notes: ["verification is switched off"]) }
    guard let read = platform.read else {
      return Verification(mode: options.verify, outcome: .notRun, notes: ["Ferry does not read \(platform.name)"])
    }
    progress(Progress(phase: .verifying, fraction: 0))
    var original = source
    var result = try read(payload, graphName, DiagnosticSink())
    try original.reorderPorts(options.layout)
    try original.inlineFunctions()
    try result.inlineFunctions()
    var inference = TypeInference()
    try inference.run(on: &original.graph)
    if let narrow = platform.narrow {
      try narrow(&original.graph)
      try inference.run(on: &original.graph)
    }
    try platform.adopt?(&result.graph, original.graph)
    try inference.run(on: &result.graph)
    let check = SideBySide(mode: options.verify, usesStructure: platform.contract == nil, comparesAngles: options.halvesWeights)
    return try check.run(source: original.graph, result: result.graph) { [progress] in
      progress(Progress(phase: .verifying, fraction: $0))
    }
  }

  private func manifestHead(_ source: SourceFacts, _ model: Model) throws(ModelError) -> ManifestHead {
    var files: [ManifestHead.SourceFile] = []
    for path in source.sources { files.append(.init(name: path.lastPathComponent, mapping: try FileMapping(path: path))) }
    func ports(_ values: [ValueID]) -> [Manifest.Port] {
      values.map { Manifest.Port(name: model.graph[$0].name, type: model.graph[$0].type?.description ?? "?") }
    }
    return ManifestHead(
      sourceFormat: source.format, sourceFiles: files, target: platform.title, inputs: ports(model.graph.inputs),
      outputs: ports(model.graph.outputs), passes: trace.entries.map(\.rule))
  }

  private func report(_ source: SourceFacts, _ model: Model, _ files: [ArtifactFile]) throws(ModelError) -> ConversionReport {
    var bytes = 0
    for path in source.sources { bytes += try FileMapping(path: path).bytes.count }
    return ConversionReport(
      source: input, sourceFormat: source.format, target: platform.title, output: nil,
      before: .init(nodes: source.nodes, bytes: bytes),
      after: .init(nodes: model.expandedNodeCount, bytes: files.reduce(0) { $0 + $1.content.byteCount }),
      rewrites: trace.entries.map { .init(rule: $0.rule, count: $0.count, nodesSaved: $0.nodesSaved, bytesSaved: $0.bytesSaved) },
      verification: Verification(mode: .none, outcome: .notRun, notes: ["nothing was written"]),
      warnings: warnings, seconds: seconds, sources: source.sources,
      provenance: options.tracesProvenance ? model.graph.provenance : nil)
  }

  private var warnings: [ConversionReport.Warning] { sink.all.map(ConversionReport.Warning.init) }
}

extension Model {
  /// What was carried from another format means nothing to those who read ONNX.
  fileprivate func requireONNXOperators() throws(ModelError) {
    guard format != "onnx" else { return }
    let foreign = graph.nodeIDs.filter { graph[$0].op.domain.hasPrefix(LiteRTImporter.foreignDomain) }
    guard let first = foreign.first else { return }
    throw ModelError(
      .unsupported, "ONNX has nothing for \(foreign.count) operator\(foreign.count == 1 ? "" : "s") of the source", at: graph.place(of: first),
      notes: Set(foreign.map { graph[$0].op.name }).sorted().map { "there is \($0)" })
  }
}

extension ConversionReport.Warning {
  init(_ diagnostic: Diagnostic) {
    self.init(severity: diagnostic.severity.rawValue, message: diagnostic.description)
  }
}

extension Model {
  /// Nodes of the graph and of the graphs within it, those of a function wherever it is called, constants not counted.
  var expandedNodeCount: Int {
    guard !functions.isEmpty else { return GraphTally(graph).nodes }
    var expansion = FunctionExpansion(functions)
    return expansion.nodes(of: graph)
  }
}

extension Verification {
  var manifestEntry: Manifest.Verification? {
    guard outcome != .notRun else { return nil }
    return Manifest.Verification(
      mode: mode.rawValue, samples: samples, passed: outcome == .equal,
      outputs: outputs.map { .init(name: $0.name, maxAbsolute: $0.maxAbsolute, maxRelative: $0.maxRelative, cosine: $0.cosine) },
      proof: proof.map { .init(values: $0.values, byStructure: $0.byStructure, byNumber: $0.byNumber, windows: $0.windows) }, notes: notes)
  }
}

extension Duration {
  var seconds: Double { Double(components.seconds) + Double(components.attoseconds) * 1e-18 }
}

extension String {
  var lastPathComponent: String { split(separator: "/").last.map(String.init) ?? self }
}
