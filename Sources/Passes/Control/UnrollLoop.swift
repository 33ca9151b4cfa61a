import Diagnostics
import GraphIR
import Operators
import Rewriting
import Tensors

/// Puts a loop's iterations one after the other, where their number is known and that makes no more nodes, or few enough. Exact.
///
///     %one = const i64 1
///     %y = Loop(%one, %c, %x) {body: graph(%i, %t, %a) -> (%t, %b) { %b = Relu(%a) }}   →   %y = Relu(%x)
///
/// The condition holds from beginning to end. What iterations compute from their number alone is folded, and does not count.
package struct UnrollLoop: RewriteRule {
  /// Nodes that may stand where the loop stood, even though they are more: for targets that have no loops.
  private let nodeLimit: Int

  package init(nodeLimit: Int = 0) { self.nodeLimit = nodeLimit }

  private static let iterationLimit = 64
  /// Bytes that a loop may add however many others have: a few nodes.
  private static let smallGrowth = 16 * Graph.bytesPerNode

  package func rewrite(_ loop: Matched<Loop>, _ edit: inout Edit) throws(NoMatch) {
    let body = loop.op.body
    let count = try iterations(loop)
    let captureCount = body.captures.count
    let given = loop.node.operands.dropLast(captureCount).dropFirst(2).map { $0?.id }
    try require(body.inputs.count == given.count + 2 && body.outputs.count == loop.node.resultCount + 1, "the body does not fit the loop")
    let stacks = body.outputs.count - 1 - given.count
    try require(stacks >= 0 && (stacks == 0 || count > 0), "nothing is stacked")
    let weight = body.nodesBeyondCounting
    let added = count * (weight + stacks) + (count > 1 ? stacks : 0)
    try require(added <= max(weight + 1, nodeLimit), "there would be more nodes")
    let growth = (added - weight - 1) * Graph.bytesPerNode
    try require(growth <= max(loop.node.growthLeft, Self.smallGrowth), "the model would become too large")
    edit.spend(growth)
    try require(count < 2 || body.nodeIDs.allSatisfy { body.graphs(of: $0).isEmpty && body[$0].op.isPure }, "a node may not be repeated")
    let captures = loop.node.operands.suffix(captureCount).map { $0?.id }
    var carried = given
    var slices = [[ValueID]](repeating: [], count: stacks)
    for index in 0..<count {
      let inputs = try [iterationNumber(index, &edit), truth(&edit)] + carried
      let outputs = count == 1 ? edit.splice(body, inputs: inputs, captures: captures) : edit.copy(body, inputs, captures)
      try require(outputs.count == body.outputs.count, "the body has an output without a value")
      carried = outputs[1...given.count].map { $0 }
      for stack in 0..<stacks { slices[stack].append(outputs[1 + given.count + stack]) }
    }
    for (index, value) in carried.enumerated() {
      guard let value else { throw NoMatch("a carried value is absent") }
      edit.replace(loop.result(index), with: value)
    }
    for (index, parts) in slices.enumerated() { edit.replace(loop.result(given.count + index), with: stacked(parts, &edit)) }
    edit.retireRoot()
  }

  private func iterations(_ loop: Matched<Loop>) throws(NoMatch) -> Int {
    if let condition = loop.ifPresent(.condition) {
      guard let flag = try? condition.constant().integers().first else { throw NoMatch("the condition is not known", condition.id) }
      if flag == 0 { return 0 }
    }
    guard let limit = loop.ifPresent(.count) else { throw NoMatch("the number of iterations is open") }
    guard let count = try limit.integers().first else { throw NoMatch("the number of iterations is open", limit.id) }
    try require(count <= max(Self.iterationLimit, nodeLimit), "there are many iterations")
    try require(count <= 1 || loop.op.body.keepsCondition, "the condition may end the loop")
    return max(count, 0)
  }

  private func iterationNumber(_ index: Int, _ edit: inout Edit) throws(NoMatch) -> ValueID {
    edit.constant(try edit.computing { () throws(ModelError) in try Tensor.scalar(index) })
  }

  private func truth(_ edit: inout Edit) throws(NoMatch) -> ValueID {
    edit.constant(try edit.computing { () throws(ModelError) in try Tensor(.bool, [], elements: [UInt8(1)]) })
  }

  /// The values along a new first axis.
  private func stacked(_ parts: [ValueID], _ edit: inout Edit) -> ValueID {
    let axes = edit.constant([0])
    let wide = parts.map { edit.emit(Unsqueeze(), $0, axes) }
    if wide.count == 1 { return wide[0] }
    var concat = Concat()
    concat.axis = 0
    return edit.emit(concat, operands: wide)[0]
  }
}

extension Graph {
  /// True for a loop's body whose next condition is always true, or the present one.
  var keepsCondition: Bool {
    guard let output = outputs.first, inputs.count > 1 else { return false }
    if let tensor = constant(output) { return (try? tensor.integers().first) == 1 }
    if output == inputs[1] { return true }
    guard let producer = producer(of: output), self[producer].op is Identity, let source = self[producer].operands.first else { return false }
    return source == inputs[1] || source.flatMap { constant($0) }.flatMap { try? $0.integers().first } == 1
  }

  /// How many nodes depend on more than constants and the first input.
  fileprivate var nodesBeyondCounting: Int {
    var known = Set(inputs.prefix(1))
    var count = 0
    for id in (try? topologicalOrder()) ?? [] {
      let node = self[id]
      let isKnown = node.op.isPure && node.operands.allSatisfy { operand in operand.map { known.contains($0) || constant($0) != nil } ?? true }
      if isKnown { known.formUnion(node.results) } else if !(node.op is Identity) { count += 1 }
    }
    return count
  }
}

extension Edit {
  /// New nodes that do what a graph does; what stands for its outputs.
  fileprivate mutating func copy(_ graph: Graph, _ inputs: [ValueID?], _ captures: [ValueID?]) -> [ValueID] {
    var map: [ValueID: ValueID] = [:]
    for (inner, outer) in zip(graph.inputs + graph.captures, inputs + captures) { map[inner] = outer }
    for id in graph.valueIDs {
      if let tensor = graph[id].constant { map[id] = constant(tensor) }
    }
    for id in (try? graph.topologicalOrder()) ?? [] {
      let node = graph[id]
      let results = emit(node.op, operands: node.operands.map { $0.flatMap { map[$0] } }, resultCount: node.results.count)
      for (inner, outer) in zip(node.results, results) { map[inner] = outer }
    }
    return graph.outputs.compactMap { map[$0] }
  }
}
