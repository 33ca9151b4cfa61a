import FerryTestSupport
import Passes
import Testing

@Suite struct RecognizeRMSNormalizationTests {
  @Test func recognisesAQuotient() throws {
    try expectRewrite(
      RecognizeRMSNormalization(),
      """
        graph main(%x: f32[N,3,8]) -> (%z) {
          %axes = const i64[1] [-1]
          %eps = const f32 0.00001
          %g = const f32[8] random(1)
          %p = Mul(%x, %x)
          %v = ReduceMean(%p, %axes)
          %a = Add(%v, %eps)
          %s = Sqrt(%a)
          %n = Div(%x, %s)
          %y = Mul(%n, %g)
          %z = Neg(%y)
        }
        """,
      becomes: """
        graph main(%x: f32[N,3,8]) -> (%z) {
          %g = const f32[8] random(1)
          %y = RMSNormalization(%x, %g)
          %z = Neg(%y)
        }
        """)
  }

  @Test func recognisesAPowerAndAReciprocal() throws {
    try expectRewrite(
      RecognizeRMSNormalization(),
      """
        graph main(%v: f32[N,3,8]) -> (%z, %x) {
          %axes = const i64[1] [2]
          %eps = const f32 0.001
          %two = const f32 2.0
          %g = const f32[1,8] random(1)
          %x = Abs(%v)
          %p = Pow(%x, %two)
          %m = ReduceMean(%p, %axes)
          %a = Add(%eps, %m)
          %s = Sqrt(%a)
          %r = Reciprocal(%s)
          %n = Mul(%x, %r)
          %y = Mul(%g, %n)
          %z = Neg(%y)
        }
        """,
      becomes: """
        graph main(%v: f32[N,3,8]) -> (%z, %x) {
          %g = const f32[8] random(1)
          %x = Abs(%v)
          %y = RMSNormalization(%x, %g) {epsilon: 0.001}
          %z = Neg(%y)
        }
        """)
  }

  @Test func leavesAxesThatAreNotTheLast() throws {
    try expectUnchanged(
      RecognizeRMSNormalization(),
      """
        graph main(%x: f32[N,3,8]) -> (%z) {
          %axes = const i64[1] [1]
          %eps = const f32 0.00001
          %g = const f32[8] random(1)
          %p = Mul(%x, %x)
          %v = ReduceMean(%p, %axes)
          %a = Add(%v, %eps)
          %s = Sqrt(%a)
          %n = Div(%x, %s)
          %y = Mul(%n, %g)
          %z = Neg(%y)
        }
        """,
      because: "the axes are not the last ones")
  }

  @Test func leavesACube() throws {
    try expectUnchanged(
      RecognizeRMSNormalization(),
      """
        graph main(%x: f32[N,3,8]) -> (%z) {
          %axes = const i64[1] [-1]
          %eps = const f32 0.00001
          %g = const f32[8] random(1)
          %three = const f32 3.0
          %p = Pow(%x, %three)
          %v = ReduceMean(%p, %axes)
          %a = Add(%v, %eps)
          %s = Sqrt(%a)
          %n = Div(%x, %s)
          %y = Mul(%n, %g)
          %z = Neg(%y)
        }
        """,
      because: "the mean is not of a square")
  }

  @Test func leavesARootWithOtherUses() throws {
    try expectUnchanged(
      RecognizeRMSNormalization(),
      """
        graph main(%x: f32[N,3,8]) -> (%z, %s) {
          %axes = const i64[1] [-1]
          %eps = const f32 0.00001
          %g = const f32[8] random(1)
          %p = Mul(%x, %x)
          %v = ReduceMean(%p, %axes)
          %a = Add(%v, %eps)
          %s = Sqrt(%a)
          %n = Div(%x, %s)
          %y = Mul(%n, %g)
          %z = Neg(%y)
        }
        """,
      because: "the value has other uses")
  }

  @Test func leavesAnotherNumerator() throws {
    try expectUnchanged(
      RecognizeRMSNormalization(),
      """
        graph main(%x: f32[N,3,8]) -> (%z) {
          %axes = const i64[1] [-1]
          %eps = const f32 0.00001
          %g = const f32[8] random(1)
          %p = Mul(%x, %x)
          %v = ReduceMean(%p, %axes)
          %a = Add(%v, %eps)
          %s = Sqrt(%a)
          %n = Div(%g, %s)
          %y = Mul(%n, %g)
          %z = Neg(%y)
        }
        """,
      because: "the root does not divide")
  }

  @Test func leavesNegativeEpsilon() throws {
    try expectUnchanged(
      RecognizeRMSNormalization(),
      """
        graph main(%x: f32[N,3,8]) -> (%z) {
          %axes = const i64[1] [-1]
          %eps = const f32 -0.1
          %g = const f32[8] random(1)
          %p = Mul(%x, %x)
          %v = ReduceMean(%p, %axes)
          %a = Add(%v, %eps)
          %s = Sqrt(%a)
          %n = Div(%x, %s)
          %y = Mul(%n, %g)
          %z = Neg(%y)
        }
        """,
      because: "the root is not of a value and a small number")
  }

  @Test func leavesDoublePrecision() throws {
    try expectUnchanged(
      RecognizeRMSNormalization(),
      """
        graph main(%x: f64[N,3,8]) -> (%z) {
          %axes = const i64[1] [-1]
          %eps = const f64 0.00001
          %g = const f64[8] random(1)
          %p = Mul(%x, %x)
          %v = ReduceMean(%p, %axes)
          %a = Add(%v, %eps)
          %s = Sqrt(%a)
          %n = Div(%x, %s)
          %y = Mul(%n, %g)
          %z = Neg(%y)
        }
        """,
      because: "the element type")
  }

  @Test func leavesAnOlderOperatorSet() throws {
    try expectUnchanged(
      RecognizeRMSNormalization(), opset: 22,
      """
        graph main(%x: f32[N,3,8]) -> (%z) {
          %axes = const i64[1] [-1]
          %eps = const f32 0.00001
          %g = const f32[8] random(1)
          %p = Mul(%x, %x)
          %v = ReduceMean(%p, %axes)
          %a = Add(%v, %eps)
          %s = Sqrt(%a)
          %n = Div(%x, %s)
          %y = Mul(%n, %g)
          %z = Neg(%y)
        }
        """,
      because: "the operator set does not have the operator")
  }

  @Test func recognisesAPowerAsRoot() throws {
    try expectRewrite(
      RecognizeRMSNormalization(),
      """
        graph main(%x: f32[N,3,8]) -> (%z) {
          %axes = const i64[1] [-1]
          %eps = const f32 0.00001
          %h = const f32 -0.5
          %g = const f32[8] random(1)
          %p = Mul(%x, %x)
          %v = ReduceMean(%p, %axes)
          %a = Add(%v, %eps)
          %s = Pow(%a, %h)
          %n = Mul(%x, %s)
          %y = Mul(%n, %g)
          %z = Neg(%y)
        }
        """,
      becomes: """
        graph main(%x: f32[N,3,8]) -> (%z) {
          %g = const f32[8] random(1)
          %y = RMSNormalization(%x, %g)
          %z = Neg(%y)
        }
        """)
  }

  @Test func leavesAnotherPower() throws {
    try expectUnchanged(
      RecognizeRMSNormalization(),
      """
        graph main(%x: f32[N,3,8]) -> (%n) {
          %axes = const i64[1] [-1]
          %eps = const f32 0.00001
          %h = const f32 -1
          %p = Mul(%x, %x)
          %v = ReduceMean(%p, %axes)
          %a = Add(%v, %eps)
          %s = Pow(%a, %h)
          %n = Mul(%x, %s)
        }
        """,
      because: "the power is no square root")
  }
}
