import FerryTestSupport
import Passes
import Testing

@Suite struct RecognizeSoftplusTests {
  @Test func recognisesTheDefinition() throws {
    try expectRewrite(
      RecognizeSoftplus(),
      """
        graph main(%x: f32[N,4]) -> (%z) {
          %one = const f32 1.0
          %e = Exp(%x)
          %s = Add(%one, %e)
          %y = Log(%s)
          %z = Neg(%y)
        }
        """,
      becomes: """
        graph main(%x: f32[N,4]) -> (%z) {
          %y = Softplus(%x)
          %z = Neg(%y)
        }
        """)
  }

  @Test func leavesAnotherNumber() throws {
    try expectUnchanged(
      RecognizeSoftplus(),
      """
        graph main(%x: f32[N,4]) -> (%z) {
          %one = const f32 1.5
          %e = Exp(%x)
          %s = Add(%one, %e)
          %y = Log(%s)
          %z = Neg(%y)
        }
        """,
      because: "the number added is not 1")
  }

  @Test func leavesAPowerWithOtherUses() throws {
    try expectUnchanged(
      RecognizeSoftplus(),
      """
        graph main(%x: f32[N,4]) -> (%z, %e) {
          %one = const f32 1.0
          %e = Exp(%x)
          %s = Add(%one, %e)
          %y = Log(%s)
          %z = Neg(%y)
        }
        """,
      because: "the value has other uses")
  }

  @Test func leavesASumThatGrows() throws {
    try expectUnchanged(
      RecognizeSoftplus(),
      """
        graph main(%x: f32[N,4]) -> (%z) {
          %one = const f32[3,1,1] splat(1.0)
          %e = Exp(%x)
          %s = Add(%one, %e)
          %y = Log(%s)
          %z = Neg(%y)
        }
        """,
      because: "the shape changes")
  }

  @Test func leavesDoubles() throws {
    try expectUnchanged(
      RecognizeSoftplus(),
      """
        graph main(%x: f64[N,4]) -> (%z) {
          %one = const f64 1.0
          %e = Exp(%x)
          %s = Add(%one, %e)
          %y = Log(%s)
          %z = Neg(%y)
        }
        """,
      because: "the element type")
  }
}
