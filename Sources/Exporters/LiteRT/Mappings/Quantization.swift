import Diagnostics
import GraphIR
import LiteRTSchema
import Operators
import Retargeting
import Rewriting
import Tensors

extension QuantizeLinear: LiteRTWritable {
  func limits(_ node: SubjectNode) -> Rejection? { node.quantizationLimits }
  func write(_ node: SubjectNode, _ out: SubgraphWriter) throws(ModelError) {
    out.step(.quantize, [try out.operand(0)], [try out.result()], KernelOptions(Schema.QuantizeOptions.code))
  }
}

extension DequantizeLinear: LiteRTWritable {
  func limits(_ node: SubjectNode) -> Rejection? { node.quantizationLimits }
  func write(_ node: SubjectNode, _ out: SubgraphWriter) throws(ModelError) {
    // Its kernel takes no 32-bit integers, which are biases.
    if node.graph.quantizedType(statedBy: node.id)?.element == .int32, let numbers = node.dequantizedConstant {
      return out.alias(node.graph[node.id].results[0], try out.constant(numbers))
    }
    out.step(.dequantize, [try out.operand(0)], [try out.result()], KernelOptions(Schema.DequantizeOptions.code))
  }
}

extension SubjectNode {
  /// What a DequantizeLinear of constants gives, not computed before it is asked for.
  fileprivate var dequantizedConstant: Tensor? {
    guard let op = operatorIf(DequantizeLinear.self), let stored = operand(0)?.constant, let scale = operand(1)?.constant else { return nil }
    return try? deferredResults(op, [stored, scale, operand(2)?.constant], resultCount: 1).first
  }

  fileprivate var quantizationLimits: Rejection? {
    guard let type = graph.quantizedType(statedBy: id) else { return Rejection(.quantization, "parameters that are no constants") }
    if type.blockSize != 0 { return Rejection(.quantization, "scales by block") }
    let known: [ElementType] = [.int8, .uint8, .int16, .int4] + (dequantizedConstant == nil ? [] : [.int32])
    if !known.contains(type.element) { return Rejection(.elementType, "quantisation to \(type.element.rawValue)") }
    let stored = op is QuantizeLinear ? graph[id].results[0] : graph[id].operands[0]
    // A tensor has one meaning in the format.
    if let stored, graph.constant(stored) == nil, let other = graph.quantizedType(ofStored: stored), other != type {
      return Rejection(.quantization, "integers that are read with two meanings")
    }
    return nil
  }
}
