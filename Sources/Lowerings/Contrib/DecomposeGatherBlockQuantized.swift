import Diagnostics
import GraphIR
import Operators
import Rewriting
import Tensors

/// Says a gather from quantised data as gathers of the data and of its scales, dequantised. Exact for indices that are inside.
///
///     %y = com.microsoft::GatherBlockQuantized(d, %i, s, z)
///       →   %y = DequantizeLinear(Gather(d, %i), Gather(s, %i), Gather(z, %i)) {axis, block_size}
///
/// Bytes that hold several integers must be a matrix that is constant.
package struct DecomposeGatherBlockQuantized: RewriteRule {
  package init() {}

  package func rewrite(_ root: Matched<GatherBlockQuantized>, _ edit: inout Edit) throws(NoMatch) {
    let op = root.op
    let (data, indices, scales) = try (root[.data], root[.indices], root[.scales])
    let (rank, element) = try (data.rank(), data.elementType())
    let axis = op.gatherAxis < 0 ? op.gatherAxis + rank : op.gatherAxis
    let blockAxis = op.quantizeAxis < 0 ? op.quantizeAxis + rank : op.quantizeAxis
    try require(axis >= 0 && axis < rank && blockAxis >= 0 && blockAxis < rank && axis != blockAxis, "the axes do not fit")
    try require(op.blockSize > 0, "there is one block")
    try require(element.isInteger, "the data is of small floats")
    var (values, zeros) = (data.id, root.ifPresent(.zeros)?.id)
    if element == .uint8 { (values, zeros) = try unpacked(root, &edit) }
    func gathered(_ x: ValueID) -> ValueID {
      var gather = Gather()
      gather.axis = axis
      return edit.emit(gather, x, indices.id)
    }
    var dequantize = DequantizeLinear()
    dequantize.blockSize = op.blockSize
    dequantize.axis = blockAxis < axis ? blockAxis : blockAxis - 1 + (try indices.rank())
    let parts = (gathered(values), gathered(scales.id), zeros.map { gathered($0) })
    edit.replace(root.result, with: edit.emit(dequantize, parts.0, parts.1, parts.2))
  }

  /// Data and zero points in an element type of their own bits.
  private func unpacked(_ root: Matched<GatherBlockQuantized>, _ edit: inout Edit) throws(NoMatch) -> (ValueID, ValueID?) {
    let bits = root.op.bits
    _ = try FewBits.element(bits: bits)
    let (data, scales) = try (root[.data].constant(), root[.scales].fixedShape())
    try require(data.rank == 2 && scales.count == 2, "the data is no matrix")
    let zeros = try root.ifPresent(.zeros)?.constant()
    let (rows, columns) = (data.shape[0], data.shape[1] * 8 / bits)
    let values = try edit.computing { () throws(ModelError) in try FewBits.tensor(data, rows: rows, columns: columns, bits: bits) }
    let offsets = try edit.computing { () throws(ModelError) in
      guard let zeros else { return try FewBits.middle(rows: rows, columns: scales[1], bits: bits) }
      return try FewBits.tensor(zeros, rows: rows, columns: scales[1], bits: bits)
    }
    return (edit.constant(values), edit.constant(offsets))
  }
}
