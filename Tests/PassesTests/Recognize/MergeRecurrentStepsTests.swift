import FerryTestSupport
import Passes
import Testing

@Suite struct MergeRecurrentStepsTests {
  @Test func joinsSteps() throws {
    try expectRewrite(
      MergeRecurrentSteps(),
      """
        graph main(%x0: f32[1,N,3], %x1: f32[1,N,3], %x2: f32[1,N,3], %h0: f32[1,N,4]) -> (%h3) {
          %z = const i64[1] [0]
          %w = const f32[1,12,3] random(1)
          %r = const f32[1,12,4] random(2)
          %b = const f32[1,24] random(3)
          %a, %h1 = GRU(%x0, %w, %r, %b, _, %h0) {hidden_size: 4}
          %c, %h2 = GRU(%x1, %w, %r, %b, _, %h1) {hidden_size: 4}
          %d, %h3 = GRU(%x2, %w, %r, %b, _, %h2) {hidden_size: 4}
        }
        """,
      becomes: """
        graph main(%x0: f32[1,N,3], %x1: f32[1,N,3], %x2: f32[1,N,3], %h0: f32[1,N,4]) -> (%h3) {
          %w = const f32[1,12,3] random(1)
          %r = const f32[1,12,4] random(2)
          %b = const f32[1,24] random(3)
          %x = Concat(%x0, %x1, %x2) {axis: 0}
          %all, %h3 = GRU(%x, %w, %r, %b, _, %h0) {hidden_size: 4}
        }
        """)
  }

  @Test func picksTheStatesInBetween() throws {
    try expectRewrite(
      MergeRecurrentSteps(),
      """
        graph main(%x0: f32[1,N,3], %x1: f32[1,N,3], %h0: f32[1,N,4], %c0: f32[1,N,4]) -> (%y1, %y2, %c2) {
          %w = const f32[1,16,3] random(1)
          %r = const f32[1,16,4] random(2)
          %a, %h1, %c1 = LSTM(%x0, %w, %r, _, _, %h0, %c0) {hidden_size: 4}
          %b, %h2, %c2 = LSTM(%x1, %w, %r, _, _, %h1, %c1) {hidden_size: 4}
          %y1 = Neg(%h1)
          %y2 = Neg(%h2)
        }
        """,
      becomes: """
        graph main(%x0: f32[1,N,3], %x1: f32[1,N,3], %h0: f32[1,N,4], %c0: f32[1,N,4]) -> (%y1, %y2, %c2) {
          %w = const f32[1,16,3] random(1)
          %r = const f32[1,16,4] random(2)
          %zero = const i64[1] [0]
          %again = const i64[1] [0]
          %one = const i64[1] [1]
          %p0 = const i64 0
          %p1 = const i64 1
          %x = Concat(%x0, %x1) {axis: 0}
          %all, %h, %c2 = LSTM(%x, %w, %r, _, _, %h0, %c0) {hidden_size: 4}
          %s = Squeeze(%all, %one)
          %g1 = Gather(%s, %p0)
          %h1 = Unsqueeze(%g1, %zero)
          %g2 = Gather(%s, %p1)
          %h2 = Unsqueeze(%g2, %again)
          %y1 = Neg(%h1)
          %y2 = Neg(%h2)
        }
        """)
  }

  @Test func leavesOtherWeights() throws {
    try expectUnchanged(
      MergeRecurrentSteps(),
      """
        graph main(%x0: f32[1,N,3], %x1: f32[1,N,3], %h0: f32[1,N,4]) -> (%h2) {
          %z = const i64[1] [0]
          %w = const f32[1,12,3] random(1)
          %r = const f32[1,12,4] random(2)
          %b = const f32[1,24] random(3)
          %w2 = const f32[1,12,3] random(7)
          %a, %h1 = GRU(%x0, %w, %r, %b, _, %h0) {hidden_size: 4}
          %c, %h2 = GRU(%x1, %w2, %r, %b, _, %h1) {hidden_size: 4}
        }
        """,
      because: "no other step comes before")
  }

  @Test func leavesOtherAttributes() throws {
    try expectUnchanged(
      MergeRecurrentSteps(),
      """
        graph main(%x0: f32[1,N,3], %x1: f32[1,N,3], %h0: f32[1,N,4]) -> (%h2) {
          %z = const i64[1] [0]
          %w = const f32[1,12,3] random(1)
          %r = const f32[1,12,4] random(2)
          %b = const f32[1,24] random(3)
          %a, %h1 = GRU(%x0, %w, %r, %b, _, %h0) {hidden_size: 4}
          %c, %h2 = GRU(%x1, %w, %r, %b, _, %h1) {hidden_size: 4, linear_before_reset: 1}
        }
        """,
      because: "no other step comes before")
  }

  @Test func leavesCellsInUse() throws {
    try expectUnchanged(
      MergeRecurrentSteps(),
      """
        graph main(%x0: f32[1,N,3], %x1: f32[1,N,3], %h0: f32[1,N,4], %c0: f32[1,N,4]) -> (%c1, %h2) {
          %w = const f32[1,16,3] random(1)
          %r = const f32[1,16,4] random(2)
          %a, %h1, %c1 = LSTM(%x0, %w, %r, _, _, %h0, %c0) {hidden_size: 4}
          %b, %h2, %c2 = LSTM(%x1, %w, %r, _, _, %h1, %c1) {hidden_size: 4}
        }
        """,
      because: "no other step comes before")
  }

  @Test func leavesSequences() throws {
    try expectUnchanged(
      MergeRecurrentSteps(),
      """
        graph main(%x0: f32[2,N,3], %x1: f32[1,N,3], %h0: f32[1,N,4]) -> (%h2) {
          %z = const i64[1] [0]
          %w = const f32[1,12,3] random(1)
          %r = const f32[1,12,4] random(2)
          %b = const f32[1,24] random(3)
          %a, %h1 = GRU(%x0, %w, %r, %b, _, %h0) {hidden_size: 4}
          %c, %h2 = GRU(%x1, %w, %r, %b, _, %h1) {hidden_size: 4}
        }
        """,
      because: "no other step comes before")
  }

  @Test func leavesUsedSequences() throws {
    try expectUnchanged(
      MergeRecurrentSteps(),
      """
        graph main(%x0: f32[1,N,3], %x1: f32[1,N,3], %h0: f32[1,N,4]) -> (%h2, %a) {
          %z = const i64[1] [0]
          %w = const f32[1,12,3] random(1)
          %r = const f32[1,12,4] random(2)
          %b = const f32[1,24] random(3)
          %a, %h1 = GRU(%x0, %w, %r, %b, _, %h0) {hidden_size: 4}
          %c, %h2 = GRU(%x1, %w, %r, %b, _, %h1) {hidden_size: 4}
        }
        """,
      because: "no other step comes before")
  }
}
