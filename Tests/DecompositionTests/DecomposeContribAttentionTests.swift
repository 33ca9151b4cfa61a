import FerryTestSupport
import Lowerings
import Testing

@Suite struct DecomposeContribAttentionTests {
  private func attention(_ operands: String, _ attributes: String = "", results: String = "%y") -> String {
    """
      graph main(%x: f32[N,3,4], %m: i32[N,3], %e: i32[1], %r: i32[2*N]) -> (\(results)) {
        %w = const f32[4,24] random(1)
        %b = const f32[24] random(2)
        \(results) = com.microsoft::Attention(\(operands)) {num_heads: 2\(attributes)}
      }
      """
  }

  @Test func slicesTheProjection() throws {
    try expectRewrite(
      DecomposeContribAttention(), attention("%x, %w, %b, %m", ", scale: 0.5, mask_filter_value: -100.0"),
      becomes: """
        graph main(%x: f32[N,3,4], %m: i32[N,3], %e: i32[1], %r: i32[2*N]) -> (%y) {
          %w = const f32[4,24] random(1)
          %b = const f32[24] random(2)
          %scale = const f32 0.5
          %one = const f32 1
          %filter = const f32 -100
          %inner = const i64[2] [1, 2]
          %width = const i64[3] [0, 0, 8]
        \(Self.projected)
          %t = Transpose(%k) {perm: [0, 1, 3, 2]}
          %qk = MatMul(%q, %t)
          %scaled = Mul(%qk, %scale)
          %nought = const i32 0
          %keeps = Greater(%m, %nought)
          %kept = Cast(%keeps) {to: f32}
          %hidden = Sub(%one, %kept)
          %penalty = Mul(%hidden, %filter)
          %row = Unsqueeze(%penalty, %inner)
          %scores = Add(%scaled, %row)
          %weights = Softmax(%scores)
          %mixed = MatMul(%weights, %v)
          %back = Transpose(%mixed) {perm: [0, 2, 1, 3]}
          %y = Reshape(%back, %width)
        }
        """)
  }

  private static let projected = """
      %m0 = MatMul(%x, %w)
      %all = Add(%m0, %b)
    """ + [("q", 0), ("k", 8), ("v", 16)].map { name, start in
      """

          %\(name)s = const i64[1] [\(start)]
          %\(name)e = const i64[1] [\(start + 8)]
          %\(name)a = const i64[1] [2]
          %\(name)h = const i64[4] [0, 0, 2, 4]
          %\(name)1 = Slice(%all, %\(name)s, %\(name)e, %\(name)a)
          %\(name)2 = Reshape(%\(name)1, %\(name)h)
          %\(name) = Transpose(%\(name)2) {perm: [0, 2, 1, 3]}
        """
    }.joined()

  @Test func joinsThePast() throws {
    try expectRewrite(
      DecomposeContribAttention(),
      """
        graph main(%x: f32[N,3,4], %p: f32[2,N,2,5,4]) -> (%y, %n) {
          %w = const f32[4,24] random(1)
          %b = const f32[24] random(2)
          %y, %n = com.microsoft::Attention(%x, %w, %b, _, %p) {num_heads: 2}
        }
        """,
      becomes: """
        graph main(%x: f32[N,3,4], %p: f32[2,N,2,5,4]) -> (%y, %n) {
          %w = const f32[4,24] random(1)
          %b = const f32[24] random(2)
          %scale = const f32 0.5
          %first = const i64 0
          %second = const i64 1
          %front0 = const i64[1] [0]
          %front1 = const i64[1] [0]
          %width = const i64[3] [0, 0, 8]
        \(Self.projected)
          %pk = Gather(%p, %first)
          %pv = Gather(%p, %second)
          %nk = Concat(%pk, %k) {axis: 2}
          %nv = Concat(%pv, %v) {axis: 2}
          %t = Transpose(%nk) {perm: [0, 1, 3, 2]}
          %qk = MatMul(%q, %t)
          %scaled = Mul(%qk, %scale)
          %weights = Softmax(%scaled)
          %mixed = MatMul(%weights, %nv)
          %back = Transpose(%mixed) {perm: [0, 2, 1, 3]}
          %y = Reshape(%back, %width)
          %sk = Unsqueeze(%nk, %front0)
          %sv = Unsqueeze(%nv, %front1)
          %n = Concat(%sk, %sv) {axis: 0}
        }
        """)
  }

  @Test func leavesOtherForms() throws {
    let rule = DecomposeContribAttention()
    try expectUnchanged(rule, attention("%x, %w, %b, _, _, _, %e"), because: "past and present share a buffer")
    try expectUnchanged(rule, attention("%x, %w, %b, %r"), because: "the mask gives more than ends")
    try expectUnchanged(rule, attention("%x, %w, %b", ", do_rotary: 1"), because: "positions are embedded")
    try expectUnchanged(
      rule, attention("%x, %w, %b", ", qkv_hidden_sizes: [6, 6, 12]", results: "%y, %k"), because: "keys and values differ in size")
    try expectUnchanged(
      rule, "graph main(%x: f32[N,3,4], %w: f32[4,K]) -> (%y) { %y = com.microsoft::Attention(%x, %w) {num_heads: 2} }",
      because: "the shape is not known")
  }
}
