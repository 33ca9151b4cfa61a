import FerryTestSupport
import Passes
import Testing

@Suite struct RecognizeInstanceNormalizationTests {
  @Test func recognisesTheDefinition() throws {
    try expectRewrite(
      RecognizeInstanceNormalization(),
      """
        graph main(%x: f32[N,4,H,3]) -> (%z) {
          %axes = const i64[2] [2, 3]
          %eps = const f32 0.001
          %g = const f32[1,4,1,1] random(1)
          %b = const f32[4,1,1] random(2)
          %m = ReduceMean(%x, %axes)
          %d = Sub(%x, %m)
          %p = Mul(%d, %d)
          %v = ReduceMean(%p, %axes)
          %a = Add(%v, %eps)
          %s = Sqrt(%a)
          %n = Div(%d, %s)
          %q = Mul(%n, %g)
          %y = Add(%q, %b)
          %z = Neg(%y)
        }
        """,
      becomes: """
        graph main(%x: f32[N,4,H,3]) -> (%z) {
          %g = const f32[4] random(1)
          %b = const f32[4] random(2)
          %y = InstanceNormalization(%x, %g, %b) {epsilon: 0.001}
          %z = Neg(%y)
        }
        """)
  }

  @Test func recognisesItWithoutParameters() throws {
    try expectRewrite(
      RecognizeInstanceNormalization(), opset: 11,
      """
        graph main(%x: f32[2,4,5,3]) -> (%z) {
          %axes = const i64[2] [-1, -2]
          %eps = const f32 0.001
          %two = const f32 2.0
          %m = ReduceMean(%x, %axes)
          %d = Sub(%x, %m)
          %p = Pow(%d, %two)
          %v = ReduceMean(%p, %axes)
          %a = Add(%v, %eps)
          %s = Sqrt(%a)
          %y = Div(%d, %s)
          %z = Neg(%y)
        }
        """,
      becomes: """
        graph main(%x: f32[2,4,5,3]) -> (%z) {
          %g = const f32[4] splat(1.0)
          %b = const f32[4] splat(0.0)
          %y = InstanceNormalization(%x, %g, %b) {epsilon: 0.001}
          %z = Neg(%y)
        }
        """)
  }

  @Test func recognisesPools() throws {
    try expectRewrite(
      RecognizeInstanceNormalization(),
      """
        graph main(%x: f32[N,4,H,3]) -> (%z) {
          %eps = const f32 0.001
          %g = const f32[4,1,1] random(1)
          %m = GlobalAveragePool(%x)
          %d = Sub(%x, %m)
          %p = Mul(%d, %d)
          %v = GlobalAveragePool(%p)
          %a = Add(%v, %eps)
          %s = Sqrt(%a)
          %n = Div(%d, %s)
          %y = Mul(%n, %g)
          %z = Neg(%y)
        }
        """,
      becomes: """
        graph main(%x: f32[N,4,H,3]) -> (%z) {
          %g = const f32[4] random(1)
          %b = const f32[4] splat(0.0)
          %y = InstanceNormalization(%x, %g, %b) {epsilon: 0.001}
          %z = Neg(%y)
        }
        """)
  }

  @Test func leavesParametersOfTheImage() throws {
    try expectUnchanged(
      RecognizeInstanceNormalization(),
      """
        graph main(%x: f32[N,4,2,3]) -> (%z) {
          %axes = const i64[2] [2, 3]
          %eps = const f32 0.001
          %g = const f32[2,3] random(1)
          %b = const f32[2,3] random(2)
          %m = ReduceMean(%x, %axes)
          %d = Sub(%x, %m)
          %p = Mul(%d, %d)
          %v = ReduceMean(%p, %axes)
          %a = Add(%v, %eps)
          %s = Sqrt(%a)
          %n = Div(%d, %s)
          %q = Mul(%n, %g)
          %y = Add(%q, %b)
          %z = Neg(%y)
        }
        """,
      because: "the parameters do not vary by channel")
  }

  @Test func leavesAxesThatAreNotTheImage() throws {
    try expectUnchanged(
      RecognizeInstanceNormalization(),
      """
        graph main(%x: f32[N,4,H,3]) -> (%z) {
          %axes = const i64[2] [1, 2]
          %eps = const f32 0.001
          %g = const f32[1,4,1,1] random(1)
          %b = const f32[4,1,1] random(2)
          %m = ReduceMean(%x, %axes)
          %d = Sub(%x, %m)
          %p = Mul(%d, %d)
          %v = ReduceMean(%p, %axes)
          %a = Add(%v, %eps)
          %s = Sqrt(%a)
          %n = Div(%d, %s)
          %q = Mul(%n, %g)
          %y = Add(%q, %b)
          %z = Neg(%y)
        }
        """,
      because: "the axes are not all but the first two")
  }

  @Test func leavesAnOpenNumberOfChannels() throws {
    try expectUnchanged(
      RecognizeInstanceNormalization(),
      """
        graph main(%x: f32[N,C,H,3]) -> (%z) {
          %axes = const i64[2] [2, 3]
          %eps = const f32 0.001
          %g = const f32 0.5
          %b = const f32 0.5
          %m = ReduceMean(%x, %axes)
          %d = Sub(%x, %m)
          %p = Mul(%d, %d)
          %v = ReduceMean(%p, %axes)
          %a = Add(%v, %eps)
          %s = Sqrt(%a)
          %n = Div(%d, %s)
          %q = Mul(%n, %g)
          %y = Add(%q, %b)
          %z = Neg(%y)
        }
        """,
      because: "the number of channels is not known")
  }

  @Test func leavesAnotherNumerator() throws {
    try expectUnchanged(
      RecognizeInstanceNormalization(),
      """
        graph main(%x: f32[N,4,H,3]) -> (%z) {
          %axes = const i64[2] [2, 3]
          %eps = const f32 0.001
          %g = const f32[1,4,1,1] random(1)
          %b = const f32[4,1,1] random(2)
          %m = ReduceMean(%x, %axes)
          %d = Sub(%x, %m)
          %p = Mul(%d, %d)
          %v = ReduceMean(%p, %axes)
          %a = Add(%v, %eps)
          %s = Sqrt(%a)
          %n = Div(%x, %s)
          %q = Mul(%n, %g)
          %y = Add(%q, %b)
          %z = Neg(%y)
        }
        """,
      because: "the root does not divide")
  }

  @Test func leavesDoublePrecision() throws {
    try expectUnchanged(
      RecognizeInstanceNormalization(),
      """
        graph main(%x: f64[N,4,H,3]) -> (%z) {
          %axes = const i64[2] [2, 3]
          %eps = const f64 0.001
          %g = const f64[4,1,1] random(1)
          %b = const f64[4,1,1] random(2)
          %m = ReduceMean(%x, %axes)
          %d = Sub(%x, %m)
          %p = Mul(%d, %d)
          %v = ReduceMean(%p, %axes)
          %a = Add(%v, %eps)
          %s = Sqrt(%a)
          %n = Div(%d, %s)
          %q = Mul(%n, %g)
          %y = Add(%q, %b)
          %z = Neg(%y)
        }
        """,
      because: "the element type")
  }

  @Test func leavesARootWithOtherUses() throws {
    try expectUnchanged(
      RecognizeInstanceNormalization(),
      """
        graph main(%x: f32[N,4,H,3]) -> (%z, %s) {
          %axes = const i64[2] [2, 3]
          %eps = const f32 0.001
          %g = const f32[1,4,1,1] random(1)
          %b = const f32[4,1,1] random(2)
          %m = ReduceMean(%x, %axes)
          %d = Sub(%x, %m)
          %p = Mul(%d, %d)
          %v = ReduceMean(%p, %axes)
          %a = Add(%v, %eps)
          %s = Sqrt(%a)
          %n = Div(%d, %s)
          %q = Mul(%n, %g)
          %y = Add(%q, %b)
          %z = Neg(%y)
        }
        """,
      because: "the value has other uses")
  }
}
