import Diagnostics
import GraphIR
import Operators
import Rewriting
import Tensors

/// A loop that stacks a value of every iteration carries the stack instead, as one row of elements, and its sizes. Exact.
///
///     %all = Loop(…) {body: … -> (…, %out)}
///     →   %row, %sizes = Loop(…, [], 0) {body: (…, %row, %sizes) -> (…, Concat(%row, Reshape(%out, [-1])), Concat(%i + 1, Shape(%out)))}
///         %all = Reshape(%row, %sizes)
///
/// So neither the number of iterations nor the values' sizes need be known.
struct StackLoopResults: RewriteRule {
  func rewrite(_ loop: Matched<Loop>, _ edit: inout Edit) throws(NoMatch) {
    let operands = loop.node.operands
    let captures = loop.op.body.captures.count
    let carried = operands.count - 2 - captures
    let stacks = loop.node.resultCount - carried
    try require(carried >= 0 && stacks > 0, "nothing is stacked")
    var op = loop.op
    try require(op.body.outputs.count == 1 + carried + stacks && op.body.inputs.count == 2 + carried, "a body of another form")
    var types: [TensorType] = []
    for value in op.body.outputs.suffix(stacks) {
      guard let type = op.body[value].type?.tensorType, type.shape != nil else { throw NoMatch("a stacked value whose rank is not known") }
      try require(type.element != .string, "a stack of strings")
      types.append(type)
    }
    let owner = loop.node.name.isEmpty ? "\(loop.node.id)" : loop.node.name
    try Self.carryStacks(&op.body, types, owner)
    var initial: [ValueID?] = []
    for type in types {
      let empty = try edit.computing { () throws(ModelError) in try Tensor(type.element, [0], bytes: OwnedBytes(zeroed: 0)) }
      initial.append(edit.constant(empty))
      initial.append(edit.constant([0] + (type.shape ?? []).map { $0.number ?? 0 }))
    }
    let before = operands.prefix(2 + carried).map { $0?.id }, after = operands.suffix(captures).map { $0?.id }
    let results = edit.emit(op, operands: before + initial + after, resultCount: carried + 2 * stacks)
    for index in 0..<carried { edit.replace(loop.result(index), with: results[index]) }
    var reshape = Reshape()
    reshape.allowzero = true
    for index in 0..<stacks {
      let stack = edit.emit(reshape, results[carried + 2 * index], results[carried + 2 * index + 1])
      edit.replace(loop.result(carried + index), with: stack)
    }
    edit.retireRoot()
  }

  /// Makes a body carry what it gave to be stacked.
  private static func carryStacks(_ body: inout Graph, _ types: [TensorType], _ owner: String) throws(NoMatch) {
    let kept = Array(body.outputs.dropLast(types.count)), stacked = Array(body.outputs.suffix(types.count))
    guard let one = try? Tensor(.int64, [1], elements: [Int64(1)]), let whole = try? Tensor(.int64, [1], elements: [Int64(-1)]) else {
      throw NoMatch("no constants")
    }
    let vector = ValueType.tensor(.int64, [1])
    func add(_ op: any Operator, _ operands: [ValueID?], _ name: String, _ type: ValueType) -> ValueID {
      let node = body.addNode(op, operands, results: [(name, type)])
      return body[node].results[0]
    }
    let axis = body.addConstant("@stack_axis", (try? Tensor(.int64, [1], elements: [Int64(0)])) ?? one)
    let iteration = add(Unsqueeze(), [body.inputs[0], axis], "@stack_iteration", vector)
    let count = add(Add(), [iteration, body.addConstant("@stack_one", one)], "@stack_count", vector)
    let flatten = body.addConstant("@stack_flat", whole)
    var outputs = kept
    for (index, type) in types.enumerated() {
      let rank = type.shape?.count ?? 0
      let length = Dim.symbol("stack_\(index) of \(owner)")
      let row = body.addInput("@row_\(index)", .tensor(type.element, [length]))
      body.addInput("@sizes_\(index)", .tensor(.int64, [.number(rank + 1)]))
      let flat = add(Reshape(), [stacked[index], flatten], "@flat_\(index)", .tensor(type.element, [type.shape?.reduce(.number(1), *) ?? length]))
      outputs.append(add(Concat(axis: 0), [row, flat], "@joined_\(index)", .tensor(type.element, nil)))
      let sizes = add(ShapeOf(), [stacked[index]], "@shape_\(index)", .tensor(.int64, [.number(rank)]))
      outputs.append(add(Concat(axis: 0), [count, sizes], "@next_sizes_\(index)", .tensor(.int64, [.number(rank + 1)])))
    }
    body.setOutputs(outputs)
  }
}
