import FerryTestSupport
import Passes
import Testing

@Suite struct RecognizeExpandedLayerNormalizationTests {
  @Test func takesAQuotient() throws {
    try expectRewrite(
      RecognizeExpandedLayerNormalization(),
      """
        graph main(%x: f32[N,3,4]) -> (%y) {
          %ax = const i64[1] [-1]
          %e = const f32 1e-5
          %g = const f32[4] [1, 2, 3, 4]
          %b = const f32[4] [4, 3, 2, 1]
          %m = ReduceMean(%x, %ax)
          %d = Sub(%x, %m)
          %s = Mul(%d, %d)
          %v = ReduceMean(%s, %ax)
          %w = Add(%v, %e)
          %i = Sqrt(%w)
          %r = Div(%g, %i)
          %p = Mul(%x, %r)
          %o = Mul(%m, %r)
          %c = Sub(%b, %o)
          %y = Add(%p, %c)
        }
        """,
      becomes: """
        graph main(%x: f32[N,3,4]) -> (%y) {
          %g = const f32[4] [1, 2, 3, 4]
          %b = const f32[4] [4, 3, 2, 1]
          %y = LayerNormalization(%x, %g, %b) {axis: -1, epsilon: 1e-5}
        }
        """)
  }

  @Test func takesAScaledReciprocal() throws {
    try expectRewrite(
      RecognizeExpandedLayerNormalization(),
      """
        graph main(%x: f32[N,3,4]) -> (%y) {
          %ax = const i64[1] [-1]
          %e = const f32 1e-5
          %g = const f32[4] [1, 2, 3, 4]
          %b = const f32[4] [4, 3, 2, 1]
          %m = ReduceMean(%x, %ax)
          %d = Sub(%x, %m)
          %s = Mul(%d, %d)
          %v = ReduceMean(%s, %ax)
          %w = Add(%v, %e)
          %i = Sqrt(%w)
          %j = Reciprocal(%i)
          %r = Mul(%j, %g)
          %p = Mul(%x, %r)
          %o = Mul(%m, %r)
          %c = Sub(%b, %o)
          %y = Add(%p, %c)
        }
        """,
      becomes: """
        graph main(%x: f32[N,3,4]) -> (%y) {
          %g = const f32[4] [1, 2, 3, 4]
          %b = const f32[4] [4, 3, 2, 1]
          %y = LayerNormalization(%x, %g, %b) {axis: -1, epsilon: 1e-5}
        }
        """)
  }

  @Test func takesAPower() throws {
    try expectRewrite(
      RecognizeExpandedLayerNormalization(),
      """
        graph main(%x: f32[N,3,4]) -> (%y) {
          %ax = const i64[1] [-1]
          %e = const f32 1e-5
          %g = const f32[4] [1, 2, 3, 4]
          %b = const f32[4] [4, 3, 2, 1]
          %m = ReduceMean(%x, %ax)
          %d = Sub(%x, %m)
          %s = Mul(%d, %d)
          %v = ReduceMean(%s, %ax)
          %w = Add(%v, %e)
          %h = const f32 -0.5
          %j = Pow(%w, %h)
          %r = Mul(%g, %j)
          %p = Mul(%x, %r)
          %o = Mul(%m, %r)
          %c = Sub(%b, %o)
          %y = Add(%p, %c)
        }
        """,
      becomes: """
        graph main(%x: f32[N,3,4]) -> (%y) {
          %g = const f32[4] [1, 2, 3, 4]
          %b = const f32[4] [4, 3, 2, 1]
          %y = LayerNormalization(%x, %g, %b) {axis: -1, epsilon: 1e-5}
        }
        """)
  }

  @Test func needsNoParameters() throws {
    try expectRewrite(
      RecognizeExpandedLayerNormalization(),
      """
        graph main(%x: f32[N,3,4]) -> (%y) {
          %ax = const i64[1] [-1]
          %e = const f32 1e-5
          %g = const f32[4] [1, 2, 3, 4]
          %b = const f32[4] [4, 3, 2, 1]
          %m = ReduceMean(%x, %ax)
          %d = Sub(%x, %m)
          %s = Mul(%d, %d)
          %v = ReduceMean(%s, %ax)
          %w = Add(%v, %e)
          %i = Sqrt(%w)
          %r = Reciprocal(%i)
          %p = Mul(%x, %r)
          %o = Mul(%r, %m)
          %y = Sub(%p, %o)
        }
        """,
      becomes: """
        graph main(%x: f32[N,3,4]) -> (%y) {
          %g = const f32[4] splat(1)
          %y = LayerNormalization(%x, %g) {axis: -1, epsilon: 1e-5}
        }
        """)
  }

  @Test func leavesAnOlderSet() throws {
    try expectUnchanged(
      RecognizeExpandedLayerNormalization(), opset: 16,
      """
        graph main(%x: f32[N,3,4]) -> (%y) {
          %ax = const i64[1] [-1]
          %e = const f32 1e-5
          %g = const f32[4] [1, 2, 3, 4]
          %b = const f32[4] [4, 3, 2, 1]
          %m = ReduceMean(%x, %ax)
          %d = Sub(%x, %m)
          %s = Mul(%d, %d)
          %v = ReduceMean(%s, %ax)
          %w = Add(%v, %e)
          %i = Sqrt(%w)
          %r = Div(%g, %i)
          %p = Mul(%x, %r)
          %o = Mul(%m, %r)
          %c = Sub(%b, %o)
          %y = Add(%p, %c)
        }
        """,
      because: "the operator set does not have the operator")
  }

  @Test func leavesOtherAxes() throws {
    try expectUnchanged(
      RecognizeExpandedLayerNormalization(),
      """
        graph main(%x: f32[N,3,4]) -> (%y) {
          %ax = const i64[1] [1]
          %e = const f32 1e-5
          %g = const f32[4] [1, 2, 3, 4]
          %b = const f32[4] [4, 3, 2, 1]
          %m = ReduceMean(%x, %ax)
          %d = Sub(%x, %m)
          %s = Mul(%d, %d)
          %v = ReduceMean(%s, %ax)
          %w = Add(%v, %e)
          %i = Sqrt(%w)
          %r = Div(%g, %i)
          %p = Mul(%x, %r)
          %o = Mul(%m, %r)
          %c = Sub(%b, %o)
          %y = Add(%p, %c)
        }
        """,
      because: "the axes are not the last ones")
  }

  @Test func leavesAFactorThatIsUsedElsewhere() throws {
    try expectUnchanged(
      RecognizeExpandedLayerNormalization(),
      """
        graph main(%x: f32[N,3,4]) -> (%y, %u) {
          %ax = const i64[1] [-1]
          %e = const f32 1e-5
          %g = const f32[4] [1, 2, 3, 4]
          %b = const f32[4] [4, 3, 2, 1]
          %m = ReduceMean(%x, %ax)
          %d = Sub(%x, %m)
          %s = Mul(%d, %d)
          %v = ReduceMean(%s, %ax)
          %w = Add(%v, %e)
          %i = Sqrt(%w)
          %r = Div(%g, %i)
          %u = Neg(%r)
          %p = Mul(%x, %r)
          %o = Mul(%m, %r)
          %c = Sub(%b, %o)
          %y = Add(%p, %c)
        }
        """,
      because: "the factor does not scale")
  }

  @Test func leavesASum() throws {
    try expectUnchanged(
      RecognizeExpandedLayerNormalization(),
      """
        graph main(%x: f32[N,3,4]) -> (%y) {
          %ax = const i64[1] [-1]
          %e = const f32 1e-5
          %g = const f32[4] [1, 2, 3, 4]
          %b = const f32[4] [4, 3, 2, 1]
          %m = ReduceMean(%x, %ax)
          %d = Sub(%x, %m)
          %s = Mul(%d, %d)
          %v = ReduceMean(%s, %ax)
          %w = Add(%v, %e)
          %i = Sqrt(%w)
          %r = Div(%g, %i)
          %p = Mul(%x, %r)
          %o = Mul(%m, %r)
          %c = Add(%b, %o)
          %y = Add(%p, %c)
        }
        """,
      because: "another operator")
  }

  @Test func leavesTheReverseDifference() throws {
    try expectUnchanged(
      RecognizeExpandedLayerNormalization(),
      """
        graph main(%x: f32[N,3,4]) -> (%y) {
          %ax = const i64[1] [-1]
          %e = const f32 1e-5
          %g = const f32[4] [1, 2, 3, 4]
          %b = const f32[4] [4, 3, 2, 1]
          %m = ReduceMean(%x, %ax)
          %d = Sub(%x, %m)
          %s = Mul(%d, %d)
          %v = ReduceMean(%s, %ax)
          %w = Add(%v, %e)
          %i = Sqrt(%w)
          %r = Div(%g, %i)
          %p = Mul(%x, %r)
          %o = Mul(%m, %r)
          %c = Sub(%o, %b)
          %y = Add(%p, %c)
        }
        """,
      because: "the scaled mean is not taken away")
  }

  @Test func leavesAnotherPower() throws {
    try expectUnchanged(
      RecognizeExpandedLayerNormalization(),
      """
        graph main(%x: f32[N,3,4]) -> (%y) {
          %ax = const i64[1] [-1]
          %e = const f32 1e-5
          %g = const f32[4] [1, 2, 3, 4]
          %b = const f32[4] [4, 3, 2, 1]
          %m = ReduceMean(%x, %ax)
          %d = Sub(%x, %m)
          %s = Mul(%d, %d)
          %v = ReduceMean(%s, %ax)
          %w = Add(%v, %e)
          %h = const f32 -0.25
          %j = Pow(%w, %h)
          %r = Mul(%g, %j)
          %p = Mul(%x, %r)
          %o = Mul(%m, %r)
          %c = Sub(%b, %o)
          %y = Add(%p, %c)
        }
        """,
      because: "the power is no square root")
  }
}
