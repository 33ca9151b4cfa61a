import FerryTestSupport
import Passes
import Testing

@Suite struct NormalizeConstantsTests {
  @Test func turnsANodeIntoAConstant() throws {
    try expectRewrite(
      NormalizeConstants(),
      """
        graph main(%x: f32[2]) -> (%y) {
          %c = Constant() {value: const f32[2] [1.0, 2.0]}
          %y = Add(%x, %c)
        }
        """,
      becomes: """
        graph main(%x: f32[2]) -> (%y) {
          %c = const f32[2] [1.0, 2.0]
          %y = Add(%x, %c)
        }
        """)
  }

  @Test func turnsAnOutputIntoAConstant() throws {
    try expectRewrite(
      NormalizeConstants(),
      """
        graph main(%x: f32[2]) -> (%y, %c) {
          %c = Constant() {value: const f32[2] [1.0, 2.0]}
          %y = Neg(%x)
        }
        """,
      becomes: """
        graph main(%x: f32[2]) -> (%y, %c) {
          %c = const f32[2] [1.0, 2.0]
          %y = Neg(%x)
        }
        """)
  }

  @Test func leavesANodeWithoutATensor() throws {
    try expectUnchanged(
      NormalizeConstants(),
      """
        graph main(%x: f32[2]) -> (%y) {
          %c = Constant()
          %y = Add(%x, %c)
        }
        """,
      because: "the node holds no tensor")
  }
}
