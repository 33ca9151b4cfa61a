import Diagnostics
import GraphIR
import LiteRTSchema
import Operators
import Retargeting
import Rewriting
import Tensors

extension SubgraphWriter {
  /// A constant matrix with rows and columns exchanged, as FULLY_CONNECTED wants its weights.
  fileprivate func transposed(_ tensor: Tensor) throws(ModelError) -> Tensor {
    try deferredResults(Transpose(perm: [1, 0]), [tensor], resultCount: 1)[0]
  }

  /// The weights of operand 1, `[outputs, inputs]`, quantised ones included.
  fileprivate func fullyConnectedWeights(isTransposed: Bool) throws(ModelError) -> Int {
    guard let id = node?.id, let value = graph[id].operands[1] else { return -1 }
    var (source, type) = quantization.operand(value, of: id)
    guard !isTransposed, let tensor = graph.constant(source) else { return try operand(1) }
    if type?.isPerTensor == false { type?.axis = 0 }
    return try constant(transposed(tensor), quantization: type)
  }

  /// The bias, in the units that an integer kernel wants.
  func bias(_ index: Int) throws(ModelError) -> Int {
    guard let id = node?.id, index < graph[id].operands.count, let value = graph[id].operands[index] else { return -1 }
    if let integers = quantization.bias(value, of: id) { return try constant(integers.tensor, quantization: integers.type) }
    return try operand(index)
  }
}

extension Gemm: LiteRTWritable {
  func limits(_ node: SubjectNode) -> Rejection? {
    guard alpha == 1, node.operand(2) == nil || beta == 1 else { return Rejection(.attribute, "alpha \(alpha), beta \(beta)") }
    if transA { return Rejection(.attribute, "a transposed first operand") }
    return node.operand(0)?.element == .float32 ? nil : Rejection(.elementType, "a product of integers")
  }

  func write(_ node: SubjectNode, _ out: SubgraphWriter) throws(ModelError) {
    let x = try out.operand(0)
    // Weights that are dequantised while the model runs lie as they lie: only a kernel of integers takes them transposed.
    let isDequantized = node.producer(ofOperand: 1)?.op is DequantizeLinear
    let isConstant = node.operand(1)?.constant != nil || (isDequantized && (transB || out.quantization.isInteger(node.id)))
    if isConstant, out.graph.addsVector(node.id) {
      let weights = try out.fullyConnectedWeights(isTransposed: transB)
      return out.fusedStep(
        .fullyConnected, [x, weights, try out.bias(2)], [try out.result()], KernelOptions(Schema.FullyConnectedOptions.code),
        Schema.FullyConnectedOptions.fusedActivationFunction)
    }
    let options = KernelOptions(Schema.BatchMatMulOptions.code, Schema.BatchMatMulOptions.adjY, transB)
    let needsActivation = out.fusion.activation(of: node.id) != nil
    guard node.operand(2) != nil || needsActivation else { return out.step(.batchMatmul, [x, try out.operand(1)], [try out.result()], options) }
    let product = try out.temporary(out.elementOfOperand(0), out.shape(ofResult: 0))
    out.step(.batchMatmul, [x, try out.operand(1)], [product], options)
    let sum = try node.operand(2) == nil ? out.number(0, .float32) : out.operand(2)
    out.fusedStep(
      .add, [product, sum], [try out.result()], KernelOptions(Schema.AddOptions.code), Schema.AddOptions.fusedActivationFunction)
  }
}

extension Graph {
  /// Whether a product adds nothing, or one known number a column: a vector is all that FULLY_CONNECTED adds.
  func addsVector(_ gemm: NodeID) -> Bool {
    guard self[gemm].operands.count > 2, let bias = self[gemm].operands[2] else { return true }
    let isKnown = constant(bias) != nil || producer(of: bias).map { self[$0].op is DequantizeLinear } ?? false
    guard isKnown, let shape = self[bias].type?.tensorType?.shape,
      let columns = self[self[gemm].results[0]].type?.tensorType?.shape?.last
    else { return false }
    return shape == [columns] || shape == [1, columns] && dequantized(bias) != nil
  }
}

extension MatMul: LiteRTWritable {
  func limits(_ node: SubjectNode) -> Rejection? {
    for index in 0..<2 where (node.operand(index)?.shape?.count ?? 0) < 2 { return Rejection(.rank, "a product with a vector") }
    return node.operand(0)?.element == .float32 ? nil : Rejection(.elementType, "a product of integers")
  }

  func write(_ node: SubjectNode, _ out: SubgraphWriter) throws(ModelError) {
    guard out.graph.isFullyConnected(node.id) || (out.quantization.isInteger(node.id) && out.graph.isDequantizedMatrix(node.id)) else {
      return out.step(.batchMatmul, [try out.operand(0), try out.operand(1)], [try out.result()], KernelOptions(Schema.BatchMatMulOptions.code))
    }
    let weights = try out.fullyConnectedWeights(isTransposed: false)
    let options = KernelOptions(Schema.FullyConnectedOptions.code, Schema.FullyConnectedOptions.keepNumDims, true)
    out.fusedStep(
      .fullyConnected, [try out.operand(0), weights, -1], [try out.result()], version: 5, options,
      Schema.FullyConnectedOptions.fusedActivationFunction)
  }
}
