import Diagnostics
import Evaluation
import GraphIR
import Operators
import Tensors

/// Runs two models on the same inputs and tells how far their outputs are from each other; those of the first are the reference.
///
/// Inputs and outputs belong together by name, or by position where the names differ. Throws `ModelError`.
public func compare(
  _ a: String, _ b: String, options: CompareOptions = CompareOptions(), opening: OpenOptions = OpenOptions()
) async throws -> Comparison {
  let sink = DiagnosticSink()
  let first = try RunnableModel(a, opening: opening, optimize: false, iterationLimit: options.iterationLimit, sink: sink)
  let second = try RunnableModel(b, opening: opening, optimize: false, iterationLimit: options.iterationLimit, sink: sink)
  return try ModelComparison(a: first, b: second, paths: (a, b), options: options).run(sink)
}

private struct ModelComparison {
  let a: RunnableModel
  let b: RunnableModel
  let paths: (a: String, b: String)
  let options: CompareOptions
  /// Bytes of one model's intermediate results that are kept at a time.
  private static let keptBytes = 1 << 29

  func run(_ sink: DiagnosticSink) throws(ModelError) -> Comparison {
    let inputs = try located(paths.a) { () throws(ModelError) in try a.inputs(options.inputs) }
    let others = try counterparts(of: inputs)
    let expected = try located(paths.a) { () throws(ModelError) in try a.executor.run(values: inputs) }
    let actual = try located(paths.b) { () throws(ModelError) in try b.executor.run(values: others) }
    let ties = TieCheck(actual: (b.executor, others), reference: (a.executor, inputs))
    let outputs = try settled(agreements(actual, expected, ties), actual, expected, inputs)
    let isEqual = outputs.allSatisfy(\.isEqual)
    return Comparison(
      a: paths.a, b: paths.b, isEqual: isEqual,
      inputs: zip(a.graph.inputs, inputs).map { .init(name: a.graph[$0].name, type: $1?.typeText ?? "default", file: nil) },
      outputs: outputs, firstDivergence: isEqual ? nil : try firstDivergence(inputs, others, ties),
      warnings: sink.all.map(ConversionReport.Warning.init))
  }

  private func located<R>(_ path: String, _ body: () throws(ModelError) -> R) throws(ModelError) -> R {
    do throws(ModelError) { return try body() } catch { throw error.located(Place(file: path)) }
  }

  /// The inputs in the order of the second model.
  private func counterparts(of inputs: [RuntimeValue?]) throws(ModelError) -> [RuntimeValue?] {
    let places = try matches(b.graph, b.graph.inputs, in: a.graph, a.graph.inputs, "inputs")
    return places.map { inputs[$0] }
  }

  /// For each of `values` the place of its counterpart among `others`.
  private func matches(
    _ graph: Graph, _ values: [ValueID], in other: Graph, _ others: [ValueID], _ what: String
  ) throws(ModelError) -> [Int] {
    guard values.count == others.count else {
      throw ModelError(.different, "the first model has \(others.count) \(what), the second \(values.count)", at: Place(file: paths.b))
    }
    let byName = Dictionary(others.enumerated().map { (other[$1].name, $0) }, uniquingKeysWith: { first, _ in first })
    let named = values.compactMap { byName[graph[$0].name] }
    return Set(named).count == values.count ? named : Array(values.indices)
  }

  private func agreements(
    _ actual: [RuntimeValue], _ expected: [RuntimeValue], _ ties: TieCheck
  ) throws(ModelError) -> [Agreement] {
    let places = try matches(a.graph, a.graph.outputs, in: b.graph, b.graph.outputs, "outputs")
    var result: [Agreement] = []
    for (index, value) in a.graph.outputs.enumerated() {
      let found = try options.tolerance.compare(actual[places[index]], with: expected[index], name: a.graph[value].name)
      result += try settled(found, (b.graph.outputs[places[index]], actual[places[index]]), (value, expected[index]), ties)
    }
    return result
  }

  /// What differs by no more than the first model does by itself, where it rounds to steps, is equal.
  private func settled(
    _ agreements: [Agreement], _ actual: [RuntimeValue], _ expected: [RuntimeValue], _ inputs: [RuntimeValue?]
  ) throws(ModelError) -> [Agreement] {
    // Bounds that somebody gives hold.
    guard options.relative == nil, options.absolute == nil, !agreements.allSatisfy(\.isEqual), agreements.count == expected.count,
      expected.allSatisfy({ $0.tensor != nil }),
      let steps = StepSensitivity(a.graph, inputs: inputs, iterationLimit: options.iterationLimit)
    else { return agreements }
    let places = try matches(a.graph, a.graph.outputs, in: b.graph, b.graph.outputs, "outputs")
    return try steps.settled(agreements, actual: places.map { actual[$0].tensor }, expected: expected.map(\.tensor))
  }

  private func settled(
    _ found: [Agreement], _ actual: (ValueID, RuntimeValue), _ expected: (ValueID, RuntimeValue), _ ties: TieCheck
  ) throws(ModelError) -> [Agreement] {
    guard found.count == 1, !found[0].isEqual, let a = actual.1.tensor, let b = expected.1.tensor else { return found }
    return [try ties.settled(found[0], (actual.0, a), (expected.0, b), options.tolerance)]
  }

  // MARK: - Intermediate results

  /// Results of the outermost graphs that both have under one name, in the second model's order, some at a time so that
  /// neither model's results have to be kept all.
  private func firstDivergence(
    _ inputs: [RuntimeValue?], _ others: [RuntimeValue?], _ ties: TieCheck
  ) throws(ModelError) -> Comparison.Divergence? {
    let theirs = namedResults(of: b.graph)
    let shared = namedResults(of: a.graph).filter { theirs[$0.key] != nil }
    var done: Set<String> = []
    while done.count < shared.count {
      let kept = try keepResults(inputs, shared, without: done)
      guard !kept.isEmpty else { return nil }
      // What differs by a choice among equals is passed over.
      while let (value, result, worst) = try worstResult(others, kept, without: done) {
        let name = b.graph[value].name
        guard let reference = shared[name], let expected = kept[name] else { break }
        let settled = try settled([worst], (value, result), (reference, expected), ties)
        if settled.contains(where: { !$0.isEqual }) { return try divergence(value, worst, agreedBefore(value, shared)) }
        done.insert(name)
      }
      done.formUnion(kept.keys)
    }
    return nil
  }

  /// The first of the second model's values that differs from the one `kept` under its name.
  private func worstResult(
    _ others: [RuntimeValue?], _ kept: [String: RuntimeValue], without done: Set<String>
  ) throws(ModelError) -> (ValueID, RuntimeValue, Agreement)? {
    var failure: ModelError?
    var found: (ValueID, RuntimeValue, Agreement)?
    _ = try b.executor.run(values: others) { value, result in
      let name = b.graph[value].name
      guard found == nil, failure == nil, !done.contains(name), let expected = kept[name] else { return }
      do throws(ModelError) {
        let worst = try options.tolerance.compare(result, with: expected, name: name).first { !$0.isEqual }
        if let worst { found = (value, result, worst) }
      } catch { failure = error }
    }
    if let failure { throw failure }
    return found
  }

  /// How many of the shared values the second model computes before `value`.
  private func agreedBefore(_ value: ValueID, _ shared: [String: ValueID]) throws(ModelError) -> Int {
    var count = 0
    for id in try b.graph.topologicalOrder() {
      for result in b.graph[id].results {
        if result == value { return count }
        if shared[b.graph[result].name] != nil { count += 1 }
      }
    }
    return count
  }

  private func namedResults(of graph: Graph) -> [String: ValueID] {
    var names: [String: ValueID] = [:]
    for id in graph.nodeIDs { for result in graph[id].results where !graph[result].name.isEmpty { names[graph[result].name] = result } }
    return names
  }

  private func keepResults(
    _ inputs: [RuntimeValue?], _ shared: [String: ValueID], without done: Set<String>
  ) throws(ModelError) -> [String: RuntimeValue] {
    var kept: [String: RuntimeValue] = [:]
    var bytes = 0
    _ = try a.executor.run(values: inputs) { value, result in
      let name = a.graph[value].name
      guard bytes < Self.keptBytes, shared[name] == value, !done.contains(name) else { return }
      kept[name] = result
      bytes += result.tensor?.byteCount ?? 0
    }
    return kept
  }

  private func divergence(_ value: ValueID, _ agreement: Agreement, _ agreedBefore: Int) -> Comparison.Divergence {
    let node = b.graph.producer(of: value).map { b.graph[$0] }
    var sources: [String] = []
    if case .derived(let derivation)? = node?.origin { sources = derivation.sources }
    return Comparison.Divergence(
      value: b.graph[value].name, node: node?.name ?? "", operatorName: node?.op.name ?? "", sources: sources, agreement: agreement,
      agreedBefore: agreedBefore)
  }
}
