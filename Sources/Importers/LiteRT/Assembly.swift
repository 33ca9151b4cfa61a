import Diagnostics
import GraphIR
import LiteRTSchema
import Operators
import Tensors

/// The names of a model's values, given once each.
private final class GivenNames {
  private var names: Set<String> = []
  /// The last number that a name was told apart by.
  private var numbers: [String: Int] = [:]

  func unique(_ name: String) -> String {
    let stem = name.isEmpty ? "value" : name
    if names.insert(stem).inserted { return stem }
    var number = numbers[stem] ?? 0
    repeat { number += 1 } while !names.insert("\(stem)_\(number)").inserted
    numbers[stem] = number
    return "\(stem)_\(number)"
  }
}

/// A graph under construction: every node's types are inferred as it is added.
final class Assembly {
  var graph: Graph
  let sink: DiagnosticSink
  private let names: GivenNames
  /// The same value with its channels elsewhere, where there is one already.
  private var channelsFirst: [ValueID: ValueID] = [:]
  private var channelsLast: [ValueID: ValueID] = [:]
  /// The name that nodes and intermediate values derive theirs from.
  var base = ""

  /// A graph inside another shares its names: what it captures must not be hidden by what it computes.
  init(name: String, sink: DiagnosticSink, within outer: Assembly? = nil) {
    graph = Graph(name: name)
    names = outer?.names ?? GivenNames()
    self.sink = sink
  }

  /// The name, or one like it that nothing has yet.
  func unique(_ name: String) -> String { names.unique(name) }

  func constant(_ tensor: Tensor, _ name: String = "constant") -> ValueID { graph.addConstant(unique(name), tensor) }

  func integers(_ values: [Int]) throws(ModelError) -> ValueID { constant(try .integers(values), "integers") }

  /// A scalar of the same element type as `value`.
  func scalar(_ number: Float, like value: ValueID) throws(ModelError) -> ValueID {
    let element = graph[value].type?.tensorType?.element ?? .float32
    return constant(try Tensor.scalar(number).converted(to: element), "scalar")
  }

  func element(of value: ValueID) -> ElementType? { graph[value].type?.tensorType?.element }
  func shape(of value: ValueID) -> [Dim]? { graph[value].type?.tensorType?.shape }

  func rank(of value: ValueID) throws(ModelError) -> Int {
    guard let shape = shape(of: value) else { throw ModelError(.unsupported, "the rank of an operand is not known") }
    return shape.count
  }

  @discardableResult
  func emit(_ op: any Operator, _ operands: ValueID?...) throws(ModelError) -> ValueID { try emit(op, operands: operands)[0] }

  func emit(_ op: any Operator, operands: [ValueID?], count: Int = 1) throws(ModelError) -> [ValueID] {
    let facts = try op.inferFacts(operands.map { $0.map(graph.fact) }, resultCount: count)
    let results = (0..<max(count, 1)).map { index in
      (name: unique("\(base)/\(op.name)"), type: index < facts.count ? facts[index].type : nil)
    }
    let node = graph.addNode(op, operands, results: results, name: results[0].name)
    for (value, fact) in zip(graph[node].results, facts) { graph.setElements(value, to: fact.elements) }
    return graph[node].results
  }

  /// Gives a result the name it has in the file.
  func rename(_ value: ValueID, to name: String) {
    if case .result = graph[value].origin { graph.rename(value, to: unique(name)) }
  }

  // MARK: - Layout

  /// `[N, spatial…, C]` as `[N, C, spatial…]`.
  func withChannelsFirst(_ value: ValueID) throws(ModelError) -> ValueID {
    if let known = channelsFirst[value] { return known }
    let rank = try rank(of: value)
    guard rank >= 3 else { throw ModelError(.unsupported, "an operand of rank \(rank) where channels and places are expected") }
    let result = try emit(Transpose(perm: [0, rank - 1] + Array(1..<rank - 1)), value)
    pair(first: result, last: value)
    return result
  }

  /// `[N, C, spatial…]` as `[N, spatial…, C]`.
  func withChannelsLast(_ value: ValueID) throws(ModelError) -> ValueID {
    if let known = channelsLast[value] { return known }
    let rank = try rank(of: value)
    let result = try emit(Transpose(perm: [0] + Array(2..<rank) + [1]), value)
    pair(first: value, last: result)
    return result
  }

  private func pair(first: ValueID, last: ValueID) {
    channelsFirst[last] = first
    channelsLast[first] = last
  }
}
