import FerryTestSupport
import Passes
import Testing

@Suite struct RemoveDropoutTests {
  @Test func passesTheOperandOn() throws {
    try expectRewrite(
      RemoveDropout(),
      """
        graph main(%x: f32[N]) -> (%z) {
          %y = Dropout(%x)
          %z = Neg(%y)
        }
        """,
      becomes: """
        graph main(%x: f32[N]) -> (%z) {
          %z = Neg(%x)
        }
        """)
  }

  @Test func acceptsAFalseTrainingMode() throws {
    try expectRewrite(
      RemoveDropout(),
      """
        graph main(%x: f32[N]) -> (%z) {
          %r = const f32 0.5
          %m = const bool false
          %y = Dropout(%x, %r, %m)
          %z = Neg(%y)
        }
        """,
      becomes: """
        graph main(%x: f32[N]) -> (%z) {
          %z = Neg(%x)
        }
        """)
  }

  @Test func replacesAMaskOfKnownShape() throws {
    try expectRewrite(
      RemoveDropout(),
      """
        graph main(%x: f32[2]) -> (%z, %k) {
          %y, %m = Dropout(%x)
          %z = Neg(%y)
          %k = Not(%m)
        }
        """,
      becomes: """
        graph main(%x: f32[2]) -> (%z, %k) {
          %m = const bool[2] [true, true]
          %z = Neg(%x)
          %k = Not(%m)
        }
        """)
  }

  @Test func staysInTrainingMode() throws {
    try expectUnchanged(
      RemoveDropout(),
      """
        graph main(%x: f32[N]) -> (%z) {
          %r = const f32 0.5
          %m = const bool true
          %y = Dropout(%x, %r, %m)
          %z = Neg(%y)
        }
        """,
      because: "dropout is in training mode")
  }

  @Test func staysWhereTheModeIsAnInput() throws {
    try expectUnchanged(
      RemoveDropout(),
      """
        graph main(%x: f32[N], %m: bool) -> (%z) {
          %r = const f32 0.5
          %y = Dropout(%x, %r, %m)
          %z = Neg(%y)
        }
        """,
      because: "not a constant")
  }

  @Test func staysWhereAMaskOfUnknownShapeIsUsed() throws {
    try expectUnchanged(
      RemoveDropout(),
      """
        graph main(%x: f32[N]) -> (%z, %k) {
          %y, %m = Dropout(%x)
          %z = Neg(%y)
          %k = Not(%m)
        }
        """,
      because: "the shape is not known")
  }
}
