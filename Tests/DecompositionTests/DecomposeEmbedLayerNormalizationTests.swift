import FerryTestSupport
import Lowerings
import Testing

@Suite struct DecomposeEmbedLayerNormalizationTests {
  private let tables = """
      %w = const f32[16,4] random(1)
      %p = const f32[16,4] random(2)
      %t = const f32[16,4] random(3)
      %g = const f32[4] random(4)
      %b = const f32[4] random(5)
    """

  @Test func gathersAndAdds() throws {
    try expectRewrite(
      DecomposeEmbedLayerNormalization(),
      """
        graph main(%j: u8[N,3]) -> (%y, %c, %s) {
        \(tables)
          %i = Cast(%j) {to: i32}
          %y, %c, %s = com.microsoft::EmbedLayerNormalization(%i, %i, %w, %p, %t, %g, %b, %i) {epsilon: 0.5}
        }
        """,
      becomes: """
        graph main(%j: u8[N,3]) -> (%y, %c, %s) {
        \(tables)
          %i = Cast(%j) {to: i32}
          %zero = const i64[1] [0]
          %axis = const i64[1] [1]
          %one = const i32 1
          %iw = Gather(%w, %i)
          %n = Shape(%i) {start: 1, end: 2}
          %z = const i64[1] [0]
          %ip = Slice(%p, %zero, %n, %z)
          %a = Add(%iw, %ip)
          %it = Gather(%t, %i)
          %s = Add(%a, %it)
          %y = LayerNormalization(%s, %g, %b) {epsilon: 0.5}
          %e = Equal(%i, %one)
          %f = Cast(%e) {to: i32}
          %c = ReduceSum(%f, %axis) {keepdims: 0}
        }
        """)
  }

  @Test func leavesACountWithoutAMask() throws {
    try expectUnchanged(
      DecomposeEmbedLayerNormalization(),
      """
        graph main(%i: i32[N,3]) -> (%y, %c) {
        \(tables)
          %y, %c = com.microsoft::EmbedLayerNormalization(%i, _, %w, %p, _, %g, %b)
        }
        """,
      because: "a mask that is not given is counted")
  }
}
