import Diagnostics
import Tensors

extension Graph {
  /// True when both graphs say the same. See `difference(to:)`.
  package func isStructurallyEqual(to other: Graph) -> Bool { difference(to: other) == nil }

  /// The first difference, in words; `nil` when both graphs say the same.
  ///
  /// Compared is everything that a format or the text form can state, constants by their bytes. Not compared are ids,
  /// positions beyond the order they give, and whether an attribute with a value other than its default was spelt out.
  package func difference(to other: Graph) -> String? {
    var comparison = GraphComparison(self, other)
    return comparison.firstDifference()
  }
}

/// Two graphs side by side, and which values of one stand for which of the other.
private struct GraphComparison {
  let a: Graph
  let b: Graph
  private var counterpart: [ValueID?]

  init(_ a: Graph, _ b: Graph) {
    self.a = a
    self.b = b
    counterpart = Array(repeating: nil, count: a.valueCapacity)
  }

  mutating func firstDifference() -> String? {
    if a.name != b.name { return unequal("graph name", a.name, b.name) }
    if let found = carriedDifference(a.carried, b.carried) { return "graph: \(found)" }
    let lists = [
      ("inputs", a.inputs, b.inputs), ("captures", a.captures, b.captures), ("constants", constants(of: a), constants(of: b)),
    ]
    for (what, mine, theirs) in lists {
      if let found = pair(what, mine, theirs) { return found }
    }
    let nodes = (a.listedNodes(), b.listedNodes())
    if nodes.0.count != nodes.1.count { return unequal("number of nodes", nodes.0.count, nodes.1.count) }
    for (x, y) in zip(nodes.0, nodes.1) {
      if let found = pair("results", a[x].results, b[y].results) { return "\(label(x)): \(found)" }
    }
    for (what, mine, theirs) in lists + [("outputs", a.outputs, b.outputs), ("listed constants", a.listedConstants, b.listedConstants)] {
      if mine.map({ counterpart[$0.index] }) != theirs { return unequal(what, names(mine, a), names(theirs, b)) }
    }
    for (x, y) in zip(nodes.0, nodes.1) {
      if let found = difference(x, y) { return "\(label(x)): \(found)" }
    }
    return nil
  }

  private func label(_ node: NodeID) -> String {
    let result = a[node].results.first.flatMap { a.value($0) }?.name ?? ""
    return "node \(Spelling.quoted(a[node].name.isEmpty ? result : a[node].name)) (\(a[node].op.name))"
  }

  private func constants(of graph: Graph) -> [ValueID] { graph.valueIDs.filter { graph[$0].constant != nil } }

  private func names(_ values: [ValueID], _ graph: Graph) -> [String] { values.map { graph.value($0)?.name ?? "(removed)" } }

  /// Takes values at equal places for each other, and compares what they say.
  private mutating func pair(_ what: String, _ mine: [ValueID], _ theirs: [ValueID]) -> String? {
    if mine.count != theirs.count { return unequal("number of \(what)", names(mine, a), names(theirs, b)) }
    for (x, y) in zip(mine, theirs) {
      counterpart[x.index] = y
      if let found = difference(x, y) { return "value \(Spelling.quoted(a.value(x)?.name ?? "")): \(found)" }
    }
    return nil
  }

  private func difference(_ x: ValueID, _ y: ValueID) -> String? {
    guard let mine = a.value(x), let theirs = b.value(y) else {
      return (a.value(x) == nil) == (b.value(y) == nil) ? nil : "removed in one graph only"
    }
    if mine.name != theirs.name { return unequal("name", mine.name, theirs.name) }
    if mine.type != theirs.type { return unequal("type", mine.type?.description ?? "?", theirs.type?.description ?? "?") }
    if mine.declaredType != theirs.declaredType {
      return unequal("declared type", mine.declaredType?.description ?? "?", theirs.declaredType?.description ?? "?")
    }
    if mine.elements != theirs.elements { return unequal("elements", mine.elements ?? [], theirs.elements ?? []) }
    return carriedDifference(mine.carried, theirs.carried) ?? difference("value", mine.constant, theirs.constant)
      ?? difference("default", a.defaults[x], b.defaults[y])
  }

  private func difference(_ what: String, _ mine: Tensor?, _ theirs: Tensor?) -> String? {
    switch (mine, theirs) {
    case (nil, nil): nil
    case (let x?, let y?): x.difference(to: y).map { "\(what): \($0)" }
    default: "\(what) in one graph only"
    }
  }

  private func difference(_ x: NodeID, _ y: NodeID) -> String? {
    let (mine, theirs) = (a[x], b[y])
    if mine.name != theirs.name { return unequal("node name", mine.name, theirs.name) }
    if let found = mine.op.difference(to: theirs.op) { return found }
    if mine.statedAttributes != theirs.statedAttributes {
      return unequal("attributes spelt out", String(mine.statedAttributes, radix: 2), String(theirs.statedAttributes, radix: 2))
    }
    if !sameOperands(mine.operands, theirs.operands) {
      return unequal("operands", operandNames(mine.operands, a), operandNames(theirs.operands, b))
    }
    if !(mine.origin == theirs.origin) { return unequal("origin", mine.origin, theirs.origin) }
    if let found = attributeDifference(mine.former, theirs.former) { return "former \(found)" }
    return carriedDifference(mine.carried, theirs.carried)
  }

  private func sameOperands(_ mine: [ValueID?], _ theirs: [ValueID?]) -> Bool {
    mine.count == theirs.count
      && zip(mine, theirs).allSatisfy { x, y in
        guard let x, let y else { return x == nil && y == nil }
        return counterpart[x.index] == y
      }
  }

  private func operandNames(_ values: [ValueID?], _ graph: Graph) -> [String] {
    values.map { $0.map { graph.value($0)?.name ?? "(removed)" } ?? "_" }
  }
}

private func unequal(_ what: String, _ a: some Any, _ b: some Any) -> String { "\(what): \(a) instead of \(b)" }

private func carriedDifference(_ a: Carried?, _ b: Carried?) -> String? {
  (a ?? Carried()).says(sameAs: b ?? Carried()) ? nil : "carried documentation, metadata or fields differ"
}

extension Carried {
  func says(sameAs other: Carried) -> Bool {
    documentation == other.documentation && fields == other.fields
      && metadata.elementsEqual(other.metadata) { $0.key == $1.key && $0.value == $1.value }
  }
}

extension Provenance: Equatable {
  public static func == (a: Provenance, b: Provenance) -> Bool {
    switch (a, b) {
    case (.imported, .imported): true
    case (.derived(let x), .derived(let y)): x.sources == y.sources && x.rules == y.rules
    default: false
    }
  }
}

extension Tensor {
  package func difference(to other: Tensor) -> String? {
    if element != other.element || shape != other.shape {
      return unequal("type", "\(element.rawValue)\(shape)", "\(other.element.rawValue)\(other.shape)")
    }
    do throws(ModelError) {
      return try isIdentical(to: other) ? nil : "elements differ"
    } catch {
      return "cannot be read: \(error.message)"
    }
  }
}

extension Node {
  /// Which attributes a listing of the node states: those the source spelt out, and those that are not at their default.
  package var statedAttributes: UInt64 { op.statedAttributes(written: writtenAttributes).mask }
}

extension Operator {
  /// The attributes that a listing states, and as bits which they are.
  package func statedAttributes(written: UInt64) -> (values: [NamedAttribute], mask: UInt64) {
    let specs = Self.attributes
    guard !specs.isEmpty else { return ([], 0) }
    let reference = Self()
    var values: [NamedAttribute] = []
    var mask: UInt64 = 0
    for index in specs.indices {
      guard let value = specs[index].get(self) else { continue }
      let bit: UInt64 = 1 << UInt64(index)
      if written & bit == 0, let usual = specs[index].get(reference), usual.isEqual(to: value) { continue }
      values.append(NamedAttribute(specs[index].name, value))
      mask |= bit
    }
    return (values, mask)
  }

  /// The first difference to another operator, its graphs included.
  package func difference(to other: any Operator) -> String? {
    guard let other = other as? Self else { return unequal("operator", name, other.name) }
    if let mine = self as? ForeignOperator, let theirs = other as? ForeignOperator { return mine.foreignDifference(to: theirs) }
    for spec in Self.attributes {
      switch (spec.get(self), spec.get(other)) {
      case (nil, nil): continue
      case (let x?, let y?): if let found = x.difference(to: y) { return "attribute \(spec.name): \(found)" }
      default: return "attribute \(spec.name): in one graph only"
      }
    }
    return nil
  }
}

extension ForeignOperator {
  fileprivate func foreignDifference(to other: ForeignOperator) -> String? {
    if (domain, name, overload, version) != (other.domain, other.name, other.overload, other.version) {
      return unequal("operator", "\(domain)::\(name)/\(overload)@\(version)", "\(other.domain)::\(other.name)/\(other.overload)@\(other.version)")
    }
    return attributeDifference(namedAttributes, other.namedAttributes)
  }
}

func attributeDifference(_ a: [NamedAttribute], _ b: [NamedAttribute]) -> String? {
  if a.map(\.name) != b.map(\.name) { return unequal("attributes", a.map(\.name), b.map(\.name)) }
  for (x, y) in zip(a, b) {
    if let found = x.value.difference(to: y.value) { return "attribute \(x.name): \(found)" }
  }
  return nil
}

extension AttributeValue {
  /// The first difference, graphs and sparse tensors compared by content.
  package func difference(to other: AttributeValue) -> String? {
    switch (self, other) {
    case (.graph(let a), .graph(let b)): a.difference(to: b)
    case (.graphs(let a), .graphs(let b)): firstDifference(a, b) { $0.difference(to: $1) }
    case (.sparse(let a), .sparse(let b)): a.difference(to: b)
    case (.sparses(let a), .sparses(let b)): firstDifference(a, b) { $0.difference(to: $1) }
    case (.tensor(let a), .tensor(let b)): a.difference(to: b)
    default: isEqual(to: other) ? nil : "\(kindName) of another value"
    }
  }
}

extension SparseTensor {
  fileprivate func difference(to other: SparseTensor) -> String? {
    if shape != other.shape { return unequal("shape", shape, other.shape) }
    return values.difference(to: other.values) ?? indices.difference(to: other.indices)
  }
}

private func firstDifference<T>(_ a: [T], _ b: [T], by difference: (T, T) -> String?) -> String? {
  if a.count != b.count { return unequal("count", a.count, b.count) }
  return zip(a, b).lazy.compactMap { difference($0, $1) }.first
}
