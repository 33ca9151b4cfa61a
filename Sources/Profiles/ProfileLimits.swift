import GraphIR
import Operators
import Retargeting
import Tensors

extension HardwareProfile {
  /// Why the hardware cannot take a node that the format has a form for; `nil` when it can.
  package func rejection(of node: SubjectNode) -> Rejection? {
    if let operators, operators.value.names.contains(node.standardName) != operators.value.isAllowList {
      return Rejection(.profile, "\(name) leaves \(node.op.name) out, by \(operators.source)")
    }
    for fact in node.operands + node.results {
      guard let type = fact.type?.tensorType, !isParameter(fact) else { continue }
      if let rejection = rejection(of: type) { return rejection }
    }
    return rejectionOfOuterAxes(node) ?? rejectionOfQuantization(node)
  }

  /// Sizes and axes, which these formats write in integers of their own.
  private func isParameter(_ fact: Fact) -> Bool { (format == "litert" || format == "ncnn") && fact.element == .int64 && fact.integers != nil }

  /// What a node computes, be it stored or for another to store; weights are no concern of this limit.
  private func rejectionOfOuterAxes(_ node: SubjectNode) -> Rejection? {
    guard let limit = innerAxes, !(node.op is DequantizeLinear) else { return nil }
    for fact in node.results {
      guard let shape = fact.shape, shape.dropLast(limit.value).contains(where: { $0 != 1 }) else { continue }
      let what = "\(name) takes sizes above 1 in the \(limit.value) innermost axes alone, by \(limit.source)"
      return Rejection(.rank, what, remedy: "one sample at a time: --shape NAME=1x…")
    }
    return nil
  }

  private func rejection(of type: TensorType) -> Rejection? {
    if let elementTypes, !elementTypes.value.contains(type.element.rawValue) {
      return Rejection(.elementType, "\(name) has no elements of \(type.element.rawValue), by \(elementTypes.source)")
    }
    if staticShapes?.value == true, type.fixedShape == nil {
      return Rejection(.dynamicShape, "\(name) needs every size to be a number")
    }
    if let rank, let count = type.shape?.count, count > rank.value {
      return Rejection(.rank, "\(name) takes up to \(rank.value) axes, by \(rank.source)")
    }
    return nil
  }

  private func rejectionOfQuantization(_ node: SubjectNode) -> Rejection? {
    guard let limit = quantization else { return nil }
    let wanted = limit.value
    if node.op is QuantizeLinear || node.op is DequantizeLinear {
      return parameterRejection(node, wanted).map { Rejection(.quantization, "\(name) \($0), by \(limit.source)") }
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
    return Rejection(.size, "\(bytes) bytes are more than the \(size.value) that \(name) takes, by \(size.source)")
  }
}

extension SubjectNode {
  /// True for a node between integers: what it takes comes from `DequantizeLinear`, what it gives goes to `QuantizeLinear`. A rectifier
  /// behind it belongs to it.
  fileprivate var isQuantized: Bool {
    if takesIntegers { return users { $0.op is QuantizeLinear || $0.isRectifier && $0.users { $0.op is QuantizeLinear } } }
    guard isRectifier, let source = producer(ofOperand: 0), source.takesIntegers else { return false }
    return source.users { $0.id == id } && users { $0.op is QuantizeLinear }
  }

  private var isRectifier: Bool { op is Relu || op is Clip }

  private var takesIntegers: Bool {
    (0..<operandCount).allSatisfy { index in
      guard operand(index)?.element?.isFloatingPoint == true, operand(index)?.constant == nil else { return true }
      return producer(ofOperand: index)?.op is DequantizeLinear
    }
  }

  /// Whether what it gives is no output, and all that reads it is of a kind.
  private func users(are isOfTheKind: (SubjectNode) -> Bool) -> Bool {
    graph[id].results.allSatisfy { result in
      let value = graph[result]
      return !value.isOutput && value.uses.allSatisfy { isOfTheKind(SubjectNode($0.node, in: graph)) }
    }
  }
}

extension Double {
  fileprivate var isPowerOfTwo: Bool { isNormal && self > 0 && significand == 1 }
}
