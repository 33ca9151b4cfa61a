import FerryTestSupport
import Lowerings
import Testing

@Suite struct DecomposeMultiHeadAttentionTests {
  private func attention(_ operands: String, _ attributes: String = "") -> String {
    """
      graph main(%q: f32[N,3,8], %k: f32[N,5,8], %v: f32[N,5,8], %m: i32[3*N+2], %p: f32[N,2,4,4], %l: i32[1], %c: f32[N,2,5,4]) -> (%y) {
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

  @Test func hidesLaterKeys() throws {
    try expectRewrite(
      DecomposeMultiHeadAttention(),
      "graph main(%q: f32[N,3,4], %k: f32[N,3,4], %m: i32[N]) -> (%y) {\n"
        + "%y = com.microsoft::MultiHeadAttention(%q, %k, %k, _, %m) {num_heads: 1, unidirectional: 1, mask_filter_value: -50.0}\n}",
      becomes: """
        graph main(%q: f32[N,3,4], %k: f32[N,3,4], %m: i32[N]) -> (%y) {
          %hq = const i64[4] [0, 0, 1, 4]
          %hk = const i64[4] [0, 0, 1, 4]
          %hv = const i64[4] [0, 0, 1, 4]
          %scale = const f32 0.5
          %width = const i64[3] [0, 0, 4]
          %nought = const i64 0
          %step = const i64 1
          %alone0 = const i64[0] []
          %inner0 = const i64[1] [1]
          %one = const f32 1
          %filter = const f32 -50
          %inner1 = const i64[2] [1, 2]
          %after = const i64[1] [1]
          %alone1 = const i64[0] []
          %q1 = Reshape(%q, %hq)
          %q2 = Transpose(%q1) {perm: [0, 2, 1, 3]}
          %k1 = Reshape(%k, %hk)
          %k2 = Transpose(%k1) {perm: [0, 2, 1, 3]}
          %v1 = Reshape(%k, %hv)
          %v2 = Transpose(%v1) {perm: [0, 2, 1, 3]}
          %t = Transpose(%k2) {perm: [0, 1, 3, 2]}
          %qk = MatMul(%q2, %t)
          %scaled = Mul(%qk, %scale)
          %keys0 = Shape(%k2) {start: 2, end: 3}
          %limit = Reshape(%keys0, %alone0)
          %places = Range(%nought, %limit, %step)
          %ends0 = Cast(%m) {to: i64}
          %ends = Unsqueeze(%ends0, %inner0)
          %counts = Less(%places, %ends)
          %kept = Cast(%counts) {to: f32}
          %hidden = Sub(%one, %kept)
          %penalty = Mul(%hidden, %filter)
          %row = Unsqueeze(%penalty, %inner1)
          %padded = Add(%scaled, %row)
          %queries = Shape(%q2) {start: 2, end: 3}
          %keys = Shape(%k2) {start: 2, end: 3}
          %sizes = Concat(%queries, %keys) {axis: 0}
          %lowest = ConstantOfShape(%sizes) {value: const f32[1] [-3.4028234663852886e38]}
          %difference = Sub(%keys, %queries)
          %next = Add(%difference, %after)
          %diagonal = Reshape(%next, %alone1)
          %later = Trilu(%lowest, %diagonal)
          %scores = Add(%padded, %later)
          %weights = Softmax(%scores)
          %mixed = MatMul(%weights, %v2)
          %back = Transpose(%mixed) {perm: [0, 2, 1, 3]}
          %y = Reshape(%back, %width)
        }
        """)
  }

  @Test func leavesOtherForms() throws {
    let rule = DecomposeMultiHeadAttention()
    try expectUnchanged(rule, attention("%q, %c, %c"), because: "heads are packed or lie apart")
    try expectUnchanged(rule, attention("%q, %k, %v, _, %m"), because: "the mask gives more than ends")
    try expectUnchanged(rule, attention("%q, %k, %v, _, _, _, %p, %p, %l"), because: "past and present share a buffer")
  }
}
