import FerryTestSupport
import Passes
import Testing

@Suite struct MergeDirectionsTests {
  @Test func readsFromBothEnds() throws {
    try expectRewrite(
      MergeDirections(),
      """
        graph main(%x: f32[T,N,3]) -> (%z) {
          %w = const f32[1,8,3] random(1)
          %r = const f32[1,8,2] random(2)
          %b = const f32[1,16] random(3)
          %w2 = const f32[1,8,3] random(4)
          %r2 = const f32[1,8,2] random(5)
          %b2 = const f32[1,16] random(6)
          %f = LSTM(%x, %w, %r, %b) {hidden_size: 2}
          %g = LSTM(%x, %w2, %r2, %b2) {direction: "reverse", hidden_size: 2}
          %y = Concat(%f, %g) {axis: 1}
          %z = Neg(%y)
        }
        """,
      becomes: """
        graph main(%x: f32[T,N,3]) -> (%z) {
          %w = const f32[2,8,3] splat(nan)
          %r = const f32[2,8,2] splat(nan)
          %b = const f32[2,16] splat(nan)
          %y = LSTM(%x, %w, %r, %b) {direction: "bidirectional", hidden_size: 2}
          %z = Neg(%y)
        }
        """)
  }

  private static let squeezed = """
    graph main(%x: f32[T,N,3]) -> (%z) {
      %w = const f32[1,6,3] random(1)
      %r = const f32[1,6,2] random(2)
      %w2 = const f32[1,6,3] random(4)
      %r2 = const f32[1,6,2] random(5)
      %ax = const i64[1] [1]
      %f = GRU(%x, %w, %r) {hidden_size: 2}
      %g = GRU(%x, %w2, %r2) {direction: "reverse", hidden_size: 2}
      %a = Squeeze(%f, %ax)
      %b = Squeeze(%g, %ax)
      %y = Concat(%a, %b) {axis: 2}
      %z = Neg(%y)
    }
    """

  @Test func readsFromBothEndsWithoutTheAxisOfDirections() throws {
    try expectRewrite(
      MergeDirections(), Self.squeezed,
      becomes: """
        graph main(%x: f32[T,N,3]) -> (%z) {
          %w = const f32[2,6,3] splat(nan)
          %r = const f32[2,6,2] splat(nan)
          %s = const i64[3] [0, 0, 4]
          %both = GRU(%x, %w, %r) {direction: "bidirectional", hidden_size: 2}
          %t = Transpose(%both) {perm: [0, 2, 1, 3]}
          %y = Reshape(%t, %s)
          %z = Neg(%y)
        }
        """)
  }

  @Test func leavesDirectionsAlongTheBatch() throws {
    try expectUnchanged(
      MergeDirections(), Self.squeezed.replacing("{axis: 2}", with: "{axis: 1}"), because: "the directions are not side by side")
  }

  @Test func leavesOneDirectionTwice() throws {
    try expectUnchanged(
      MergeDirections(),
      """
        graph main(%x: f32[T,N,3], %v: f32[T,N,3]) -> (%z) {
          %w = const f32[1,6,3] random(1)
          %r = const f32[1,6,2] random(2)
          %w2 = const f32[1,6,3] random(4)
          %r2 = const f32[1,6,2] random(5)
          %init = const f32[1,1,2] random(6)
          %f = GRU(%x, %w, %r) {hidden_size: 2}
          %g = GRU(%x, %w2, %r2) {hidden_size: 2}
          %y = Concat(%f, %g) {axis: 1}
          %z = Neg(%y)
        }
        """,
      because: "they do not read in opposite directions")
  }

  @Test func leavesDirectionsTheOtherWayRound() throws {
    try expectUnchanged(
      MergeDirections(),
      """
        graph main(%x: f32[T,N,3], %v: f32[T,N,3]) -> (%z) {
          %w = const f32[1,6,3] random(1)
          %r = const f32[1,6,2] random(2)
          %w2 = const f32[1,6,3] random(4)
          %r2 = const f32[1,6,2] random(5)
          %init = const f32[1,1,2] random(6)
          %f = GRU(%x, %w, %r) {hidden_size: 2}
          %g = GRU(%x, %w2, %r2) {direction: "reverse", hidden_size: 2}
          %y = Concat(%g, %f) {axis: 1}
          %z = Neg(%y)
        }
        """,
      because: "they do not read in opposite directions")
  }

  @Test func leavesOtherSequences() throws {
    try expectUnchanged(
      MergeDirections(),
      """
        graph main(%x: f32[T,N,3], %v: f32[T,N,3]) -> (%z) {
          %w = const f32[1,6,3] random(1)
          %r = const f32[1,6,2] random(2)
          %w2 = const f32[1,6,3] random(4)
          %r2 = const f32[1,6,2] random(5)
          %init = const f32[1,1,2] random(6)
          %f = GRU(%x, %w, %r) {hidden_size: 2}
          %g = GRU(%v, %w2, %r2) {direction: "reverse", hidden_size: 2}
          %y = Concat(%f, %g) {axis: 1}
          %z = Neg(%y)
        }
        """,
      because: "they read different sequences")
  }

  @Test func leavesDirectionsOneAfterTheOther() throws {
    try expectUnchanged(
      MergeDirections(),
      """
        graph main(%x: f32[T,N,3], %v: f32[T,N,3]) -> (%z) {
          %w = const f32[1,6,3] random(1)
          %r = const f32[1,6,2] random(2)
          %w2 = const f32[1,6,3] random(4)
          %r2 = const f32[1,6,2] random(5)
          %init = const f32[1,1,2] random(6)
          %f = GRU(%x, %w, %r) {hidden_size: 2}
          %g = GRU(%x, %w2, %r2) {direction: "reverse", hidden_size: 2}
          %y = Concat(%f, %g) {axis: 0}
          %z = Neg(%y)
        }
        """,
      because: "the directions are not side by side")
  }

  @Test func leavesResultsWithOtherUses() throws {
    try expectUnchanged(
      MergeDirections(),
      """
        graph main(%x: f32[T,N,3], %v: f32[T,N,3]) -> (%z, %f) {
          %w = const f32[1,6,3] random(1)
          %r = const f32[1,6,2] random(2)
          %w2 = const f32[1,6,3] random(4)
          %r2 = const f32[1,6,2] random(5)
          %init = const f32[1,1,2] random(6)
          %f = GRU(%x, %w, %r) {hidden_size: 2}
          %g = GRU(%x, %w2, %r2) {direction: "reverse", hidden_size: 2}
          %y = Concat(%f, %g) {axis: 1}
          %z = Neg(%y)
        }
        """,
      because: "the value has other uses")
  }

  @Test func leavesOtherLayers() throws {
    try expectUnchanged(
      MergeDirections(),
      """
        graph main(%x: f32[T,N,3], %v: f32[T,N,3]) -> (%z) {
          %w = const f32[1,6,3] random(1)
          %r = const f32[1,6,2] random(2)
          %w2 = const f32[1,6,3] random(4)
          %r2 = const f32[1,6,2] random(5)
          %init = const f32[1,1,2] random(6)
          %f = GRU(%x, %w, %r) {hidden_size: 2}
          %g = GRU(%x, %w2, %r2) {direction: "reverse", hidden_size: 2, linear_before_reset: 1}
          %y = Concat(%f, %g) {axis: 1}
          %z = Neg(%y)
        }
        """,
      because: "the layers differ")
  }
}
