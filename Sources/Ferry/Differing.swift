import Bundle
import Diagnostics
import GraphIR
import Rewriting
import Tensors

/// What changed between two models. Encodes as the object that `--json` prints.
public struct GraphDifference: Sendable, Encodable {
  public struct Change: Sendable, Encodable {
    public enum Kind: String, Sendable, Encodable { case added, removed, changed }
    public var kind: Kind
    /// `node`, `constant`, `input`, `output` or `opset`.
    public var what: String
    /// The names of the graphs within each other.
    public var graph: String
    public var name: String
    /// The operator, of a node.
    public var operatorName: String?
    /// What is different, or what was added or removed.
    public var details: [String]
  }

  public let schema = 1
  public var first: String
  public var second: String
  public var isDifferent: Bool
  public var changes: [Change]
  /// Values that both have under different names, which is no difference.
  public var renamed: Int
}

/// Compares two models by meaning: nodes by what they compute, by their neighbours, and by name, older forms of operators as what they
/// stand for. What the second calls otherwise goes by its name in the first. Throws what `open` throws.
public func difference(
  between first: String, and second: String, opening: OpenOptions = OpenOptions()
) async throws -> GraphDifference {
  let a = try open(first, options: opening)
  let b = try open(second, options: opening)
  var comparison = ModelComparison()
  try comparison.compare(a, b)
  return GraphDifference(first: first, second: second, isDifferent: !comparison.changes.isEmpty, changes: comparison.changes,
    renamed: comparison.renamed)
}

private struct ModelComparison {
  typealias Change = GraphDifference.Change
  var changes: [Change] = []
  private(set) var renamed = 0

  mutating func compare(_ a: Model, _ b: Model) throws(ModelError) {
    let (old, new) = (versions(a), versions(b))
    for domain in Set(old.keys).union(new.keys).sorted() where old[domain] != new[domain] {
      note("opset", "", domain.isEmpty ? "ai.onnx" : domain, old[domain].map(String.init), new[domain].map(String.init))
    }
    try compare(a.graph, b.graph, path: a.graph.name)
  }

  private func versions(_ model: Model) -> [String: Int] {
    Dictionary(model.opsets.map { ($0.domain, $0.version) }, uniquingKeysWith: { first, _ in first })
  }

  /// Notes a difference between two descriptions, one of which may be absent.
  private mutating func note(
    _ what: String, _ path: String, _ name: String, _ old: String?, _ new: String?, operatorName: String? = nil
  ) {
    let (kind, details): (Change.Kind, [String])
    switch (old, new) {
    case (let old?, let new?): (kind, details) = (.changed, ["\(old) → \(new)"])
    case (let old?, nil): (kind, details) = (.removed, [old])
    case (nil, let new?): (kind, details) = (.added, [new])
    case (nil, nil): return
    }
    changes.append(Change(kind: kind, what: what, graph: path, name: name, operatorName: operatorName, details: details))
  }

  private mutating func compare(_ a: Graph, _ other: Graph, path: String) throws(ModelError) {
    comparePorts(a, other, path)
    let (b, count) = try Correspondence(a, other).renamed()
    renamed += count
    try compareConstants(a, b, path)
    try compareNodes(a, b, path)
  }

  private mutating func comparePorts(_ a: Graph, _ b: Graph, _ path: String) {
    for (what, old, new) in [("input", ports(a.inputs, a), ports(b.inputs, b)), ("output", ports(a.outputs, a), ports(b.outputs, b))] {
      for name in merged(old.map(\.0), new.map(\.0)) {
        let (before, after) = (old.first { $0.0 == name }?.1, new.first { $0.0 == name }?.1)
        if before != after { note(what, path, name, before, after) }
      }
      if Set(old.map(\.0)) == Set(new.map(\.0)), old.map(\.0) != new.map(\.0) {
        note(what, path, "order", old.map(\.0).joined(separator: ", "), new.map(\.0).joined(separator: ", "))
      }
    }
  }

  private func ports(_ values: [ValueID], _ graph: Graph) -> [(String, String)] {
    values.map { (graph[$0].name, graph[$0].type?.description ?? "?") }
  }

  /// Names of both, in the order of the first and then of the second.
  private func merged(_ a: [String], _ b: [String]) -> [String] {
    var seen = Set<String>()
    return (a + b).filter { seen.insert($0).inserted }
  }

  private mutating func compareConstants(_ a: Graph, _ b: Graph, _ path: String) throws(ModelError) {
    let (old, new) = (constants(a), constants(b))
    let (byOldName, byNewName) = (Dictionary(old) { first, _ in first }, Dictionary(new) { first, _ in first })
    for name in merged(old.map(\.0), new.map(\.0)) {
      let (before, after) = (byOldName[name], byNewName[name])
      if let before, let after, try before.isSame(as: after) { continue }
      note("constant", path, name, try before?.summary(), try after?.summary())
    }
  }

  private func constants(_ graph: Graph) -> [(String, Tensor)] {
    graph.valueIDs.compactMap { id in graph[id].constant.map { (graph[id].name, $0) } }.filter { !$0.0.isEmpty }
  }

  private mutating func compareNodes(_ a: Graph, _ b: Graph, _ path: String) throws(ModelError) {
    let (old, new) = (NodeIndex(a), NodeIndex(b))
    for key in merged(old.order, new.order) {
      guard let x = old.nodes[key] else {
        if let y = new.nodes[key] { note("node", path, key, nil, try b.describe(y), operatorName: b[y].op.name) }
        continue
      }
      guard let y = new.nodes[key] else {
        note("node", path, key, try a.describe(x), nil, operatorName: a[x].op.name)
        continue
      }
      let details = try differences(a, x, b, y)
      if !details.isEmpty {
        changes.append(Change(kind: .changed, what: "node", graph: path, name: key, operatorName: b[y].op.name, details: details))
      }
      for (inner, other) in zip(a.graphs(of: x), b.graphs(of: y)) { try compare(inner, other, path: path + "/" + inner.name) }
    }
  }

  private func differences(_ a: Graph, _ x: NodeID, _ b: Graph, _ y: NodeID) throws(ModelError) -> [String] {
    var details: [String] = []
    if a[x].op.name != b[y].op.name { details.append("\(a[x].op.name) → \(b[y].op.name)") }
    let (old, new) = (a[x].op.described, b[y].op.described)
    for name in merged(old.map(\.name), new.map(\.name)) {
      let (before, after) = (old.first { $0.name == name }?.value, new.first { $0.name == name }?.value)
      if let before, let after, before.isEqual(to: after) { continue }
      details.append("\(name): \(try before?.summary() ?? "default") → \(try after?.summary() ?? "default")")
    }
    let (operands, others) = (try a.operandLabels(x), try b.operandLabels(y))
    if operands != others { details.append("operands: (\(operands.joined(separator: ", "))) → (\(others.joined(separator: ", ")))") }
    return details
  }
}

/// Nodes by the name of their first named result, which is what others know them by.
private struct NodeIndex {
  private(set) var nodes: [String: NodeID] = [:]
  private(set) var order: [String] = []

  init(_ graph: Graph) {
    for id in graph.listedNodes() where graph[id].op.heldTensor == nil {
      let label = graph[id].results.lazy.map { graph[$0].name }.first { !$0.isEmpty } ?? graph[id].name
      var key = label
      var number = 1
      while nodes[key] != nil {
        number += 1
        key = "\(label)#\(number)"
      }
      nodes[key] = id
      order.append(key)
    }
  }
}

extension Graph {
  fileprivate func operandLabels(_ id: NodeID) throws(ModelError) -> [String] {
    var labels: [String] = []
    for operand in self[id].operands {
      guard let operand else {
        labels.append("_")
        continue
      }
      if !self[operand].name.isEmpty {
        labels.append(self[operand].name)
      } else {
        labels.append(try constant(operand)?.summary() ?? "unnamed")
      }
    }
    while labels.last == "_" { labels.removeLast() }
    return labels
  }

  fileprivate func describe(_ id: NodeID) throws(ModelError) -> String {
    var attributes: [String] = []
    for attribute in self[id].op.described { attributes.append("\(attribute.name): \(try attribute.value.summary())") }
    let list = attributes.isEmpty ? "" : " {\(attributes.joined(separator: ", "))}"
    return "\(self[id].op.name)(\(try operandLabels(id).joined(separator: ", ")))\(list)"
  }
}

extension Operator {
  /// Attributes that are not at their defaults, graphs left out.
  fileprivate var described: [NamedAttribute] {
    let all = (self as? ForeignOperator)?.namedAttributes ?? attributeValues.filter { !$0.isDefault }.map { NamedAttribute($0.name, $0.value) }
    return all.filter {
      switch $0.value {
      case .graph, .graphs: false
      default: true
      }
    }
  }
}
