import FerryTestSupport
import Passes
import Testing

@Suite struct RemoveNoOpSliceTests {
  @Test func removesAWholeRange() throws {
    try expectRewrite(
      RemoveNoOpSlice(),
      """
        graph main(%x: f32[N,8]) -> (%z) {
          %s = const i64[1] [0]
          %e = const i64[1] [8]
          %a = const i64[1] [1]
          %p = const i64[1] [1]
          %y = Slice(%x, %s, %e, %a, %p)
          %z = Neg(%y)
        }
        """,
      becomes: """
        graph main(%x: f32[N,8]) -> (%z) {
          %z = Neg(%x)
        }
        """)
  }

  @Test func removesAWholeRangeOfASymbolicAxis() throws {
    try expectRewrite(
      RemoveNoOpSlice(),
      """
        graph main(%x: f32[2,N]) -> (%z) {
          %s = const i64[1] [0]
          %e = const i64[1] [9223372036854775807]
          %a = const i64[1] [1]
          %p = const i64[1] [1]
          %y = Slice(%x, %s, %e, %a, %p)
          %z = Neg(%y)
        }
        """,
      becomes: """
        graph main(%x: f32[2,N]) -> (%z) {
          %z = Neg(%x)
        }
        """)
  }

  @Test func staysWhereItCuts() throws {
    try expectUnchanged(
      RemoveNoOpSlice(),
      """
        graph main(%x: f32[N,8]) -> (%z) {
          %s = const i64[1] [1]
          %e = const i64[1] [8]
          %a = const i64[1] [1]
          %p = const i64[1] [1]
          %y = Slice(%x, %s, %e, %a, %p)
          %z = Neg(%y)
        }
        """,
      because: "the shape changes")
  }

  @Test func staysWhereItReverses() throws {
    try expectUnchanged(
      RemoveNoOpSlice(),
      """
        graph main(%x: f32[N,8]) -> (%z) {
          %s = const i64[1] [-1]
          %e = const i64[1] [-9223372036854775807]
          %a = const i64[1] [1]
          %p = const i64[1] [-1]
          %y = Slice(%x, %s, %e, %a, %p)
          %z = Neg(%y)
        }
        """,
      because: "a step is negative")
  }

  @Test func staysWhereItSkips() throws {
    try expectUnchanged(
      RemoveNoOpSlice(),
      """
        graph main(%x: f32[N,8]) -> (%z) {
          %s = const i64[1] [0]
          %e = const i64[1] [8]
          %a = const i64[1] [1]
          %p = const i64[1] [2]
          %y = Slice(%x, %s, %e, %a, %p)
          %z = Neg(%y)
        }
        """,
      because: "the shape changes")
  }

  @Test func staysWhereTheEndIsAnInput() throws {
    try expectUnchanged(
      RemoveNoOpSlice(),
      """
        graph main(%x: f32[N,8], %e: i64[1]) -> (%z) {
          %s = const i64[1] [0]
          %a = const i64[1] [1]
          %y = Slice(%x, %s, %e, %a)
          %z = Neg(%y)
        }
        """,
      because: "the shape changes")
  }
}
