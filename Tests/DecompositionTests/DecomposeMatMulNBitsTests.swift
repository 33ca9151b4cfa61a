import FerryTestSupport
import Lowerings
import Testing

@Suite struct DecomposeMatMulNBitsTests {
  private func product(_ operands: String, _ attributes: String = "", constants: String = "") -> String {
    """
      graph main(%a: f32[N,20]) -> (%y) {
        %w = const u8[3,2,8] splat(17)
        %s = const f32[3,2] random(2)
        %z = const u8[3,1] splat(51)
        %b = const f32[3] random(4)
        \(constants)
        %y = com.microsoft::MatMulNBits(\(operands)) {K: 20, N: 3, bits: 4, block_size: 16\(attributes)}
      }
      """
  }

  @Test func dequantizesInBlocks() throws {
    try expectRewrite(
      DecomposeMatMulNBits(), product("%a, %w, %s, %z, _, %b"),
      becomes: """
        graph main(%a: f32[N,20]) -> (%y) {
          %w = const u4[3,20] splat(1)
          %s = const f32[3,2] random(2)
          %z = const u4[3,2] splat(3)
          %b = const f32[3] random(4)
          %d = DequantizeLinear(%w, %s, %z) {axis: 1, block_size: 16}
          %t = Transpose(%d) {perm: [1, 0]}
          %m = MatMul(%a, %t)
          %y = Add(%m, %b)
        }
        """)
  }

  @Test func halfTheRangeIsTheZeroPointOfNone() throws {
    try expectRewrite(
      DecomposeMatMulNBits(), product("%a, %w, %s"),
      becomes: """
        graph main(%a: f32[N,20]) -> (%y) {
          %w = const u4[3,20] splat(1)
          %s = const f32[3,2] random(2)
          %z = const u4[3,2] splat(8)
          %d = DequantizeLinear(%w, %s, %z) {axis: 1, block_size: 16}
          %t = Transpose(%d) {perm: [1, 0]}
          %y = MatMul(%a, %t)
        }
        """)
  }

  @Test func leavesWhatIsComputedOrOtherwisePacked() throws {
    let zeros = "%f = const f32[3,2] splat(7.5)"
    try expectUnchanged(DecomposeMatMulNBits(), product("%a, %w, %s, %f", constants: zeros), because: "the zero points are floats")
    let groups = "%g = const i32[20] splat(0)"
    try expectUnchanged(DecomposeMatMulNBits(), product("%a, %w, %s, _, %g", constants: groups), because: "rows are in groups")
    try expectUnchanged(
      DecomposeMatMulNBits(), product("%a, %w, %s", ", weight_prepacked: 1"), because: "the weights are in the layout of one device")
    try expectUnchanged(
      DecomposeMatMulNBits(), product("%a, %w, %s").replacing("bits: 4", with: "bits: 3"), because: "no element type has so many bits")
    try expectUnchanged(
      DecomposeMatMulNBits(),
      """
        graph main(%a: f32[N,16], %w: u8[3,1,8]) -> (%y) {
          %s = const f32[3] random(2)
          %y = com.microsoft::MatMulNBits(%a, %w, %s) {K: 16, N: 3, block_size: 16}
        }
        """,
      because: "not a constant")
  }
}
