import Diagnostics
import GraphIR
import Operators
import Tensors

extension Graph {
  /// Gives a graph of Mats the inputs and outputs of the graph that it was written from, so that both run on the same tensors.
  ///
  /// Types of `source` have been inferred. Throws `malformed` when an output is missing.
  package mutating func adoptPorts(of source: Graph) throws(ModelError) {
    for input in inputs {
      guard let twin = source.inputs.first(where: { source[$0].name == self[input].name }), let type = source[twin].type,
        let shape = type.tensorType?.shape, let layout = MatLayout(shape)
      else { continue }
      let uses = self[input].uses
      let isOutput = self[input].isOutput
      let element = self[input].type?.tensorType?.element ?? .float32
      setType(input, to: type)
      if self[input].declaredType != nil { setDeclaredType(input, to: type) }
      let mat = try withoutOnes(cast(input, from: type.tensorType?.element, to: element), shape, layout)
      for use in uses { setOperand(use.node, use.operand, to: mat) }
      if isOutput { setOutputs(outputs.map { $0 == input ? mat : $0 }) }
    }
    var results: [ValueID] = []
    for twin in source.outputs {
      let name = source[twin].name
      guard let output = outputs.first(where: { self[$0].name == name }) else { throw ModelError(.malformed, "there is no output \(name)") }
      guard let type = source[twin].type?.tensorType, let shape = type.shape, let layout = MatLayout(shape) else {
        results.append(output)
        continue
      }
      rename(output, to: name + "/mat")
      let whole = try cast(withOnes(output, shape, layout), from: .float32, to: type.element)
      let copy = node(Identity(), [whole])
      rename(copy, to: name)
      results.append(copy)
    }
    setOutputs(results)
  }

  private mutating func node(_ op: any Operator, _ operands: [ValueID?]) -> ValueID {
    let id = addNode(op, operands, results: [("/port_\(liveNodeCount)", nil)])
    return self[id].results[0]
  }

  private mutating func integers(_ values: [Int]) throws(ModelError) -> ValueID {
    addConstant("/port_const_\(liveNodeCount)", try Tensor.integers(values))
  }

  private mutating func cast(_ value: ValueID, from: ElementType?, to element: ElementType) -> ValueID {
    guard from != element else { return value }
    var cast = Cast()
    cast.to = element
    return node(cast, [value])
  }

  /// The axes that the Mat leaves out; all of none.
  private func ones(_ shape: [Dim], _ layout: MatLayout) -> [Int] { shape.indices.filter { !layout.axes.contains($0) } }

  private mutating func withoutOnes(_ value: ValueID, _ shape: [Dim], _ layout: MatLayout) throws(ModelError) -> ValueID {
    if layout.axes.isEmpty { return try node(Reshape(), [value, integers([1])]) }
    let axes = ones(shape, layout)
    return axes.isEmpty ? node(Identity(), [value]) : try node(Squeeze(), [value, integers(axes)])
  }

  private mutating func withOnes(_ value: ValueID, _ shape: [Dim], _ layout: MatLayout) throws(ModelError) -> ValueID {
    if layout.axes.isEmpty { return try node(Reshape(), [value, integers([Int](repeating: 1, count: shape.count))]) }
    let axes = ones(shape, layout)
    return axes.isEmpty ? value : try node(Unsqueeze(), [value, integers(axes)])
  }
}
