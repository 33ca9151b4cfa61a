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
