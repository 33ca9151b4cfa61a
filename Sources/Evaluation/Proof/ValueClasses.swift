import Diagnostics
import GraphIR
import Operators
import Tensors

/// Puts values into classes: two of one class are computed alike, by equal operators with equal attributes, from alike.
///
/// Classes are found by hashing, but nothing rests on a hash: operators are compared by their attributes and constants by their
/// bytes. Values inside a nested graph are described by its parameters, numbered by depth, so that graphs that compute the same
/// are recognised whatever their names, and captures count as the values that they are.
struct ValueClasses {
  /// How many classes there are: each is a number below it.
  private(set) var count = 0
  private var nodes: [NodeKey: [NodeEntry]] = [:]
  private var constants: [ConstantKey: [(tensor: Tensor, number: Int)]] = [:]
  private var stored: [TensorIdentity: Int] = [:]
  private var ports: [PortKey: Int] = [:]

  private struct NodeKey: Hashable {
    let kind: ObjectIdentifier
    let attributes: Int
    /// `-1` for an absent one. Captures are not among them: they show in the bodies.
    let operands: [Int]
    let resultCount: Int
    /// The classes of the outputs of each graph that the operator owns.
    let bodies: [[Int]]
    /// Tells apart nodes that do not give the same twice: the depth and the place among those that look alike.
    var occurrence: [Int] = []
  }

  private struct NodeEntry {
    let op: any Operator
    var results: [Int]
  }

  private struct ConstantKey: Hashable {
    let element: ElementType
    let shape: Shape
    let sample: Int
  }

  private enum PortKey: Hashable {
    case input(String)
    case parameter(depth: Int, index: Int)
  }

  /// What becomes of a result's class: the place where a caller may put it into another.
  typealias Adjustment = (_ value: ValueID, _ number: Int) -> Int

  /// The class of each value, by index; -1 for values that were removed. Throws `cycle` and what reading constants throws.
  mutating func number(_ graph: Graph, adjust: Adjustment = { $1 }) throws(ModelError) -> [Int] {
    var numbers = [Int](repeating: -1, count: graph.valueCapacity)
    for value in graph.inputs { numbers[value.index] = port(.input(graph[value].name)) }
    try number(graph, into: &numbers, depth: 0, adjust: adjust)
    return numbers
  }

  private mutating func number(_ graph: Graph, into numbers: inout [Int], depth: Int, adjust: Adjustment) throws(ModelError) {
    for value in graph.valueIDs {
      if let tensor = graph[value].constant { numbers[value.index] = try constant(tensor) }
    }
    var occurrences: [NodeKey: Int] = [:]
    for id in try graph.topologicalOrder() {
      let op = graph[id].op
      if let tensor = op.heldTensor, let result = graph[id].results.first {
        numbers[result.index] = try constant(tensor)
        continue
      }
      let operands = graph[id].operands.map { $0.map { numbers[$0.index] } ?? -1 }
      if op is Identity, let first = operands.first, let result = graph[id].results.first {
        numbers[result.index] = first
        continue
      }
      let captures = graph[id].captureCount
      var bodies: [[Int]] = []
      for body in op.graphs { bodies.append(try outputs(of: body, captures: Array(operands.suffix(captures)), depth: depth + 1)) }
      var key = NodeKey(
        kind: graph[id].key, attributes: op.attributesHash, operands: Array(operands.dropLast(captures)),
        resultCount: graph[id].results.count, bodies: bodies)
      if !op.isPureThroughout {
        let place = occurrences[key, default: 0]
        occurrences[key] = place + 1
        key.occurrence = [depth, place]
      }
      assign(key, op, graph[id].results, &numbers, adjust)
    }
  }

  private mutating func assign(
    _ key: NodeKey, _ op: any Operator, _ results: [ValueID], _ numbers: inout [Int], _ adjust: Adjustment
  ) {
    var entries = nodes[key] ?? []
    let known = entries.firstIndex { $0.op.hasEqualAttributes(to: op) }
    let index = known ?? entries.count
    if known == nil { entries.append(NodeEntry(op: op, results: results.map { _ in fresh() })) }
    for (place, result) in results.enumerated() {
      entries[index].results[place] = adjust(result, entries[index].results[place])
      numbers[result.index] = entries[index].results[place]
    }
    nodes[key] = entries
  }

  private mutating func outputs(of body: Graph, captures: [Int], depth: Int) throws(ModelError) -> [Int] {
    var numbers = [Int](repeating: -1, count: body.valueCapacity)
    // What a default would do is not modelled: such a graph is like no other.
    for (index, value) in body.inputs.enumerated() {
      numbers[value.index] = body.defaults.isEmpty ? port(.parameter(depth: depth, index: index)) : fresh()
    }
    for (value, number) in zip(body.captures, captures) { numbers[value.index] = number }
    try number(body, into: &numbers, depth: depth, adjust: { $1 })
    return [body.inputs.count] + body.outputs.map { numbers[$0.index] }
  }

  private mutating func fresh() -> Int {
    count += 1
    return count - 1
  }

  private mutating func port(_ key: PortKey) -> Int {
    if let known = ports[key] { return known }
    let number = fresh()
    ports[key] = number
    return number
  }

  private mutating func constant(_ tensor: Tensor) throws(ModelError) -> Int {
    if let known = stored[tensor.identity] { return known }
    let key = ConstantKey(element: tensor.element, shape: tensor.shape, sample: try tensor.sampleHash())
    for candidate in constants[key] ?? [] {
      guard try candidate.tensor.isIdentical(to: tensor) else { continue }
      stored[tensor.identity] = candidate.number
      return candidate.number
    }
    let number = fresh()
    constants[key, default: []].append((tensor, number))
    stored[tensor.identity] = number
    return number
  }
}
