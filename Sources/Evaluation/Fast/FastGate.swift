import CNumerics
import GraphIR
import Operators
import Tensors

/// What two uses of one value come to when they meet again in a product, as a single step: x·sigmoid(x), x·(1 + erf(x/√2)), ….
struct FastGate {
  /// In order; all results but the last one's are used within alone.
  let nodes: [NodeID]
  let steps: [fn_dnn_step]

  /// `nil` for a value that is used otherwise.
  init?(on value: ValueID, in graph: Graph) {
    let users = graph[value].uses.map(\.node)
    guard users.count == 2, users[0] != users[1], !graph[value].isOutput,
      let product = users.first(where: { Self.multiplies($0, value, in: graph) }), let first = users.first(where: { $0 != product }),
      let gate = Self.gate(first, of: value, in: graph), let last = gate.nodes.last,
      graph[product].operands.contains(graph[last].results[0]), !gate.nodes.contains(product)
    else { return nil }
    nodes = gate.nodes + [product]
    steps = gate.steps
  }

  private static func multiplies(_ node: NodeID, _ value: ValueID, in graph: Graph) -> Bool {
    guard graph[node].op is Mul, let a = graph[node].operands[0], let b = graph[node].operands[1], a != b else { return false }
    return (a == value || b == value) && graph.constant(a == value ? b : a) == nil
  }

  /// The nodes from `first` on whose result is the factor.
  private static func gate(_ first: NodeID, of value: ValueID, in graph: Graph) -> (nodes: [NodeID], steps: [fn_dnn_step])? {
    guard graph[first].results.count == 1, onlyUser(of: first, in: graph) != nil else { return nil }
    switch graph[first].op {
    case is Sigmoid: return ([first], [fn_dnn_step(kind: FN_DNN_SWISH, alpha: 1, beta: 0)])
    case let op as HardSigmoid where abs(op.alpha - 1 / 6) < 1e-7 && op.beta == 0.5:
      return ([first], [fn_dnn_step(kind: FN_DNN_HARDSWISH, alpha: 0, beta: 0)])
    default: return errorFunction(first, of: value, in: graph)
    }
  }

  /// `1 + erf(x/√2)`, which times x is twice the Gaussian error unit.
  private static func errorFunction(_ first: NodeID, of value: ValueID, in graph: Graph) -> (nodes: [NodeID], steps: [fn_dnn_step])? {
    guard let scale = FastSteps(graph[first], on: value, in: graph)?.steps, scale.count == 1, scale[0].kind == FN_DNN_LINEAR,
      abs(scale[0].alpha - Float(0.5).squareRoot()) < 1e-6, scale[0].beta == 0,
      let second = onlyUser(of: first, in: graph), graph[second].op is Erf, let third = onlyUser(of: second, in: graph),
      let shift = FastSteps(graph[third], on: graph[second].results[0], in: graph)?.steps, shift.count == 1,
      shift[0].kind == FN_DNN_LINEAR, shift[0].alpha == 1, shift[0].beta == 1, onlyUser(of: third, in: graph) != nil
    else { return nil }
    return (
      [first, second, third],
      [fn_dnn_step(kind: FN_DNN_GELU, alpha: 0, beta: 0), fn_dnn_step(kind: FN_DNN_LINEAR, alpha: 2, beta: 0)]
    )
  }

  private static func onlyUser(of node: NodeID, in graph: Graph) -> NodeID? {
    let result = graph[graph[node].results[0]]
    return result.uses.count == 1 && !result.isOutput ? result.uses[0].node : nil
  }
}
