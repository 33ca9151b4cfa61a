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

  @Test func slicesOneAxisOnce() throws {
    try expectRewrite(
      MergeSlices(),
      """
        graph main(%x: f32[N,7,6]) -> (%y) {
          %one = const i64[1] [1]
          %six = const i64[1] [6]
          %minus = const i64[1] [-3]
          %big = const i64[1] [9223372036854775807]
          %p = Slice(%x, %one, %six, %one)
          %y = Slice(%p, %minus, %big, %one)
        }
        """,
      becomes: """
        graph main(%x: f32[N,7,6]) -> (%y) {
          %starts = const i64[1] [3]
          %ends = const i64[1] [6]
          %axes = const i64[1] [1]
          %steps = const i64[1] [1]
          %y = Slice(%x, %starts, %ends, %axes, %steps)
        }
        """)
  }

  @Test func multipliesStepsAlongOneAxis() throws {
    try expectRewrite(
      MergeSlices(),
      """
        graph main(%x: f32[N,5,6]) -> (%y) {
          %a = const i64[1] [1]
          %b = const i64[1] [4]
          %two = const i64[1] [2]
          %p = Slice(%x, %a, %b, %a, %two)
          %y = Slice(%p, %a, %b, %a)
        }
        """,
      becomes: """
        graph main(%x: f32[N,5,6]) -> (%y) {
          %s = const i64[1] [3]
          %e = const i64[1] [4]
          %a = const i64[1] [1]
          %t = const i64[1] [2]
          %y = Slice(%x, %s, %e, %a, %t)
        }
        """)
  }

  @Test func leavesNegativeStepsAlongOneAxis() throws {
    try expectUnchanged(
      MergeSlices(),
      """
        graph main(%x: f32[N,5,6]) -> (%y) {
          %a = const i64[1] [1]
          %b = const i64[1] [4]
          %f = const i64[1] [-1]
          %g = const i64[1] [-9]
          %p = Slice(%x, %f, %g, %a, %f)
          %y = Slice(%p, %a, %b, %a)
        }
        """,
      because: "a step along the one axis is not positive")
  }

  @Test func leavesStepsAlongAnAxisOfUnknownSize() throws {
    try expectUnchanged(
      MergeSlices(),
      """
        graph main(%x: f32[N,5,6]) -> (%y) {
          %z = const i64[1] [0]
          %b = const i64[1] [4]
          %two = const i64[1] [2]
          %p = Slice(%x, %z, %b, %z, %two)
          %y = Slice(%p, %z, %b, %z)
        }
        """,
      because: "the sizes are not known, and the first step is not 1")
  }

  @Test func leavesPositionsFromAnOpenEnd() throws {
    try expectUnchanged(
      MergeSlices(),
      """
        graph main(%x: f32[N,5,6]) -> (%y) {
          %zero = const i64[1] [0]
          %one = const i64[1] [1]
          %minus = const i64[1] [-1]
          %four = const i64[1] [4]
          %p = Slice(%x, %zero, %minus, %zero)
          %y = Slice(%p, %one, %four, %zero)
        }
        """,
      because: "positions count from an end that is not known")
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
