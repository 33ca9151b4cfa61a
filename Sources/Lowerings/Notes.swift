import Diagnostics

/// What there is to say about nodes, once for all nodes of which the same is true.
struct Notes {
  private struct Key: Hashable {
    let operatorName: String
    let message: String
  }

  private struct Entry {
    var node: String
    /// The first nodes by name.
    var names: [String] = []
    var path: String
    var count: Int
    var order: Int
  }

  private var entries: [Key: Entry] = [:]

  var isEmpty: Bool { entries.isEmpty }
  /// The number of nodes.
  var count: Int { entries.values.reduce(0) { $0 + $1.count } }

  mutating func add(_ operatorName: String, _ message: String, node: String, path: String) {
    let new = Entry(node: node, path: path, count: 0, order: entries.count)
    let key = Key(operatorName: operatorName, message: message)
    entries[key, default: new].count += 1
    if !node.isEmpty, entries[key, default: new].names.count < Self.namesKept { entries[key]?.names.append(node) }
  }

  /// In order of the first node, with its place.
  var all: [(message: String, place: Place)] {
    entries.sorted { $0.value.order < $1.value.order }.map { key, entry in
      let more = entry.count > 1 ? " (and \(entry.count - 1) more like it)" : ""
      let place = Place(
        graph: entry.path, node: entry.node.isEmpty ? nil : entry.node, operatorName: key.operatorName)
      return (key.message + more, place)
    }
  }

  private static let namesKept = 32

  /// One line for all nodes of which the same is true, by operator: how many, in which graph, why, and their names.
  var lines: [String] {
    entries.sorted { ($0.key.operatorName, $0.value.order) < ($1.key.operatorName, $1.value.order) }.map { key, entry in
      let count = entry.count > 1 ? " ×\(entry.count)" : ""
      let listed = entry.names.map { "\"\($0)\"" } + (entry.count > entry.names.count && !entry.names.isEmpty ? ["…"] : [])
      let names = listed.isEmpty ? "" : ": " + listed.joined(separator: ", ")
      return "\(key.operatorName)\(count) in graph \"\(entry.path)\": \(key.message)\(names)"
    }
  }

  func report(to sink: DiagnosticSink) {
    for (message, place) in all { sink.report(Diagnostic(.note, message, at: place)) }
  }
}

extension [(domain: String, version: Int)] {
  /// The version of the standard set.
  var standardVersion: Int? { first { isStandardDomain($0.domain) }?.version }
}
