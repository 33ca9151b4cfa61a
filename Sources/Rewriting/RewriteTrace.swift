import GraphIR

/// What a run of rules and passes did, and how far it may go.
public final class RewriteTrace {
  public struct Entry: Sendable, Equatable {
    public let rule: String
    /// How often it applied.
    public internal(set) var count: Int
    /// Nodes removed minus nodes added, counted as reports count a model's: without `Constant` nodes, with those of graphs within.
    public internal(set) var nodesSaved: Int
    /// Bytes of constants removed minus bytes added.
    public internal(set) var bytesSaved: Int
  }

  /// In order of first application.
  public private(set) var entries: [Entry] = []
  public private(set) var applicationCount = 0
  /// The rewriting ends after this many applications, so that a wrong one can be found by bisection.
  public let stopAfter: Int?
  let disabled: Set<String>
  let enabled: Set<String>
  let allowsApproximate: Bool
  /// Called when a rule does not apply at a node.
  package var onMiss: ((_ rule: String, _ node: MatchedNode, _ reason: NoMatch) -> Void)?
  /// Called when a rule has applied at a node, by the label that the node had.
  package var onApply: ((_ rule: String, _ label: NodeLabel) -> Void)?
  private var indexByRule: [String: Int] = [:]
  private(set) var recent: [String] = []

  /// `enabled` names rules that apply only on request; approximate ones apply when `allowsApproximate` is set too.
  public init(disabled: Set<String> = [], enabled: Set<String> = [], allowsApproximate: Bool = false, stopAfter: Int? = nil) {
    self.disabled = disabled
    self.enabled = enabled
    self.allowsApproximate = allowsApproximate
    self.stopAfter = stopAfter
  }

  public var mayContinue: Bool { stopAfter.map { applicationCount < $0 } ?? true }

  package func isEnabled(_ rule: String) -> Bool { !disabled.contains(rule) }

  package func isEnabled(_ rule: Rule) -> Bool {
    guard isEnabled(rule.name) else { return false }
    return enabled.contains(rule.name) || !rule.isOnRequest && (!rule.isApproximate || allowsApproximate)
  }

  /// The counts of all entries when the present round began.
  private var countsBefore: [Int] = []

  func beginRound() { countsBefore = entries.map(\.count) }

  /// Rules and passes that applied since the present round began.
  var appliedThisRound: [String] {
    entries.indices.filter { $0 >= countsBefore.count || entries[$0].count > countsBefore[$0] }.map { entries[$0].rule }
  }

  package func record(_ rule: String, nodesSaved: Int, bytesSaved: Int = 0, times: Int = 1) {
    applicationCount += times
    if recent.last != rule { recent = recent.suffix(1) + [rule] }
    if let index = indexByRule[rule] {
      entries[index].count += times
      entries[index].nodesSaved += nodesSaved
      entries[index].bytesSaved += bytesSaved
    } else {
      indexByRule[rule] = entries.count
      entries.append(Entry(rule: rule, count: times, nodesSaved: nodesSaved, bytesSaved: bytesSaved))
    }
  }
}
