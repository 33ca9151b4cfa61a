import FerryTestSupport
import Passes
import Testing

@Suite struct RecognizeLoopedLayerTests {
  @Test func recognisesALoopOverRows() throws {
    try expectRewrite(
      RecognizeLoopedLayer(),
      """
        graph main(%h0: f32[2,4], %xs: f32[5,2,3]) -> (%h, %all) {
          %k = const i64 5
          %five = const i64 4
          %h, %all = Loop(%k, _, %h0, %xs) {
            body: graph (%i: i64, %t: bool, %s: f32[2,4]) captures (%x: f32[5,2,3]) -> (%t2, %n, %n2) {
              %t2 = Identity(%t)
              %xt = Gather(%x, %i)
              %z = const i64[1] [0]
              %w = const f32[1,12,3] random(1)
              %r = const f32[1,12,4] random(2)
              %b = const f32[1,24] random(3)
              %x1 = Unsqueeze(%xt, %z)
              %h1 = Unsqueeze(%s, %z)
              %a, %nh = GRU(%x1, %w, %r, %b, _, %h1) {hidden_size: 4}
              %n = Squeeze(%nh, %z)
              %n2 = Identity(%n)
            }
          }
        }
        """,
      becomes: """
        graph main(%h0: f32[2,4], %xs: f32[5,2,3]) -> (%h, %all) {
          %zero = const i64[1] [0]
          %one = const i64[1] [1]
          %w = const f32[1,12,3] random(1)
          %r = const f32[1,12,4] random(2)
          %b = const f32[1,24] random(3)
          %h1 = Unsqueeze(%h0, %zero)
          %a, %n = GRU(%xs, %w, %r, %b, _, %h1) {hidden_size: 4}
          %h = Squeeze(%n, %zero)
          %all = Squeeze(%a, %one)
        }
        """)
  }

  @Test func leavesALoopThatStopsBefore() throws {
    try expectUnchanged(
      RecognizeLoopedLayer(),
      """
        graph main(%h0: f32[2,4], %xs: f32[5,2,3]) -> (%h, %all) {
          %k = const i64 5
          %five = const i64 4
          %h, %all = Loop(%five, _, %h0, %xs) {
            body: graph (%i: i64, %t: bool, %s: f32[2,4]) captures (%x: f32[5,2,3]) -> (%t2, %n, %n2) {
              %t2 = Identity(%t)
              %xt = Gather(%x, %i)
              %z = const i64[1] [0]
              %w = const f32[1,12,3] random(1)
              %r = const f32[1,12,4] random(2)
              %b = const f32[1,24] random(3)
              %x1 = Unsqueeze(%xt, %z)
              %h1 = Unsqueeze(%s, %z)
              %a, %nh = GRU(%x1, %w, %r, %b, _, %h1) {hidden_size: 4}
              %n = Squeeze(%nh, %z)
              %n2 = Identity(%n)
            }
          }
        }
        """,
      because: "the loop does not read the whole sequence")
  }

  @Test func leavesAConditionThatDependsOnData() throws {
    try expectUnchanged(
      RecognizeLoopedLayer(),
      """
        graph main(%h0: f32[2,4], %xs: f32[5,2,3]) -> (%h, %all) {
          %k = const i64 5
          %five = const i64 4
          %h, %all = Loop(%k, _, %h0, %xs) {
            body: graph (%i: i64, %t: bool, %s: f32[2,4]) captures (%x: f32[5,2,3]) -> (%t3, %n, %n2) {
              %t2 = Identity(%t)
              %xt = Gather(%x, %i)
              %z = const i64[1] [0]
              %w = const f32[1,12,3] random(1)
              %r = const f32[1,12,4] random(2)
              %b = const f32[1,24] random(3)
              %x1 = Unsqueeze(%xt, %z)
              %h1 = Unsqueeze(%s, %z)
              %a, %nh = GRU(%x1, %w, %r, %b, _, %h1) {hidden_size: 4}
              %n = Squeeze(%nh, %z)
              %n2 = Identity(%n)
              %lim = const i64 3
              %t3 = Less(%i, %lim)
            }
          }
        }
        """,
      because: "the condition may end the loop")
  }

  @Test func leavesOneRowForAll() throws {
    try expectUnchanged(
      RecognizeLoopedLayer(),
      """
        graph main(%h0: f32[2,4], %xs: f32[5,2,3]) -> (%h, %all) {
          %k = const i64 5
          %five = const i64 4
          %h, %all = Loop(%k, _, %h0, %xs) {
            body: graph (%i: i64, %t: bool, %s: f32[2,4]) captures (%x: f32[5,2,3]) -> (%t2, %n, %n2) {
              %t2 = Identity(%t)
              %p = const i64 1
              %xt = Gather(%x, %p)
              %z = const i64[1] [0]
              %w = const f32[1,12,3] random(1)
              %r = const f32[1,12,4] random(2)
              %b = const f32[1,24] random(3)
              %x1 = Unsqueeze(%xt, %z)
              %h1 = Unsqueeze(%s, %z)
              %a, %nh = GRU(%x1, %w, %r, %b, _, %h1) {hidden_size: 4}
              %n = Squeeze(%nh, %z)
              %n2 = Identity(%n)
            }
          }
        }
        """,
      because: "the layer does not read a row of a sequence")
  }

  @Test func leavesAnotherAxis() throws {
    try expectUnchanged(
      RecognizeLoopedLayer(),
      """
        graph main(%h0: f32[2,4], %xs: f32[5,2,3]) -> (%h, %all) {
          %k = const i64 5
          %five = const i64 4
          %h, %all = Loop(%k, _, %h0, %xs) {
            body: graph (%i: i64, %t: bool, %s: f32[2,4]) captures (%x: f32[5,2,3]) -> (%t2, %n, %n2) {
              %t2 = Identity(%t)
              %q = const i64[1] [0]
              %u = Transpose(%x) {perm: [1, 0, 2]}
              %xt = Gather(%u, %i) {axis: 1}
              %z = const i64[1] [0]
              %w = const f32[1,12,3] random(1)
              %r = const f32[1,12,4] random(2)
              %b = const f32[1,24] random(3)
              %x1 = Unsqueeze(%xt, %z)
              %h1 = Unsqueeze(%s, %z)
              %a, %nh = GRU(%x1, %w, %r, %b, _, %h1) {hidden_size: 4}
              %n = Squeeze(%nh, %z)
              %n2 = Identity(%n)
            }
          }
        }
        """,
      because: "the layer does not read a row of a sequence")
  }

  @Test func leavesOtherResults() throws {
    try expectUnchanged(
      RecognizeLoopedLayer(),
      """
        graph main(%h0: f32[2,4], %xs: f32[5,2,3]) -> (%h, %all) {
          %k = const i64 5
          %five = const i64 4
          %h, %all = Loop(%k, _, %h0, %xs) {
            body: graph (%i: i64, %t: bool, %s: f32[2,4]) captures (%x: f32[5,2,3]) -> (%t2, %n, %m) {
              %t2 = Identity(%t)
              %xt = Gather(%x, %i)
              %z = const i64[1] [0]
              %w = const f32[1,12,3] random(1)
              %r = const f32[1,12,4] random(2)
              %b = const f32[1,24] random(3)
              %x1 = Unsqueeze(%xt, %z)
              %h1 = Unsqueeze(%s, %z)
              %a, %nh = GRU(%x1, %w, %r, %b, _, %h1) {hidden_size: 4}
              %n = Squeeze(%nh, %z)
              %n2 = Identity(%n)
              %m = Neg(%n)
            }
          }
        }
        """,
      because: "the body gives something else")
  }

  @Test func leavesDoubles() throws {
    try expectUnchanged(
      RecognizeLoopedLayer(),
      """
        graph main(%h0: f64[2,4], %xs: f64[5,2,3]) -> (%h, %all) {
          %k = const i64 5
          %five = const i64 4
          %h, %all = Loop(%k, _, %h0, %xs) {
            body: graph (%i: i64, %t: bool, %s: f64[2,4]) captures (%x: f64[5,2,3]) -> (%t2, %n, %n2) {
              %t2 = Identity(%t)
              %xt = Gather(%x, %i)
              %z = const i64[1] [0]
              %w = const f64[1,12,3] random(1)
              %r = const f64[1,12,4] random(2)
              %b = const f64[1,24] random(3)
              %x1 = Unsqueeze(%xt, %z)
              %h1 = Unsqueeze(%s, %z)
              %a, %nh = GRU(%x1, %w, %r, %b, _, %h1) {hidden_size: 4}
              %n = Squeeze(%nh, %z)
              %n2 = Identity(%n)
            }
          }
        }
        """,
      because: "the element type")
  }
}
