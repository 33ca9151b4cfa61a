import Diagnostics
import GraphIR
import Operators
import Rewriting
import Tensors

/// Where nodes are added: to what a rule proposes, or to the body of a loop that it makes.
protocol NodeSink {
  mutating func add(_ op: any Operator, _ operands: [ValueID?], count: Int) -> [ValueID]
  mutating func hold(_ tensor: Tensor) -> ValueID
}

extension NodeSink {
  mutating func add(_ op: any Operator, _ operands: ValueID?...) -> ValueID { add(op, operands, count: 1)[0] }

  mutating func integers(_ values: [Int]) throws(NoMatch) -> ValueID {
    guard let tensor = try? Tensor(.int64, [values.count], elements: values.map(Int64.init)) else { throw NoMatch("no constant") }
    return hold(tensor)
  }

  mutating func floats(_ values: [Float], _ shape: Shape) throws(NoMatch) -> ValueID {
    guard let tensor = try? Tensor(.float32, shape, elements: values) else { throw NoMatch("no constant") }
    return hold(tensor)
  }

  /// `count` equal parts along an axis.
  mutating func parts(of value: ValueID, axis: Int, count: Int) -> [ValueID] {
    guard count > 1 else { return [value] }
    var split = Split()
    (split.axis, split.numOutputs) = (axis, count)
    return add(split, [value], count: count)
  }
}

extension Edit: NodeSink {
  mutating func add(_ op: any Operator, _ operands: [ValueID?], count: Int) -> [ValueID] { emit(op, operands: operands, resultCount: count) }
  mutating func hold(_ tensor: Tensor) -> ValueID { constant(tensor) }
}

/// A graph that grows node by node, each with the types that are inferred for it.
struct BodySink: NodeSink {
  var graph: Graph
  private var inference = TypeInference()

  init(_ graph: Graph) { self.graph = graph }

  mutating func add(_ op: any Operator, _ operands: [ValueID?], count: Int) -> [ValueID] {
    let first = graph.valueCapacity
    let id = graph.addNode(op, operands, results: (0..<count).map { ("@\(op.name)_\(first + $0)", nil) })
    try? inference.update(id, in: &graph)
    return graph[id].results
  }

  mutating func hold(_ tensor: Tensor) -> ValueID { graph.addConstant("@const_\(graph.valueCapacity)", tensor) }
}
