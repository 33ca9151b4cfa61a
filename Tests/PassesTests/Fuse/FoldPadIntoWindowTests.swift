import FerryTestSupport
import Passes
import Testing

@Suite struct FoldPadIntoWindowTests {
  @Test func padsInTheConvolution() throws {
    try expectRewrite(
      FoldPadIntoWindow(),
      """
        graph main(%x: f32[N,2,5,5]) -> (%y) {
          %pads = const i64[8] [0, 0, 1, 2, 0, 0, 3, 0]
          %w = const f32[4,2,3,3] random(1)
          %p = Pad(%x, %pads)
          %y = Conv(%p, %w) {pads: [1, 1, 1, 1]}
        }
        """,
      becomes: """
        graph main(%x: f32[N,2,5,5]) -> (%y) {
          %w = const f32[4,2,3,3] random(1)
          %y = Conv(%x, %w) {pads: [2, 3, 4, 1]}
        }
        """)
  }

  @Test func padsInTheAverage() throws {
    try expectRewrite(
      FoldPadIntoWindow(),
      """
        graph main(%x: f32[N,2,5,5]) -> (%y) {
          %pads = const i64[4] [1, 0, 1, 1]
          %axes = const i64[2] [2, -1]
          %p = Pad(%x, %pads, _, %axes)
          %y = AveragePool(%p) {kernel_shape: [2, 2]}
        }
        """,
      becomes: """
        graph main(%x: f32[N,2,5,5]) -> (%y) {
          %y = AveragePool(%x) {kernel_shape: [2, 2], pads: [1, 0, 1, 1], count_include_pad: 1}
        }
        """)
  }

  @Test func leavesOtherNumbers() throws {
    try expectUnchanged(
      FoldPadIntoWindow(),
      """
        graph main(%x: f32[N,2,5,5]) -> (%y) {
          %pads = const i64[8] [0, 0, 1, 1, 0, 0, 1, 1]
          %one = const f32 1.0
          %w = const f32[4,2,3,3] random(1)
          %p = Pad(%x, %pads, %one)
          %y = Conv(%p, %w)
        }
        """,
      because: "not zeros are added")
  }

  @Test func leavesReflections() throws {
    try expectUnchanged(
      FoldPadIntoWindow(),
      """
        graph main(%x: f32[N,2,5,5]) -> (%y) {
          %pads = const i64[8] [0, 0, 1, 1, 0, 0, 1, 1]
          %w = const f32[4,2,3,3] random(1)
          %p = Pad(%x, %pads) {mode: "reflect"}
          %y = Conv(%p, %w)
        }
        """,
      because: "not zeros are added")
  }

  @Test func leavesChannels() throws {
    try expectUnchanged(
      FoldPadIntoWindow(),
      """
        graph main(%x: f32[N,2,5,5]) -> (%y) {
          %pads = const i64[8] [0, 1, 1, 1, 0, 0, 1, 1]
          %w = const f32[4,3,3,3] random(1)
          %p = Pad(%x, %pads)
          %y = Conv(%p, %w)
        }
        """,
      because: "images or channels are added")
  }

  @Test func leavesWhatIsCutOff() throws {
    try expectUnchanged(
      FoldPadIntoWindow(),
      """
        graph main(%x: f32[N,2,5,5]) -> (%y) {
          %pads = const i64[8] [0, 0, -1, 1, 0, 0, 1, 1]
          %w = const f32[4,2,3,3] random(1)
          %p = Pad(%x, %pads)
          %y = Conv(%p, %w)
        }
        """,
      because: "elements are cut off")
  }

  @Test func leavesAutomaticPadding() throws {
    try expectUnchanged(
      FoldPadIntoWindow(),
      """
        graph main(%x: f32[N,2,5,5]) -> (%y) {
          %pads = const i64[8] [0, 0, 1, 1, 0, 0, 1, 1]
          %w = const f32[4,2,3,3] random(1)
          %p = Pad(%x, %pads)
          %y = Conv(%p, %w) {auto_pad: "SAME_UPPER"}
        }
        """,
      because: "the window's padding follows from the size")
  }

  @Test func leavesAnAverageThatLeavesItsPaddingOut() throws {
    try expectUnchanged(
      FoldPadIntoWindow(),
      """
        graph main(%x: f32[N,2,5,5]) -> (%y) {
          %pads = const i64[8] [0, 0, 1, 1, 0, 0, 1, 1]
          %p = Pad(%x, %pads)
          %y = AveragePool(%p) {kernel_shape: [3, 3], pads: [1, 1, 1, 1]}
        }
        """,
      because: "the average leaves its own padding out")
  }

  @Test func leavesAnAverageOverNothingElse() throws {
    try expectUnchanged(
      FoldPadIntoWindow(),
      """
        graph main(%x: f32[N,2,5,5]) -> (%y) {
          %pads = const i64[8] [0, 0, 2, 1, 0, 0, 1, 1]
          %p = Pad(%x, %pads)
          %y = AveragePool(%p) {kernel_shape: [2, 2]}
        }
        """,
      because: "the padding is as large as the window")
  }

  @Test func leavesARoundingUp() throws {
    try expectUnchanged(
      FoldPadIntoWindow(),
      """
        graph main(%x: f32[N,2,5,5]) -> (%y) {
          %pads = const i64[8] [0, 0, 1, 1, 0, 0, 1, 1]
          %p = Pad(%x, %pads)
          %y = AveragePool(%p) {kernel_shape: [3, 3], strides: [2, 2], ceil_mode: 1}
        }
        """,
      because: "the average may reach beyond the padding")
  }

  @Test func leavesAPadThatIsUsedElsewhere() throws {
    try expectUnchanged(
      FoldPadIntoWindow(),
      """
        graph main(%x: f32[N,2,5,5]) -> (%y, %p) {
          %pads = const i64[8] [0, 0, 1, 1, 0, 0, 1, 1]
          %w = const f32[4,2,3,3] random(1)
          %p = Pad(%x, %pads)
          %y = Conv(%p, %w)
        }
        """,
      because: "the value has other uses")
  }

  @Test func padsInTheMaximum() throws {
    try expectRewrite(
      FoldPadIntoWindow(),
      """
        graph main(%x: f32[N,3,6,6]) -> (%y) {
          %p = const i64[8] [0, 0, 1, 1, 0, 0, 1, 1]
          %v = const f32 -inf
          %q = Pad(%x, %p, %v)
          %y = MaxPool(%q) {kernel_shape: [3, 3]}
        }
        """,
      becomes: """
        graph main(%x: f32[N,3,6,6]) -> (%y) {
          %y = MaxPool(%x) {kernel_shape: [3, 3], pads: [1, 1, 1, 1]}
        }
        """)
  }

  @Test func padsInTheMaximumBehindARectifier() throws {
    try expectRewrite(
      FoldPadIntoWindow(),
      """
        graph main(%x: f32[N,3,6,6]) -> (%y) {
          %p = const i64[8] [0, 0, 1, 1, 0, 0, 1, 1]
          %r = Relu(%x)
          %q = Pad(%r, %p)
          %y = MaxPool(%q) {kernel_shape: [3, 3]}
        }
        """,
      becomes: """
        graph main(%x: f32[N,3,6,6]) -> (%y) {
          %r = Relu(%x)
          %y = MaxPool(%r) {kernel_shape: [3, 3], pads: [1, 1, 1, 1]}
        }
        """)
  }

  @Test func leavesZerosThatMayBeTheLargest() throws {
    try expectUnchanged(
      FoldPadIntoWindow(),
      """
        graph main(%x: f32[N,3,6,6]) -> (%y) {
          %p = const i64[8] [0, 0, 1, 1, 0, 0, 1, 1]
          %q = Pad(%x, %p)
          %y = MaxPool(%q) {kernel_shape: [3, 3]}
        }
        """,
      because: "what is added may be the largest")
  }

  @Test func leavesADilatedMaximum() throws {
    try expectUnchanged(
      FoldPadIntoWindow(),
      """
        graph main(%x: f32[N,3,6,6]) -> (%y) {
          %p = const i64[8] [0, 0, 1, 1, 0, 0, 1, 1]
          %r = Relu(%x)
          %q = Pad(%r, %p)
          %y = MaxPool(%q) {dilations: [2, 2], kernel_shape: [3, 3]}
        }
        """,
      because: "a window may lie on padding alone")
  }

  @Test func leavesPositionsOfTheMaximum() throws {
    try expectUnchanged(
      FoldPadIntoWindow(),
      """
        graph main(%x: f32[N,3,6,6]) -> (%y, %i) {
          %p = const i64[8] [0, 0, 1, 1, 0, 0, 1, 1]
          %r = Relu(%x)
          %q = Pad(%r, %p)
          %y, %i = MaxPool(%q) {kernel_shape: [3, 3]}
        }
        """,
      because: "positions are in use")
  }
}
