import FerryTestSupport
import Passes
import Testing

@Suite struct AbsorbTransposeIntoReductionTests {
  @Test func reducesTheAxisWhereItWas() throws {
    try expectRewrite(
      AbsorbTransposeIntoReduction(),
      """
        graph main(%x: f32[N,3,4]) -> (%y) {
          %axes = const i64[1] [-1]
          %t = Transpose(%x) {perm: [0, 2, 1]}
          %y = ReduceMax(%t, %axes) {keepdims: 0}
        }
        """,
      becomes: """
        graph main(%x: f32[N,3,4]) -> (%y) {
          %axes = const i64[1] [1]
          %y = ReduceMax(%x, %axes) {keepdims: 0}
        }
        """)
  }

  @Test func leavesAxesThatChangePlaces() throws {
    try expectUnchanged(
      AbsorbTransposeIntoReduction(),
      """
        graph main(%x: f32[N,3,4]) -> (%y) {
          %axes = const i64[1] [2]
          %t = Transpose(%x) {perm: [1, 0, 2]}
          %y = ReduceMax(%t, %axes) {keepdims: 0}
        }
        """,
      because: "the axes that remain change places")
  }

  @Test func leavesAReductionThatKeepsItsAxes() throws {
    try expectUnchanged(
      AbsorbTransposeIntoReduction(),
      """
        graph main(%x: f32[N,3,4]) -> (%y) {
          %axes = const i64[1] [2]
          %t = Transpose(%x) {perm: [0, 2, 1]}
          %y = ReduceMax(%t, %axes)
        }
        """,
      because: "the reduction keeps its axes")
  }

  @Test func leavesAxesThatAreComputed() throws {
    try expectUnchanged(
      AbsorbTransposeIntoReduction(),
      """
        graph main(%x: f32[N,3,4], %axes: i64[1]) -> (%y) {
          %t = Transpose(%x) {perm: [0, 2, 1]}
          %y = ReduceMax(%t, %axes) {keepdims: 0}
        }
        """,
      because: "the elements are not known")
  }

  @Test func leavesATransposeThatIsUsedElsewhere() throws {
    try expectUnchanged(
      AbsorbTransposeIntoReduction(),
      """
        graph main(%x: f32[N,3,4]) -> (%y, %t) {
          %axes = const i64[1] [2]
          %t = Transpose(%x) {perm: [0, 2, 1]}
          %y = ReduceMax(%t, %axes) {keepdims: 0}
        }
        """,
      because: "the value has other uses")
  }
}
