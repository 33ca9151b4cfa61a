import FerryTestSupport
import Passes
import Testing

@Suite struct ReplaceMeanByGlobalAveragePoolTests {
  @Test func replacesTheMeanOfAnImage() throws {
    try expectRewrite(
      ReplaceMeanByGlobalAveragePool(),
      """
        graph main(%x: f32[N,3,H,W]) -> (%z) {
          %axes = const i64[2] [2, -1]
          %y = ReduceMean(%x, %axes)
          %z = Neg(%y)
        }
        """,
      becomes: """
        graph main(%x: f32[N,3,H,W]) -> (%z) {
          %y = GlobalAveragePool(%x)
          %z = Neg(%y)
        }
        """)
  }

  @Test func leavesAMeanThatDropsItsAxes() throws {
    try expectUnchanged(
      ReplaceMeanByGlobalAveragePool(),
      """
        graph main(%x: f32[N,3,H,W]) -> (%z) {
          %axes = const i64[2] [2, 3]
          %y = ReduceMean(%x, %axes) {keepdims: 0}
          %z = Neg(%y)
        }
        """,
      because: "the mean drops its axes")
  }

  @Test func leavesOtherAxes() throws {
    try expectUnchanged(
      ReplaceMeanByGlobalAveragePool(),
      """
        graph main(%x: f32[N,3,H,W]) -> (%z) {
          %axes = const i64[2] [1, 2]
          %y = ReduceMean(%x, %axes)
          %z = Neg(%y)
        }
        """,
      because: "the axes are not all but the first two")
  }

  @Test func leavesAMatrix() throws {
    try expectUnchanged(
      ReplaceMeanByGlobalAveragePool(),
      """
        graph main(%x: f32[N,3,W]) -> (%z) {
          %axes = const i64[1] [2]
          %y = ReduceMean(%x, %axes)
          %z = Neg(%y)
        }
        """,
      because: "the operand is not an image")
  }

  @Test func leavesIntegers() throws {
    try expectUnchanged(
      ReplaceMeanByGlobalAveragePool(),
      """
        graph main(%x: i32[N,3,H,W]) -> (%z) {
          %axes = const i64[2] [2, 3]
          %y = ReduceMean(%x, %axes)
          %z = Neg(%y)
        }
        """,
      because: "the element type")
  }

  @Test func leavesAMeanWhoseAxesGoAfterIt() throws {
    try expectUnchanged(
      ReplaceMeanByGlobalAveragePool(),
      """
        graph main(%x: f32[N,3,H,W]) -> (%z) {
          %axes = const i64[2] [2, 3]
          %y = ReduceMean(%x, %axes)
          %z = Squeeze(%y, %axes)
        }
        """,
      because: "the axes go after it")
  }

  @Test func leavesDoubles() throws {
    try expectUnchanged(
      ReplaceMeanByGlobalAveragePool(),
      """
        graph main(%x: f64[N,3,H,W]) -> (%z) {
          %axes = const i64[2] [2, -1]
          %y = ReduceMean(%x, %axes)
          %z = Neg(%y)
        }
        """,
      because: "the element type")
  }
}
