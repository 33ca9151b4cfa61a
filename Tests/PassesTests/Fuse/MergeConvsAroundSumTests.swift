import FerryTestSupport
import Passes
import Testing

@Suite struct MergeConvsAroundSumTests {
  @Test func joinsTheirOperands() throws {
    try expectRewrite(
      MergeConvsAroundSum(),
      """
        graph main(%a: f32[N,4,H,5], %g: f32[N,3,H,5]) -> (%z) {
          %v = const f32[4,3,1,1] random(1)
          %b = const f32[4] random(2)
          %w = const f32[2,4,1,1] random(3)
          %d = const f32[2] random(4)
          %c = Conv(%g, %v, %b)
          %s = Add(%a, %c)
          %y = Conv(%s, %w, %d)
          %z = Neg(%y)
        }
        """,
      becomes: """
        graph main(%a: f32[N,4,H,5], %g: f32[N,3,H,5]) -> (%z) {
          %w = const f32[2,7,1,1] splat(nan)
          %d = const f32[2] splat(nan)
          %s = Concat(%a, %g) {axis: 1}
          %y = Conv(%s, %w, %d)
          %z = Neg(%y)
        }
        """)
  }

  @Test func joinsThemTheOtherWayRound() throws {
    try expectRewrite(
      MergeConvsAroundSum(),
      """
        graph main(%a: f32[N,4,H,5], %g: f32[N,3,H,5]) -> (%z) {
          %v = const f32[4,3,1,1] random(1)
          %b = const f32[4] random(2)
          %w = const f32[2,4,1,1] random(3)
          %d = const f32[2] random(4)
          %c = Conv(%g, %v, %b)
          %s = Add(%c, %a)
          %y = Conv(%s, %w, %d) {strides: [2, 2]}
          %z = Neg(%y)
        }
        """,
      becomes: """
        graph main(%a: f32[N,4,H,5], %g: f32[N,3,H,5]) -> (%z) {
          %w = const f32[2,7,1,1] splat(nan)
          %d = const f32[2] splat(nan)
          %s = Concat(%a, %g) {axis: 1}
          %y = Conv(%s, %w, %d) {strides: [2, 2]}
          %z = Neg(%y)
        }
        """)
  }

  @Test func leavesMoreProducts() throws {
    try expectUnchanged(
      MergeConvsAroundSum(),
      """
        graph main(%a: f32[N,4,H,5], %g: f32[N,3,H,5]) -> (%z) {
          %v = const f32[4,3,1,1] random(1)
          %b = const f32[4] random(2)
          %w = const f32[4,4,1,1] random(3)
          %d = const f32[4] random(4)
          %c = Conv(%g, %v, %b)
          %s = Add(%a, %c)
          %y = Conv(%s, %w, %d)
          %z = Neg(%y)
        }
        """,
      because: "there would be more products")
  }

  @Test func leavesASumWithOtherUses() throws {
    try expectUnchanged(
      MergeConvsAroundSum(),
      """
        graph main(%a: f32[N,4,H,5], %g: f32[N,3,H,5]) -> (%z, %s) {
          %v = const f32[4,3,1,1] random(1)
          %b = const f32[4] random(2)
          %w = const f32[2,4,1,1] random(3)
          %d = const f32[2] random(4)
          %c = Conv(%g, %v, %b)
          %s = Add(%a, %c)
          %y = Conv(%s, %w, %d)
          %z = Neg(%y)
        }
        """,
      because: "the value has other uses")
  }

  @Test func leavesAFirstConvolutionWithOtherUses() throws {
    try expectUnchanged(
      MergeConvsAroundSum(),
      """
        graph main(%a: f32[N,4,H,5], %g: f32[N,3,H,5]) -> (%z, %c) {
          %v = const f32[4,3,1,1] random(1)
          %b = const f32[4] random(2)
          %w = const f32[2,4,1,1] random(3)
          %d = const f32[2] random(4)
          %c = Conv(%g, %v, %b)
          %s = Add(%a, %c)
          %y = Conv(%s, %w, %d)
          %z = Neg(%y)
        }
        """,
      because: "the value has other uses")
  }

  @Test func leavesAWindow() throws {
    try expectUnchanged(
      MergeConvsAroundSum(),
      """
        graph main(%a: f32[N,4,H,5], %g: f32[N,3,H,5]) -> (%z) {
          %v = const f32[4,3,3,3] random(1)
          %b = const f32[4] random(2)
          %w = const f32[2,4,1,1] random(3)
          %d = const f32[2] random(4)
          %c = Conv(%g, %v, %b) {pads: [1, 1, 1, 1]}
          %s = Add(%a, %c)
          %y = Conv(%s, %w, %d)
          %z = Neg(%y)
        }
        """,
      because: "a convolution reaches beyond one position")
  }

  @Test func leavesPadding() throws {
    try expectUnchanged(
      MergeConvsAroundSum(),
      """
        graph main(%a: f32[N,4,H,5], %g: f32[N,3,H,5]) -> (%z) {
          %v = const f32[4,3,1,1] random(1)
          %b = const f32[4] random(2)
          %w = const f32[2,4,1,1] random(3)
          %d = const f32[2] random(4)
          %c = Conv(%g, %v, %b)
          %s = Add(%a, %c)
          %y = Conv(%s, %w, %d) {pads: [1, 1, 1, 1]}
          %z = Neg(%y)
        }
        """,
      because: "a convolution is padded")
  }

  @Test func leavesGroups() throws {
    try expectUnchanged(
      MergeConvsAroundSum(),
      """
        graph main(%a: f32[N,4,H,5], %g: f32[N,3,H,5]) -> (%z) {
          %v = const f32[4,3,1,1] random(1)
          %b = const f32[4] random(2)
          %w = const f32[2,2,1,1] random(3)
          %d = const f32[2] random(4)
          %c = Conv(%g, %v, %b)
          %s = Add(%a, %c)
          %y = Conv(%s, %w, %d) {group: 2}
          %z = Neg(%y)
        }
        """,
      because: "a convolution reaches beyond one position")
  }

  @Test func leavesABroadcastOperand() throws {
    try expectUnchanged(
      MergeConvsAroundSum(),
      """
        graph main(%a: f32[N,4,1,1], %g: f32[N,3,H,5]) -> (%z) {
          %v = const f32[4,3,1,1] random(1)
          %b = const f32[4] random(2)
          %w = const f32[2,4,1,1] random(3)
          %d = const f32[2] random(4)
          %c = Conv(%g, %v, %b)
          %s = Add(%a, %c)
          %y = Conv(%s, %w, %d)
          %z = Neg(%y)
        }
        """,
      because: "the shape changes")
  }

  @Test func leavesADifference() throws {
    try expectUnchanged(
      MergeConvsAroundSum(),
      """
        graph main(%a: f32[N,4,H,5], %g: f32[N,3,H,5]) -> (%z) {
          %v = const f32[4,3,1,1] random(1)
          %b = const f32[4] random(2)
          %w = const f32[2,4,1,1] random(3)
          %d = const f32[2] random(4)
          %c = Conv(%g, %v, %b)
          %s = Sub(%a, %c)
          %y = Conv(%s, %w, %d)
          %z = Neg(%y)
        }
        """,
      because: "another operator")
  }
}
