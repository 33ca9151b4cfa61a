import FerryTestSupport
import Lowerings
import Testing

@Suite struct DecomposeMultiHeadAttentionTests {
  private func attention(_ operands: String, _ attributes: String = "") -> String {
    """
      graph main(%q: f32[N,3,8], %k: f32[N,5,8], %v: f32[N,5,8], %m: i32[N], %p: f32[N,2,4,4], %l: i32[1], %c: f32[N,2,5,4]) -> (%y) {
        %y = com.microsoft::MultiHeadAttention(\(operands)) {num_heads: 2\(attributes)}
      }
      """
  }

  @Test func splitsHeadsAndJoinsThePast() throws {
    try expectRewrite(
      DecomposeMultiHeadAttention(),
      """
        graph main(%q: f32[N,3,8], %k: f32[N,5,8], %v: f32[N,5,8], %pk: f32[N,2,4,4], %pv: f32[N,2,4,4]) -> (%y, %nk, %nv) {
          %y, %nk, %nv = com.microsoft::MultiHeadAttention(%q, %k, %v, _, _, _, %pk, %pv) {num_heads: 2}
        }
        """,
      becomes: """
        graph main(%q: f32[N,3,8], %k: f32[N,5,8], %v: f32[N,5,8], %pk: f32[N,2,4,4], %pv: f32[N,2,4,4]) -> (%y, %nk, %nv) {
          %hq = const i64[4] [0, 0, 2, 4]
          %hk = const i64[4] [0, 0, 2, 4]
          %hv = const i64[4] [0, 0, 2, 4]
          %scale = const f32 0.5
          %width = const i64[3] [0, 0, 8]
          %q1 = Reshape(%q, %hq)
          %q2 = Transpose(%q1) {perm: [0, 2, 1, 3]}
          %k1 = Reshape(%k, %hk)
          %k2 = Transpose(%k1) {perm: [0, 2, 1, 3]}
          %v1 = Reshape(%v, %hv)
          %v2 = Transpose(%v1) {perm: [0, 2, 1, 3]}
          %nk = Concat(%pk, %k2) {axis: 2}
          %nv = Concat(%pv, %v2) {axis: 2}
          %t = Transpose(%nk) {perm: [0, 1, 3, 2]}
          %qk = MatMul(%q2, %t)
          %scaled = Mul(%qk, %scale)
          %weights = Softmax(%scaled)
          %mixed = MatMul(%weights, %nv)
          %back = Transpose(%mixed) {perm: [0, 2, 1, 3]}
          %y = Reshape(%back, %width)
        }
        """)
  }

  @Test func leavesOtherForms() throws {
    let rule = DecomposeMultiHeadAttention()
    try expectUnchanged(rule, attention("%q, %k, %v", ", unidirectional: 1"), because: "attention is causal")
    try expectUnchanged(rule, attention("%q, %c, %c"), because: "heads are packed or lie apart")
    try expectUnchanged(rule, attention("%q, %k, %v, _, %m"), because: "the mask has no row for each sequence")
    try expectUnchanged(rule, attention("%q, %k, %v, _, _, _, %p, %p, %l"), because: "past and present share a buffer")
  }
}
