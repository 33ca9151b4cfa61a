import FerryTestSupport
import Passes
import Testing

@Suite struct RecognizeMeanTests {
  @Test func recognisesAQuotient() throws {
    try expectRewrite(
      RecognizeMean(),
      """
        graph main(%x: f32[N,4]) -> (%z) {
          %axes = const i64[1] [1]
          %k = const f32 4.0
          %s = ReduceSum(%x, %axes)
          %y = Div(%s, %k)
          %z = Neg(%y)
        }
        """,
      becomes: """
        graph main(%x: f32[N,4]) -> (%z) {
          %axes = const i64[1] [1]
          %y = ReduceMean(%x, %axes)
          %z = Neg(%y)
        }
        """)
  }

  @Test func recognisesAProduct() throws {
    try expectRewrite(
      RecognizeMean(),
      """
        graph main(%x: f32[N,4]) -> (%z) {
          %axes = const i64[1] [1]
          %k = const f32 0.25
          %s = ReduceSum(%x, %axes)
          %y = Mul(%s, %k)
          %z = Neg(%y)
        }
        """,
      becomes: """
        graph main(%x: f32[N,4]) -> (%z) {
          %axes = const i64[1] [1]
          %y = ReduceMean(%x, %axes)
          %z = Neg(%y)
        }
        """)
  }

  @Test func leavesAnotherDivisor() throws {
    try expectUnchanged(
      RecognizeMean(),
      """
        graph main(%x: f32[N,4]) -> (%z) {
          %axes = const i64[1] [1]
          %k = const f32 3.0
          %s = ReduceSum(%x, %axes)
          %y = Div(%s, %k)
          %z = Neg(%y)
        }
        """,
      because: "the divisor is not the number of elements")
  }

  @Test func leavesAnUnknownSize() throws {
    try expectUnchanged(
      RecognizeMean(),
      """
        graph main(%x: f32[N,4]) -> (%z) {
          %axes = const i64[1] [0]
          %k = const f32 3.0
          %s = ReduceSum(%x, %axes)
          %y = Div(%s, %k)
          %z = Neg(%y)
        }
        """,
      because: "a size is not known")
  }
}
