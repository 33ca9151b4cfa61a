import FerryTestSupport
import Passes
import Testing

@Suite struct MergeSlicesTests {
  @Test func slicesTwoAxesAtOnce() throws {
    try expectRewrite(
      MergeSlices(),
      """
        graph main(%x: f32[N,5,6]) -> (%y) {
          %a = const i64[1] [1]
          %b = const i64[1] [4]
          %two = const i64[1] [2]
          %p = Slice(%x, %a, %b, %a)
          %y = Slice(%p, %a, %b, %two, %two)
        }
        """,
      becomes: """
        graph main(%x: f32[N,5,6]) -> (%y) {
          %starts = const i64[2] [1, 1]
          %ends = const i64[2] [4, 4]
          %axes = const i64[2] [1, 2]
          %steps = const i64[2] [1, 2]
          %y = Slice(%x, %starts, %ends, %axes, %steps)
        }
        """)
  }

  @Test func leavesTwoAlongOneAxis() throws {
    try expectUnchanged(
      MergeSlices(),
      """
        graph main(%x: f32[N,5,6]) -> (%y) {
          %a = const i64[1] [1]
          %b = const i64[1] [4]
          %p = Slice(%x, %a, %b, %a)
          %y = Slice(%p, %a, %b, %a)
        }
        """,
      because: "both are along one axis")
  }

  @Test func leavesBoundsThatAreComputed() throws {
    try expectUnchanged(
      MergeSlices(),
      """
        graph main(%x: f32[N,5,6], %b: i64[1]) -> (%y) {
          %a = const i64[1] [1]
          %two = const i64[1] [2]
          %p = Slice(%x, %a, %b, %a)
          %y = Slice(%p, %a, %two, %two)
        }
        """,
      because: "the elements are not known")
  }

  @Test func leavesASliceThatIsUsedElsewhere() throws {
    try expectUnchanged(
      MergeSlices(),
      """
        graph main(%x: f32[N,5,6]) -> (%y, %p) {
          %a = const i64[1] [1]
          %b = const i64[1] [4]
          %two = const i64[1] [2]
          %p = Slice(%x, %a, %b, %a)
          %y = Slice(%p, %a, %b, %two)
        }
        """,
      because: "the value has other uses")
  }
}
