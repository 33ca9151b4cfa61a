import FerryTestSupport
import Passes
import Testing

@Suite struct MergeTransposesTests {
  @Test func composesTwo() throws {
    try expectRewrite(
      MergeTransposes(),
      """
        graph main(%x: f32[2,3,4]) -> (%z) {
          %t = Transpose(%x) {perm: [1, 2, 0]}
          %y = Transpose(%t) {perm: [0, 2, 1]}
          %z = Neg(%y)
        }
        """,
      becomes: """
        graph main(%x: f32[2,3,4]) -> (%z) {
          %y = Transpose(%x) {perm: [1, 0, 2]}
          %z = Neg(%y)
        }
        """)
  }

  @Test func cancelsTwoThatUndoEachOther() throws {
    try expectRewrite(
      MergeTransposes(),
      """
        graph main(%x: f32[N,3,4]) -> (%z) {
          %t = Transpose(%x) {perm: [1, 2, 0]}
          %y = Transpose(%t) {perm: [2, 0, 1]}
          %z = Neg(%y)
        }
        """,
      becomes: """
        graph main(%x: f32[N,3,4]) -> (%z) {
          %z = Neg(%x)
        }
        """)
  }

  @Test func cancelsThoughTheFirstIsShared() throws {
    try expectRewrite(
      MergeTransposes(),
      """
        graph main(%x: f32[N,3,4]) -> (%z, %w) {
          %t = Transpose(%x)
          %y = Transpose(%t)
          %z = Neg(%y)
          %w = Abs(%t)
        }
        """,
      becomes: """
        graph main(%x: f32[N,3,4]) -> (%z, %w) {
          %t = Transpose(%x)
          %z = Neg(%x)
          %w = Abs(%t)
        }
        """)
  }

  @Test func staysWhereTheFirstIsShared() throws {
    try expectUnchanged(
      MergeTransposes(),
      """
        graph main(%x: f32[2,3,4]) -> (%z, %w) {
          %t = Transpose(%x) {perm: [1, 2, 0]}
          %y = Transpose(%t) {perm: [0, 2, 1]}
          %z = Neg(%y)
          %w = Abs(%t)
        }
        """,
      because: "the value has other uses")
  }

  @Test func staysAfterAnotherOperator() throws {
    try expectUnchanged(
      MergeTransposes(),
      """
        graph main(%x: f32[2,3]) -> (%y) {
          %t = Neg(%x)
          %y = Transpose(%t)
        }
        """,
      because: "another operator")
  }
}
