import Bundle
import Diagnostics
import GraphIR
import Lowerings
import Passes
import Retargeting
import Rewriting

/// What `ferry check` finds. Encodes as the object that `--json` prints.
public struct CheckReport: Sendable, Encodable {
  public let schema = 1
  public var source: String
  public var target: String
  public var coverage: Coverage
  /// True when nothing keeps the model from being written.
  public var isSupported: Bool { coverage.isComplete }

  enum CodingKeys: String, CodingKey { case schema, source, target, coverage, supported }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(schema, forKey: .schema)
    try container.encode(source, forKey: .source)
    try container.encode(target, forKey: .target)
    try container.encode(coverage, forKey: .coverage)
    try container.encode(isSupported, forKey: .supported)
  }
}

/// Tells what a target takes of the model at `input` and what not, without writing anything.
///
/// The model is optimised and brought into the target's form first, as `convert` does. Throws `ModelError`.
public func check(
  _ input: String, to target: Target, options: ConversionOptions = ConversionOptions(), opening: OpenOptions = OpenOptions()
) async throws -> CheckReport {
  let platform = try Platform.resolve(target)
  let sink = DiagnosticSink()
  var model = try Ferry.open(input, options: opening, sink: sink)
  do throws(ModelError) {
    try model.prepare(options, sink: sink)
    let trace = options.trace(for: platform)
    if options.optimize { try model.optimize(trace: trace, opset: platform.newestOpset, growthLimit: platform.growthLimit, sink: sink) }
    var coverage = try model.retarget(to: platform, sink: sink)
    if let limit = platform.opsetLimit, coverage.isComplete {
      do throws(ModelError) {
        var lowered = try model.asking(forOpset: min(limit, model.opset("") ?? limit), sink: sink)
        try lower(&lowered.graph, opsets: lowered.opsetsInForce)
      } catch {
        coverage.add(Rejection(.operatorSet, "operator set \(limit) cannot express it: \(error.message)"), error.place)
      }
    }
    return CheckReport(source: input, target: platform.title, coverage: coverage)
  } catch {
    throw error.located(Place(file: input))
  }
}

extension Platform {
  /// The newest ONNX operator set that may be written.
  var opsetLimit: Int? { contract == nil ? profile?.opset?.value : nil }

  /// Another format than ONNX has no operator sets, so that rules may make operators of any; `nil` for ONNX.
  var newestOpset: Int? { contract == nil ? nil : OperatorHistory.newestVersion }
}

extension Model {
  /// Moves the channels of images in inputs and outputs. Throws what inference throws.
  mutating func reorderPorts(_ order: PortOrder?) throws(ModelError) {
    guard let order else { return }
    try inlineFunctions()
    var inference = TypeInference()
    try inference.run(on: &graph)
    let pass = Pipeline([.pass(ReorderPorts(channelsLast: order == .nhwc))], roundLimit: 1)
    try pass.run(on: &graph, opsets: [:], trace: RewriteTrace())
  }

  /// The model as it is to be converted: with the shapes, and between the values, that the user asks for.
  mutating func prepare(_ options: ConversionOptions, sink: DiagnosticSink) throws(ModelError) {
    guard !options.shapes.isEmpty || !options.cutFrom.isEmpty || !options.cutTo.isEmpty else { return }
    try inlineFunctions()
    try reshapeInputs(options.shapes, sink: sink)
    try cut(from: options.cutFrom, to: options.cutTo)
  }

  /// The standard passes. Throws what functions, inference and passes throw.
  mutating func optimize(
    trace: RewriteTrace, opset: Int? = nil, growthLimit: Int? = nil, sink: DiagnosticSink, progress: (Double) -> Void = { _ in }
  ) throws(ModelError) {
    try inlineFunctions()
    var inference = TypeInference(sink: sink)
    try inference.run(on: &graph)
    var versions = Dictionary(opsets.map { ($0.domain, $0.version) }, uniquingKeysWith: { first, _ in first })
    if let opset { versions[""] = opset }
    var pipeline = Pipelines.standard
    pipeline.growthLimit = growthLimit
    try pipeline.run(on: &graph, opsets: versions, trace: trace, sink: sink, progress: progress)
    try graph.verify()
  }

  /// Brings the model into the form that a platform takes; what remains rejected is in the coverage.
  mutating func retarget(to platform: Platform, sink: DiagnosticSink) throws(ModelError) -> Coverage {
    guard platform.contract != nil || platform.profile != nil else { return Coverage(nodes: GraphTally(graph).nodes) }
    try inlineFunctions()
    let limits = platform.profile.map { profile in { @Sendable (node: SubjectNode) in profile.rejection(of: node) } }
    let legalization = Legalization(platform.contract ?? WhateverIsKnown(), common: Self.commonRules, limits: limits, lastResort: Self.takeApart)
    let refusals = refusals(in: graph, opsets: opsetsInForce)
    var coverage = try legalization.run(on: &self, tidying: Pipelines.cleanUp, sink: sink)
    coverage.explainForeign { name in
      guard let refusal = refusals.first(where: { $0.place.operatorName == name }) else { return nil }
      return (refusal.place.attribute.map { "attribute \"\($0)\": " } ?? "") + refusal.message
    }
    try graph.verify()
    return coverage
  }

  private static let commonRules = 
    Decompositions.contrib + Decompositions.quantized + Decompositions.machineLearning + Decompositions.structures

  /// Operators of the standard set in terms of others, as older operator sets have them.
  private static let takeApart: Legalization.LastResort = { (graph, spared, judge) throws(ModelError) in
    var takingApart = TakingApart(sparing: spared, judge: judge)
    return try takingApart.run(on: &graph)
  }
}

/// A format that takes every operator: ONNX, whose limits are its hardware's alone.
private struct WhateverIsKnown: TargetPlatform {
  let name = "onnx"
  let hasTensorsAlone = false
  func rejection(of node: SubjectNode) -> Rejection? { nil }
  func rejection(ofPort type: ValueType?) -> Rejection? { nil }
  func emit(_ model: Model, _ settings: EmissionSettings) throws(ModelError) -> [ArtifactFile] { [] }
}
