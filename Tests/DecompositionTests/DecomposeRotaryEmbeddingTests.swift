import FerryTestSupport
import Lowerings
import Testing

@Suite struct DecomposeRotaryEmbeddingTests {
  private func turned(_ shape: String, _ callee: String) -> String {
    """
      graph main(%x: f32\(shape), %u: u8[N,3]) -> (%y) {
        %c = const f32[16,2] random(1)
        %s = const f32[16,2] random(2)
        %p = Cast(%u) {to: i64}
        %y = \(callee)
      }
      """
  }

  @Test func countsTheHeads() throws {
    try expectRewrite(
      DecomposeRotaryEmbedding(), turned("[N,3,8]", "com.microsoft::RotaryEmbedding(%x, %p, %c, %s) {interleaved: 1}"),
      becomes: turned("[N,3,8]", "RotaryEmbedding(%x, %c, %s, %p) {interleaved: 1, num_heads: 2}"))
    try expectRewrite(
      DecomposeRotaryEmbedding(), turned("[N,3,12]", "com.microsoft::RotaryEmbedding(%x, %p, %c, %s) {num_heads: 2, rotary_embedding_dim: 4}"),
      becomes: turned("[N,3,12]", "RotaryEmbedding(%x, %c, %s, %p) {num_heads: 2, rotary_embedding_dim: 4}"))
    try expectRewrite(
      DecomposeRotaryEmbedding(), turned("[N,2,3,4]", "com.microsoft::RotaryEmbedding(%x, %p, %c, %s)"),
      becomes: turned("[N,2,3,4]", "RotaryEmbedding(%x, %c, %s, %p) {rotary_embedding_dim: 4}"))
  }

  @Test func leavesAFirstPosition() throws {
    try expectUnchanged(
      DecomposeRotaryEmbedding(),
      "graph main(%x: f32[N,3,8], %p: i64[1], %c: f32[9,2]) -> (%y) { %y = com.microsoft::RotaryEmbedding(%x, %p, %c, %c) }",
      because: "only the first position is given")
  }

  @Test func leavesAnUnknownNumberOfFeatures() throws {
    try expectUnchanged(
      DecomposeRotaryEmbedding(),
      "graph main(%x: f32[N,3,K], %p: i64[N,3], %c: f32[9,2]) -> (%y) { %y = com.microsoft::RotaryEmbedding(%x, %p, %c, %c) }",
      because: "the number of features is not known")
  }
}
