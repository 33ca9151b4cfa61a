import GraphIR
import Operators
import Retargeting
import Tensors

extension HardwareProfile {
  /// Why the hardware cannot take a node that the format has a form for; `nil` when it can.
  package func rejection(of node: SubjectNode) -> Rejection? {
    if let operators, operators.value.names.contains(node.op.name) != operators.value.isAllowList {
      return Rejection(.profile, "\(name) leaves \(node.op.name) out", remedy: "source: \(operators.source)")
    }
    for fact in node.operands + node.results {
      guard let type = fact.type?.tensorType else { continue }
      if let rejection = rejection(of: type) { return rejection }
    }
    return rejectionOfQuantization(node)
  }

  private func rejection(of type: TensorType) -> Rejection? {
    if let elementTypes, !elementTypes.value.contains(type.element.rawValue) {
      return Rejection(.elementType, "\(name) has no elements of \(type.element.rawValue)", remedy: "source: \(elementTypes.source)")
    }
    if staticShapes?.value == true, type.fixedShape == nil {
      return Rejection(.dynamicShape, "\(name) needs every size to be a number", remedy: "fix the sizes with --shape")
    }
    if let rank, let count = type.shape?.count, count > rank.value {
      return Rejection(.rank, "\(name) takes up to \(rank.value) axes", remedy: "source: \(rank.source)")
    }
    return nil
  }

  private func rejectionOfQuantization(_ node: SubjectNode) -> Rejection? {
    guard let limit = quantization else { return nil }
    let wanted = limit.value
    let remedy = "source: \(limit.source)"
    if node.op is QuantizeLinear || node.op is DequantizeLinear {
      return parameterRejection(node, wanted).map { Rejection(.quantization, "\(name) \($0)", remedy: remedy) }
    }
    guard wanted.isRequired, node.results.contains(where: { $0.element?.isFloatingPoint == true }), !node.isQuantized else { return nil }
    return Rejection(.quantization, "\(name) computes nothing in floating point", remedy: "quantise the model first")
  }

  private func parameterRejection(_ node: SubjectNode, _ wanted: Quantization) -> String? {
    let isWeight = node.operand(QuantizationOperand.x)?.constant != nil
    let stored = node.op is QuantizeLinear ? node.result(0).element : node.operand(QuantizationOperand.x)?.element
    if let stored, stored != .int32, let allowed = isWeight ? wanted.weights : wanted.activations, !allowed.contains(stored.rawValue) {
      return "takes no \(isWeight ? "weights" : "activations") of \(stored.rawValue)"
    }
    let scale = node.operand(QuantizationOperand.scale)
    if !wanted.allowsPerChannel, scale?.shape?.first.map({ $0 != 1 }) ?? false { return "takes one scale for a whole tensor" }
    if wanted.isSymmetric, let zeros = node.operand(QuantizationOperand.zeroPoint) {
      let isZero = (try? zeros.constant?.doubles().allSatisfy { $0 == 0 }) ?? false
      if !isZero { return "takes zero points of zero alone" }
    }
    if wanted.powerOfTwoScales, let scales = try? scale?.constant?.doubles(), !scales.allSatisfy(\.isPowerOfTwo) {
      return "takes scales that are powers of two"
    }
    return nil
  }

  /// Why a model of so many bytes is too large; `nil` when it is not.
  package func rejection(ofSize bytes: Int) -> Rejection? {
    guard let size, bytes > size.value else { return nil }
    return Rejection(.size, "\(bytes) bytes are more than the \(size.value) that \(name) takes", remedy: "source: \(size.source)")
  }
}

extension SubjectNode {
  /// True for a node between integers: what it takes comes from `DequantizeLinear`, what it gives goes to `QuantizeLinear`.
  fileprivate var isQuantized: Bool {
    for index in 0..<operandCount where operand(index)?.element?.isFloatingPoint == true && operand(index)?.constant == nil {
      guard producer(ofOperand: index)?.op is DequantizeLinear else { return false }
    }
    return (0..<resultCount).allSatisfy { index in
      let value = graph[graph[id].results[index]]
      return !value.isOutput && value.uses.allSatisfy { graph[$0.node].op is QuantizeLinear }
    }
  }
}

extension Double {
  fileprivate var isPowerOfTwo: Bool { isNormal && self > 0 && significand == 1 }
}
