import FerryTestSupport
import Passes
import Testing

@Suite struct AssignLayoutsTests {
  @Test func transpositionsCancelAcrossElementwiseOperators() throws {
    try expectRewrite(
      AssignLayouts(),
      """
        graph main(%x: f32[1,3,4,4]) -> (%y) {
          %w = const f32[3,3,1,1] random(1)
          %k = const f32[3] [1.0, 2.0, 3.0]
          %a = Conv(%x, %w)
          %b = Transpose(%a) {perm: [0, 2, 3, 1]}
          %c = Mul(%b, %k)
          %d = Relu(%c)
          %e = Transpose(%d) {perm: [0, 3, 1, 2]}
          %y = Conv(%e, %w)
        }
        """,
      becomes: """
        graph main(%x: f32[1,3,4,4]) -> (%y) {
          %w = const f32[3,3,1,1] random(1)
          %k = const f32[1,3,1,1] [1.0, 2.0, 3.0]
          %a = Conv(%x, %w)
          %c = Mul(%a, %k)
          %d = Relu(%c)
          %y = Conv(%d, %w)
        }
        """)
  }

  @Test func axesFollow() throws {
    try expectRewrite(
      AssignLayouts(),
      """
        graph main(%x: f32[1,3,4,4]) -> (%y) {
          %axes = const i64[2] [1, 2]
          %b = Transpose(%x) {perm: [0, 2, 3, 1]}
          %c = Concat(%b, %b) {axis: 3}
          %m = ReduceMean(%c, %axes) {keepdims: 1}
          %y = Transpose(%m) {perm: [0, 3, 1, 2]}
        }
        """,
      becomes: """
        graph main(%x: f32[1,3,4,4]) -> (%y) {
          %axes = const i64[2] [2, 3]
          %c = Concat(%x, %x) {axis: 1}
          %y = ReduceMean(%c, %axes) {keepdims: 1}
        }
        """)
  }

  @Test func theSmallerTensorIsTransposed() throws {
    try expectRewrite(
      AssignLayouts(),
      """
        graph main(%x: f32[1,8,8,3]) -> (%y) {
          %w = const f32[3,3,8,8] random(1)
          %a = Transpose(%x) {perm: [0, 3, 1, 2]}
          %b = Relu(%a)
          %c = Conv(%b, %w)
          %d = Transpose(%c) {perm: [0, 2, 3, 1]}
          %e = Relu(%d)
          %p = const i64[8] [0, 1, 1, 0, 0, 1, 1, 0]
          %f = Pad(%e, %p)
          %g = Transpose(%f) {perm: [0, 3, 1, 2]}
          %h = Relu(%g)
          %y = Transpose(%h) {perm: [0, 2, 3, 1]}
        }
        """,
      becomes: """
        graph main(%x: f32[1,8,8,3]) -> (%y) {
          %w = const f32[3,3,8,8] random(1)
          %p = const i64[8] [0, 1, 1, 0, 0, 1, 1, 0]
          %a = Relu(%x)
          %b = Transpose(%a) {perm: [0, 3, 1, 2]}
          %c = Conv(%b, %w)
          %d = Transpose(%c) {perm: [0, 2, 3, 1]}
          %e = Relu(%d)
          %f = Pad(%e, %p)
          %y = Relu(%f)
        }
        """)
  }

  /// Once for both users is no worse than what could be had otherwise.
  @Test func oneTranspositionForSeveralUsersStays() throws {
    try expectUnchanged(
      AssignLayouts(),
      """
        graph main(%x: f32[1,3,4,4]) -> (%y, %z) {
          %s = const i64[1] [-1]
          %b = Transpose(%x) {perm: [0, 2, 3, 1]}
          %y = Reshape(%b, %s)
          %z = Relu(%b)
        }
        """)
  }

  @Test func operatorsThatNeedTheirOrderKeepIt() throws {
    try expectUnchanged(
      AssignLayouts(),
      """
        graph main(%x: f32[1,3,4,4]) -> (%y) {
          %s = const i64[2] [4, 12]
          %b = Transpose(%x) {perm: [0, 2, 3, 1]}
          %y = Reshape(%b, %s)
        }
        """)
  }

  @Test func otherPermutationsAreLeftAlone() throws {
    try expectUnchanged(
      AssignLayouts(),
      """
        graph main(%x: f32[2,3,4,5]) -> (%y) {
          %b = Transpose(%x) {perm: [3, 2, 1, 0]}
          %c = Relu(%b)
          %y = Transpose(%c) {perm: [3, 2, 1, 0]}
        }
        """)
  }

  @Test func operandsOfUnknownRankKeepTheirTranspositions() throws {
    try expectUnchanged(
      AssignLayouts(),
      """
        graph main(%x: f32[...]) -> (%y) {
          %a = Transpose(%x) {perm: [0, 2, 1]}
          %b = Relu(%a)
          %y = Transpose(%b) {perm: [0, 2, 1]}
        }
        """)
  }
}
