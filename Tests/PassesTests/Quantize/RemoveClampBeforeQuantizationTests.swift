import FerryTestSupport
import Passes
import Testing

@Suite struct RemoveClampBeforeQuantizationTests {
  @Test func leavesNegativesToTheRange() throws {
    try expectRewrite(
      RemoveClampBeforeQuantization(),
      """
        graph main(%x: f32[N,4]) -> (%z) {
          %s = const f32 0.5
          %zp = const u8 0
          %r = Relu(%x)
          %y = QuantizeLinear(%r, %s, %zp)
          %z = DequantizeLinear(%y, %s, %zp)
        }
        """,
      becomes: """
        graph main(%x: f32[N,4]) -> (%z) {
          %s = const f32 0.5
          %zp = const u8 0
          %y = QuantizeLinear(%x, %s, %zp)
          %z = DequantizeLinear(%y, %s, %zp)
        }
        """)
  }

  @Test func leavesBothBoundsToTheRange() throws {
    try expectRewrite(
      RemoveClampBeforeQuantization(),
      """
        graph main(%x: f32[N,4]) -> (%z) {
          %s = const f32 0.01
          %zp = const i8 -128
          %lo = const f32 0.0
          %hi = const f32 6.0
          %r = Clip(%x, %lo, %hi)
          %y = QuantizeLinear(%r, %s, %zp)
          %z = DequantizeLinear(%y, %s, %zp)
        }
        """,
      becomes: """
        graph main(%x: f32[N,4]) -> (%z) {
          %s = const f32 0.01
          %zp = const i8 -128
          %y = QuantizeLinear(%x, %s, %zp)
          %z = DequantizeLinear(%y, %s, %zp)
        }
        """)
  }

  @Test func leavesARangeBelowZero() throws {
    try expectUnchanged(
      RemoveClampBeforeQuantization(),
      """
        graph main(%x: f32[N,4]) -> (%z) {
          %s = const f32 0.5
          %zp = const u8 3
          %r = Relu(%x)
          %y = QuantizeLinear(%r, %s, %zp)
          %z = DequantizeLinear(%y, %s, %zp)
        }
        """,
      because: "the bounds are narrower than the range")
  }

  @Test func leavesARangeAboveTheBound() throws {
    try expectUnchanged(
      RemoveClampBeforeQuantization(),
      """
        graph main(%x: f32[N,4]) -> (%z) {
          %s = const f32 0.5
          %zp = const u8 0
          %lo = const f32 0.0
          %hi = const f32 6.0
          %r = Clip(%x, %lo, %hi)
          %y = QuantizeLinear(%r, %s, %zp)
          %z = DequantizeLinear(%y, %s, %zp)
        }
        """,
      because: "the bounds are narrower than the range")
  }

  @Test func leavesAnotherFunction() throws {
    try expectUnchanged(
      RemoveClampBeforeQuantization(),
      """
        graph main(%x: f32[N,4]) -> (%z) {
          %s = const f32 0.5
          %zp = const u8 0
          %r = Sigmoid(%x)
          %y = QuantizeLinear(%r, %s, %zp)
          %z = DequantizeLinear(%y, %s, %zp)
        }
        """,
      because: "the operand has no bounds")
  }

  @Test func leavesBoundedValuesWithOtherUses() throws {
    try expectUnchanged(
      RemoveClampBeforeQuantization(),
      """
        graph main(%x: f32[N,4]) -> (%z, %r) {
          %s = const f32 0.5
          %zp = const u8 0
          %r = Relu(%x)
          %y = QuantizeLinear(%r, %s, %zp)
          %z = DequantizeLinear(%y, %s, %zp)
        }
        """,
      because: "the value has other uses")
  }
}
