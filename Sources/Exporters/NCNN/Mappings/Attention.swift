import Diagnostics
import GraphIR
import Operators
import Retargeting
import Rewriting
import Tensors

/// `SDPA`, heads being the Mats' channels: `[heads, queries, size]`. A mask is added to the scores; one that hides every key from a query gives no
/// numbers there and zeros in ONNX, so only constants that do not are taken.
extension Attention: NCNNWritable {
  func dataOperands(_ node: SubjectNode) -> [Int] { (0..<min(node.operandCount, 4)).filter { node.operand($0) != nil } }

  /// The sizes of q, k or v with heads in front; `nil` for more than one batch of them.
  private func sizes(_ node: SubjectNode, _ index: Int) -> [Dim]? {
    guard let shape = node.operand(index)?.shape else { return nil }
    if shape.count == 4, shape[0] == 1 { return Array(shape.dropFirst()) }
    return shape.count == 3 && qHeads == 1 && kvHeads == 1 ? shape : nil
  }

  func limits(_ node: SubjectNode) -> Rejection? {
    let operands = (0..<3).compactMap { sizes(node, $0) }
    guard operands.count == 3 else { return Rejection(.rank, "heads that are not an axis of their own, or several batches") }
    guard let size = operands[0][2].number, size > 0 else { return Rejection(.dynamicShape, "heads of unknown size") }
    guard operands[0][0].number != nil, operands[1][0] == operands[2][0], let groups = operands[1][0].number, groups > 0,
      (operands[0][0].number ?? 0) % groups == 0
    else { return Rejection(.dynamicShape, "heads whose number is not known") }
    if isCausal || softcap > 0 || leftWindow >= 0 || rightWindow >= 0 { return Rejection(.attribute, "capped scores, windows, or causality") }
    if let scale, scale <= 0 { return Rejection(.attribute, "a scale that is not positive") }
    if (4...6).contains(where: { node.operand($0) != nil }) { return Rejection(.operand, "keys from before") }
    if (1...3).contains(where: { node.isUsed(result: $0) }) { return Rejection(.operand, "more than the result is used") }
    return node.operand(3) == nil || mask(node) != nil ? nil : Rejection(.operand, "a mask that is computed, or hides every key from a query")
  }

  /// The mask as a Mat of a row for each query, for all heads or each.
  private func mask(_ node: SubjectNode) -> (tensor: Tensor, sizes: [Dim])? {
    guard let tensor = node.operand(3)?.constant, tensor.element == .float32, let q = sizes(node, 0), let k = sizes(node, 1),
      let rows = q[1].number, let columns = k[1].number, tensor.rank >= 2, tensor.shape.suffix(2) == [rows, columns],
      let values = try? tensor.floats(), columns > 0
    else { return nil }
    let outer = tensor.shape.dropLast(2).filter { $0 != 1 }
    guard outer.isEmpty || outer == [q[0].number ?? 0] else { return nil }
    for row in stride(from: 0, to: values.count, by: columns) where !values[row..<row + columns].contains(where: \.isFinite) { return nil }
    return (tensor, (outer + [rows, columns]).map(Dim.number))
  }

  func write(_ node: SubjectNode, _ out: LayerWriter) throws(ModelError) -> [Blob?] {
    guard let q = sizes(node, 0), let k = sizes(node, 1), let v = sizes(node, 2), let size = q[2].number else {
      throw ModelError(.notExpressible, "heads of unknown size")
    }
    var inputs = [try out.operand(0, as: q), try out.operand(1, as: k), try out.operand(2, as: v)]
    let mask = mask(node)
    if let mask { inputs.append(try out.constant(mask.tensor, mask.sizes)) }
    let parameters: [(key: Int, value: Parameter)] = [(5, .int(mask == nil ? 0 : 1)), (6, .float(scale ?? 1 / Float(size).squareRoot()))]
    let result = out.layer("SDPA", inputs, parameters, sizes: [q[0], q[1], v[2]])
    return [try out.reshape(result, to: out.sizes(of: node.result(0)))] + [Blob?](repeating: nil, count: node.resultCount - 1)
  }
}

/// Where the general rule that recognises attention makes what `SDPA` computes.
enum PlainAttention {
  /// Whether a product weighs values by a softmax of scores to which nothing is added, or a constant is, one batch at a time.
  static func ends(at id: NodeID, in graph: Graph) -> Bool {
    guard graph[id].op is MatMul, let weights = graph[id].operands[0], let softmax = graph.producer(of: weights), graph[softmax].op is Softmax,
      let values = graph[id].operands[1], let shape = graph[values].type?.tensorType?.shape, shape.count == 3 || shape.count == 4 && shape[0] == 1,
      shape[shape.count - 3].number != nil, let scores = graph[softmax].operands[0], let last = graph.producer(of: scores)
    else { return false }
    if graph[last].op is Where { return false }
    guard graph[last].op is Add else { return true }
    return graph[last].operands.contains { $0.flatMap { graph.constant($0) } != nil }
  }
}
