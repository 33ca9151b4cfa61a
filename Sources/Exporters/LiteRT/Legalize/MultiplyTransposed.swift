import GraphIR
import LiteRTSchema
import Operators
import Rewriting

/// The format's product transposes the matrices of its second operand itself. Exact.
///
///     %t = Transpose(%b) {perm: [0, 2, 1]}
///     %y = MatMul(%a, %t)                    →   %y = BATCH_MATMUL(%a, %b) {adj_y: true}
///
/// Quantised operands keep the form that integer kernels are made of.
struct MultiplyTransposed: RewriteRule {
  func rewrite(_ product: Matched<MatMul>, _ edit: inout Edit) throws(NoMatch) {
    let (a, b) = try (product.node.operand(0), product.node.operand(1))
    let transpose = try b.soleProducer(Transpose.self)
    let source = try transpose.node.operand(0)
    let rank = try source.rank()
    try require(rank >= 2, "the second operand has no matrices")
    try require(transpose.op.perm == Array(0..<rank - 2) + [rank - 1, rank - 2], "more than the matrices are transposed")
    try require(try a.elementType() == .float32, "the element type")
    try require(try a.rank() >= 2, "the first operand has no matrices")
    for operand in [a, source] { try require(!((try? operand.anyProducer())?.op is DequantizeLinear), "an operand is quantised") }
    var kernel = LiteRTKernel()
    kernel.code = .batchMatmul
    kernel.options = KernelOptions(Schema.BatchMatMulOptions.code, Schema.BatchMatMulOptions.adjY, true)
    kernel.facts = [Fact(TensorType(.float32, product.result.type?.shape))]
    edit.replace(product.result, with: edit.emit(kernel, a.id, source.id))
  }
}
