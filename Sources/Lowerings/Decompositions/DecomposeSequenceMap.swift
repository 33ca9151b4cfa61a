import GraphIR
import Operators
import Tensors

/// Maps over sequences as loops that append to one. Loops carry sequences from set 13 on.
let sequenceMapDecompositions: [Decomposition] = [
  Decomposition(SequenceMap.self) { (op, context) throws(NotRepresentable) in try context.loop(mapping: op) },
  // A sequence to which something was added that is taken away again.
  Decomposition(Identity.self) { (_, context) throws(NotRepresentable) in
    let list = try context.required(0)
    guard case .sequence(.tensor(let type)?) = context.graph[list].type, type.element != .string else { throw NotRepresentable("") }
    return [try context.emit(SequenceErase(), context.emit(SequenceInsert(), list, context.number(0, type.element)))]
  },
]

extension StepContext {
  fileprivate mutating func loop(mapping op: SequenceMap) throws(NotRepresentable) -> [ValueID?] {
    guard version >= 13 else { throw NotRepresentable("loops carry no sequences below opset 13") }
    let operands = graph[node].operands
    let own = operands.count - op.body.captures.count
    guard own > 0, op.body.inputs.count == own, op.body.outputs.count == graph[node].results.count else {
      throw NotRepresentable("the body does not fit the operands")
    }
    var body = op.body
    let oldInputs = body.inputs
    let iteration = body.addInput("", .tensor(.int64, []))
    let condition = body.addInput("", .tensor(.bool, []))
    var captures = operands[own...].compactMap { $0 }
    for (index, input) in oldInputs.enumerated() {
      captures.append(try required(index))
      try choose(input, &body, from: required(index), iteration)
    }
    let goesOn = body.addNode(Identity(), [condition], results: [("", .tensor(.bool, []))])
    var (lists, initial, appended): ([ValueID], [ValueID], [ValueID]) = ([], [], [])
    for (index, output) in body.outputs.enumerated() {
      let start = try emptyList(of: body[output].type, result: index)
      let type = graph[start].type
      let list = body.addInput("", type)
      let longer = body.addNode(SequenceInsert(), [list, output], results: [("", type)])
      initial.append(start)
      lists.append(list)
      appended.append(body[longer].results[0])
    }
    body.setInputs([iteration, condition] + lists)
    body.setOutputs([body[goesOn].results[0]] + appended)
    var result = Loop()
    result.body = body
    let length = try emit(SequenceLength(), required(0))
    let made = try emit(result, [length, nil] + initial + captures, results: appended.count)
    for (value, start) in zip(made, initial) { graph.setType(value, to: graph[start].type) }
    return made
  }

  /// Puts a captured tensor, or the element of a captured sequence, in the place of an input of the body.
  private func choose(_ input: ValueID, _ body: inout Graph, from source: ValueID, _ iteration: ValueID) throws(NotRepresentable) {
    let (name, type) = (body[input].name, body[input].type)
    let whole = body.addCapture(graph[source].name, graph[source].type)
    body.rename(input, to: "")
    guard case .sequence = graph[source].type else { return body.replaceAllUses(of: input, with: whole) }
    let chosen = body.addNode(SequenceAt(), [whole, iteration], results: [(name, type)])
    body.replaceAllUses(of: input, with: body[chosen].results[0])
  }

  private mutating func emptyList(of type: ValueType?, result index: Int) throws(NotRepresentable) -> ValueID {
    guard let element = type?.tensorType?.element else { throw NotRepresentable("the element type of a result is unknown") }
    var empty = SequenceEmpty()
    empty.dtype = element
    let list = try emit(empty, [], results: 1)[0]
    graph.setType(list, to: graph[graph[node].results[index]].type ?? .sequence(.tensor(element, nil)))
    return list
  }
}
