import FerryTestSupport
import Lowerings
import Testing

@Suite struct DecomposeGatherBlockQuantizedTests {
  @Test func gathersDataAndScales() throws {
    try expectRewrite(
      DecomposeGatherBlockQuantized(),
      """
        graph main(%i: u8[N,2]) -> (%y) {
          %d = const u4[16,32] random(1)
          %s = const f32[16,2] random(2)
          %z = const u4[16,2] random(3)
          %j = Cast(%i) {to: i64}
          %y = com.microsoft::GatherBlockQuantized(%d, %j, %s, %z) {block_size: 16}
        }
        """,
      becomes: """
        graph main(%i: u8[N,2]) -> (%y) {
          %d = const u4[16,32] random(1)
          %s = const f32[16,2] random(2)
          %z = const u4[16,2] random(3)
          %j = Cast(%i) {to: i64}
          %gd = Gather(%d, %j)
          %gs = Gather(%s, %j)
          %gz = Gather(%z, %j)
          %y = DequantizeLinear(%gd, %gs, %gz) {axis: 2, block_size: 16}
        }
        """)
  }

  @Test func unpacksBytes() throws {
    try expectRewrite(
      DecomposeGatherBlockQuantized(),
      """
        graph main(%i: u8[N]) -> (%y) {
          %d = const u8[16,16] splat(0x21)
          %s = const f32[16,2] random(2)
          %j = Cast(%i) {to: i64}
          %y = com.microsoft::GatherBlockQuantized(%d, %j, %s) {block_size: 16}
        }
        """.replacing("0x21", with: "17"),
      becomes: """
        graph main(%i: u8[N]) -> (%y) {
          %d = const u4[16,32] splat(1)
          %s = const f32[16,2] random(2)
          %z = const u4[16,2] splat(8)
          %j = Cast(%i) {to: i64}
          %gd = Gather(%d, %j)
          %gs = Gather(%s, %j)
          %gz = Gather(%z, %j)
          %y = DequantizeLinear(%gd, %gs, %gz) {axis: 1, block_size: 16}
        }
        """)
  }

  private func near(_ data: String, _ attributes: String, _ reason: String) throws {
    try expectUnchanged(
      DecomposeGatherBlockQuantized(),
      """
        graph main(%j: i64[N], %s: f32[16,2]) -> (%y) {
          %d = \(data)
          %y = com.microsoft::GatherBlockQuantized(%d, %j, %s) {\(attributes)}
        }
        """,
      because: reason)
  }

  @Test func leavesWhatDoesNotFit() throws {
    try near("const u4[16,32] random(1)", "block_size: 16, gather_axis: 1", "the axes do not fit")
    try near("const f8e4m3fn[16,32] random(1)", "block_size: 0", "there is one block")
    try near("const f8e4m3fn[16,32] random(1)", "block_size: 16", "the data is of small floats")
  }
}
