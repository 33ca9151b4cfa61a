import CNumerics
import Diagnostics
import GraphIR
import Operators
import Tensors

/// Nodes that become one step of a plan: one that oneDNN can do and what follows it element by element.
struct FastGroup {
  /// In order; all results but the last one's are used within the group alone.
  var nodes: [NodeID]
  var operands: [ValueID]
  var operation: FastOperation

  /// Groups of one graph, by the node that ends each.
  static func groups(in graph: Graph, order: [NodeID]) -> [NodeID: FastGroup] {
    var groups: [NodeID: FastGroup] = [:]
    var taken = Set<NodeID>()
    for id in order where !taken.contains(id) {
      guard let group = FastGroup(id, in: graph, without: taken), let last = group.nodes.last else { continue }
      taken.formUnion(group.nodes)
      groups[last] = group
    }
    return groups
  }

  /// `taken`: nodes of other groups.
  private init?(_ id: NodeID, in graph: Graph, without taken: Set<NodeID>) {
    let node = graph[id]
    guard node.graphs.isEmpty, let result = node.results.first, Self.isFloat(result, in: graph),
      let start = Self.start(node, in: graph), start.operands.allSatisfy({ Self.isFloat($0, in: graph) })
    else { return nil }
    nodes = [id]
    operands = start.operands
    operation = FastOperation(head: start.head, steps: start.steps)
    if operation.head.takesSteps { grow(from: result, in: graph, without: taken) }
  }

  /// Takes in what follows `current` element by element, and nothing else does.
  private mutating func grow(from current: ValueID, in graph: Graph, without taken: Set<NodeID>) {
    var current = current
    while operation.steps.count + 2 <= Int(FN_DNN_STEPS), !graph[current].isOutput {
      guard let (further, steps) = further(from: current, in: graph, without: taken), let last = further.last else { return }
      nodes += further
      for step in steps { operation.steps.appendMerging(step) }
      current = graph[last].results[0]
    }
  }

  private mutating func further(
    from current: ValueID, in graph: Graph, without taken: Set<NodeID>
  ) -> (nodes: [NodeID], steps: [fn_dnn_step])? {
    if let gate = FastGate(on: current, in: graph) { return taken.isDisjoint(with: gate.nodes) ? (gate.nodes, gate.steps) : nil }
    guard graph[current].uses.count == 1 else { return nil }
    let next = graph[current].uses[0].node
    guard !taken.contains(next), graph[next].results.first.map({ Self.isFloat($0, in: graph) }) ?? false else { return nil }
    if operation.takesBias, let bias = operation.head.bias(graph[next], on: current, in: graph) {
      operation.head = bias
      return ([next], [])
    }
    guard let more = FastSteps(graph[next], on: current, in: graph) else { return nil }
    if let added = more.added {
      guard operation.head.addsOperands, operands.count == 1, added != operands[0] else { return nil }
      operands.append(added)
    }
    return ([next], more.steps)
  }

  private static func isFloat(_ value: ValueID, in graph: Graph) -> Bool {
    if let tensor = graph.constant(value) { return tensor.element == .float32 && !tensor.isDeferred }
    return graph[value].type?.tensorType?.element == .float32
  }

  private typealias Start = (head: FastOperation.Head, operands: [ValueID], steps: [fn_dnn_step])

  private static func start(_ node: Node, in graph: Graph) -> Start? {
    guard let x = node.operands.first ?? nil else { return nil }
    switch node.op {
    case is MatMul, is Gemm: return product(node, x, in: graph)
    case let op as MatMulNBits: return fewBitProduct(node, x, op, in: graph)
    case let op as Conv: return convolution(node, x, op, groups: op.group, isTransposed: false, in: graph)
    case let op as ConvTranspose: return convolution(node, x, op, groups: op.group, isTransposed: true, in: graph)
    case let op as MaxPool where node.results.count == 1: return (.pool(op, FN_DNN_POOL_MAX), [x], [])
    case let op as AveragePool where !(op.ceilMode && op.countIncludePad):
      return (.pool(op, op.countIncludePad ? FN_DNN_POOL_AVERAGE_PADDED : FN_DNN_POOL_AVERAGE), [x], [])
    case is GlobalAveragePool: return (.globalAverage, [x], [])
    case let op as Concat where node.operands.count <= Int(FN_DNN_OPERANDS) && graph[x].type?.tensorType?.rank ?? 0 > 2:
      return (.concat(axis: op.axis), node.operands.compactMap { $0 }, [])
    case let op as Resize: return enlarging(op, node, x, in: graph).map { (.enlarge($0), [x], []) }
    default: break
    }
    if let steps = FastSteps(node, on: x, in: graph), steps.added == nil { return (.map, [x], steps.steps) }
    guard node.operands.count == 2, let y = node.operands[1] else { return nil }
    if let steps = FastSteps(node, on: y, in: graph), steps.added == nil { return (.map, [y], steps.steps) }
    switch node.op {
    case is Add: return (.combine(FN_DNN_ADD, isCommutative: true), [x, y], [])
    case is Mul: return (.combine(FN_DNN_MUL, isCommutative: true), [x, y], [])
    case is Sub: return (.combine(FN_DNN_SUB, isCommutative: false), [x, y], [])
    case is Div: return (.combine(FN_DNN_DIV, isCommutative: false), [x, y], [])
    default: return nil
    }
  }

  /// A product with a constant matrix on the right, which is laid out for it now.
  private static func product(_ node: Node, _ x: ValueID, in graph: Graph) -> Start? {
    guard node.operands.count >= 2, let y = node.operands[1], let matrix = graph.constant(y), matrix.element == .float32, !matrix.isDeferred,
      matrix.rank == 2, matrix.count > 0, graph[x].type?.tensorType?.rank ?? 0 >= 1
    else { return nil }
    guard let gemm = node.op as? Gemm else {
      return (try? PackedMatrix(matrix)).map { (.product($0, bias: nil), [x], []) }
    }
    let c = node.operands.count > 2 ? node.operands[2] : nil
    let bias = c.flatMap { graph.constant($0) }
    guard !gemm.transA, gemm.alpha == 1, gemm.beta == 1 || c == nil, (c == nil) == (bias == nil),
      let packed = try? PackedMatrix(matrix, isTransposed: gemm.transB), bias == nil || bias?.shape == [packed.columns],
      bias?.element ?? .float32 == .float32, !(bias?.isDeferred ?? false)
    else { return nil }
    return (.product(packed, bias: bias), [x], [])
  }

  /// A product with weights of few bits, whose numbers are laid out now.
  private static func fewBitProduct(_ node: Node, _ x: ValueID, _ op: MatMulNBits, in graph: Graph) -> Start? {
    let constants = node.operands.dropFirst().map { $0.flatMap { graph.constant($0) } }
    guard zip(node.operands.dropFirst(), constants).allSatisfy({ ($0 == nil) == ($1 == nil) }), constants.count >= 2,
      let b = constants[0], let scales = constants[1], scales.element == .float32,
      MemoryRoom.isAmple(for: op.rows.saturatingMultiply(op.columns).saturatingMultiply(8))
    else { return nil }
    func operand(_ index: Int) -> Tensor? { index < constants.count ? constants[index] : nil }
    let bias = operand(4)
    guard bias == nil || bias?.shape == [op.columns] && bias?.element == .float32,
      let matrix = try? op.weights(b, scales, operand(2), operand(3)), let packed = try? PackedMatrix(matrix, isTransposed: true)
    else { return nil }
    return (.product(packed, bias: bias), [x], [])
  }

  private static func convolution(
    _ node: Node, _ x: ValueID, _ op: any Sliding, groups: Int, isTransposed: Bool, in graph: Graph
  ) -> Start? {
    guard objection(to: node, in: graph) == nil, groups > 0, let weight = node.operands[1].flatMap({ graph.constant($0) }) else { return nil }
    let bias = node.operands.count > 2 ? node.operands[2].flatMap { graph.constant($0) } : nil
    return (.convolve(op, weight: weight, bias: bias, groups: groups, isTransposed: isTransposed), [x], [])
  }

  /// Why a convolution is not oneDNN's to compute; `nil` for others, and where nothing speaks against it.
  static func objection(to node: Node, in graph: Graph) -> String? {
    guard node.op is Conv || node.op is ConvTranspose, node.operands.count >= 2, let x = node.operands[0] else { return nil }
    let element = graph[x].type?.tensorType?.element ?? graph.constant(x)?.element
    guard element == .float32 else { return "elements are \(element?.rawValue ?? "not known"), not f32" }
    guard let weight = node.operands[1].flatMap({ graph.constant($0) }), !weight.isDeferred else { return "the weights are not constant" }
    guard weight.element == .float32, (3...Int(FN_DNN_RANK)).contains(weight.rank), weight.count > 0 else { return "weights of \(weight.shape)" }
    guard node.operands.count > 2, let bias = node.operands[2] else { return nil }
    guard let bias = graph.constant(bias), bias.element == .float32 else { return "the bias is not constant" }
    return nil
  }

  /// Whole factors by which a `Resize` repeats elements of the spatial axes; `nil` when it does anything else.
  private static func enlarging(_ op: Resize, _ node: Node, _ x: ValueID, in graph: Graph) -> [Int]? {
    guard op.mode == .nearest, op.coordinateTransformationMode == .asymmetric && op.nearestMode == .floor, op.axes == nil,
      node.operands.count == 3, let value = node.operands[2], let scales = try? graph.constant(value)?.floats(), (3...5).contains(scales.count),
      graph[x].type?.tensorType?.rank == scales.count, scales[0] == 1, scales[1] == 1
    else { return nil }
    let factors = scales.dropFirst(2).compactMap { Int(exactly: $0) }.filter { $0 >= 1 }
    return factors.count == scales.count - 2 ? factors : nil
  }
}
