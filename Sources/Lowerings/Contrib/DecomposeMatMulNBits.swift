import Diagnostics
import GraphIR
import Operators
import Rewriting
import Tensors

/// Says a product with weights of few bits by their dequantisation and a product. Exact up to rounding.
///
///     %y = com.microsoft::MatMulNBits(%a, w, s, z)
///       →   %y = MatMul(%a, Transpose(DequantizeLinear(w', s', z') {axis: 1, block_size}))
///
/// The weights, their scales and zero points are constants, the zero points packed as the weights are or absent, and there are no
/// groups of rows.
package struct DecomposeMatMulNBits: RewriteRule {
  package init() {}

  package func rewrite(_ root: Matched<MatMulNBits>, _ edit: inout Edit) throws(NoMatch) {
    let op = root.op
    let a = try root[.a]
    try require(root.ifPresent(.groups) == nil, "rows are in groups")
    try require(op.weightPrepacked == 0, "the weights are in the layout of one device")
    try require(op.rows > 0 && op.columns > 0 && op.blockSize > 0 && op.rows < 1 << 31 && op.columns < 1 << 31, "the sizes make no sense")
    _ = try FewBits.element(bits: op.bits)
    let blocks = (op.rows + op.blockSize - 1) / op.blockSize
    let (bytes, scales) = try (root[.b].constant(), root[.scales].constant())
    try require(scales.count == op.columns * blocks && bytes.element == .uint8, "the scales do not fit")
    let zeros = try root.ifPresent(.zeros)?.constant()
    try require(zeros?.element ?? .uint8 == .uint8, "the zero points are floats")
    let weights = try edit.computing { () throws(ModelError) in
      try FewBits.tensor(bytes, rows: op.columns, columns: op.rows, bits: op.bits)
    }
    let offsets = try edit.computing { () throws(ModelError) in
      guard let zeros else { return try FewBits.middle(rows: op.columns, columns: blocks, bits: op.bits) }
      return try FewBits.tensor(zeros, rows: op.columns, columns: blocks, bits: op.bits)
    }
    let factors = try edit.computing { () throws(ModelError) in try scales.reshaped(to: [op.columns, blocks]) }
    var dequantize = DequantizeLinear()
    (dequantize.axis, dequantize.blockSize) = (1, op.blockSize)
    let numbers = edit.emit(dequantize, edit.constant(weights), edit.constant(factors), edit.constant(offsets))
    let product = edit.emit(MatMul(), a.id, edit.transposed(numbers, [1, 0]))
    edit.replace(root.result, with: root.ifPresent(.bias).map { edit.emit(Add(), product, $0.id) } ?? product)
  }
}
