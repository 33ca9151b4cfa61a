import Diagnostics
import GraphIR
import Operators
import Tensors

/// A function that the model defines, by what its calls name.
package struct FunctionName: Hashable, Sendable {
  package var domain: String
  package var name: String
  package var overload: String

  package init(domain: String, name: String, overload: String = "") {
    self.domain = domain
    self.name = name
    self.overload = overload
  }
}

/// Turns foreign nodes into typed operators with their newest meaning, also in graphs that nodes own.
///
/// What cannot be represented exactly stays foreign, verbatim; where Ferry knows the operator, a note says why. Nodes that
/// call one of `functions` are left alone. `lower` is the inverse.
package func lift(
  _ graph: inout Graph, opsets: [(domain: String, version: Int)], functions: Set<FunctionName> = [], report: DiagnosticSink
) {
  var lifter = Lifter(opsets: opsets, functions: functions)
  lifter.lift(&graph, path: graph.name, captured: [])
  lifter.notes.report(to: report)
}

private struct Lifter {
  /// What is to be done with the nodes of one name.
  enum Plan {
    case leave
    case refuse(String)
    case lift(OperatorForm)
  }

  let opsets: [(domain: String, version: Int)]
  let functions: Set<FunctionName>
  var plans: [String: [String: Plan]] = [:]
  var notes = Notes()

  init(opsets: [(domain: String, version: Int)], functions: Set<FunctionName>) {
    self.opsets = opsets
    self.functions = functions
  }

  mutating func lift(_ graph: inout Graph, path: String, captured: [Tensor?]) {
    let ids = Array(graph.nodeIDs)
    var taken = Graph(name: "")
    swap(&graph, &taken)
    var context = StepContext(graph: taken, captured: captured, version: opsets.standardVersion ?? 0)
    taken = Graph(name: "")
    for id in ids {
      context.node = id
      lift(&context, path)
    }
    graph = context.graph
  }

  private mutating func lift(_ context: inout StepContext, _ path: String) {
    guard var foreign = context.graph[context.node].operatorIf(ForeignOperator.self) else { return }
    if foreign.hasGraphs { liftGraphs(of: &foreign, &context, path) }
    guard foreign.overload.isEmpty else { return }
    let reason: String
    switch plan(for: foreign) {
    case .leave: return
    case .refuse(let why): reason = why
    case .lift(let form):
      do {
        try form.lift(foreign, &context)
        return
      } catch { reason = error.reason }
    }
    notes.add(foreign.name, "stays as it is: " + reason, node: context.graph[context.node].name, path: path)
  }

  /// Lifts the graphs that a node owns, in place.
  private mutating func liftGraphs(of foreign: inout ForeignOperator, _ context: inout StepContext, _ path: String) {
    context.graph.setOperator(context.node, to: ForeignOperator())
    let operands = context.graph[context.node].operands
    foreign.updateGraphs { inner in
      let captured = operands.suffix(inner.captures.count).map { $0.flatMap { context.constant($0) } }
      lift(&inner, path: path + "/" + inner.name, captured: captured)
    }
    context.graph.setOperator(context.node, to: foreign)
  }

  private mutating func plan(for foreign: ForeignOperator) -> Plan {
    if let plan = plans[foreign.domain]?[foreign.name] { return plan }
    let plan = makePlan(foreign.domain, foreign.name)
    plans[foreign.domain, default: [:]][foreign.name] = plan
    return plan
  }

  private func makePlan(_ domain: String, _ name: String) -> Plan {
    if functions.contains(FunctionName(domain: domain, name: name)) { return .leave }
    guard isStandardDomain(domain) else {
      guard let type = OperatorRegistry.type(named: name, domain: domain) else { return .leave }
      return .lift(OperatorForm(type, name: name, alias: nil, steps: []))
    }
    guard let version = opsets.standardVersion else { return .leave }
    let (steps, newest) = stepsUp(from: name, at: version)
    guard let type = OperatorRegistry.type(named: newest) else { return .leave }
    guard version <= OperatorHistory.newestVersion else {
      return .refuse("opset \(version) is newer than \(OperatorHistory.newestVersion), the newest one known")
    }
    if let entry = OperatorHistory.entries[name], !entry.exists(at: version) {
      return .refuse("opset \(version) has no such operator")
    }
    return .lift(OperatorForm(type, name: newest, alias: domain.isEmpty ? nil : domain, steps: steps))
  }
}

/// How the nodes of one name become typed.
private struct OperatorForm {
  let type: any Operator.Type
  /// The operator without attributes.
  let bare: any Operator
  let elementAttributes: [String]
  let required: [String]
  /// Another spelling of the domain.
  let alias: String?
  let steps: [OpsetStep]

  init(_ type: any Operator.Type, name: String, alias: String?, steps: [OpsetStep]) {
    self.type = type
    bare = type.init()
    elementAttributes = type.elementAttributeNames
    required = isStandardDomain(type.domain) ? OperatorHistory.requiredAttributes[name] ?? [] : []
    self.alias = alias
    self.steps = steps
  }

  func lift(_ foreign: ForeignOperator, _ context: inout StepContext) throws(NotRepresentable) {
    if steps.isEmpty, required.isEmpty, alias == nil, foreign.namedAttributes.isEmpty {
      context.graph.setOperator(context.node, to: bare)
      return
    }
    let node = context.graph[context.node]
    let captureCount = foreign.captureCount
    var versioned = VersionedNode(
      name: foreign.name, attributes: try Self.attributes(of: foreign),
      operands: captureCount == 0 ? node.operands : node.operands.dropLast(captureCount), resultCount: node.results.count, former: [])
    if let alias { versioned.former = [NamedAttribute("@domain", .string(alias))] }
    versioned.rememberOrder()
    for step in steps { try step.lift(&versioned, &context) }
    let (op, written) = try make(&versioned)
    context.graph.setOwnOperands(of: context.node, to: versioned.operands, captureCount: captureCount)
    context.graph.setOperator(context.node, to: op)
    guard written != 0 || !versioned.former.isEmpty else { return }
    context.graph.updateNode(context.node) {
      $0.writtenAttributes = written
      $0.former = versioned.former
    }
  }

  private static func attributes(of foreign: ForeignOperator) throws(NotRepresentable) -> [VersionedAttribute] {
    var attributes: [VersionedAttribute] = []
    attributes.reserveCapacity(foreign.namedAttributes.count)
    for attribute in foreign.namedAttributes {
      if case .reference = attribute.value {
        throw NotRepresentable("attribute \"\(attribute.name)\" refers to one of the function around")
      }
      if attributes.contains(where: { $0.name == attribute.name }) {
        throw NotRepresentable("attribute \"\(attribute.name)\" is given twice")
      }
      attributes.append(VersionedAttribute(name: attribute.name, value: attribute.value, isWritten: true, isDefault: false))
    }
    return attributes
  }

  /// The operator with the node's attributes, and which of them the source wrote.
  private func make(_ node: inout VersionedNode) throws(NotRepresentable) -> (op: any Operator, written: UInt64) {
    for name in required where !node.has(name) { throw NotRepresentable("attribute \"\(name)\" is missing") }
    for name in elementAttributes {
      guard case .int(let code)? = node[name] else { continue }
      if let element = ElementType(onnxCode: code) {
        node.update(name) { $0.value = .element(element) }
      } else if code == 0 {
        node.retire(name)
      } else {
        throw NotRepresentable("attribute \"\(name)\" is \(code), which is no known element type")
      }
    }
    do { return try type.makeVersioned(node.attributes) } catch {
      let place = error.place.attribute.map { "attribute \"\($0)\": " } ?? ""
      throw NotRepresentable(place + error.message)
    }
  }
}

extension Operator {
  /// Names of attributes that ONNX writes as numbers of element types.
  static var elementAttributeNames: [String] { attributes.filter(\.isElementType).map(\.name) }

  /// The operator with the given attributes, and a bit for each declared one that the source wrote.
  fileprivate static func makeVersioned(
    _ attributes: [VersionedAttribute]
  ) throws(ModelError) -> (op: any Operator, written: UInt64) {
    var op = Self()
    var written: UInt64 = 0
    guard !attributes.isEmpty else { return (op, 0) }
    let specs = Self.attributes
    for attribute in attributes {
      guard let index = specs.firstIndex(where: { $0.name == attribute.name }) else {
        throw ModelError(.invalidGraph, "there is no such attribute", at: Place(attribute: attribute.name))
      }
      try specs[index].set(&op, attribute.value)
      if attribute.isWritten { written |= 1 << UInt64(index) }
    }
    return (op, written)
  }
}
