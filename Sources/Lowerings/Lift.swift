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

/// Why nodes of names that Ferry knows are foreign still, in order, with their places.
package func refusals(in graph: Graph, opsets: [(domain: String, version: Int)]) -> [ModelError] {
  var lifter = Lifter(opsets: opsets, functions: [])
  var copy = graph
  lifter.lift(&copy, path: graph.name, captured: [])
  return lifter.refusals
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
  private(set) var refusals: [ModelError] = []

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
    guard var foreign = context.graph.operatorIf(ForeignOperator.self, at: context.node) else { return }
    if foreign.hasGraphs { liftGraphs(of: &foreign, &context, path) }
    guard foreign.overload.isEmpty else { return }
    let refusal: NotRepresentable
    switch plan(for: foreign) {
    case .leave: return
    case .refuse(let why): refusal = NotRepresentable(why)
    case .lift(let form):
      do {
        try form.lift(foreign, &context)
        return
      } catch { refusal = error }
    }
    let name = context.graph[context.node].name
    notes.add(foreign.name, "stays as it is: " + refusal.reason, node: name, path: path)
    let place = Place(graph: path, node: name.isEmpty ? nil : name, operatorName: foreign.name)
    refusals.append((refusal.cause ?? ModelError(.unsupported, refusal.reason)).located(place))
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
    guard isStandardDomain(domain) else { return makePlan(name, ofOtherSet: domain) }
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

  /// A set that the model does not ask for has no version to be lowered to again.
  private func makePlan(_ name: String, ofOtherSet domain: String) -> Plan {
    guard let type = OperatorRegistry.type(named: name, domain: domain), let version = opsets.first(where: { $0.domain == domain })?.version
    else { return .leave }
    guard let set = OtherSet.all[domain] else { return .lift(OperatorForm(type, name: name, alias: nil, steps: [])) }
    guard version <= set.newestVersion else {
      return .refuse("version \(version) of \"\(domain)\" is newer than \(set.newestVersion), the newest one known")
    }
    guard set.exists(name, at: version) else { return .refuse("version \(version) of \"\(domain)\" has no such operator") }
    return .lift(OperatorForm(type, name: name, alias: nil, steps: set.stepsUp(from: name, at: version)))
  }
}

/// How the nodes of one name become typed.
private struct OperatorForm {
  let table: AttributeTable
  /// The operator without attributes.
  let bare: any Operator
  let elementAttributes: [String]
  /// Another spelling of the domain.
  let alias: String?
  let steps: [OpsetStep]
  /// True when attributes are taken as they are.
  let isDirect: Bool

  init(_ type: any Operator.Type, name: String, alias: String?, steps: [OpsetStep]) {
    table = AttributeTable(type)
    bare = type.init()
    elementAttributes = table.elementAttributes
    self.alias = alias
    self.steps = steps
    isDirect = steps.isEmpty && alias == nil && elementAttributes.isEmpty
  }

  func lift(_ foreign: ForeignOperator, _ context: inout StepContext) throws(NotRepresentable) {
    if isDirect {
      if foreign.namedAttributes.isEmpty, table.required.isEmpty { return context.graph.setOperator(context.node, to: bare) }
      if isSorted(foreign.namedAttributes) { return try liftDirectly(foreign, &context) }
    }
    let captureCount = foreign.captureCount
    let operands = context.graph[context.node].operands
    var versioned = VersionedNode(
      name: foreign.name, attributes: try Self.attributes(of: foreign),
      operands: captureCount == 0 ? operands : operands.dropLast(captureCount), resultCount: context.graph[context.node].results.count,
      former: [])
    if let alias { versioned.former = [NamedAttribute("@domain", .string(alias))] }
    versioned.rememberOrder()
    for step in steps { try step.lift(&versioned, &context) }
    let (op, written) = try make(&versioned)
    context.graph.setOwnOperands(of: context.node, to: versioned.operands, captureCount: captureCount)
    context.graph.setOperator(context.node, to: op)
    context.graph.setSource(of: context.node, written: written, former: versioned.former)
  }

  private func liftDirectly(_ foreign: ForeignOperator, _ context: inout StepContext) throws(NotRepresentable) {
    var values: [(index: Int, value: AttributeValue)] = []
    values.reserveCapacity(foreign.namedAttributes.count)
    var written: UInt64 = 0
    for attribute in foreign.namedAttributes {
      guard let index = table.index(of: attribute.name) else { throw unknownAttribute(attribute.name) }
      values.append((index, attribute.value))
      written |= 1 << UInt64(index)
    }
    context.graph.setOperator(context.node, to: try assemble(values, written))
    context.graph.setSource(of: context.node, written: written, former: [])
  }

  private static func attributes(of foreign: ForeignOperator) throws(NotRepresentable) -> [VersionedAttribute] {
    var attributes: [VersionedAttribute] = []
    attributes.reserveCapacity(foreign.namedAttributes.count)
    for attribute in foreign.namedAttributes {
      if case .reference = attribute.value {
        throw NotRepresentable("attribute \"\(attribute.name)\" refers to one of the function around")
      }
      for other in attributes where other.name == attribute.name {
        throw NotRepresentable("attribute \"\(attribute.name)\" is given twice")
      }
      attributes.append(VersionedAttribute(name: attribute.name, value: attribute.value, isWritten: true, isDefault: false))
    }
    return attributes
  }

  /// The operator with the node's attributes, and which of them the source wrote.
  private func make(_ node: inout VersionedNode) throws(NotRepresentable) -> (op: any Operator, written: UInt64) {
    for name in elementAttributes {
      guard case .int(let code)? = node[name] else { continue }
      if let element = ElementType(onnxCode: code) {
        node.update(name) { $0.value = .element(element) }
      } else if code == 0 {
        node.retire(name)
      } else {
        throw NotRepresentable(ModelError(.typeMismatch, "\(code) is no known element type", at: Place(attribute: name)))
      }
    }
    var values: [(index: Int, value: AttributeValue)] = []
    values.reserveCapacity(node.attributes.count)
    var written: UInt64 = 0
    var given: UInt64 = 0
    for attribute in node.attributes {
      guard let index = table.index(of: attribute.name) else { throw unknownAttribute(attribute.name) }
      values.append((index, attribute.value))
      given |= 1 << UInt64(index)
      if attribute.isWritten { written |= 1 << UInt64(index) }
    }
    return (try assemble(values, given), written)
  }

  private func assemble(
    _ values: [(index: Int, value: AttributeValue)], _ given: UInt64
  ) throws(NotRepresentable) -> any Operator {
    for name in table.required where table.index(of: name).map({ given & 1 << UInt64($0) == 0 }) ?? true {
      throw NotRepresentable(ModelError(.invalidGraph, "is missing", at: Place(attribute: name)))
    }
    do { return try table.type.assembled(values) } catch {
      if values.contains(where: { if case .reference = $0.value { true } else { false } }) {
        throw NotRepresentable("an attribute refers to one of the function around")
      }
      throw NotRepresentable(error)
    }
  }

  private func unknownAttribute(_ name: String) -> NotRepresentable {
    NotRepresentable(
      ModelError(
        .invalidGraph, "there is no such attribute", at: Place(attribute: name),
        notes: ["expected " + (table.names.isEmpty ? "none" : table.names.joined(separator: ", "))]))
  }
}

/// True when no attribute is given twice, and they stand in alphabetical order.
private func isSorted(_ attributes: [NamedAttribute]) -> Bool {
  for index in attributes.indices.dropFirst() where attributes[index - 1].name >= attributes[index].name { return false }
  return true
}
