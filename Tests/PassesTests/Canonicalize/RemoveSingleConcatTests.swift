import FerryTestSupport
import Passes
import Testing

@Suite struct RemoveSingleConcatTests {
  @Test func removesAConcatenationOfOne() throws {
    try expectRewrite(
      RemoveSingleConcat(),
      """
        graph main(%x: f32[N,8]) -> (%z) {
          %y = Concat(%x) {axis: 1}
          %z = Neg(%y)
        }
        """,
      becomes: """
        graph main(%x: f32[N,8]) -> (%z) {
          %z = Neg(%x)
        }
        """)
  }

  @Test func staysForTwo() throws {
    try expectUnchanged(
      RemoveSingleConcat(),
      """
        graph main(%x: f32[N,8]) -> (%z) {
          %y = Concat(%x, %x) {axis: 1}
          %z = Neg(%y)
        }
        """,
      because: "there are several operands")
  }
}
