import FerryTestSupport
import Passes
import Testing

@Suite struct RecognizeReductionTests {
  @Test func sumsMagnitudes() throws {
    try expectRewrite(
      RecognizeReduction(),
      """
        graph main(%x: f32[N,4]) -> (%z) {
          %axes = const i64[1] [1]
          %m = Abs(%x)
          %y = ReduceSum(%m, %axes)
          %z = Neg(%y)
        }
        """,
      becomes: """
        graph main(%x: f32[N,4]) -> (%z) {
          %axes = const i64[1] [1]
          %y = ReduceL1(%x, %axes)
          %z = Neg(%y)
        }
        """)
  }

  @Test func sumsSquares() throws {
    try expectRewrite(
      RecognizeReduction(),
      """
        graph main(%x: f32[N,4]) -> (%z) {
          %axes = const i64[1] [1]
          %m = Mul(%x, %x)
          %y = ReduceSum(%m, %axes)
          %z = Neg(%y)
        }
        """,
      becomes: """
        graph main(%x: f32[N,4]) -> (%z) {
          %axes = const i64[1] [1]
          %y = ReduceSumSquare(%x, %axes)
          %z = Neg(%y)
        }
        """)
  }

  @Test func takesARootOfSquares() throws {
    try expectRewrite(
      RecognizeReduction(),
      """
        graph main(%x: f32[N,4]) -> (%z) {
          %two = const f32 2.0
          %axes = const i64[1] [1]
          %m = Pow(%x, %two)
          %s = ReduceSum(%m, %axes)
          %y = Sqrt(%s)
          %z = Neg(%y)
        }
        """,
      becomes: """
        graph main(%x: f32[N,4]) -> (%z) {
          %axes = const i64[1] [1]
          %y = ReduceL2(%x, %axes)
          %z = Neg(%y)
        }
        """)
  }

  @Test func takesALogarithm() throws {
    try expectRewrite(
      RecognizeReduction(),
      """
        graph main(%x: f32[N,4]) -> (%z) {
          %axes = const i64[1] [1]
          %m = Sigmoid(%x)
          %s = ReduceSum(%m, %axes)
          %y = Log(%s)
          %z = Neg(%y)
        }
        """,
      becomes: """
        graph main(%x: f32[N,4]) -> (%z) {
          %axes = const i64[1] [1]
          %m = Sigmoid(%x)
          %y = ReduceLogSum(%m, %axes)
          %z = Neg(%y)
        }
        """)
  }

  @Test func leavesCubes() throws {
    try expectUnchanged(
      RecognizeReduction(),
      """
        graph main(%x: f32[N,4]) -> (%z) {
          %three = const f32 3.0
          %axes = const i64[1] [1]
          %m = Pow(%x, %three)
          %y = ReduceSum(%m, %axes)
          %z = Neg(%y)
        }
        """,
      because: "neither squares nor magnitudes are summed up")
  }

  @Test func leavesAProductOfTwoValues() throws {
    try expectUnchanged(
      RecognizeReduction(),
      """
        graph main(%x: f32[N,4], %v: f32[N,4]) -> (%z) {
          %axes = const i64[1] [1]
          %m = Mul(%x, %v)
          %y = ReduceSum(%m, %axes)
          %z = Neg(%y)
        }
        """,
      because: "another product is summed up")
  }

  @Test func leavesExponentials() throws {
    try expectUnchanged(
      RecognizeReduction(),
      """
        graph main(%x: f32[N,4]) -> (%z) {
          %axes = const i64[1] [1]
          %m = Exp(%x)
          %s = ReduceSum(%m, %axes)
          %y = Log(%s)
          %z = Neg(%y)
        }
        """,
      because: "the sum is of exponentials")
  }

  @Test func leavesSquaresWithOtherUses() throws {
    try expectUnchanged(
      RecognizeReduction(),
      """
        graph main(%x: f32[N,4]) -> (%z, %m) {
          %axes = const i64[1] [1]
          %m = Mul(%x, %x)
          %y = ReduceSum(%m, %axes)
          %z = Neg(%y)
        }
        """,
      because: "the value has other uses")
  }
}
