import Diagnostics

extension Graph {
  /// Adds the nodes and constants of `body`, its inputs and captures becoming the given values, as if it stood here.
  ///
  /// An input that is given no value is an absent operand wherever it is used. `rename` gives every new value its name from
  /// its name in `body`. Returns what became of the body's outputs; `nil` for an output that is an input without a value.
  /// Throws `cycle`.
  package mutating func splice(
    _ body: Graph, inputs: [ValueID?], captures: [ValueID?] = [], position: Int? = nil, rename: (String) -> String
  ) throws(ModelError) -> [ValueID?] {
    var map: [ValueID: ValueID] = [:]
    for (value, given) in zip(body.inputs, inputs) { map[value] = given }
    for (value, given) in zip(body.captures, captures) { map[value] = given }
    for value in body.valueIDs {
      if let tensor = body[value].constant {
        map[value] = addConstant(rename(body[value].name), tensor)
      } else if let tensor = body.defaults[value], map[value] == nil {
        map[value] = addConstant(rename(body[value].name), tensor)
      }
    }
    for id in try body.topologicalOrder() {
      let node = body[id]
      let results = node.results.map { value in
        (name: body[value].name.isEmpty ? "" : rename(body[value].name), type: body[value].type)
      }
      let operands = node.operands.map { $0.flatMap { map[$0] } }
      let added = addNode(node.op, operands, results: results, name: node.name, origin: node.origin, position: position)
      updateNode(added) {
        $0.writtenAttributes = node.writtenAttributes
        $0.carried = node.carried
      }
      for (old, new) in zip(node.results, self[added].results) { map[old] = new }
    }
    return body.outputs.map { map[$0] }
  }
}
