import FerryTestSupport
import Passes
import Testing

@Suite struct RemoveTransposeAfterReshapeTests {
  @Test func dropsOneThatMovesOnes() throws {
    try expectRewrite(
      RemoveTransposeAfterReshape(),
      """
        graph main(%x: f32[N,64]) -> (%z) {
          %s = const i64[3] [-1, 64, 1]
          %r = Reshape(%x, %s)
          %y = Transpose(%r) {perm: [0, 2, 1]}
          %z = Neg(%y)
        }
        """,
      becomes: """
        graph main(%x: f32[N,64]) -> (%z) {
          %s = const i64[3] [0, 1, 64]
          %y = Reshape(%x, %s)
          %z = Neg(%y)
        }
        """)
  }

  @Test func dropsOneAfterAnUnsqueeze() throws {
    try expectRewrite(
      RemoveTransposeAfterReshape(),
      """
        graph main(%x: f32[N,8,5]) -> (%z) {
          %last = const i64[1] [-1]
          %r = Unsqueeze(%x, %last)
          %y = Transpose(%r) {perm: [0, 3, 1, 2]}
          %z = Neg(%y)
        }
        """,
      becomes: """
        graph main(%x: f32[N,8,5]) -> (%z) {
          %s = const i64[4] [0, 1, 8, 5]
          %y = Reshape(%x, %s)
          %z = Neg(%y)
        }
        """)
  }

  @Test func leavesOneThatMovesMore() throws {
    try expectUnchanged(
      RemoveTransposeAfterReshape(),
      """
        graph main(%x: f32[N,12]) -> (%y) {
          %s = const i64[3] [-1, 3, 4]
          %r = Reshape(%x, %s)
          %y = Transpose(%r) {perm: [0, 2, 1]}
        }
        """,
      because: "axes of more than one element change places")
  }

  @Test func leavesOneOfAnUnknownSize() throws {
    try expectUnchanged(
      RemoveTransposeAfterReshape(),
      """
        graph main(%x: f32[N,M]) -> (%y) {
          %one = const i64[1] [1]
          %r = Unsqueeze(%x, %one)
          %y = Transpose(%r) {perm: [2, 1, 0]}
        }
        """,
      because: "axes of more than one element change places")
  }

  @Test func leavesAShapeThatIsUsedElsewhere() throws {
    try expectUnchanged(
      RemoveTransposeAfterReshape(),
      """
        graph main(%x: f32[N,64]) -> (%y, %r) {
          %s = const i64[3] [-1, 64, 1]
          %r = Reshape(%x, %s)
          %y = Transpose(%r) {perm: [0, 2, 1]}
        }
        """,
      because: "the value has other uses")
  }

  @Test func leavesWhatIsNoChangeOfShape() throws {
    try expectUnchanged(
      RemoveTransposeAfterReshape(),
      """
        graph main(%x: f32[N,64,1]) -> (%y) {
          %r = Relu(%x)
          %y = Transpose(%r) {perm: [0, 2, 1]}
        }
        """,
      because: "the operand is no change of shape")
  }
}
