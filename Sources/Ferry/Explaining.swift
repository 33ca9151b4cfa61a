import Diagnostics
import GraphIR
import Passes
import Rewriting

/// Which rewrites applied to a model, and why others did not. Encodes as the object that `--json` prints.
public struct Explanation: Sendable, Encodable {
  public struct Application: Sendable, Encodable {
    public var rule: String
    public var count: Int
    public var nodesSaved: Int
    /// Where it applied; empty for passes, which look at a whole graph at once.
    public var nodes: [String]
  }

  public struct Refusal: Sendable, Encodable {
    public var rule: String
    public var reason: String
    /// Nodes of the result at which the rule did not apply, each with the value that the reason is about, if any.
    public var nodes: [Place]
  }

  public let schema = 1
  public var model: String
  public var applied: [Application]
  /// By rule, in the order of the pipeline, the most frequent reason first.
  public var refused: [Refusal]
  public var warnings: [ConversionReport.Warning]
}

/// Optimises the model without writing anything, and tells what the rules found. With `rule`, tells of that rule alone.
///
/// Throws `usage` for a rule that does not exist, and what `open` throws.
public func explain(
  _ path: String, rule: String? = nil, options: ConversionOptions = ConversionOptions(), opening: OpenOptions = OpenOptions(),
  progress: @escaping @Sendable (Progress) -> Void = { _ in }
) async throws -> Explanation {
  if let rule, !ruleNames.contains(rule) {
    throw ModelError(.usage, "there is no rule \(rule)", notes: ["there are: " + ruleNames.joined(separator: ", ")])
  }
  let sink = DiagnosticSink()
  var model = try open(path, options: opening, sink: sink)
  var notes = RuleNotes(asking: rule)
  do throws(ModelError) {
    let trace = options.trace()
    let collected = Collector(notes)
    trace.onApply = { collected.notes.apply($0, $1) }
    trace.onMiss = { rule, node, miss in collected.notes.miss(rule, node, miss) }
    try model.optimize(trace: trace, sink: sink) { progress(Progress(phase: .optimizing, fraction: $0)) }
    notes = collected.notes
    return notes.explanation(of: path, trace, model.graph, sink)
  } catch {
    throw error.located(Place(file: path))
  }
}

private final class Collector {
  var notes: RuleNotes
  init(_ notes: RuleNotes) { self.notes = notes }
}

/// What is remembered of a run. Of several refusals of one rule at one node, the last.
private struct RuleNotes {
  private struct Key: Hashable {
    let rule: String
    let label: NodeLabel
  }

  let rule: String?
  private var applied: [String: [String]] = [:]
  private var missed: [Key: (reason: StaticString, value: String?)] = [:]

  init(asking rule: String?) { self.rule = rule }

  mutating func apply(_ rule: String, _ label: NodeLabel) {
    if self.rule == nil || self.rule == rule { applied[rule, default: []].append(label.name) }
    missed[Key(rule: rule, label: label)] = nil
  }

  mutating func miss(_ rule: String, _ node: MatchedNode, _ miss: NoMatch) {
    guard self.rule == nil || self.rule == rule else { return }
    missed[Key(rule: rule, label: node.label)] = (miss.reason, miss.value.flatMap { node.name(of: $0) })
  }

  func explanation(of path: String, _ trace: RewriteTrace, _ graph: Graph, _ sink: DiagnosticSink) -> Explanation {
    let applications = trace.entries.filter { rule == nil || $0.rule == rule }.map {
      Explanation.Application(rule: $0.rule, count: $0.count, nodesSaved: $0.nodesSaved, nodes: applied[$0.rule] ?? [])
    }
    let order = Dictionary(uniqueKeysWithValues: ruleNames.enumerated().map { ($0.element, $0.offset) })
    var remaining: Set<NodeLabel> = []
    Self.collect(graph, &remaining)
    var byReason: [String: [String: [Place]]] = [:]
    for (key, why) in missed where remaining.contains(key.label) {
      let place = Place(graph: key.label.graph, node: key.label.name, operatorName: key.label.operatorName, value: why.value)
      byReason[key.rule, default: [:]]["\(why.reason)", default: []].append(place)
    }
    let refusals = byReason.sorted { (order[$0.key] ?? 0) < (order[$1.key] ?? 0) }.flatMap { rule, reasons in
      reasons.map { reason, places in
        Explanation.Refusal(rule: rule, reason: reason, nodes: places.sorted { ($0.graph ?? "", $0.node ?? "") < ($1.graph ?? "", $1.node ?? "") })
      }.sorted { ($1.nodes.count, $0.reason) < ($0.nodes.count, $1.reason) }
    }
    return Explanation(
      model: path, applied: applications, refused: refusals, warnings: sink.all.map(ConversionReport.Warning.init))
  }

  private static func collect(_ graph: Graph, _ labels: inout Set<NodeLabel>) {
    for id in graph.nodeIDs {
      labels.insert(NodeLabel(id, in: graph))
      for inner in graph.graphs(of: id) { collect(inner, &labels) }
    }
  }
}
