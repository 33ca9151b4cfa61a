import Diagnostics
import Evaluation
import GraphIR
import Lowerings
import Operators
import Passes
import Rewriting
import Tensors

/// Runs the model at `path` on values from files, or on made-up ones, and writes its outputs.
///
/// Throws `ModelError`: what `open` throws, what is wrong with the inputs, and what the operators throw, naming the node.
public func run(
  _ path: String, options: RunOptions = RunOptions(), opening: OpenOptions = OpenOptions()
) async throws -> RunReport {
  let sink = DiagnosticSink()
  var clock = PhaseClock()
  let model = try RunnableModel(
    path, opening: opening, optimize: options.optimize, iterationLimit: options.iterationLimit, forManyRuns: options.repeats > 1, sink: sink)
  clock.end("prepare")
  do throws(ModelError) {
    let inputs = try model.inputs(options.inputs)
    clock.end("inputs")
    let first = try model.executor.runMeasured(inputs)
    var outputs = first.outputs
    clock.end("run")
    var times: [Double] = []
    for _ in 1..<max(options.repeats, 1) {
      let start = ContinuousClock.now
      outputs = try model.executor.run(values: inputs)
      times.append((ContinuousClock.now - start).seconds)
    }
    if options.repeats > 1 { clock.end("repeat") }
    let profile = options.profile ? try model.executor.profile(values: inputs) : nil
    let files = try options.outputs.map { (folder) throws(ModelError) in
      try ValueFolder(path: folder).write(outputs, of: model.graph, as: options.format)
    }
    clock.end("write")
    return RunReport(
      model: path,
      inputs: zip(model.graph.inputs, inputs).map { .init(name: model.graph[$0].name, type: $1?.typeText ?? "default", file: nil) },
      outputs: zip(model.graph.outputs, outputs).enumerated().map { index, output in
        .init(name: model.graph[output.0].name, type: output.1.typeText, file: files?[index])
      },
      latency: .init(times), kernels: .init(model.executor), peakActivationBytes: first.peakBytes,
      profile: profile?.rows.map { .init(operators: $0.operators, kernel: $0.kernel, steps: $0.steps, seconds: $0.seconds) }, warnings: sink.all.map(ConversionReport.Warning.init), seconds: clock.seconds)
  } catch {
    throw error.located(Place(file: path))
  }
}

/// A model made ready to run: functions inlined, types inferred, optimised where asked for.
struct RunnableModel {
  let graph: Graph
  let executor: Executor

  init(
    _ path: String, opening: OpenOptions, optimize: Bool, iterationLimit: Int = 1_000_000, forManyRuns: Bool = false,
    sink: DiagnosticSink
  ) throws(ModelError) {
    var model = try open(path, options: opening, sink: sink)
    do throws(ModelError) {
      try model.inlineFunctions()
      try Self.requireKnownNodes(model)
      var inference = TypeInference(sink: sink)
      try inference.run(on: &model.graph)
      if optimize {
        let opsets = Dictionary(model.opsets.map { ($0.domain, $0.version) }, uniquingKeysWith: { first, _ in first })
        try Pipelines.standard.run(on: &model.graph, opsets: opsets, trace: RewriteTrace(), sink: sink) { _ in }
      }
      graph = model.graph
      executor = try Executor(model.graph, iterationLimit: iterationLimit, forManyRuns: forManyRuns)
    } catch {
      throw error.located(Place(file: path))
    }
  }

  /// Throws what is wrong with the first node that cannot be run, where it is more than that its operator is not known.
  private static func requireKnownNodes(_ model: Model) throws(ModelError) {
    guard !Executor.unsupported(in: model.graph).isEmpty else { return }
    let refusals = refusals(in: model.graph, opsets: model.opsetsInForce)
    guard var first = refusals.first else { return }
    if refusals.count > 1 { first.notes.append("and \(refusals.count - 1) more nodes cannot be run") }
    throw first
  }

  /// The inputs that the options give or, without a folder, made-up ones of the first sizes that the model runs on.
  func inputs(_ options: InputOptions) throws(ModelError) -> [RuntimeValue?] {
    let names = Set(graph.inputs.map { graph[$0].name })
    if let unknown = options.ranges.keys.sorted().first(where: { !names.contains($0) }) {
      throw ModelError(.usage, "--range \(unknown): there is no such input", notes: ["there are: " + names.sorted().joined(separator: ", ")])
    }
    if let folder = options.folder {
      let values = try ValueFolder(path: folder).inputs(of: graph)
      try executor.requireMemory(for: values)
      return values
    }
    return try madeUpInputs(options)
  }

  private func madeUpInputs(_ options: InputOptions) throws(ModelError) -> [RuntimeValue?] {
    var failure: ModelError?
    for symbols in Sizes.candidates(for: graph) {
      for bound in [8, 2, 1] {
        do throws(ModelError) {
          var synthesis = InputSynthesis(symbols: symbols, seed: options.seed, integerBound: bound)
          synthesis.ranges = options.ranges
          let values = try synthesis.inputs(of: graph).map { RuntimeValue?.some(.tensor($0)) }
          try executor.requireMemory(for: values)
          _ = try executor.run(values: values)
          return values
        } catch {
          guard error.code != .interrupted, error.code != .limitExceeded else { throw error }
          failure = failure ?? error
        }
      }
    }
    throw failure ?? ModelError(.unsupported, "no inputs can be made up")
  }
}

/// Time spent by phase.
struct PhaseClock {
  private var last = ContinuousClock.now
  private(set) var seconds: [String: Double] = [:]

  mutating func end(_ phase: String) {
    let now = ContinuousClock.now
    seconds[phase] = (now - last).seconds
    last = now
  }
}

extension RunReport.Kernels {
  init(_ executor: Executor) {
    let usage = executor.kernelUsage
    self.init(
      oneDNN: usage.fast, fused: usage.fused, plain: usage.plain,
      refused: usage.refused.map { .init(node: $0.place.node ?? "", operatorName: $0.place.operatorName ?? "", reason: $0.reason) })
  }
}

extension RunReport.Latency {
  /// `nil` for no times at all.
  init?(_ times: [Double]) {
    let sorted = times.sorted()
    guard let first = sorted.first, let last = sorted.last else { return nil }
    let middle = sorted.count / 2
    let median = sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
    self.init(runs: sorted.count, medianSeconds: median, minimumSeconds: first, maximumSeconds: last, runsPerSecond: 1 / max(median, 1e-9))
  }
}
