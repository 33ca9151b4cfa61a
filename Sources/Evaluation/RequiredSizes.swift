import GraphIR
import Operators
import Tensors

/// What operators ask of sizes that are open: a layer's weights take so many numbers, whatever the model says of its inputs.
enum RequiredSizes {
  /// Numbers for symbols, where the weights of some operator leave no choice. The first one counts.
  static func of(_ graph: Graph) -> [String: Int] {
    var found: [String: Int] = [:]
    for id in graph.nodeIDs {
      for (dim, number) in demands(of: SubjectShapes(graph, id), graph[id].op) {
        guard let name = dim.symbolName, number > 1, found[name] == nil else { continue }
        found[name] = number
      }
    }
    return found
  }

  /// The shapes of a node's operands.
  private struct SubjectShapes {
    private let shapes: [[Dim]?]

    init(_ graph: Graph, _ id: NodeID) { shapes = graph[id].operands.map { $0.flatMap { graph[$0].type?.tensorType?.shape } } }

    subscript(_ operand: Int) -> [Dim] { operand < shapes.count ? shapes[operand] ?? [] : [] }
  }

  private static func demands(of node: SubjectShapes, _ op: any Operator) -> [(Dim, Int)] {
    let (a, b) = (node[0], node[1])
    switch op {
    case is LSTM, is GRU, is RNN: return a.count == 3 && b.count == 3 ? equal(a[2], b[2]) : []
    case is MatMul: return a.count > 1 && b.count > 1 ? equal(a[a.count - 1], b[b.count - 2]) : []
    case let gemm as Gemm: return a.count == 2 && b.count == 2 ? equal(a[gemm.transA ? 0 : 1], b[gemm.transB ? 1 : 0]) : []
    case let conv as Conv:
      guard a.count > 1, b.count == a.count, let channels = b[1].number else { return [] }
      return [(a[1], channels * conv.group)]
    case is Add, is Sub, is Mul, is Div: return zip(a.reversed(), b.reversed()).flatMap { equal($0, $1) }
    default: return []
    }
  }

  private static func equal(_ a: Dim, _ b: Dim) -> [(Dim, Int)] { (b.number.map { [(a, $0)] } ?? []) + (a.number.map { [(b, $0)] } ?? []) }
}
