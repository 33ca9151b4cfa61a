/// Where a node came from. Survives every rewrite.
public enum Provenance: Sendable {
  /// Read from the model under the node's own name.
  case imported
  /// Made by a rule from nodes of the source model.
  case derived(Derivation)

  public final class Derivation: Sendable {
    /// Names of nodes in the source model, each once, in order.
    public let sources: [String]
    /// The rule that made the node, most recent last.
    public let rules: [String]

    public init(sources: [String], rules: [String]) {
      self.sources = sources
      self.rules = rules
    }
  }
}

extension Graph {
  /// Names of the source model's nodes that a node stands for: where it has none of its own, that of its first result.
  package func sourceNames(of id: NodeID) -> [String] {
    let node = self[id]
    if case .derived(let derivation) = node.origin { return derivation.sources }
    return node.name.isEmpty ? node.results.prefix(1).map { self[$0].name } : [node.name]
  }

  /// For a node that a pass puts behind a value: it comes from what makes the value, or, of an input, from those who use it.
  package func derivation(behind value: ValueID, by rule: String) -> Provenance {
    let around = producer(of: value).map { [$0] } ?? self[value].uses.map(\.node)
    var seen = Set<String>()
    let sources = around.flatMap { sourceNames(of: $0) }.filter { seen.insert($0).inserted }
    return .derived(.init(sources: sources, rules: [rule]))
  }
}
