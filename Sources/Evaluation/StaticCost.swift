import Diagnostics
import GraphIR
import Operators
import Tensors

/// What running a graph once takes, from its types alone. Sizes that are symbols take the numbers given for them.
public struct StaticCost: Sendable, Equatable {
  /// Multiply-accumulates of convolutions and matrix products; of loops, one iteration.
  public var multiplyAccumulates = 0
  /// Most bytes that inputs, results and outputs take at one time: what the executor needs, kernels' own scratch aside.
  public var peakActivationBytes = 0
  /// Elements of all intermediate results together.
  public var elements = 0
  /// Values whose size is not known: what is said of the others is a lower bound.
  public var unknownValues = 0

  /// Throws `cycle`.
  public init(of graph: Graph, symbols: [String: Int]) throws(ModelError) {
    let plan = try Plan(graph)
    for id in plan.steps.flatMap(\.nodes) {
      for result in graph[id].results where !graph[result].name.isEmpty {
        elements = elements.saturatingAdd(Self.elements(graph[result].type, symbols) ?? 0)
      }
      multiplyAccumulates = multiplyAccumulates.saturatingAdd(Self.multiplyAccumulates(of: graph[id], in: graph, symbols) ?? 0)
      for inner in graph.graphs(of: id) {
        let cost = try StaticCost(of: inner, symbols: symbols)
        multiplyAccumulates = multiplyAccumulates.saturatingAdd(cost.multiplyAccumulates)
        elements = elements.saturatingAdd(cost.elements)
      }
    }
    let memory = MemoryPlan(plan, symbols: symbols)
    (peakActivationBytes, unknownValues) = (memory.peakBytes, memory.unknownValues)
  }

  private static func elements(_ type: ValueType?, _ symbols: [String: Int]) -> Int? {
    guard let shape = type?.tensorType?.shape else { return nil }
    var sizes: Shape = []
    for dim in shape {
      guard let size = dim.evaluated(with: symbols) else { return nil }
      sizes.append(size)
    }
    return sizes.elementCount
  }

  private static func multiplyAccumulates(of node: Node, in graph: Graph, _ symbols: [String: Int]) -> Int? {
    func elements(_ operand: Int) -> Int? {
      guard operand < node.operands.count, let value = node.operands[operand] else { return nil }
      return Self.elements(graph[value].type, symbols)
    }
    func size(_ operand: Int, _ axis: (Int) -> Int) -> Int? {
      guard operand < node.operands.count, let value = node.operands[operand], let shape = graph[value].type?.tensorType?.shape,
        shape.indices.contains(axis(shape.count))
      else { return nil }
      return shape[axis(shape.count)].evaluated(with: symbols)
    }
    guard let result = node.results.first, let output = Self.elements(graph[result].type, symbols) else { return nil }
    switch node.key {
    case ObjectIdentifier(Conv.self):
      guard let weight = elements(1), let channels = size(1, { _ in 0 }), channels > 0 else { return nil }
      return output.saturatingMultiply(weight / channels)
    case ObjectIdentifier(ConvTranspose.self):
      guard let weight = elements(1), let channels = size(1, { _ in 0 }), channels > 0, let input = elements(0) else { return nil }
      return input.saturatingMultiply(weight / channels)
    case ObjectIdentifier(MatMul.self):
      return size(0, { $0 - 1 }).map { output.saturatingMultiply($0) }
    case ObjectIdentifier(Gemm.self):
      guard let a = elements(0), let rows = graph[result].type?.tensorType?.shape?.first?.evaluated(with: symbols), rows > 0 else { return nil }
      return output.saturatingMultiply(a / rows)
    default:
      // Keys with their past, where the node gives them back: [B, heads, keys, size].
      let present = node.results.count > 1 ? graph[node.results[1]].type?.tensorType?.shape : nil
      let kept = present.flatMap { $0.count == 4 ? $0[2].evaluated(with: symbols) : nil }
      return fusedMultiplyAccumulates(of: node.op, output: output, kept: kept, elements) { operand, axis in
        size(operand) { axis < 0 ? $0 + axis : axis }
      }
    }
  }
}
