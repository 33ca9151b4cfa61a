import GraphIR
import LiteRTSchema
import Operators
import Tensors

/// Which activations become part of the node that feeds them.
///
/// An activation is fused when it is the only user of a result that no output names, and the format's form of the node has a place for it.
struct ActivationFusion {
  private var activations: [NodeID: Schema.ActivationFunctionType] = [:]
  private var fused: Set<NodeID> = []
  private var results: [ValueID: ValueID] = [:]

  init(_ graph: Graph) {
    for id in graph.nodeIDs {
      guard let kind = Self.kind(graph, id), let x = graph[id].operands[0], let producer = graph.producer(of: x),
        graph[x].uses.count == 1, !graph[x].isOutput, Self.takesActivation(graph, producer), graph[x].type?.tensorType?.element == .float32
      else { continue }
      activations[producer] = kind
      fused.insert(id)
      results[x] = graph[id].results[0]
    }
  }

  private static func takesActivation(_ graph: Graph, _ id: NodeID) -> Bool {
    switch graph[id].op {
    case let kernel as LiteRTKernel: kernel.activation != nil
    case is Add, is Sub, is Mul, is Div, is Gemm: true
    case is MatMul: graph.isFullyConnected(id)
    default: false
    }
  }

  private static func kind(_ graph: Graph, _ id: NodeID) -> Schema.ActivationFunctionType? {
    if graph[id].op is Relu { return .relu }
    guard graph[id].op is Clip, graph[id].operands.count == 3, let low = graph[id].operands[1], let high = graph[id].operands[2],
      let from = graph.constant(low).flatMap({ try? $0.floats().first }), let to = graph.constant(high).flatMap({ try? $0.floats().first })
    else { return nil }
    return (from, to) == (0, 6) ? .relu6 : (from, to) == (-1, 1) ? .reluN1To1 : nil
  }

  func activation(of node: NodeID) -> Schema.ActivationFunctionType? { activations[node] }
  func isFused(_ node: NodeID) -> Bool { fused.contains(node) }
  /// What a node gives with its activation.
  func result(_ value: ValueID) -> ValueID { results[value] ?? value }
}

extension Graph {
  /// Whether a matrix product is one with a constant matrix of rank 2.
  func isFullyConnected(_ id: NodeID) -> Bool {
    guard self[id].operands.count == 2, let b = self[id].operands[1], let a = self[id].operands[0] else { return false }
    let rank = self[a].type?.tensorType?.rank ?? 0
    return rank >= 2 && self[b].type?.tensorType?.rank == 2 && constant(b) != nil
  }
}
