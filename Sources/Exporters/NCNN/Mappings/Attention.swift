import Diagnostics
import GraphIR
import Operators
import Retargeting
import Rewriting
import Tensors

/// `SDPA`, heads being the Mats' channels: `[heads, queries, size]`. What hides keys is added to the scores; see `AttentionMask`.
extension Attention: NCNNWritable {
  var takesIntegers: Bool { true }
  func dataOperands(_ node: SubjectNode) -> [Int] { (0..<min(node.operandCount, 4)).filter { node.operand($0) != nil } }

  /// The sizes of q, k or v with heads in front; `nil` for more than one batch of them.
  func headSizes(_ node: SubjectNode, _ index: Int) -> [Dim]? {
    guard let shape = node.operand(index)?.shape else { return nil }
    if shape.count == 4, shape[0] == 1 { return Array(shape.dropFirst()) }
    guard shape.count == 3 else { return nil }
    if qHeads == 1, kvHeads == 1 { return shape }
    guard shape[0] == 1, let heads = index == 0 ? qHeads : kvHeads, heads > 0, let whole = shape[2].number, whole % heads == 0 else { return nil }
    return [.number(heads), shape[1], .number(whole / heads)]
  }

  func limits(_ node: SubjectNode) -> Rejection? {
    let operands = (0..<3).compactMap { headSizes(node, $0) }
    guard operands.count == 3 else { return Rejection(.rank, "heads whose number is not known, or several batches") }
    guard let size = operands[0][2].number, size > 0 else { return Rejection(.dynamicShape, "heads of unknown size") }
    guard operands[0][0].number != nil, operands[1][0] == operands[2][0], let groups = operands[1][0].number, groups > 0,
      (operands[0][0].number ?? 0) % groups == 0
    else { return Rejection(.dynamicShape, "heads whose number is not known") }
    if softcap > 0 || leftWindow >= 0 || rightWindow >= 0 { return Rejection(.attribute, "capped scores, or windows") }
    if let scale, scale <= 0 { return Rejection(.attribute, "a scale that is not positive") }
    if (4...6).contains(where: { node.operand($0) != nil }) { return Rejection(.operand, "keys from before") }
    if (1...3).contains(where: { node.isUsed(result: $0) }) { return Rejection(.operand, "more than the result is used") }
    guard let result = node.layout(ofResult: 0)?.sizes else { return Rejection(.dynamicShape, "a result of unknown rank") }
    let sizes = isFlat(node) ? [operands[0][1], operands[0][0], operands[2][2]] : [operands[0][0], operands[0][1], operands[2][2]]
    return node.reshapeLimits(sizes, result) ?? AttentionMask.limits(self, node)
  }

  /// True where heads lie beside each other in every row.
  private func isFlat(_ node: SubjectNode) -> Bool { node.operand(0)?.shape?.count == 3 && !(qHeads == 1 && kvHeads == 1) }

  func write(_ node: SubjectNode, _ out: LayerWriter) throws(ModelError) -> [Blob?] {
    guard let q = headSizes(node, 0), let v = headSizes(node, 2), let size = q[2].number else {
      throw ModelError(.notExpressible, "heads of unknown size")
    }
    var inputs: [Blob] = []
    for index in 0..<3 { inputs.append(try heads(node, index, out)) }
    let mask = try AttentionMask(self, node, inputs[0], out)
    if let mask { inputs.append(mask.addend) }
    let parameters: [(key: Int, value: Parameter)] = [(5, .int(mask == nil ? 0 : 1)), (6, .float(scale ?? 1 / Float(size).squareRoot()))]
    var result = out.layer("SDPA", inputs, parameters, sizes: [q[0], q[1], v[2]])
    if let visible = mask?.visible { result = out.binary(.mul, result, visible) }
    if isFlat(node) { result = try out.permute(result, [1, 0, 2]) }
    return [try out.reshape(result, to: out.sizes(of: node.result(0)))] + [Blob?](repeating: nil, count: node.resultCount - 1)
  }

  private func heads(_ node: SubjectNode, _ index: Int, _ out: LayerWriter) throws(ModelError) -> Blob {
    guard let sizes = headSizes(node, index), let shape = node.operand(index)?.shape else { throw ModelError(.notExpressible, "no heads") }
    guard isFlat(node) else { return try out.operand(index, as: sizes) }
    let rows = try out.operand(index, as: Array(shape.dropFirst()))
    return try out.permute(out.reshape(rows, to: [sizes[1], sizes[0], sizes[2]]), [1, 0, 2])
  }
}

/// Where the general rule that recognises attention makes what `SDPA` computes.
enum PlainAttention {
  /// Whether a product weighs values by a softmax of scores, one batch at a time, heads being known.
  static func ends(at id: NodeID, in graph: Graph) -> Bool {
    guard graph[id].op is MatMul, let weights = graph[id].operands[0], let softmax = graph.producer(of: weights), graph[softmax].op is Softmax,
      let values = graph[id].operands[1], let shape = graph[values].type?.tensorType?.shape, shape.count == 3 || shape.count == 4 && shape[0] == 1
    else { return false }
    return shape[shape.count - 3].number != nil
  }
}
