import FerryTestSupport
import Passes
import Testing

@Suite struct RecognizePReluTests {
  @Test func takesTheNegatedPartAway() throws {
    try expectRewrite(
      RecognizePRelu(),
      """
        graph main(%x: f32[N,3,4,5]) -> (%y) {
          %s = const f32[3,1,1] [0.25, -0.5, 2]
          %p = Relu(%x)
          %m = Neg(%x)
          %n = Relu(%m)
          %q = Mul(%n, %s)
          %y = Sub(%p, %q)
        }
        """,
      becomes: """
        graph main(%x: f32[N,3,4,5]) -> (%y) {
          %t = const f32[3,1,1] [0.25, -0.5, 2]
          %y = PRelu(%x, %t)
        }
        """)
  }

  @Test func addsTheNegatedPart() throws {
    try expectRewrite(
      RecognizePRelu(),
      """
        graph main(%x: f32[N,3,4,5]) -> (%y) {
          %s = const f32[3,1,1] [0.25, -0.5, 2]
          %p = Relu(%x)
          %m = Neg(%x)
          %n = Relu(%m)
          %q = Mul(%n, %s)
          %y = Add(%q, %p)
        }
        """,
      becomes: """
        graph main(%x: f32[N,3,4,5]) -> (%y) {
          %t = const f32[3,1,1] [-0.25, 0.5, -2]
          %y = PRelu(%x, %t)
        }
        """)
  }

  @Test func addsTheLeast() throws {
    try expectRewrite(
      RecognizePRelu(),
      """
        graph main(%x: f32[N,3,4,5]) -> (%y) {
          %s = const f32[3,1,1] [0.25, -0.5, 2]
          %z = const f32 0
          %p = Relu(%x)
          %n = Min(%x, %z)
          %q = Mul(%s, %n)
          %y = Add(%p, %q)
        }
        """,
      becomes: """
        graph main(%x: f32[N,3,4,5]) -> (%y) {
          %t = const f32[3,1,1] [0.25, -0.5, 2]
          %y = PRelu(%x, %t)
        }
        """)
  }

  @Test func addsTheDifferenceFromTheAbsoluteValue() throws {
    try expectRewrite(
      RecognizePRelu(),
      """
        graph main(%x: f32[N,3,4,5]) -> (%y) {
          %s = const f32[3,1,1] [0.25, -0.5, 2]
          %p = Relu(%x)
          %m = Abs(%x)
          %n = Sub(%x, %m)
          %q = Mul(%s, %n)
          %y = Add(%p, %q)
        }
        """,
      becomes: """
        graph main(%x: f32[N,3,4,5]) -> (%y) {
          %t = const f32[3,1,1] [0.5, -1, 4]
          %y = PRelu(%x, %t)
        }
        """)
  }

  @Test func leavesPartsOfDifferentValues() throws {
    try expectUnchanged(
      RecognizePRelu(),
      """
        graph main(%x: f32[N,3,4,5], %w: f32[N,3,4,5]) -> (%y) {
          %s = const f32[3,1,1] [0.25, -0.5, 2]
          %p = Relu(%x)
          %m = Neg(%w)
          %n = Relu(%m)
          %q = Mul(%n, %s)
          %y = Sub(%p, %q)
        }
        """,
      because: "the parts are of different values")
  }

  @Test func leavesAnotherBound() throws {
    try expectUnchanged(
      RecognizePRelu(),
      """
        graph main(%x: f32[N,3,4,5]) -> (%y) {
          %s = const f32[3,1,1] [0.25, -0.5, 2]
          %z = const f32 1
          %p = Relu(%x)
          %n = Min(%x, %z)
          %q = Mul(%s, %n)
          %y = Add(%p, %q)
        }
        """,
      because: "the parts are of different values")
  }

  @Test func leavesTheOtherDifference() throws {
    try expectUnchanged(
      RecognizePRelu(),
      """
        graph main(%x: f32[N,3,4,5]) -> (%y) {
          %s = const f32[3,1,1] [0.25, -0.5, 2]
          %p = Relu(%x)
          %m = Neg(%x)
          %n = Relu(%m)
          %q = Mul(%n, %s)
          %y = Sub(%q, %p)
        }
        """,
      because: "another operator")
  }

  @Test func leavesComputedSlopes() throws {
    try expectUnchanged(
      RecognizePRelu(),
      """
        graph main(%x: f32[N,3,4,5], %w: f32[3,1,1]) -> (%y) {
          %s = const f32[3,1,1] [0.25, -0.5, 2]
          %p = Relu(%x)
          %m = Neg(%x)
          %n = Relu(%m)
          %q = Mul(%n, %w)
          %y = Sub(%p, %q)
        }
        """,
      because: "not one operand is a constant")
  }

  @Test func leavesASlopeThatMakesTheResultLarger() throws {
    try expectUnchanged(
      RecognizePRelu(),
      """
        graph main(%x: f32[1,3]) -> (%y) {
          %s = const f32[2,3] splat(0.5)
          %p = Relu(%x)
          %m = Neg(%x)
          %n = Relu(%m)
          %q = Mul(%n, %s)
          %y = Sub(%p, %q)
        }
        """,
      because: "the shape changes")
  }

  @Test func leavesASharedPart() throws {
    try expectUnchanged(
      RecognizePRelu(),
      """
        graph main(%x: f32[N,3,4,5]) -> (%y, %q) {
          %s = const f32[3,1,1] [0.25, -0.5, 2]
          %p = Relu(%x)
          %m = Neg(%x)
          %n = Relu(%m)
          %q = Mul(%n, %s)
          %y = Sub(%p, %q)
        }
        """,
      because: "the value has other uses")
  }

  @Test func leavesTwoRectifiers() throws {
    try expectUnchanged(
      RecognizePRelu(),
      """
        graph main(%x: f32[N,3,4,5]) -> (%y) {
          %s = const f32[3,1,1] [0.25, -0.5, 2]
          %p = Relu(%x)
          %n = Relu(%x)
          %q = Mul(%n, %s)
          %y = Sub(%p, %q)
        }
        """,
      because: "not the result of a node")
  }

  @Test func leavesDoubles() throws {
    try expectUnchanged(
      RecognizePRelu(),
      """
        graph main(%x: f64[N,3,4,5]) -> (%y) {
          %s = const f64[3,1,1] [0.25, -0.5, 2]
          %p = Relu(%x)
          %m = Neg(%x)
          %n = Relu(%m)
          %q = Mul(%n, %s)
          %y = Sub(%p, %q)
        }
        """,
      because: "the element type")
  }
}
