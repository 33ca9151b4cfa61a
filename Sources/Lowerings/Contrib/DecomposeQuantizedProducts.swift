import Diagnostics
import GraphIR
import Operators
import Rewriting
import Tensors

/// Says products of quantised tensors as products of floats, between `DequantizeLinear` and `QuantizeLinear`, from which targets make
/// their integer kernels.
///
///     %y = QLinearConv(%x, sx, zx, %w, sw, zw, s, z, %bias)
///       →   %y = QuantizeLinear(Conv(DequantizeLinear(%x, sx, zx), DequantizeLinear(%w, sw, zw), DequantizeLinear(%bias, sx·sw)), s, z)
///
/// The same for QLinearMatMul, QGemm, which gives floats where it is given no scale, and MatMulIntegerToFloat. Exact up to rounding.
package struct DecomposeQuantizedProducts: NodeRule {
  package let roots = RuleRoots.operators([QLinearConv.self, QLinearMatMul.self, QGemm.self, MatMulIntegerToFloat.self])

  package init() {}

  package func rewrite(_ root: MatchedNode, _ edit: inout Edit) throws(NoMatch) {
    switch root.op {
    case let op as QLinearConv: edit.replace(root.result, with: try convolution(op, root, &edit))
    case is QLinearMatMul: edit.replace(root.result, with: try product(root, &edit))
    case is MatMulIntegerToFloat: edit.replace(root.result, with: try productInFloats(root, &edit))
    case let op as QGemm: edit.replace(root.result, with: try gemm(op, root, &edit))
    default: throw NoMatch("another operator")
    }
  }

  private func convolution(_ op: QLinearConv, _ root: MatchedNode, _ edit: inout Edit) throws(NoMatch) -> ValueID {
    let x = try edit.dequantized(root, 0)
    let weight = try edit.dequantized(root, 3, axis: 0)
    let bias = try root.operandIfPresent(8).map { (bias) throws(NoMatch) in try edit.dequantizedBias(bias, root, scales: (1, 4)) }
    return try edit.quantized(edit.emit(op.convolution, x, weight, bias), root, 6, like: root.operand(0))
  }

  private func product(_ root: MatchedNode, _ edit: inout Edit) throws(NoMatch) -> ValueID {
    let a = try edit.dequantized(root, 0, axis: max(0, root.operand(0).rank() - 2))
    let b = try edit.dequantized(root, 3, axis: max(0, root.operand(3).rank() - 1))
    return try edit.quantized(edit.emit(MatMul(), a, b), root, 6, like: root.operand(0))
  }

  private func productInFloats(_ root: MatchedNode, _ edit: inout Edit) throws(NoMatch) -> ValueID {
    let a = try edit.dequantized(root, 0, scale: 2, zero: 4)
    let b = try edit.dequantized(root, 1, scale: 3, zero: 5, axis: max(0, root.operand(1).rank() - 1))
    let product = edit.emit(MatMul(), a, b)
    return root.operandIfPresent(6).map { edit.emit(Add(), product, $0.id) } ?? product
  }

  private func gemm(_ op: QGemm, _ root: MatchedNode, _ edit: inout Edit) throws(NoMatch) -> ValueID {
    var gemm = Gemm()
    (gemm.alpha, gemm.transA, gemm.transB) = (op.alpha, op.transA, op.transB)
    let a = try edit.dequantized(root, 0)
    let b = try edit.dequantized(root, 3, axis: op.transB ? 0 : 1)
    // `C` is in units of the product with alpha, which Gemm gives to the product alone.
    let c = try root.operandIfPresent(6).map { (c) throws(NoMatch) in try edit.dequantizedBias(c, root, scales: (1, 4), factor: op.alpha) }
    let product = edit.emit(gemm, a, b, c)
    guard root.operandIfPresent(7) != nil else { return product }
    return try edit.quantized(product, root, 7, like: root.operand(0))
  }
}

extension Edit {
  /// The operand at `index` as floats, with the scale and zero point that follow it, or stand where it is said: one each, or one for
  /// each coordinate on `axis`.
  fileprivate mutating func dequantized(
    _ root: MatchedNode, _ index: Int, scale scaleIndex: Int? = nil, zero zeroIndex: Int? = nil, axis: Int
  ) throws(NoMatch) -> ValueID {
    let scale = try root.operand(scaleIndex ?? index + 1)
    guard try scale.rank() > 0, try scale.shape() != [1] else {
      return try dequantized(root, index, scale: scaleIndex, zero: zeroIndex)
    }
    try require(try scale.rank() == 1, "scales of more than one axis")
    var op = DequantizeLinear()
    op.axis = axis
    guard let zero = root.operandIfPresent(zeroIndex ?? index + 2) else { return emit(op, try root.operand(index).id, scale.id) }
    // One zero point for all channels.
    let points = try zero.shape()
    guard points.isEmpty || points == [1] else { return emit(op, try root.operand(index).id, scale.id, zero.id) }
    let (point, count) = (try zero.constant(), try scale.fixedShape()[0])
    let repeated = try computing { () throws(ModelError) in
      try Tensor(.int64, [count], elements: Array(repeating: Int64(point.integers().first ?? 0), count: count)).converted(to: point.element)
    }
    return emit(op, try root.operand(index).id, scale.id, constant(repeated))
  }

  /// 32-bit integers in units of the product of two scales as floats.
  fileprivate mutating func dequantizedBias(
    _ bias: MatchedValue, _ root: MatchedNode, scales: (Int, Int), factor: Float = 1
  ) throws(NoMatch) -> ValueID {
    let (first, second) = (try root.operand(scales.0).constant(), try root.operand(scales.1).constant())
    let units = try computing { () throws(ModelError) in
      let product = try Mul().evaluate(Operands([first.reshaped(to: []), second.reshaped(to: second.count == 1 ? [] : second.shape)]))[0]
      return try Mul().evaluate(Operands([product, Tensor.scalar(factor).converted(to: product.element)]))[0]
    }
    var op = DequantizeLinear()
    op.axis = max(0, try bias.rank() - 1)
    return emit(op, bias.id, constant(units))
  }
}
