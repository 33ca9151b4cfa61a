import FerryTestSupport
import Passes
import Testing

@Suite struct FoldShiftIntoNextConvTests {
  @Test func foldsAShiftPerChannel() throws {
    try expectRewrite(
      FoldShiftIntoNextConv(),
      """
        graph main(%x: f32[N,4,5,5]) -> (%y) {
          %k = const f32[4,1,1] random(3)
          %w = const f32[6,2,3,3] random(1)
          %b = const f32[6] random(2)
          %p = Add(%x, %k)
          %y = Conv(%p, %w, %b) {group: 2}
        }
        """,
      becomes: """
        graph main(%x: f32[N,4,5,5]) -> (%y) {
          %w = const f32[6,2,3,3] random(1)
          %b = const f32[6] splat(nan)
          %y = Conv(%x, %w, %b) {group: 2}
        }
        """)
  }

  @Test func foldsAScalarThatIsSubtracted() throws {
    try expectRewrite(
      FoldShiftIntoNextConv(),
      """
        graph main(%x: f32[N,4,5,5]) -> (%y) {
          %k = const f32 0.5
          %w = const f32[6,4,3,3] random(1)
          %p = Sub(%x, %k)
          %y = Conv(%p, %w) {auto_pad: "VALID"}
        }
        """,
      becomes: """
        graph main(%x: f32[N,4,5,5]) -> (%y) {
          %w = const f32[6,4,3,3] random(1)
          %b = const f32[6] splat(nan)
          %y = Conv(%x, %w, %b) {auto_pad: "VALID"}
        }
        """)
  }

  @Test func leavesAConvolutionThatPads() throws {
    try expectUnchanged(
      FoldShiftIntoNextConv(),
      """
        graph main(%x: f32[N,4,5,5]) -> (%y) {
          %k = const f32 0.5
          %w = const f32[6,4,3,3] random(1)
          %p = Sub(%x, %k)
          %y = Conv(%p, %w) {pads: [0, 0, 1, 1]}
        }
        """,
      because: "the convolution pads")
  }

  @Test func leavesAutomaticPadding() throws {
    try expectUnchanged(
      FoldShiftIntoNextConv(),
      """
        graph main(%x: f32[N,4,5,5]) -> (%y) {
          %k = const f32 0.5
          %w = const f32[6,4,3,3] random(1)
          %p = Sub(%x, %k)
          %y = Conv(%p, %w) {auto_pad: "SAME_UPPER"}
        }
        """,
      because: "the convolution pads")
  }

  @Test func leavesAShiftThatVariesByColumn() throws {
    try expectUnchanged(
      FoldShiftIntoNextConv(),
      """
        graph main(%x: f32[N,4,5,5]) -> (%y) {
          %k = const f32[5] random(3)
          %w = const f32[6,4,3,3] random(1)
          %p = Add(%x, %k)
          %y = Conv(%p, %w)
        }
        """,
      because: "the constant does not vary by channel alone")
  }

  @Test func leavesAMinuend() throws {
    try expectUnchanged(
      FoldShiftIntoNextConv(),
      """
        graph main(%x: f32[N,4,5,5]) -> (%y) {
          %k = const f32 1.0
          %w = const f32[6,4,3,3] random(1)
          %p = Sub(%k, %x)
          %y = Conv(%p, %w)
        }
        """,
      because: "the shape changes")
  }

  @Test func leavesASumThatIsUsedElsewhere() throws {
    try expectUnchanged(
      FoldShiftIntoNextConv(),
      """
        graph main(%x: f32[N,4,5,5]) -> (%y, %p) {
          %k = const f32 1.0
          %w = const f32[6,4,3,3] random(1)
          %p = Add(%k, %x)
          %y = Conv(%p, %w)
        }
        """,
      because: "the value has other uses")
  }

  @Test func leavesAShiftThatBroadcasts() throws {
    try expectUnchanged(
      FoldShiftIntoNextConv(),
      """
        graph main(%x: f32[N,1,5,5]) -> (%y) {
          %k = const f32[4,1,1] random(3)
          %w = const f32[6,4,3,3] random(1)
          %p = Add(%x, %k)
          %y = Conv(%p, %w)
        }
        """,
      because: "the shape changes")
  }
}
