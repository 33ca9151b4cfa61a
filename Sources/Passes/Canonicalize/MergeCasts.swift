import GraphIR
import Operators
import Rewriting
import Tensors

/// Drops a conversion that loses nothing before another one. Exact.
///
///     %m = Cast(%x: f16) {to: f32}
///     %y = Cast(%m) {to: i64}        →   %y = Cast(%x) {to: i64}
///
/// The first must represent every number exactly, and as the same kind: integers or truth values to wider integers or to floats
/// that hold them, floats to wider floats.
package struct MergeCasts: RewriteRule {
  package init() {}

  package func rewrite(_ outer: Matched<Cast>, _ edit: inout Edit) throws(NoMatch) {
    let middle = try outer[.x]
    let inner = try middle.producerAllowingOtherUses(Cast.self)
    let x = try inner[.x]
    let (from, through, to) = try (x.elementType(), middle.elementType(), outer.result.elementType())
    try require(holds(through, from), "the first conversion may lose something")
    try require(to.isInteger || to.isFloatingPoint || to == .bool, "the element type")
    if from == to { return edit.replace(outer.result, with: x) }
    edit.replace(outer.result, with: edit.emit(outer.op, x.id))
  }

  /// True when every number of an element type is one of another.
  private func holds(_ wide: ElementType, _ narrow: ElementType) -> Bool {
    switch (narrow, wide) {
    case (.float16, .float32), (.bfloat16, .float32), (.float16, .float64), (.bfloat16, .float64), (.float32, .float64): true
    case (.bool, .uint8), (.bool, .int8), (.bool, .int32), (.bool, .int64), (.bool, .float32), (.bool, .float64), (.bool, .float16): true
    case (.uint8, .int16), (.uint8, .uint16), (.uint8, .int32), (.uint8, .int64), (.uint8, .float32), (.uint8, .float64): true
    case (.int8, .int16), (.int8, .int32), (.int8, .int64), (.int8, .float32), (.int8, .float64): true
    case (.int16, .int32), (.int16, .int64), (.int16, .float32), (.uint16, .int32), (.uint16, .int64), (.uint16, .float32): true
    case (.int32, .int64), (.int32, .float64), (.uint32, .int64): true
    default: false
    }
  }
}
