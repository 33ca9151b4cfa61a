import FerryTestSupport
import Passes
import Testing

@Suite struct WidenRotaryEmbeddingTests {
  @Test func turnsTheFirstPartOfASplit() throws {
    try expectRewrite(
      WidenRotaryEmbedding(),
      """
        graph main(%x: f32[N,2,5,6], %c: f32[N,5,2], %s: f32[N,5,2]) -> (%y) {
          %sizes = const i64[2] [4, 2]
          %a, %b = Split(%x, %sizes) {axis: -1}
          %t = RotaryEmbedding(%a, %c, %s)
          %y = Concat(%t, %b) {axis: 3}
        }
        """,
      becomes: """
        graph main(%x: f32[N,2,5,6], %c: f32[N,5,2], %s: f32[N,5,2]) -> (%y) {
          %y = RotaryEmbedding(%x, %c, %s) {rotary_embedding_dim: 4}
        }
        """)
  }

  @Test func turnsNeighboursOfASlice() throws {
    try expectRewrite(
      WidenRotaryEmbedding(),
      """
        graph main(%x: f32[N,2,5,6], %c: f32[N,5,2], %s: f32[N,5,2]) -> (%z) {
          %from = const i64[1] [0]
          %four = const i64[1] [4]
          %to = const i64[1] [9223372036854775807]
          %ax = const i64[1] [3]
          %a = Slice(%x, %from, %four, %ax)
          %b = Slice(%x, %four, %to, %ax)
          %t = RotaryEmbedding(%a, %c, %s) {interleaved: 1}
          %y = Concat(%t, %b) {axis: -1}
          %z = Neg(%y)
        }
        """,
      becomes: """
        graph main(%x: f32[N,2,5,6], %c: f32[N,5,2], %s: f32[N,5,2]) -> (%z) {
          %y = RotaryEmbedding(%x, %c, %s) {interleaved: 1, rotary_embedding_dim: 4}
          %z = Neg(%y)
        }
        """)
  }

  private func expectKept(_ body: String, _ reason: String) throws {
    try expectUnchanged(
      WidenRotaryEmbedding(), "graph main(%x: f32[N,2,5,6], %v: f32[N,2,5,6], %c: f32[N,5,2], %s: f32[N,5,2]) -> (%z) {\n\(body)\n%z = Neg(%y) }", because: reason)
  }

  @Test func leavesTheLastPart() throws {
    try expectKept(
      """
        %sizes = const i64[2] [2, 4]
        %a, %b = Split(%x, %sizes) {axis: -1}
        %t = RotaryEmbedding(%b, %c, %s)
        %y = Concat(%t, %a) {axis: -1}
        """, "the parts are not the whole")
  }

  @Test func leavesPartsOfTwoValues() throws {
    try expectKept(
      """
        %sizes = const i64[2] [4, 2]
        %a, %b = Split(%x, %sizes) {axis: -1}
        %d, %e = Split(%v, %sizes) {axis: -1}
        %t = RotaryEmbedding(%a, %c, %s)
        %y = Concat(%t, %e) {axis: -1}
        """, "the parts are of different values")
  }

  @Test func leavesAGapBetween() throws {
    try expectKept(
      """
        %sizes = const i64[3] [4, 1, 1]
        %a, %b, %d = Split(%x, %sizes) {axis: -1}
        %t = RotaryEmbedding(%a, %c, %s)
        %y = Concat(%t, %d) {axis: -1}
        """, "the parts are not the whole")
  }

  @Test func leavesPartOfAPart() throws {
    try expectUnchanged(
      WidenRotaryEmbedding(),
      """
        graph main(%x: f32[N,2,5,6], %c: f32[N,5,1], %s: f32[N,5,1]) -> (%y) {
          %sizes = const i64[2] [4, 2]
          %a, %b = Split(%x, %sizes) {axis: -1}
          %t = RotaryEmbedding(%a, %c, %s) {rotary_embedding_dim: 2}
          %y = Concat(%t, %b) {axis: -1}
        }
        """, because: "the operator turns part of what it is given, or has heads in a row")
  }

  @Test func leavesWhatIsUsedElsewhere() throws {
    try expectKept(
      """
        %sizes = const i64[2] [4, 2]
        %a, %b = Split(%x, %sizes) {axis: -1}
        %t = RotaryEmbedding(%a, %c, %s)
        %u = Concat(%t, %b) {axis: -1}
        %w = Concat(%b, %t) {axis: -1}
        %y = Add(%u, %w)
        """, "the value has other uses")
  }
}
