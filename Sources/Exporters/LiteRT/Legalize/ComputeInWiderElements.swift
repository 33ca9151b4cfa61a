import Diagnostics
import GraphIR
import LiteRTSchema
import Operators
import Rewriting
import Tensors

/// Computes with elements for which there is a kernel, where those at hand have none but all their numbers are among the others'. Integers
/// wrap around at the end as they would at every step. Halves are rounded in the end only (`LeaveRoundingOut`).
///
///     %y = Add(%a: u8, %b: u8)   →   %y = Cast(Add(Cast(%a) {to: i32}, Cast(%b) {to: i32})) {to: u8}
struct ComputeInWiderElements: NodeRule {
  /// Constants of up to so many bytes are converted in the file; larger ones, the weights, when it is loaded.
  private static let smallBytes = 1024

  var roots: RuleRoots { .every { op in KernelElements.of(op) != nil && !(op is LiteRTKernel) } }

  func rewrite(_ node: MatchedNode, _ edit: inout Edit) throws(NoMatch) {
    guard let known = KernelElements.of(node.op) else { throw NoMatch("all elements will do") }
    let element = try node.operand(KernelElements.dataOperand(of: node.op)).elementType()
    let exponent = node.op is Pow ? try? node.operand(1).elementType() : nil
    let isMixed = exponent.map { $0 != .float32 && $0 != element } ?? false
    let wide = known.contains(element) ? (isMixed ? element : nil) : KernelElements.wider(than: element, among: known)
    guard let wide else { throw NoMatch("there is a kernel, or none for wider elements") }
    var operands: [ValueID?] = []
    for (index, operand) in node.operands.enumerated() {
      let isData = operand?.type?.element == element || isMixed && index == 1
      operands.append(try operand.map { (operand) throws(NoMatch) in isData ? try converted(operand, to: wide, of: node.op, &edit) : operand.id })
    }
    let results = edit.emit(node.op, operands: operands, resultCount: node.resultCount)
    for (index, result) in results.enumerated() where !node.isUnused(result: index) {
      let isData = wide != element && node.result(index).type?.element == element
      edit.replace(node.result(index), with: isData ? edit.emit(Cast(to: element), result) : result)
    }
  }

  private func converted(
    _ value: MatchedValue, to element: ElementType, of op: any Operator, _ edit: inout Edit
  ) throws(NoMatch) -> ValueID {
    guard value.type?.element != element else { return value.id }
    let isParameter = op is QuantizeLinear || op is DequantizeLinear
    guard let constant = try? value.constant(), isParameter || !constant.element.isFloatingPoint || constant.byteCount <= Self.smallBytes else {
      return edit.emit(Cast(to: element), value.id)
    }
    return edit.constant(try edit.computing { () throws(ModelError) in try constant.converted(to: element) })
  }
}

/// Leaves out that floats are rounded to halves between two operators. What is computed is nearer to the exact numbers.
///
///     %y = Cast(Cast(%x: f32) {to: f16}) {to: f32}   →   %x
struct LeaveRoundingOut: RewriteRule {
  func rewrite(_ widened: Matched<Cast>, _ edit: inout Edit) throws(NoMatch) {
    let narrowed = try widened[.x].producerAllowingOtherUses(Cast.self)
    try require(widened.op.to == .float32 && (narrowed.op.to == .float16 || narrowed.op.to == .bfloat16), "no halves")
    try require(try narrowed[.x].elementType() == .float32, "not of floats")
    edit.replace(widened.result, with: try narrowed[.x].id)
  }
}
