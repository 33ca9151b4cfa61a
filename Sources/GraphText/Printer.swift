import Diagnostics
import GraphIR
import Operators
import Tensors

/// Writes the text form. See Text.swift.
struct Printer {
  var out: TextWriter
  let form: ConstantForm
  private var indent = 0
  private static let typeColumn = 44

  init(_ form: ConstantForm, sink: (([UInt8]) throws(ModelError) -> Void)? = nil) {
    self.form = form
    out = TextWriter(sink: sink)
  }

  mutating func print(_ graph: Graph) {
    write(graph)
    out.newLine(indent: 0)
  }

  mutating func write(_ graph: Graph) {
    let nodes = graph.listedNodes()
    let constants = graph.valueIDs.filter { graph[$0].constant != nil }
    let labels = ValueLabels(graph, constants: constants, nodes: nodes)
    header(graph, labels)
    out.put("{")
    indent += 1
    for id in constants {
      out.newLine(indent: indent)
      constantStatement(graph[id], labels[id])
    }
    for id in nodes {
      out.newLine(indent: indent)
      statement(graph[id], graph, labels)
    }
    indent -= 1
    out.newLine(indent: indent)
    out.put("}")
  }

  private mutating func header(_ graph: Graph, _ labels: ValueLabels) {
    out.put("graph ")
    if !graph.name.isEmpty { out.put(word: graph.name) }
    out.put("(")
    each(graph.inputs) { printer, id in
      printer.typed(id, graph, labels)
      guard let tensor = graph.defaults[id] else { return }
      printer.out.put(" = ")
      printer.constant(tensor)
    }
    out.put(")")
    if !graph.captures.isEmpty {
      out.put(" captures(")
      each(graph.captures) { $0.typed($1, graph, labels) }
      out.put(")")
    }
    if !graph.listedConstants.isEmpty {
      out.put(" listed(")
      out.list(graph.listedConstants) { $0.put(labels[$1]) }
      out.put(")")
    }
    out.put(" -> (")
    out.list(graph.outputs) { $0.put(labels[$1]) }
    out.put(") ")
    if carrying(graph.carried) { out.put(" ") }
  }

  private mutating func typed(_ id: ValueID, _ graph: Graph, _ labels: ValueLabels) {
    out.put(labels[id])
    guard let value = graph.value(id), value.needsAbout else { return }
    out.put(": ")
    about(value)
  }

  /// `type! = [elements] carrying {…}`
  private mutating func about(_ value: Value) {
    out.put(value.type?.description ?? "?")
    if let declared = value.declaredType { out.put(declared == value.type ? "!" : "!(\(declared))") }
    if let elements = value.elements {
      out.put(" = [")
      out.list(elements) { $0.put($1.description) }
      out.put("]")
    }
    if value.carriesSomething { out.put(" ") }
    carrying(value.carried)
  }

  private mutating func constantStatement(_ value: Value, _ label: String) {
    guard let tensor = value.constant else { return }
    out.put(label)
    out.put(" = ")
    constant(tensor)
    let ownType = ValueType.tensor(tensor.element, tensor.shape.map(Dim.number))
    guard value.type != ownType || value.isTypeDeclared || value.elements != nil || value.carriesSomething else { return }
    out.put(" : ")
    about(value)
  }

  private mutating func statement(_ node: Node, _ graph: Graph, _ labels: ValueLabels) {
    out.list(node.results) { $0.put(labels[result: $1]) }
    if !node.results.isEmpty { out.put(" = ") }
    callee(node.op)
    out.put("(")
    out.list(node.operands) { out, operand in out.put(operand.map { labels[$0] } ?? "_") }
    out.put(")")
    attributes(of: node)
    if node.carried.map({ !$0.isEmpty }) ?? false { out.put(" ") }
    carrying(node.carried)
    let results = node.results.map { graph.value($0) }
    if results.contains(where: { $0?.needsAbout ?? false }) {
      out.pad(to: Self.typeColumn, minimum: 1)
      out.put(": ")
      each(results) { printer, value in
        if let value { printer.about(value) } else { printer.out.put("?") }
      }
    }
    origin(node)
    guard !node.former.isEmpty else { return }
    out.put("  former")
    attributeList(node.former)
  }

  private mutating func callee(_ op: any Operator) {
    if !op.domain.isEmpty {
      out.put(word: op.domain)
      out.put("::")
    }
    out.put(Parser.keywords.contains(op.name) && op.domain.isEmpty ? Spelling.quoted(op.name) : Spelling.word(op.name))
    guard let foreign = op as? ForeignOperator else { return }
    if !foreign.overload.isEmpty {
      out.put("/")
      out.put(word: foreign.overload)
    }
    out.put("@")
    out.put(String(foreign.version))
  }

  private mutating func origin(_ node: Node) {
    switch node.origin {
    case .imported:
      guard !node.name.isEmpty else { return }
      out.put("  from ")
      out.put(quoted: node.name)
    case .derived(let derivation):
      if !derivation.sources.isEmpty {
        out.put("  from ")
        out.list(derivation.sources) { $0.put(quoted: $1) }
      }
      out.put(derivation.sources.isEmpty ? "  by " : " by ")
      if derivation.rules.isEmpty { out.put("_") }
      out.list(derivation.rules) { $0.put(word: $1) }
      guard !node.name.isEmpty else { return }
      out.put(" as ")
      out.put(quoted: node.name)
    }
  }

  private mutating func attributes(of node: Node) {
    if let foreign = node.op as? ForeignOperator {
      attributeList(foreign.namedAttributes)
    } else {
      attributeList(node.op.statedAttributes(written: node.writtenAttributes).values)
    }
  }

  mutating func attributeList(_ attributes: [NamedAttribute]) {
    guard !attributes.isEmpty else { return }
    out.put(" {")
    each(attributes) { printer, attribute in
      printer.out.put(word: attribute.name)
      printer.out.put(": ")
      printer.attribute(attribute.value)
    }
    out.put("}")
  }

  /// Writes items separated by commas.
  mutating func each<Item>(_ items: [Item], _ write: (inout Self, Item) -> Void) {
    var isFirst = true
    for item in items {
      if !isFirst { out.put(", ") }
      isFirst = false
      write(&self, item)
    }
  }
}

extension Value {
  fileprivate var carriesSomething: Bool { carried.map { !$0.isEmpty } ?? false }
  fileprivate var needsAbout: Bool { type != nil || isTypeDeclared || elements != nil || carriesSomething }
}
