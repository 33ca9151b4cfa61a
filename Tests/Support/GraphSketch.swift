import Diagnostics
import GraphIR
import Tensors

/// A graph as lines of text in which only inputs and outputs have names of their own, so that two graphs that compute the
/// same thing in the same way read the same.
///
/// Nodes appear where a walk from the outputs first needs them. Constants are kept beside the text, in order.
struct GraphSketch {
  private(set) var lines: [String] = []
  private(set) var constants: [Tensor] = []
  private var labels: [ValueID: String] = [:]

  init(_ graph: Graph) {
    let captures = graph.captures.indices.map { "capture\($0)" }
    self.init(graph, captures: captures, prefix: "")
  }

  private init(_ graph: Graph, captures: [String], prefix: String) {
    for (index, input) in graph.inputs.enumerated() {
      labels[input] = prefix.isEmpty ? graph[input].name : "\(prefix)input\(index)"
    }
    for (capture, label) in zip(graph.captures, captures) { labels[capture] = label }
    for output in graph.outputs { visit(output, graph, prefix) }
    for id in graph.nodeIDs where !graph[id].op.isPure { visit(id, graph, prefix) }
    lines.append("-> " + graph.outputs.map { labels[$0] ?? "?" }.joined(separator: ", "))
  }

  private mutating func visit(_ value: ValueID, _ graph: Graph, _ prefix: String) {
    guard labels[value] == nil else { return }
    switch graph[value].origin {
    case .constant(let tensor):
      labels[value] = "\(prefix)c\(constants.count)"
      lines.append("\(labels[value] ?? "") = const \(tensor.element.rawValue)\(tensor.shape)")
      constants.append(tensor)
    case .result(let node, _): visit(node, graph, prefix)
    case .input, .capture: labels[value] = "?"
    }
  }

  private mutating func visit(_ id: NodeID, _ graph: Graph, _ prefix: String) {
    let node = graph[id]
    guard labels[node.results.first ?? ValueID(0)] == nil || node.results.isEmpty else { return }
    for case let operand? in node.operands { visit(operand, graph, prefix) }
    let used = node.results.filter { !graph[$0].uses.isEmpty || graph[$0].isOutput }
    for result in node.results { labels[result] = used.contains(result) ? "\(prefix)v\(lines.count).\(result.index - node.results[0].index)" : "_" }
    let results = node.results.map { labels[$0] ?? "_" }
    var operands = node.operands.map { $0.map { labels[$0] ?? "?" } ?? "_" }
    while operands.last == "_" { operands.removeLast() }
    let attributes = self.attributes(of: node.op)
    let text = attributes.isEmpty ? "" : " {" + attributes.joined(separator: ", ") + "}"
    lines.append("\(results.joined(separator: ", ")) = \(node.op.name)(\(operands.joined(separator: ", ")))\(text)")
    let captures = node.operands.suffix(node.captureCount).map { $0.flatMap { labels[$0] } ?? "_" }
    for (index, inner) in node.op.graphs.enumerated() {
      let sketch = GraphSketch(inner, captures: captures, prefix: "\(prefix)\(lines.count).\(index)/")
      lines += sketch.lines.map { "  " + $0 }
      constants += sketch.constants
    }
  }

  private func attributes(of op: any Operator) -> [String] {
    if let foreign = op as? ForeignOperator { return foreign.namedAttributes.map { "\($0.name): \($0.value)" } }
    return op.attributeValues.compactMap { name, value, isDefault in
      if isDefault { return nil }
      switch value {
      case .graph, .graphs: return nil
      case .string(let bytes): return "\(name): \(String(decoding: bytes, as: UTF8.self))"
      case .tensor(let tensor): return "\(name): \(tensor.element.rawValue)\(tensor.shape)"
      default: return "\(name): \(value)"
      }
    }
  }
}

extension GraphSketch {
  /// The first difference to what is expected, if any. A constant of NaNs in `expected` stands for any of its type.
  func difference(from expected: GraphSketch) throws(ModelError) -> String? {
    for (index, line) in lines.enumerated() {
      guard index < expected.lines.count else { return "line \(index + 1) is not expected: \(line)" }
      if line != expected.lines[index] { return "line \(index + 1) is\n    \(line)\n  where this is expected:\n    \(expected.lines[index])" }
    }
    if lines.count < expected.lines.count { return "missing: \(expected.lines[lines.count])" }
    for (index, (mine, theirs)) in zip(constants, expected.constants).enumerated() {
      if try !Self.agree(mine, theirs) { return "constant \(index) (\(mine.element.rawValue)\(mine.shape)) differs from the expected one" }
    }
    return nil
  }

  private static func agree(_ actual: Tensor, _ expected: Tensor) throws(ModelError) -> Bool {
    guard actual.element.isFloatingPoint else { return try actual.isIdentical(to: expected) }
    guard let (a, b) = try? (actual.numbers(), expected.numbers()) else { return try actual.isIdentical(to: expected) }
    return zip(a, b).allSatisfy { $1.isNaN || abs($0 - $1) <= 1e-5 + 1e-4 * abs($1) }
  }
}
