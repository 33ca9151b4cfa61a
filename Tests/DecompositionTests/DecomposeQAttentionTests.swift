import FerryTestSupport
import Lowerings
import Testing

@Suite struct DecomposeQAttentionTests {
  private func attention(_ scale: String, _ zero: String) -> String {
    """
      graph main(%x: u8[N,3,4]) -> (%y) {
        %w = const i8[4,24] random(1)
        %b = const f32[24] random(2)
        %sx = const f32 0.05
        %zx = const u8 8
        %sw = const f32\(scale) random(3)
        %zw = const i8\(zero) splat(1)
        %y = com.microsoft::QAttention(%x, %w, %b, %sx, %sw, _, %zx, %zw) {num_heads: 2, unidirectional: 1}
      }
      """
  }

  @Test func dequantizesFirst() throws {
    for sizes in ["", "[24]"] {
      try expectRewrite(
        DecomposeQAttention(), attention(sizes, sizes),
        becomes: """
          graph main(%x: u8[N,3,4]) -> (%y) {
            %w = const i8[4,24] random(1)
            %b = const f32[24] random(2)
            %sx = const f32 0.05
            %zx = const u8 8
            %sw = const f32\(sizes) random(3)
            %zw = const i8\(sizes) splat(1)
            %fx = DequantizeLinear(%x, %sx, %zx)
            %fw = DequantizeLinear(%w, %sw, %zw)
            %y = com.microsoft::Attention(%fx, %fw, %b) {num_heads: 2, unidirectional: 1}
          }
          """)
    }
  }

  @Test func leavesScalesOfUnknownShape() throws {
    try expectUnchanged(
      DecomposeQAttention(),
      """
        graph main(%x: u8[N,3,4], %w: i8[4,24], %b: f32[24], %s: f32, %t: f32[K]) -> (%y) {
          %y = com.microsoft::QAttention(%x, %w, %b, %s, %t) {num_heads: 2}
        }
        """,
      because: "the shape is not known")
  }
}
