import FerryTestSupport
import Passes
import Testing

@Suite struct RemoveRequantizationTests {
  @Test func removesAConversionThereAndBack() throws {
    try expectRewrite(
      RemoveRequantization(),
      """
        graph main(%x: u8[N,4]) -> (%z) {
          %s = const f32 0.5
          %z1 = const u8 3
          %s2 = const f32 0.5
          %z2 = const u8 3
          %r = DequantizeLinear(%x, %s, %z1)
          %y = QuantizeLinear(%r, %s2, %z2)
          %z = DequantizeLinear(%y, %s2, %z2)
        }
        """,
      becomes: """
        graph main(%x: u8[N,4]) -> (%z) {
          %s2 = const f32 0.5
          %z2 = const u8 3
          %z = DequantizeLinear(%x, %s2, %z2)
        }
        """)
  }

  @Test func leavesAnotherScale() throws {
    try expectUnchanged(
      RemoveRequantization(),
      """
        graph main(%x: u8[N,4]) -> (%z) {
          %s = const f32 0.5
          %z1 = const u8 3
          %s2 = const f32 0.25
          %z2 = const u8 3
          %r = DequantizeLinear(%x, %s, %z1)
          %y = QuantizeLinear(%r, %s2, %z2)
          %z = DequantizeLinear(%y, %s2, %z2)
        }
        """,
      because: "scale, zero point or element type differ")
  }

  @Test func leavesAnotherZeroPoint() throws {
    try expectUnchanged(
      RemoveRequantization(),
      """
        graph main(%x: u8[N,4]) -> (%z) {
          %s = const f32 0.5
          %z1 = const u8 3
          %s2 = const f32 0.5
          %z2 = const u8 4
          %r = DequantizeLinear(%x, %s, %z1)
          %y = QuantizeLinear(%r, %s2, %z2)
          %z = DequantizeLinear(%y, %s2, %z2)
        }
        """,
      because: "scale, zero point or element type differ")
  }

  @Test func leavesAnExtremeScale() throws {
    try expectUnchanged(
      RemoveRequantization(),
      """
        graph main(%x: u8[N,4]) -> (%z) {
          %s = const f32 0.00000001
          %z1 = const u8 3
          %s2 = const f32 0.00000001
          %z2 = const u8 3
          %r = DequantizeLinear(%x, %s, %z1)
          %y = QuantizeLinear(%r, %s2, %z2)
          %z = DequantizeLinear(%y, %s2, %z2)
        }
        """,
      because: "the scale is extreme")
  }

  @Test func leavesAnotherElementType() throws {
    try expectUnchanged(
      RemoveRequantization(),
      """
        graph main(%x: i8[N,4]) -> (%z) {
          %s = const f32 0.5
          %z1 = const i8 0
          %z2 = const u8 0
          %r = DequantizeLinear(%x, %s, %z1)
          %y = QuantizeLinear(%r, %s, %z2)
          %z = DequantizeLinear(%y, %s, %z2)
        }
        """,
      because: "scale, zero point or element type differ")
  }

  @Test func leavesWideIntegers() throws {
    try expectUnchanged(
      RemoveRequantization(),
      """
        graph main(%x: i32[N,4]) -> (%y) {
          %s = const f32 0.5
          %z2 = const i8 0
          %r = DequantizeLinear(%x, %s)
          %y = QuantizeLinear(%r, %s, %z2)
        }
        """,
      because: "the element type")
  }

  @Test func leavesAScalePerAxis() throws {
    try expectUnchanged(
      RemoveRequantization(),
      """
        graph main(%x: u8[N,2]) -> (%z) {
          %s = const f32[2] [0.5, 0.25]
          %z1 = const u8[2] [0, 1]
          %r = DequantizeLinear(%x, %s, %z1)
          %y = QuantizeLinear(%r, %s, %z1)
          %z = DequantizeLinear(%y, %s, %z1)
        }
        """,
      because: "the scale is not one number")
  }

  @Test func leavesBlocks() throws {
    try expectUnchanged(
      RemoveRequantization(),
      """
        graph main(%x: u8[2,4]) -> (%z) {
          %s = const f32[2,2] splat(0.5)
          %z1 = const u8[2,2] splat(0)
          %r = DequantizeLinear(%x, %s, %z1) {block_size: 2}
          %y = QuantizeLinear(%r, %s, %z1) {block_size: 2}
          %z = DequantizeLinear(%y, %s, %z1) {block_size: 2}
        }
        """,
      because: "the quantisation is by blocks")
  }
}
