import FerryTestSupport
import Passes
import Testing

@Suite struct RecognizeLeakyReluTests {
  @Test func recognisesAMaximum() throws {
    try expectRewrite(
      RecognizeLeakyRelu(),
      """
        graph main(%x: f32[N,4]) -> (%z) {
          %k = const f32 0.1
          %m = Mul(%k, %x)
          %y = Max(%x, %m)
          %z = Neg(%y)
        }
        """,
      becomes: """
        graph main(%x: f32[N,4]) -> (%z) {
          %y = LeakyRelu(%x) {alpha: 0.1}
          %z = Neg(%y)
        }
        """)
  }

  @Test func recognisesAMaximumTheOtherWayRound() throws {
    try expectRewrite(
      RecognizeLeakyRelu(),
      """
        graph main(%x: f32[N,4]) -> (%z) {
          %k = const f32 0.1
          %m = Mul(%x, %k)
          %y = Max(%m, %x)
          %z = Neg(%y)
        }
        """,
      becomes: """
        graph main(%x: f32[N,4]) -> (%z) {
          %y = LeakyRelu(%x) {alpha: 0.1}
          %z = Neg(%y)
        }
        """)
  }

  @Test func recognisesAChoice() throws {
    try expectRewrite(
      RecognizeLeakyRelu(),
      """
        graph main(%x: f32[N,4]) -> (%z) {
          %k = const f32 -2.0
          %zero = const f32 0.0
          %c = Greater(%x, %zero)
          %m = Mul(%x, %k)
          %y = Where(%c, %x, %m)
          %z = Neg(%y)
        }
        """,
      becomes: """
        graph main(%x: f32[N,4]) -> (%z) {
          %y = LeakyRelu(%x) {alpha: -2.0}
          %z = Neg(%y)
        }
        """)
  }

  @Test func leavesAFactorAboveOne() throws {
    try expectUnchanged(
      RecognizeLeakyRelu(),
      """
        graph main(%x: f32[N,4]) -> (%z) {
          %k = const f32 1.5
          %m = Mul(%k, %x)
          %y = Max(%x, %m)
          %z = Neg(%y)
        }
        """,
      because: "the factor is not between 0 and 1")
  }

  @Test func leavesAnotherValue() throws {
    try expectUnchanged(
      RecognizeLeakyRelu(),
      """
        graph main(%x: f32[N,4], %v: f32[N,4]) -> (%z) {
          %k = const f32 0.5
          %m = Mul(%k, %v)
          %y = Max(%x, %m)
          %z = Neg(%y)
        }
        """,
      because: "not the result of a node")
  }

  @Test func leavesAChoiceByAnotherBound() throws {
    try expectUnchanged(
      RecognizeLeakyRelu(),
      """
        graph main(%x: f32[N,4]) -> (%z) {
          %k = const f32 0.5
          %zero = const f32 0.25
          %c = Greater(%x, %zero)
          %m = Mul(%x, %k)
          %y = Where(%c, %x, %m)
          %z = Neg(%y)
        }
        """,
      because: "the comparison is not of the value with 0")
  }

  @Test func recognisesAChoiceByLess() throws {
    try expectRewrite(
      RecognizeLeakyRelu(),
      """
        graph main(%x: f32[N,4]) -> (%z) {
          %k = const f32 0.5
          %zero = const f32 0.0
          %c = Less(%x, %zero)
          %m = Mul(%x, %k)
          %y = Where(%c, %m, %x)
          %z = Neg(%y)
        }
        """,
      becomes: """
        graph main(%x: f32[N,4]) -> (%z) {
          %y = LeakyRelu(%x) {alpha: 0.5}
          %z = Neg(%y)
        }
        """)
  }

  @Test func leavesAChoiceTheOtherWayRound() throws {
    try expectUnchanged(
      RecognizeLeakyRelu(),
      """
        graph main(%x: f32[N,4]) -> (%z) {
          %k = const f32 0.5
          %zero = const f32 0.0
          %c = Less(%x, %zero)
          %m = Mul(%x, %k)
          %y = Where(%c, %x, %m)
          %z = Neg(%y)
        }
        """,
      because: "the comparison is not of the value with 0")
  }

  @Test func leavesAChoiceByEquality() throws {
    try expectUnchanged(
      RecognizeLeakyRelu(),
      """
        graph main(%x: f32[N,4]) -> (%z) {
          %k = const f32 0.5
          %zero = const f32 0.0
          %c = Equal(%x, %zero)
          %m = Mul(%x, %k)
          %y = Where(%c, %x, %m)
          %z = Neg(%y)
        }
        """,
      because: "the choice is not by a comparison")
  }

  @Test func leavesAProductWithOtherUses() throws {
    try expectUnchanged(
      RecognizeLeakyRelu(),
      """
        graph main(%x: f32[N,4]) -> (%z, %m) {
          %k = const f32 0.5
          %m = Mul(%x, %k)
          %y = Max(%x, %m)
          %z = Neg(%y)
        }
        """,
      because: "the value has other uses")
  }

  @Test func leavesDoubles() throws {
    try expectUnchanged(
      RecognizeLeakyRelu(),
      """
        graph main(%x: f64[N,4]) -> (%z) {
          %k = const f64 0.1
          %m = Mul(%k, %x)
          %y = Max(%x, %m)
          %z = Neg(%y)
        }
        """,
      because: "the element type")
  }
}
