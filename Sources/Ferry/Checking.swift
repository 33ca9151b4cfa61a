import Diagnostics
import GraphIR
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
    let trace = RewriteTrace(disabled: options.disabledRules, stopAfter: options.stopAfter)
    if options.optimize { try model.optimize(trace: trace, sink: sink) }
    let coverage = try model.retarget(to: platform, sink: sink)
    return CheckReport(source: input, target: platform.name, coverage: coverage)
  } catch {
    throw error.located(Place(file: input))
  }
}

extension Platform {
  /// Without a name, the format whose files end as `output` does.
  static func resolve(_ target: Target, output: String = "") throws(ModelError) -> Platform {
    guard case .named(let name) = target else {
      let fitting = all.first { output.lowercased().hasSuffix("." + $0.fileExtension) }
      return try named(fitting?.name ?? "onnx")
    }
    return try named(name)
  }
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

  /// The standard passes. Throws what functions, inference and passes throw.
  mutating func optimize(trace: RewriteTrace, sink: DiagnosticSink, progress: (Double) -> Void = { _ in }) throws(ModelError) {
    try inlineFunctions()
    var inference = TypeInference(sink: sink)
    try inference.run(on: &graph)
    let versions = Dictionary(opsets.map { ($0.domain, $0.version) }, uniquingKeysWith: { first, _ in first })
    try Pipelines.standard.run(on: &graph, opsets: versions, trace: trace, sink: sink, progress: progress)
    try graph.verify()
  }

  /// Brings the model into the form that a platform takes; what remains rejected is in the coverage.
  mutating func retarget(to platform: Platform, sink: DiagnosticSink) throws(ModelError) -> Coverage {
    guard let contract = platform.contract else { return Coverage(nodes: GraphTally(graph).nodes) }
    try inlineFunctions()
    let coverage = try Legalization(contract).run(on: &self, tidying: Pipelines.cleanUp, sink: sink)
    try graph.verify()
    return coverage
  }
}
