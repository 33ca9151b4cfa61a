import FerryTestSupport
import Passes
import Testing

@Suite struct MergeReductionAndSqueezeTests {
  @Test func letsTheReductionDropTheAxes() throws {
    try expectRewrite(
      MergeReductionAndSqueeze(),
      """
        graph main(%x: f32[N,3,4,5]) -> (%y) {
          %a = const i64[2] [2, 3]
          %b = const i64[2] [-1, 2]
          %r = ReduceMean(%x, %a)
          %y = Squeeze(%r, %b)
        }
        """,
      becomes: """
        graph main(%x: f32[N,3,4,5]) -> (%y) {
          %a = const i64[2] [2, 3]
          %y = ReduceMean(%x, %a) {keepdims: 0}
        }
        """)
  }

  @Test func letsTheReductionKeepTheAxes() throws {
    try expectRewrite(
      MergeReductionAndSqueeze(),
      """
        graph main(%x: f32[N,3,4,5]) -> (%y) {
          %a = const i64[2] [2, 3]
          %r = ReduceSum(%x, %a) {keepdims: 0}
          %y = Unsqueeze(%r, %a)
        }
        """,
      becomes: """
        graph main(%x: f32[N,3,4,5]) -> (%y) {
          %a = const i64[2] [2, 3]
          %y = ReduceSum(%x, %a)
        }
        """)
  }

  @Test func staysWhereTheAxesDiffer() throws {
    try expectUnchanged(
      MergeReductionAndSqueeze(),
      """
        graph main(%x: f32[N,1,4,5]) -> (%y) {
          %a = const i64[1] [2]
          %b = const i64[2] [1, 2]
          %r = ReduceMean(%x, %a)
          %y = Squeeze(%r, %b)
        }
        """,
      because: "the axes differ")
  }

  @Test func staysWhereTheReductionIsShared() throws {
    try expectUnchanged(
      MergeReductionAndSqueeze(),
      """
        graph main(%x: f32[N,3,4]) -> (%y, %r) {
          %a = const i64[1] [2]
          %r = ReduceMean(%x, %a)
          %y = Squeeze(%r, %a)
        }
        """,
      because: "the value has other uses")
  }

  @Test func staysWhereTheAxesAreGoneAlready() throws {
    try expectUnchanged(
      MergeReductionAndSqueeze(),
      """
        graph main(%x: f32[N,1,4]) -> (%y) {
          %a = const i64[1] [1]
          %b = const i64[1] [1]
          %c = const i64[1] [0]
          %r = ReduceMax(%x, %a) {keepdims: 0}
          %u = Neg(%r)
          %y = Unsqueeze(%u, %c)
        }
        """,
      because: "the operand is not a reduction")
  }

  @Test func staysAfterAnotherOperator() throws {
    try expectUnchanged(
      MergeReductionAndSqueeze(),
      """
        graph main(%x: f32[N,1,4]) -> (%y) {
          %a = const i64[1] [1]
          %r = Neg(%x)
          %y = Squeeze(%r, %a)
        }
        """,
      because: "the operand is not a reduction")
  }

  @Test func dropsAxesThatAReshapeOrFlattenDrops() throws {
    for drop in ["%s = const i64[2] [0, -1]\n  %y = Reshape(%r, %s)", "%y = Flatten(%r) {axis: 1}"] {
      try expectRewrite(
        MergeReductionAndSqueeze(),
        """
          graph main(%x: f32[N,3,4,5]) -> (%y) {
            %a = const i64[2] [2, 3]
            %r = ReduceMean(%x, %a)
            \(drop)
          }
          """,
        becomes: """
          graph main(%x: f32[N,3,4,5]) -> (%y) {
            %a = const i64[2] [2, 3]
            %y = ReduceMean(%x, %a) {keepdims: 0}
          }
          """)
    }
  }

  @Test func leavesAReshapeThatDoesMore() throws {
    try expectUnchanged(
      MergeReductionAndSqueeze(),
      """
        graph main(%x: f32[2,6,4,5]) -> (%y) {
          %a = const i64[2] [2, 3]
          %s = const i64[2] [4, 3]
          %r = ReduceMean(%x, %a)
          %y = Reshape(%r, %s)
        }
        """,
      because: "the axes differ")
  }
}
