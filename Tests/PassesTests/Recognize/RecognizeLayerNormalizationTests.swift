import FerryTestSupport
import Passes
import Testing

@Suite struct RecognizeLayerNormalizationTests {
  @Test func recognisesPowersAndAQuotient() throws {
    try expectRewrite(
      RecognizeLayerNormalization(),
      """
        graph main(%x: f32[N,3,8]) -> (%z) {
          %axes = const i64[1] [-1]
          %two = const f32 2.0
          %eps = const f32 0.00001
          %g = const f32[8] random(1)
          %b = const f32[8] random(2)
          %m = ReduceMean(%x, %axes)
          %d = Sub(%x, %m)
          %p = Pow(%d, %two)
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
        graph main(%x: f32[N,3,8]) -> (%z) {
          %g = const f32[8] random(1)
          %b = const f32[8] random(2)
          %y = LayerNormalization(%x, %g, %b)
          %z = Neg(%y)
        }
        """)
  }

  @Test func recognisesAReciprocalScaledFirst() throws {
    try expectRewrite(
      RecognizeLayerNormalization(),
      """
        graph main(%x: f32[N,3,8]) -> (%z) {
          %axes = const i64[1] [2]
          %eps = const f32 0.001
          %g = const f32[1,1,8] random(1)
          %m = ReduceMean(%x, %axes)
          %d = Sub(%x, %m)
          %p = Mul(%d, %d)
          %v = ReduceMean(%p, %axes)
          %a = Add(%eps, %v)
          %s = Sqrt(%a)
          %r = Reciprocal(%s)
          %q = Mul(%r, %g)
          %y = Mul(%d, %q)
          %z = Neg(%y)
        }
        """,
      becomes: """
        graph main(%x: f32[N,3,8]) -> (%z) {
          %g = const f32[8] random(1)
          %y = LayerNormalization(%x, %g) {epsilon: 0.001}
          %z = Neg(%y)
        }
        """)
  }

  @Test func recognisesTwoAxesWithoutParameters() throws {
    try expectRewrite(
      RecognizeLayerNormalization(),
      """
        graph main(%x: f32[N,3,8]) -> (%z) {
          %axes = const i64[2] [1, 2]
          %two = const f32 2.0
          %eps = const f32 0.00001
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
        graph main(%x: f32[N,3,8]) -> (%z) {
          %g = const f32[3,8] splat(1.0)
          %y = LayerNormalization(%x, %g) {axis: -2}
          %z = Neg(%y)
        }
        """)
  }

  @Test func leavesAxesThatAreNotTheLast() throws {
    try expectUnchanged(
      RecognizeLayerNormalization(),
      """
        graph main(%x: f32[N,3,8]) -> (%z) {
          %axes = const i64[1] [1]
          %two = const f32 2.0
          %eps = const f32 0.00001
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
      because: "the axes are not the last ones")
  }

  @Test func leavesMeansAlongDifferentAxes() throws {
    try expectUnchanged(
      RecognizeLayerNormalization(),
      """
        graph main(%x: f32[3,8]) -> (%z) {
          %axes = const i64[1] [1]
          %others = const i64[1] [0]
          %two = const f32 2.0
          %eps = const f32 0.00001
          %m = ReduceMean(%x, %axes)
          %d = Sub(%x, %m)
          %p = Pow(%d, %two)
          %v = ReduceMean(%p, %others)
          %a = Add(%v, %eps)
          %s = Sqrt(%a)
          %y = Div(%d, %s)
          %z = Neg(%y)
        }
        """,
      because: "the means are along different axes")
  }

  @Test func leavesTheMeanOfACube() throws {
    try expectUnchanged(
      RecognizeLayerNormalization(),
      """
        graph main(%x: f32[3,8]) -> (%z) {
          %axes = const i64[1] [1]
          %three = const f32 4.0
          %eps = const f32 0.00001
          %m = ReduceMean(%x, %axes)
          %d = Sub(%x, %m)
          %p = Pow(%d, %three)
          %v = ReduceMean(%p, %axes)
          %a = Add(%v, %eps)
          %s = Sqrt(%a)
          %y = Div(%d, %s)
          %z = Neg(%y)
        }
        """,
      because: "the mean is not of a square")
  }

  @Test func leavesTheMeanOfAnotherValue() throws {
    try expectUnchanged(
      RecognizeLayerNormalization(),
      """
        graph main(%x: f32[3,8], %w: f32[3,8]) -> (%z) {
          %axes = const i64[1] [1]
          %two = const f32 2.0
          %eps = const f32 0.00001
          %m = ReduceMean(%w, %axes)
          %d = Sub(%x, %m)
          %p = Pow(%d, %two)
          %v = ReduceMean(%p, %axes)
          %a = Add(%v, %eps)
          %s = Sqrt(%a)
          %y = Div(%d, %s)
          %z = Neg(%y)
        }
        """,
      because: "the mean is of another value")
  }

  @Test func leavesAnOpenSize() throws {
    try expectUnchanged(
      RecognizeLayerNormalization(),
      """
        graph main(%x: f32[3,N]) -> (%z) {
          %axes = const i64[1] [1]
          %two = const f32 2.0
          %eps = const f32 0.00001
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
      because: "the size of an axis is not known")
  }

  @Test func leavesDoublePrecision() throws {
    try expectUnchanged(
      RecognizeLayerNormalization(),
      """
        graph main(%x: f64[3,8]) -> (%z) {
          %axes = const i64[1] [1]
          %two = const f64 2.0
          %eps = const f64 0.00001
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
      because: "the element type")
  }

  @Test func leavesAVarianceThatIsUsedElsewhere() throws {
    try expectUnchanged(
      RecognizeLayerNormalization(),
      """
        graph main(%x: f32[3,8]) -> (%z, %v) {
          %axes = const i64[1] [1]
          %two = const f32 2.0
          %eps = const f32 0.00001
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
      because: "the value has other uses")
  }

  @Test func leavesARootThatDoesNotDivide() throws {
    try expectUnchanged(
      RecognizeLayerNormalization(),
      """
        graph main(%x: f32[3,8]) -> (%z) {
          %axes = const i64[1] [1]
          %two = const f32 2.0
          %eps = const f32 0.00001
          %m = ReduceMean(%x, %axes)
          %d = Sub(%x, %m)
          %p = Pow(%d, %two)
          %v = ReduceMean(%p, %axes)
          %a = Add(%v, %eps)
          %s = Sqrt(%a)
          %y = Mul(%d, %s)
          %z = Neg(%y)
        }
        """,
      because: "the root does not divide")
  }

  @Test func leavesARootOfSomethingElse() throws {
    try expectUnchanged(
      RecognizeLayerNormalization(),
      """
        graph main(%x: f32[3,8]) -> (%z) {
          %y = Abs(%x)
          %z = Sqrt(%y)
        }
        """,
      because: "the root is not of a value and a small number")
  }

  @Test func needsTheOperator() throws {
    try expectUnchanged(
      RecognizeLayerNormalization(), opset: 16,
      """
        graph main(%x: f32[3,8]) -> (%z) {
          %z = Sqrt(%x)
        }
        """,
      because: "the operator set does not have the operator")
  }

  @Test func recognisesAPowerAsRoot() throws {
    for (exponent, end) in [("0.5", "Div(%d, %r)"), ("-0.5", "Mul(%d, %r)")] {
      try expectRewrite(
        RecognizeLayerNormalization(),
        """
          graph main(%x: f32[N,3,8]) -> (%y) {
            %axes = const i64[1] [-1]
            %eps = const f32 0.00001
            %h = const f32 \(exponent)
            %m = ReduceMean(%x, %axes)
            %d = Sub(%x, %m)
            %s = Mul(%d, %d)
            %v = ReduceMean(%s, %axes)
            %a = Add(%v, %eps)
            %r = Pow(%a, %h)
            %y = \(end)
          }
          """,
        becomes: """
          graph main(%x: f32[N,3,8]) -> (%y) {
            %g = const f32[8] splat(1)
            %y = LayerNormalization(%x, %g)
          }
          """)
    }
  }
}
