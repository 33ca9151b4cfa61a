import Evaluation
import GraphIR
import Passes
import Rewriting

extension ConversionReport {
  /// The largest difference that verification saw.
  public struct Difference: Sendable, Encodable {
    public enum Place: String, Sendable, Encodable {
      /// Where the rewritten parts end that hold a node made by the rule. Other rules may have made nodes there, too.
      case rewrittenParts
      /// In the model's outputs: everything was run, and all rules have a share.
      case outputs
    }
    public var absolute: Double
    /// Relative to the source's element, where that is not 0.
    public var relative: Double
    public var place: Place

    fileprivate init(_ agreements: [Agreement], _ place: Place) {
      absolute = agreements.map(\.maxAbsolute).filter(\.isFinite).max() ?? 0
      relative = agreements.map(\.maxRelative).filter(\.isFinite).max() ?? 0
      self.place = place
    }
  }

  /// Says beside each rule that rounds in other places how far verification saw results apart. `graph` is the rewritten one.
  mutating func addDifferences(_ graph: Graph) {
    let rounding = Pipelines.standard.roundingRules
    guard verification.outcome != .notRun, rewrites.contains(where: { rounding.contains($0.rule) }) else { return }
    var byRule: [String: [Agreement]] = [:]
    let makers = graph.makers
    for window in verification.windows {
      for rule in Set(window.values.flatMap { makers[$0] ?? [] }) { byRule[rule, default: []] += window.agreements }
    }
    for index in rewrites.indices where rounding.contains(rewrites[index].rule) {
      // What such a rule made may be gone again, or be constants alone: then it is part of whatever was run.
      let own = byRule[rewrites[index].rule] ?? verification.outputs
      rewrites[index].difference = Difference(own, verification.proof == nil ? .outputs : .rewrittenParts)
    }
  }
}

extension Graph {
  /// For the results of nodes, by name, the rules that made the node; graphs within the graph included.
  fileprivate var makers: [String: [String]] {
    var makers: [String: [String]] = [:]
    for id in nodeIDs {
      for inner in graphs(of: id) { makers.merge(inner.makers) { $0 + $1 } }
      guard case .derived(let derivation) = self[id].origin else { continue }
      for result in self[id].results { makers[self[result].name, default: []] += derivation.rules }
    }
    return makers
  }
}
