import Diagnostics
import GraphIR
import Operators
import Tensors

/// Turns every node into the foreign form that the given operator sets have for it, also in graphs that nodes own.
///
/// The inverse of `lift` for what it gave. Constants that became attributes go when nothing else uses them. To be converted to a version
/// that the source does not have (`retargeting`), nodes are held against the element types that it allows, and may be replaced by others
/// that together do the same; types must have been inferred. Throws `notExpressible`, naming all nodes in the way and what each needs;
/// the graph is then half lowered and of no use.
package func lower(
  _ graph: inout Graph, opsets: [(domain: String, version: Int)], retargeting: Bool = false
) throws(ModelError) {
  var lowerer = Lowerer(opsets: opsets, isRetargeting: retargeting)
  lowerer.lower(&graph, path: graph.name, captured: [])
  if let error = lowerer.error { throw error }
}

/// The smallest version of the standard operator set, from `wanted` on, in which the graph can be expressed. `opsets` gives
/// the versions of the other sets. Throws `notExpressible` when there is none.
package func minimumOpset(
  for graph: Graph, atLeast wanted: Int, opsets: [(domain: String, version: Int)] = []
) throws(ModelError) -> Int {
  var copy = graph
  return try lower(&copy, toAtLeast: wanted, opsets: opsets)
}

/// The same, leaving the graph lowered to that version.
package func lower(
  _ graph: inout Graph, toAtLeast wanted: Int, opsets: [(domain: String, version: Int)]
) throws(ModelError) -> Int {
  let original = graph
  var version = wanted
  while true {
    var lowerer = Lowerer(opsets: opsets.filter { !isStandardDomain($0.domain) } + [("", version)])
    lowerer.lower(&graph, path: graph.name, captured: [])
    guard let error = lowerer.error else { return version }
    guard let needed = lowerer.neededVersion, needed > version else { throw error }
    version = needed
    graph = original
  }
}

private struct Lowerer {
  /// What is to be done with the nodes of one operator.
  enum Plan {
    case refuse(needs: Int?, String)
    case lower(LoweredForm)
  }

  let opsets: [(domain: String, version: Int)]
  let standardVersion: Int?
  var plans: [ObjectIdentifier: Plan] = [:]
  var blockers = Notes()
  /// The largest version that a blocked node needs; `nil` once one of them needs what no version has.
  var neededVersion: Int? = 0
  /// Whether nodes may be replaced, and are held against the element types of the version.
  let isRetargeting: Bool
  /// How many decompositions led to a node.
  private var depths: [NodeID: Int] = [:]
  private static let greatestDepth = 12

  init(opsets: [(domain: String, version: Int)], isRetargeting: Bool = false) {
    self.opsets = opsets
    self.isRetargeting = isRetargeting
    standardVersion = opsets.standardVersion
  }

  var error: ModelError? {
    guard !blockers.isEmpty else { return nil }
    let all = blockers.all
    let target = standardVersion.map { "opset \($0)" } ?? "the given operator sets"
    if all.count == 1, blockers.count == 1 {
      return ModelError(.notExpressible, "cannot be expressed in \(target): \(all[0].message)", at: all[0].place)
    }
    return ModelError(.notExpressible, "\(blockers.count) nodes cannot be expressed in \(target)", notes: blockers.lines)
  }

  mutating func lower(_ graph: inout Graph, path: String, captured: [Tensor?]) {
    let ids = Array(graph.nodeIDs)
    var taken = Graph(name: "")
    swap(&graph, &taken)
    var context = StepContext(graph: taken, captured: captured, version: standardVersion ?? 0)
    taken = Graph(name: "")
    let outer = depths
    depths = [:]
    var pending = Array(ids.reversed())
    while let id = pending.popLast() {
      guard context.removed.isEmpty || !context.removed.contains(id) else { continue }
      context.node = id
      pending.append(contentsOf: lower(&context, path).reversed())
      if !context.added.isEmpty { pending.append(contentsOf: context.takeAdded().reversed()) }
    }
    removeUnusedMade(&context)
    depths = outer
    graph = context.graph
  }

  /// Returns the nodes that took the node's place and are to be lowered in turn.
  private mutating func lower(_ context: inout StepContext, _ path: String) -> [NodeID] {
    if let foreign = context.graph.operatorIf(ForeignOperator.self, at: context.node) {
      if isRetargeting, let target = standardVersion, let made = context.decompose(foreign, to: target) { return made }
      keep(foreign, &context, path)
      return []
    }
    let firstNew = context.graph.valueCapacity
    let refusal: NotLowerable
    do {
      try lowerAsItIs(&context, path)
      return []
    } catch { refusal = error }
    context.released.removeAll(keepingCapacity: true)
    context.removeUnusedConstants(from: firstNew)
    let name = context.graph[context.node].op.name
    guard isRetargeting else {
      block(name, refusal.needs, refusal.reason, &context, path)
      return []
    }
    do {
      return try decompose(&context, refusal.limits)
    } catch {
      let detail = error.reason.isEmpty || error.reason == refusal.reason ? "" : " (and cannot be decomposed: \(error.reason))"
      block(name, refusal.needs, refusal.reason + detail, &context, path)
      return []
    }
  }

  /// Removes what decompositions made for others that took another way: a node without users, of which nobody knows the name.
  private func removeUnusedMade(_ context: inout StepContext) {
    for id in depths.keys.sorted(by: { $0.index > $1.index }) where !context.removed.contains(id) {
      let results = context.graph[id].results
      guard results.allSatisfy({ context.graph[$0].uses.isEmpty && !context.graph[$0].isOutput }) else { continue }
      let operands = context.graph[id].operands
      context.remove(id)
      for case let operand? in operands { context.release(operand) }
    }
    context.removeReleased()
  }

  private mutating func lowerAsItIs(_ context: inout StepContext, _ path: String) throws(NotLowerable) {
    let key = context.graph[context.node].key
    switch plans[key] ?? addPlan(for: key, type(of: context.graph[context.node].op)) {
    case .refuse(let needs, let reason): throw NotLowerable(needs: needs, reason: reason)
    case .lower(let form):
      if let limits = form.limits, let violation = context.violation(of: limits) {
        throw NotLowerable(needs: nil, reason: violation, limits: limits)
      }
      let foreign = try form.lower(&context)
      if form.table.hasGraphs, let foreign = foreign as? ForeignOperator {
        setForeign(foreign, &context, path)
      } else {
        context.graph.setOperator(context.node, to: foreign)
      }
      if !context.released.isEmpty { context.removeReleased() }
    }
  }

  private mutating func decompose(
    _ context: inout StepContext, _ limits: OperatorElements.Signature?
  ) throws(NotRepresentable) -> [NodeID] {
    let depth = depths[context.node, default: 0] + 1
    guard depth <= Self.greatestDepth else { throw NotRepresentable("its decompositions lead to each other") }
    let made = try context.decompose(limits: limits)
    for id in made { depths[id] = depth }
    context.removeReleased()
    return made
  }

  /// Leaves a node that was never typed as it is, when the operator sets mean the same by it.
  private mutating func keep(_ foreign: ForeignOperator, _ context: inout StepContext, _ path: String) {
    var foreign = foreign
    if isStandardDomain(foreign.domain) {
      guard let target = standardVersion else { return block(foreign.name, nil, "the standard set is not among them", &context, path) }
      if target == foreign.version, !foreign.hasGraphs { return }
      if target != foreign.version, OperatorHistory.entries[foreign.name]?.isUnchanged(between: target, and: foreign.version) != true {
        let needs = foreign.version > target ? foreign.version : nil
        return block(foreign.name, needs, "is kept as in opset \(foreign.version)", &context, path)
      }
      foreign.version = target
    } else if let target = opsets.first(where: { $0.domain == foreign.domain })?.version, target != foreign.version {
      return block(foreign.name, nil, "is kept as in version \(foreign.version) of \"\(foreign.domain)\"", &context, path)
    }
    setForeign(foreign, &context, path)
  }

  private mutating func setForeign(_ op: ForeignOperator, _ context: inout StepContext, _ path: String) {
    guard op.hasGraphs else { return context.graph.setOperator(context.node, to: op) }
    var op = op
    context.graph.setOperator(context.node, to: ForeignOperator())
    let operands = context.graph[context.node].operands
    op.updateGraphs { inner in
      let captured = operands.suffix(inner.captures.count).map { $0.flatMap { context.constant($0) } }
      lower(&inner, path: path + "/" + inner.name, captured: captured)
    }
    context.graph.setOperator(context.node, to: op)
  }

  private mutating func block(_ name: String, _ needs: Int?, _ reason: String, _ context: inout StepContext, _ path: String) {
    let prefix = needs.map { "needs opset \($0): " } ?? ""
    blockers.add(name, prefix + reason, node: context.graph[context.node].name, path: path)
    neededVersion = neededVersion.flatMap { known in needs.map { max(known, $0) } }
  }

  private mutating func addPlan(for key: ObjectIdentifier, _ type: any Operator.Type) -> Plan {
    let plan = makePlan(type)
    plans[key] = plan
    return plan
  }

  private func makePlan(_ type: any Operator.Type) -> Plan {
    guard isStandardDomain(type.domain) else {
      guard let version = opsets.first(where: { $0.domain == type.domain })?.version else {
        return .refuse(needs: nil, "the set \"\(type.domain)\" is not among them")
      }
      guard let set = OtherSet.all[type.domain] else { return .lower(LoweredForm(type, name: type.name, version: version, steps: [])) }
      guard set.exists(type.name, at: version), version <= set.newestVersion else {
        return .refuse(needs: nil, "version \(version) of \"\(type.domain)\" has no such operator")
      }
      return .lower(LoweredForm(type, name: type.name, version: version, steps: set.stepsUp(from: type.name, at: version).reversed()))
    }
    guard let version = standardVersion else { return .refuse(needs: nil, "the standard set is not among them") }
    let (steps, name) = stepsDown(from: type.name, to: version)
    guard let entry = OperatorHistory.entries[name] else { return .refuse(needs: nil, "the standard set has no such operator") }
    guard entry.exists(at: version) else { return .refuse(needs: entry.versions[0], "the operator appears there") }
    return .lower(
      LoweredForm(
        type, name: name, version: version, steps: steps,
        limits: isRetargeting ? OperatorElements.signature(of: name, at: version)?.completed(for: name) : nil))
  }
}

/// Why a node cannot be lowered, and the version that would do.
private struct NotLowerable: Error {
  let needs: Int?
  let reason: String
  /// What the version allows, where that is the reason.
  var limits: OperatorElements.Signature?
}

/// How the nodes of one operator take the form of an older version.
private struct LoweredForm {
  let bare: ForeignOperator
  /// `bare`, in the form that nodes hold.
  let bareOperator: any Operator
  let table: AttributeTable
  let elementAttributes: [String]
  let steps: [OpsetStep]
  /// The element types that the version allows, where they are to be held against.
  let limits: OperatorElements.Signature?

  init(_ type: any Operator.Type, name: String, version: Int, steps: [OpsetStep], limits: OperatorElements.Signature? = nil) {
    self.limits = limits
    bare = ForeignOperator(domain: type.domain, name: name, version: version)
    bareOperator = bare
    table = AttributeTable(type)
    elementAttributes = table.elementAttributes
    self.steps = steps
  }

  /// The operator's foreign form; operands are changed on the way.
  func lower(_ context: inout StepContext) throws(NotLowerable) -> any Operator {
    let (op, written, former) = context.graph.source(of: context.node)
    let isDirect = steps.isEmpty && former.isEmpty
    if isDirect, table.names.isEmpty { return bareOperator }
    let values = table.names.isEmpty ? [] : table.values(of: op)
    var foreign = bare
    if isDirect {
      foreign.namedAttributes = directAttributes(values, written)
      return foreign
    }
    let captureCount = op.graphs.first?.captures.count ?? 0
    let operands = context.graph[context.node].operands
    var versioned = VersionedNode(
      name: bare.name, attributes: versionedAttributes(values, written),
      operands: captureCount == 0 ? operands : operands.dropLast(captureCount), resultCount: context.graph[context.node].results.count,
      former: former)
    versioned.restoreUnspecified(elementAttributes)
    for step in steps {
      do throws(NotRepresentable) { try step.lower(&versioned, &context) } catch {
        let isVersionOfStandardSet = isStandardDomain(bare.domain) && step.version != OpsetStep.structVersion
        throw NotLowerable(needs: isVersionOfStandardSet ? step.version : nil, reason: error.reason)
      }
    }
    context.graph.setOwnOperands(of: context.node, to: versioned.operands, captureCount: captureCount)
    versioned.restoreOrder()
    for attribute in versioned.attributes where attribute.isWritten || !attribute.isDefault {
      foreign.namedAttributes.append(NamedAttribute(attribute.name, attribute.value))
    }
    if case .string(let alias)? = former.first(where: { $0.name == "@domain" })?.value {
      foreign.domain = String(decoding: alias, as: UTF8.self)
    }
    return foreign
  }

  private func directAttributes(_ values: [AttributeValue?], _ written: UInt64) -> [NamedAttribute] {
    var attributes: [NamedAttribute] = []
    attributes.reserveCapacity(values.count)
    for index in values.indices {
      guard let value = values[index], written & 1 << UInt64(index) != 0 || !table.isDefault(value, at: index) else { continue }
      attributes.append(NamedAttribute(table.names[index], value))
    }
    for index in attributes.indices.dropFirst() where attributes[index - 1].name > attributes[index].name {
      return attributes.sorted { $0.name < $1.name }
    }
    return attributes
  }

  private func versionedAttributes(_ values: [AttributeValue?], _ written: UInt64) -> [VersionedAttribute] {
    var attributes: [VersionedAttribute] = []
    attributes.reserveCapacity(values.count)
    for index in values.indices {
      guard let value = values[index] else { continue }
      attributes.append(
        VersionedAttribute(
          name: table.names[index], value: value, isWritten: written & 1 << UInt64(index) != 0,
          isDefault: table.isDefault(value, at: index)))
    }
    return attributes
  }
}

extension VersionedNode {
  /// Writes the number of no element type again, where the source wrote it for an attribute that is absent.
  fileprivate mutating func restoreUnspecified(_ elementAttributes: [String]) {
    for name in elementAttributes where !has(name) && restore(name) { update(name) { $0.isDefault = true } }
  }
}
