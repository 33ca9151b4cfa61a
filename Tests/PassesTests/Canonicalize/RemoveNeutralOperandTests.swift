import FerryTestSupport
import Passes
import Testing

@Suite struct RemoveNeutralOperandTests {
  @Test func removesASumWithZero() throws {
    try expectRewrite(
      RemoveNeutralOperand(),
      """
        graph main(%x: f32[N,4]) -> (%z) {
          %k = const f32[1,4] splat(0.0)
          %y = Add(%k, %x)
          %z = Neg(%y)
        }
        """,
      becomes: """
        graph main(%x: f32[N,4]) -> (%z) {
          %z = Neg(%x)
        }
        """)
  }

  @Test func removesAProductWithOne() throws {
    try expectRewrite(
      RemoveNeutralOperand(),
      """
        graph main(%x: f16[N,4]) -> (%z) {
          %k = const f16 1.0
          %y = Mul(%x, %k)
          %z = Neg(%y)
        }
        """,
      becomes: """
        graph main(%x: f16[N,4]) -> (%z) {
          %z = Neg(%x)
        }
        """)
  }

  @Test func removesAQuotientByOne() throws {
    try expectRewrite(
      RemoveNeutralOperand(),
      """
        graph main(%x: i64[N]) -> (%z) {
          %k = const i64 1
          %y = Div(%x, %k)
          %z = Neg(%y)
        }
        """,
      becomes: """
        graph main(%x: i64[N]) -> (%z) {
          %z = Neg(%x)
        }
        """)
  }

  @Test func removesThePowerOfOne() throws {
    try expectRewrite(
      RemoveNeutralOperand(),
      """
        graph main(%x: f32[N]) -> (%z) {
          %k = const f32 1.0
          %y = Pow(%x, %k)
          %z = Neg(%y)
        }
        """,
      becomes: """
        graph main(%x: f32[N]) -> (%z) {
          %z = Neg(%x)
        }
        """)
  }

  @Test func removesABoundThatIsInfinite() throws {
    try expectRewrite(
      RemoveNeutralOperand(),
      """
        graph main(%x: f32[N]) -> (%z) {
          %low = const f32 -inf
          %high = const f32 inf
          %m = Max(%low, %x)
          %y = Min(%m, %high)
          %z = Neg(%y)
        }
        """,
      becomes: """
        graph main(%x: f32[N]) -> (%z) {
          %z = Neg(%x)
        }
        """)
  }

  @Test func keepsTheOtherInfinity() throws {
    try expectUnchanged(
      RemoveNeutralOperand(),
      """
        graph main(%x: f32[N]) -> (%y) {
          %high = const f32 inf
          %y = Max(%x, %high)
        }
        """,
      because: "the constant is not neutral")
  }

  @Test func keepsAnotherConstant() throws {
    try expectUnchanged(
      RemoveNeutralOperand(),
      """
        graph main(%x: f32[N]) -> (%y) {
          %k = const f32 0.5
          %y = Mul(%x, %k)
        }
        """,
      because: "the constant is not neutral")
  }

  @Test func keepsOneOnTheLeftOfAQuotient() throws {
    try expectUnchanged(
      RemoveNeutralOperand(),
      """
        graph main(%x: f32[N]) -> (%y) {
          %k = const f32 1.0
          %y = Div(%k, %x)
        }
        """,
      because: "not a constant")
  }

  @Test func keepsZeroMinusX() throws {
    try expectUnchanged(
      RemoveNeutralOperand(),
      """
        graph main(%x: f32[N]) -> (%y) {
          %k = const f32 0.0
          %y = Sub(%k, %x)
        }
        """,
      because: "not a constant")
  }

  @Test func keepsAConstantThatBroadcasts() throws {
    try expectUnchanged(
      RemoveNeutralOperand(),
      """
        graph main(%x: f32[1,4]) -> (%y) {
          %k = const f32[3,1] splat(0.0)
          %y = Add(%x, %k)
        }
        """,
      because: "the shape changes")
  }

  @Test func keepsAConstantOfHigherRank() throws {
    try expectUnchanged(
      RemoveNeutralOperand(),
      """
        graph main(%x: f32[4]) -> (%y) {
          %k = const f32[1,1] splat(1.0)
          %y = Mul(%x, %k)
        }
        """,
      because: "the shape changes")
  }

  @Test func removesWhatIsTrueInAny() throws {
    try expectRewrite(
      RemoveNeutralOperand(),
      """
        graph main(%x: bool[N,4]) -> (%z) {
          %t = const bool true
          %y = And(%x, %t)
          %z = Not(%y)
        }
        """,
      becomes: """
        graph main(%x: bool[N,4]) -> (%z) {
          %z = Not(%x)
        }
        """)
  }

  @Test func keepsWhatIsFalseInAny() throws {
    try expectUnchanged(
      RemoveNeutralOperand(),
      """
        graph main(%x: bool[N,4]) -> (%z) {
          %t = const bool false
          %y = And(%x, %t)
          %z = Not(%y)
        }
        """,
      because: "the constant is not neutral")
  }
}
