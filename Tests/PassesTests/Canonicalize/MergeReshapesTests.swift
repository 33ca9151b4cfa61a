import FerryTestSupport
import Passes
import Testing

@Suite struct MergeReshapesTests {
  @Test func keepsTheLastTarget() throws {
    try expectRewrite(
      MergeReshapes(),
      """
        graph main(%x: f32[2,3,4]) -> (%z) {
          %s = const i64[2] [6, 4]
          %t = const i64[2] [3, -1]
          %m = Reshape(%x, %s)
          %y = Reshape(%m, %t)
          %z = Neg(%y)
        }
        """,
      becomes: """
        graph main(%x: f32[2,3,4]) -> (%z) {
          %t = const i64[2] [3, -1]
          %y = Reshape(%x, %t)
          %z = Neg(%y)
        }
        """)
  }

  @Test func writesZerosAnew() throws {
    try expectRewrite(
      MergeReshapes(),
      """
        graph main(%x: f32[N,3,4]) -> (%z) {
          %s = const i64[2] [0, 12]
          %t = const i64[3] [0, 2, 6]
          %m = Reshape(%x, %s)
          %y = Reshape(%m, %t)
          %z = Neg(%y)
        }
        """,
      becomes: """
        graph main(%x: f32[N,3,4]) -> (%z) {
          %t = const i64[3] [0, 2, 6]
          %y = Reshape(%x, %t)
          %z = Neg(%y)
        }
        """)
  }

  @Test func mergesFlattenAfterSqueeze() throws {
    try expectRewrite(
      MergeReshapes(),
      """
        graph main(%x: f32[N,3,1,4]) -> (%z) {
          %s = const i64[1] [2]
          %m = Squeeze(%x, %s)
          %y = Flatten(%m)
          %z = Neg(%y)
        }
        """,
      becomes: """
        graph main(%x: f32[N,3,1,4]) -> (%z) {
          %t = const i64[2] [0, 12]
          %y = Reshape(%x, %t)
          %z = Neg(%y)
        }
        """)
  }

  @Test func staysWhereTheFirstIsShared() throws {
    try expectUnchanged(
      MergeReshapes(),
      """
        graph main(%x: f32[2,3,4]) -> (%z, %w) {
          %s = const i64[2] [6, 4]
          %t = const i64[2] [3, 8]
          %m = Reshape(%x, %s)
          %y = Reshape(%m, %t)
          %z = Neg(%y)
          %w = Abs(%m)
        }
        """,
      because: "the value has other uses")
  }

  @Test func staysWhereTwoSizesAreNotKnown() throws {
    try expectUnchanged(
      MergeReshapes(),
      """
        graph main(%x: f32[N,M,P,Q]) -> (%z) {
          %u = const i64[1] [0]
          %m = Flatten(%x) {axis: 2}
          %y = Unsqueeze(%m, %u)
          %z = Neg(%y)
        }
        """,
      because: "two sizes are not known")
  }

  @Test func staysWhereTheTargetIsAnInput() throws {
    try expectUnchanged(
      MergeReshapes(),
      """
        graph main(%x: f32[2,3,4], %t: i64[2]) -> (%z) {
          %s = const i64[2] [6, 4]
          %m = Reshape(%x, %s)
          %y = Reshape(%m, %t)
          %z = Neg(%y)
        }
        """,
      because: "the target is not a constant")
  }
}
