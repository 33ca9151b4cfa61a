import FerryTestSupport
import Passes
import Testing

@Suite struct RemoveNoOpPadTests {
  @Test func removesPaddingOfNoWidth() throws {
    try expectRewrite(
      RemoveNoOpPad(),
      """
        graph main(%x: f32[N,8]) -> (%z) {
          %p = const i64[4] [0, 0, 0, 0]
          %y = Pad(%x, %p)
          %z = Neg(%y)
        }
        """,
      becomes: """
        graph main(%x: f32[N,8]) -> (%z) {
          %z = Neg(%x)
        }
        """)
  }

  @Test func staysWhereItAdds() throws {
    try expectUnchanged(
      RemoveNoOpPad(),
      """
        graph main(%x: f32[N,8]) -> (%z) {
          %p = const i64[4] [0, 1, 0, 0]
          %y = Pad(%x, %p)
          %z = Neg(%y)
        }
        """,
      because: "something is added or cut off")
  }

  @Test func staysWhereItAddsAndCuts() throws {
    try expectUnchanged(
      RemoveNoOpPad(),
      """
        graph main(%x: f32[N,8]) -> (%z) {
          %p = const i64[4] [0, 1, 0, -1]
          %y = Pad(%x, %p)
          %z = Neg(%y)
        }
        """,
      because: "something is added or cut off")
  }

  @Test func staysWhereTheWidthIsAnInput() throws {
    try expectUnchanged(
      RemoveNoOpPad(),
      """
        graph main(%x: f32[N,8], %p: i64[4]) -> (%z) {
          %y = Pad(%x, %p)
          %z = Neg(%y)
        }
        """,
      because: "the elements are not known")
  }
}
