import FerryTestSupport
import Passes
import Testing

@Suite struct AbsorbHeadsIntoAttentionTests {
  @Test func splitsAndJoinsHeads() throws {
    try expectRewrite(
      AbsorbHeadsIntoAttention(),
      """
        graph main(%a: f32[N,5,8], %b: f32[N,6,8], %c: f32[N,6,8]) -> (%y) {
          %to = const i64[4] [0, 0, 2, 4]
          %kto = const i64[4] [0, 0, 2, 4]
          %from = const i64[3] [0, 0, -1]
          %ar = Reshape(%a, %to)
          %q = Transpose(%ar) {perm: [0, 2, 1, 3]}
          %br = Reshape(%b, %kto)
          %k = Transpose(%br) {perm: [0, 2, 1, 3]}
          %cr = Reshape(%c, %to)
          %v = Transpose(%cr) {perm: [0, 2, 1, 3]}
          %s = Attention(%q, %k, %v) {scale: 0.5}
          %t = Transpose(%s) {perm: [0, 2, 1, 3]}
          %y = Reshape(%t, %from)
        }
        """,
      becomes: """
        graph main(%a: f32[N,5,8], %b: f32[N,6,8], %c: f32[N,6,8]) -> (%y) {
          %y = Attention(%a, %b, %c) {kv_num_heads: 2, q_num_heads: 2, scale: 0.5}
        }
        """)
  }

  @Test func leavesHeadsThatStayApart() throws {
    try expectUnchanged(
      AbsorbHeadsIntoAttention(),
      """
        graph main(%a: f32[N,5,8], %b: f32[N,6,8], %c: f32[N,6,8]) -> (%y) {
          %to = const i64[4] [0, 0, 2, 4]
          %kto = const i64[4] [0, 0, 2, 4]
          %from = const i64[3] [0, 0, -1]
          %ar = Reshape(%a, %to)
          %q = Transpose(%ar) {perm: [0, 2, 1, 3]}
          %br = Reshape(%b, %kto)
          %k = Transpose(%br) {perm: [0, 2, 1, 3]}
          %cr = Reshape(%c, %to)
          %v = Transpose(%cr) {perm: [0, 2, 1, 3]}
          %s = Attention(%q, %k, %v) {scale: 0.5}
          %t = Transpose(%s) {perm: [0, 1, 2, 3]}
          %y = Reshape(%t, %from)
        }
        """,
      because: "the heads are not joined afterwards")
  }

  @Test func leavesQueriesWithOtherUses() throws {
    try expectUnchanged(
      AbsorbHeadsIntoAttention(),
      """
        graph main(%a: f32[N,5,8], %b: f32[N,6,8], %c: f32[N,6,8]) -> (%y, %q) {
          %to = const i64[4] [0, 0, 2, 4]
          %kto = const i64[4] [0, 0, 2, 4]
          %from = const i64[3] [0, 0, -1]
          %ar = Reshape(%a, %to)
          %q = Transpose(%ar) {perm: [0, 2, 1, 3]}
          %br = Reshape(%b, %kto)
          %k = Transpose(%br) {perm: [0, 2, 1, 3]}
          %cr = Reshape(%c, %to)
          %v = Transpose(%cr) {perm: [0, 2, 1, 3]}
          %s = Attention(%q, %k, %v) {scale: 0.5}
          %t = Transpose(%s) {perm: [0, 2, 1, 3]}
          %y = Reshape(%t, %from)
        }
        """,
      because: "the value has other uses")
  }

  @Test func leavesResultsWithOtherUses() throws {
    try expectUnchanged(
      AbsorbHeadsIntoAttention(),
      """
        graph main(%a: f32[N,5,8], %b: f32[N,6,8], %c: f32[N,6,8]) -> (%y, %s) {
          %to = const i64[4] [0, 0, 2, 4]
          %kto = const i64[4] [0, 0, 2, 4]
          %from = const i64[3] [0, 0, -1]
          %ar = Reshape(%a, %to)
          %q = Transpose(%ar) {perm: [0, 2, 1, 3]}
          %br = Reshape(%b, %kto)
          %k = Transpose(%br) {perm: [0, 2, 1, 3]}
          %cr = Reshape(%c, %to)
          %v = Transpose(%cr) {perm: [0, 2, 1, 3]}
          %s = Attention(%q, %k, %v) {scale: 0.5}
          %t = Transpose(%s) {perm: [0, 2, 1, 3]}
          %y = Reshape(%t, %from)
        }
        """,
      because: "the value has other uses")
  }

  @Test func leavesAnotherMovement() throws {
    try expectUnchanged(
      AbsorbHeadsIntoAttention(),
      """
        graph main(%a: f32[N,2,8], %b: f32[N,2,8], %c: f32[N,2,8]) -> (%y) {
          %to = const i64[4] [0, 0, 2, 4]
          %from = const i64[3] [0, 0, -1]
          %ar = Reshape(%a, %to)
          %q = Transpose(%ar) {perm: [0, 1, 2, 3]}
          %br = Reshape(%b, %to)
          %k = Transpose(%br) {perm: [0, 2, 1, 3]}
          %cr = Reshape(%c, %to)
          %v = Transpose(%cr) {perm: [0, 2, 1, 3]}
          %s = Attention(%q, %k, %v)
          %t = Transpose(%s) {perm: [0, 2, 1, 3]}
          %y = Reshape(%t, %from)
        }
        """,
      because: "the axes of the heads move elsewhere")
  }

  @Test func leavesAnotherSplit() throws {
    try expectUnchanged(
      AbsorbHeadsIntoAttention(),
      """
        graph main(%a: f32[N,5,8], %b: f32[N,6,8], %c: f32[N,6,8]) -> (%y) {
          %to = const i64[4] [0, 10, 1, 4]
          %kto = const i64[4] [0, 12, 1, 4]
          %from = const i64[3] [0, 0, -1]
          %ar = Reshape(%a, %to)
          %q = Transpose(%ar) {perm: [0, 2, 1, 3]}
          %br = Reshape(%b, %kto)
          %k = Transpose(%br) {perm: [0, 2, 1, 3]}
          %cr = Reshape(%c, %kto)
          %v = Transpose(%cr) {perm: [0, 2, 1, 3]}
          %s = Attention(%q, %k, %v)
          %t = Transpose(%s) {perm: [0, 2, 1, 3]}
          %y = Reshape(%t, %from)
        }
        """,
      because: "the operand is not split into heads")
  }

  @Test func leavesScoresThatAreResults() throws {
    try expectUnchanged(
      AbsorbHeadsIntoAttention(),
      """
        graph main(%a: f32[N,5,8], %b: f32[N,6,8], %c: f32[N,6,8]) -> (%y, %pk) {
          %to = const i64[4] [0, 0, 2, 4]
          %kto = const i64[4] [0, 0, 2, 4]
          %from = const i64[3] [0, 0, -1]
          %ar = Reshape(%a, %to)
          %q = Transpose(%ar) {perm: [0, 2, 1, 3]}
          %br = Reshape(%b, %kto)
          %k = Transpose(%br) {perm: [0, 2, 1, 3]}
          %cr = Reshape(%c, %to)
          %v = Transpose(%cr) {perm: [0, 2, 1, 3]}
          %s, %pk = Attention(%q, %k, %v) {scale: 0.5}
          %t = Transpose(%s) {perm: [0, 2, 1, 3]}
          %y = Reshape(%t, %from)
        }
        """,
      because: "keys, values or scores are results too")
  }
}
