import Diagnostics
import GraphIR

/// What a target takes of a model, and what not: the content of `ferry check`.
public struct Coverage: Sendable, Encodable {
  /// Nodes of one operator that are rejected for one reason.
  public struct Finding: Sendable, Encodable {
    public var `operator`: String
    public var domain: String
    public var reason: Rejection.Reason
    public var detail: String
    /// What the user can do about it.
    public var remedy: String?
    /// The legalisation that takes care of it; `nil` for what remains unsupported.
    public var replacedBy: String?
    public var count: Int
    /// The nodes, by name or by their first result's name, in order.
    public var nodes: [String]
  }

  /// Nodes of the optimised model, constants not counted, graphs within graphs included.
  public internal(set) var nodes = 0
  /// What keeps the model from being written, sorted by operator, the most frequent reason first.
  public internal(set) var unsupported: [Finding] = []
  /// What is written in other words, sorted likewise.
  public internal(set) var replaced: [Finding] = []

  package init(nodes: Int = 0) { self.nodes = nodes }

  /// How much is unsupported, as in `2 of 9 nodes and 1 input`.
  public var unsupportedText: String {
    func count(_ kind: String) -> Int { unsupported.reduce(0) { $0 + ($1.operator == kind ? $1.count : 0) } }
    let ports = ["input", "output"].filter { count($0) > 0 }.map { "\(count($0)) \($0)\(count($0) == 1 ? "" : "s")" }
    let rest = unsupported.reduce(0) { $0 + $1.count } - count("input") - count("output")
    return ((rest > 0 ? ["\(rest) of \(nodes) nodes"] : []) + ports).joined(separator: " and ")
  }

  public var isComplete: Bool { unsupported.isEmpty }

  /// Adds what one node is rejected for.
  package mutating func add(_ rejection: Rejection, _ place: Place) {
    unsupported.append(
      Finding(
        operator: place.operatorName ?? "model", domain: "", reason: rejection.reason, detail: rejection.detail, remedy: rejection.remedy,
        count: 1, nodes: place.node.map { [$0] } ?? []))
  }

  /// Says of operators that are known in other forms what is wrong with these.
  package mutating func explainForeign(_ reason: (_ operatorName: String) -> String?) {
    for index in unsupported.indices where unsupported[index].reason == Rejection.Reason.foreign {
      if let known = reason(unsupported[index].operator) { unsupported[index].detail = "no form of it that Ferry knows: " + known }
    }
  }

  /// Everything unsupported as one error: exit status 4.
  package func failure(target: String) -> ModelError {
    ModelError(.unsupported, "\(target) cannot take \(unsupportedText)", notes: unsupported.map(\.description))
  }
}

extension Coverage.Finding: CustomStringConvertible {
  public var description: String {
    let shown = nodes.prefix(4).map { "\"\($0)\"" }.joined(separator: ", ") + (nodes.count > 4 ? ", …" : "")
    let next = replacedBy.map { ", replaced by \($0)" } ?? remedy.map { "; \($0)" } ?? ""
    return "\(`operator`) ×\(count) [\(reason.rawValue)] \(detail)\(next): \(shown)"
  }
}

/// Gathers findings while nodes are looked at in any order.
struct CoverageTally {
  private struct Key: Hashable {
    var name: String
    var domain: String
    var rejection: Rejection
    var rule: String?
  }

  private var nodes: [Key: [String]] = [:]

  mutating func add(_ name: String, domain: String, _ rejection: Rejection, by rule: String? = nil, node: String) {
    nodes[Key(name: name, domain: domain, rejection: rejection, rule: rule), default: []].append(node)
  }

  mutating func add(_ other: CoverageTally) {
    nodes.merge(other.nodes) { $0 + $1 }
  }

  var findings: [Coverage.Finding] {
    nodes.map { key, nodes in
      Coverage.Finding(
        operator: key.name, domain: key.domain, reason: key.rejection.reason, detail: key.rejection.detail,
        remedy: key.rejection.remedy, replacedBy: key.rule, count: nodes.count, nodes: nodes)
    }.sorted { a, b in
      if (a.operator, a.domain) != (b.operator, b.domain) { return (a.operator, a.domain) < (b.operator, b.domain) }
      if a.count != b.count { return a.count > b.count }
      return (a.detail, a.reason.rawValue, a.replacedBy ?? "") < (b.detail, b.reason.rawValue, b.replacedBy ?? "")
    }
  }
}
