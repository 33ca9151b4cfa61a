import Diagnostics
import Tensors

/// What values are made of and what becomes of them, in numbers that do not depend on any name. Equal within one process only.
package struct StructuralHash {
  /// By value: its operator, attributes, and all that it is computed from. Inputs and captures count by their place.
  package private(set) var origins: [ValueID: Int] = [:]
  /// By node: its operator, attributes, and all that is computed from it. Outputs count by their place.
  package private(set) var destinies: [NodeID: Int] = [:]

  /// Throws what reading constants does, or `invalidGraph` for a graph with a cycle.
  package init(_ graph: Graph) throws(ModelError) {
    let order = try graph.topologicalOrder()
    for (what, values) in [("input", graph.inputs), ("capture", graph.captures)] {
      for (index, value) in values.enumerated() { origins[value] = Self.hash { $0.combine(what); $0.combine(index) } }
    }
    for value in graph.valueIDs {
      guard let tensor = graph[value].constant else { continue }
      let content = try tensor.contentHash()
      origins[value] = Self.hash { $0.combine(content) }
    }
    var operations: [NodeID: Int] = [:]
    for id in order {
      let operation = try Self.operation(graph[id].op)
      operations[id] = operation
      for (index, result) in graph[id].results.enumerated() {
        origins[result] = Self.hash { hasher in
          hasher.combine(operation)
          hasher.combine(index)
          for operand in graph[id].operands { hasher.combine(operand.flatMap { origins[$0] }) }
        }
      }
    }
    for id in order.reversed() { destinies[id] = destiny(of: id, in: graph, operations) }
  }

  private func destiny(of id: NodeID, in graph: Graph, _ operations: [NodeID: Int]) -> Int {
    var ways: [Int] = []
    for (index, result) in graph[id].results.enumerated() {
      for use in graph[result].uses { ways.append(Self.hash { $0.combine(index); $0.combine(use.operand); $0.combine(destinies[use.node]) }) }
      for (place, output) in graph.outputs.enumerated() where graph[result].isOutput && output == result {
        ways.append(Self.hash { $0.combine(index); $0.combine("output"); $0.combine(place) })
      }
    }
    return Self.hash { hasher in
      hasher.combine(operations[id])
      for way in ways.sorted() { hasher.combine(way) }
    }
  }

  private static func hash(_ fill: (inout Hasher) -> Void) -> Int {
    var hasher = Hasher()
    fill(&hasher)
    return hasher.finalize()
  }

  /// An operator and its attributes, graphs by what they compute.
  private static func operation(_ op: any Operator) throws(ModelError) -> Int {
    var hasher = Hasher()
    hasher.combine(op.domain)
    hasher.combine(op.name)
    let named = (op as? ForeignOperator)?.namedAttributes ?? op.attributeValues.filter { !$0.isDefault }.map { NamedAttribute($0.name, $0.value) }
    for attribute in named.sorted(by: { $0.name < $1.name }) {
      hasher.combine(attribute.name)
      try hasher.combine(attribute.value)
    }
    return hasher.finalize()
  }
}

extension Hasher {
  fileprivate mutating func combine(_ value: AttributeValue) throws(ModelError) {
    switch value {
    case .int(let number): combine(number)
    case .float(let number): combine(number.bitPattern)
    case .string(let bytes): combine(bytes)
    case .element(let element): combine(element)
    case .tensor(let tensor): combine(try tensor.contentHash())
    case .type(let type): combine(type)
    case .ints(let numbers): combine(numbers)
    case .floats(let numbers): combine(numbers.map(\.bitPattern))
    case .strings(let strings): combine(strings)
    case .tensors(let tensors): for tensor in tensors { combine(try tensor.contentHash()) }
    case .types(let types): combine(types)
    case .graph(let graph): try combine(graph)
    case .graphs(let graphs): for graph in graphs { try combine(graph) }
    case .reference(let name, let kind):
      combine(name)
      combine(kind)
    case .sparse, .sparses: break
    }
  }

  private mutating func combine(_ graph: Graph) throws(ModelError) {
    let inner = try StructuralHash(graph)
    for output in graph.outputs { combine(inner.origins[output]) }
  }
}

extension Tensor {
  /// A number that follows from element type, shape and bytes alone.
  fileprivate func contentHash() throws(ModelError) -> Int {
    var hasher = Hasher()
    hasher.combine(element)
    hasher.combine(shape)
    if element == .string { return hasher.finalize() }
    try withUnsafeBytes { hasher.combine(bytes: $0) }
    return hasher.finalize()
  }
}
