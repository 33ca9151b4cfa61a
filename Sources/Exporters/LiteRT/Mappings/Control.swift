import Diagnostics
import GraphIR
import LiteRTSchema
import Operators
import Retargeting
import Tensors

extension If: LiteRTWritable {
  /// Each branch becomes a subgraph whose inputs are what the branches capture.
  func write(_ node: SubjectNode, _ out: SubgraphWriter) throws(ModelError) {
    typealias Field = Schema.IfOptions
    var options = KernelOptions(Field.code)
    for (field, branch) in [(Field.thenSubgraphIndex, thenBranch), (Field.elseSubgraphIndex, elseBranch)] {
      options.object.set(field, try out.writeSubgraph(branch, inputs: branch.captures))
    }
    var inputs: [Int] = []
    for index in 0..<node.operandCount { inputs.append(try out.operand(index)) }
    var results: [Int] = []
    for index in 0..<node.resultCount { results.append(try out.result(index)) }
    out.step(.if, inputs, results, options)
  }
}

extension Loop: LiteRTWritable {
  func limits(_ node: SubjectNode) -> Rejection? {
    let carried = node.operandCount - 2 - body.captures.count
    if node.resultCount > carried { return Rejection(.noEquivalent, "a loop that stacks a value of every iteration") }
    return node.operand(0) == nil && node.operand(1) == nil ? Rejection(.operand, "a loop without an end") : nil
  }

  /// The state of WHILE: the iteration, the limit, the condition, what is carried, what is captured.
  func write(_ node: SubjectNode, _ out: SubgraphWriter) throws(ModelError) {
    typealias Field = Schema.WhileOptions
    let carried = node.operandCount - 2 - body.captures.count
    let limit = try node.operand(0) == nil ? out.constant(try .scalar(Int.max)) : out.operand(0)
    let condition = try node.operand(1) == nil ? out.constant(try Tensor(.bool, [], elements: [UInt8(1)])) : out.operand(1)
    var inputs = [try out.constant(try .scalar(0)), limit, condition]
    for index in 2..<max(2, node.operandCount) { inputs.append(try out.operand(index)) }
    var results = [try out.temporary(.int64, []), try out.temporary(.int64, []), try out.temporary(.bool, [])]
    for index in 0..<carried { results.append(try out.result(index)) }
    for index in 0..<body.captures.count {
      let fact = node.operand(2 + carried + index)
      results.append(try out.temporary(fact?.element ?? .float32, fact?.shape ?? []))
    }
    var options = KernelOptions(Field.code)
    options.object.set(Field.condSubgraphIndex, try out.writeLoopCondition(state: inputs, like: node, carried: carried))
    options.object.set(Field.bodySubgraphIndex, try out.writeLoopBody(body, carried: carried))
    out.step(.while, inputs, results, options)
  }
}

extension SubgraphWriter {
  /// Writes a nested graph of its own; returns its number.
  func writeSubgraph(_ inner: Graph, inputs: [ValueID]) throws(ModelError) -> Int {
    let index = tables.reserveSubgraph()
    let object = try SubgraphWriter(inner, tables).write(name: "\(inner.name)_\(index)", inputs: inputs, outputs: inner.outputs)
    tables.setSubgraph(index, object)
    return index
  }

  /// `iteration < limit && condition`.
  fileprivate func writeLoopCondition(state: [Int], like node: SubjectNode, carried: Int) throws(ModelError) -> Int {
    var test = Graph(name: "condition")
    let iteration = test.addInput("iteration", .tensor(.int64, [])), limit = test.addInput("limit", .tensor(.int64, []))
    let condition = test.addInput("again", .tensor(.bool, []))
    for index in 2..<max(2, node.operandCount) { test.addInput("state_\(index)", node.operand(index)?.type) }
    let less = test.addNode(Less(), [iteration, limit], results: [(name: "within", type: .tensor(.bool, []))])
    let both = test.addNode(And(), [test[less].results[0], condition], results: [(name: "both", type: .tensor(.bool, []))])
    test.setOutputs([test[both].results[0]])
    return try writeSubgraph(test, inputs: test.inputs)
  }

  /// The body with the iteration counted, and everything that stays the same passed on.
  fileprivate func writeLoopBody(_ body: Graph, carried: Int) throws(ModelError) -> Int {
    var inner = body
    let limit = inner.addInput("@limit", .tensor(.int64, []))
    let one = inner.addConstant("@one", try Tensor.scalar(1))
    let next = inner.addNode(Add(), [inner.inputs[0], one], results: [(name: "@next", type: .tensor(.int64, []))])
    let state = [inner.inputs[0], limit] + Array(inner.inputs[1..<inner.inputs.count - 1]) + inner.captures
    var outputs = [inner[next].results[0]]
    for value in [limit] + body.outputs + inner.captures {
      // A subgraph's output that is one of its inputs is copied: runtimes do not all allow the same tensor to be both.
      let copy = inner.addNode(Identity(), [value], results: [(name: "@\(inner[value].name)", type: inner[value].type)])
      outputs.append(inner[copy].results[0])
    }
    inner.setOutputs(outputs)
    return try writeSubgraph(inner, inputs: state)
  }
}
