import FerryTestSupport
import Passes
import Testing

@Suite struct MoveTransposeBehindSqueezeTests {
  @Test func transposesFewerAxes() throws {
    try expectRewrite(
      MoveTransposeBehindSqueeze(),
      """
        graph main(%x: f32[N,1,W,8]) -> (%z) {
          %two = const i64[1] [2]
          %t = Transpose(%x) {perm: [0, 3, 1, 2]}
          %y = Squeeze(%t, %two)
          %z = Neg(%y)
        }
        """,
      becomes: """
        graph main(%x: f32[N,1,W,8]) -> (%z) {
          %one = const i64[1] [1]
          %s = Squeeze(%x, %one)
          %y = Transpose(%s) {perm: [0, 2, 1]}
          %z = Neg(%y)
        }
        """)
  }

  @Test func leavesNothingToTranspose() throws {
    try expectRewrite(
      MoveTransposeBehindSqueeze(),
      """
        graph main(%x: f32[N,H,W,1]) -> (%z) {
          %axes = const i64[1] [-3]
          %t = Transpose(%x) {perm: [0, 3, 1, 2]}
          %y = Squeeze(%t, %axes)
          %z = Neg(%y)
        }
        """,
      becomes: """
        graph main(%x: f32[N,H,W,1]) -> (%z) {
          %last = const i64[1] [3]
          %y = Squeeze(%x, %last)
          %z = Neg(%y)
        }
        """)
  }

  @Test func leavesATranspositionThatIsUsedElsewhere() throws {
    try expectUnchanged(
      MoveTransposeBehindSqueeze(),
      """
        graph main(%x: f32[N,1,W,8]) -> (%y, %t) {
          %two = const i64[1] [2]
          %t = Transpose(%x) {perm: [0, 3, 1, 2]}
          %y = Squeeze(%t, %two)
        }
        """,
      because: "the value has other uses")
  }

  @Test func leavesAxesThatAreNotNamed() throws {
    try expectUnchanged(
      MoveTransposeBehindSqueeze(),
      """
        graph main(%x: f32[4,1,6,1]) -> (%y) {
          %t = Transpose(%x) {perm: [0, 3, 1, 2]}
          %y = Squeeze(%t)
        }
        """,
      because: "an operand is absent")
  }
}
