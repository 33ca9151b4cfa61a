import FerryTestSupport
import Passes
import Testing

@Suite struct RecognizeSplitTests {
  @Test func splitsInsteadOfSlicing() throws {
    try expectRewrite(
      RecognizeSplit(),
      """
        graph main(%x: f32[N,8]) -> (%z) {
          %ax = const i64[1] [1]
          %bx = const i64[1] [1]
          %a0 = const i64[1] [0]
          %a1 = const i64[1] [3]
          %b0 = const i64[1] [3]
          %b1 = const i64[1] [8]
          %step = const i64[1] [1]
          %a = Slice(%x, %a0, %a1, %ax)
          %b = Slice(%x, %b0, %b1, %bx, %step)
          %c = Neg(%b)
          %z = Concat(%c, %a) {axis: 1}
        }
        """,
      becomes: """
        graph main(%x: f32[N,8]) -> (%z) {
          %sizes = const i64[2] [3, 5]
          %a, %b = Split(%x, %sizes) {axis: 1}
          %c = Neg(%b)
          %z = Concat(%c, %a) {axis: 1}
        }
        """)
  }

  @Test func splitsWhatIsSlicedFromTheEnd() throws {
    try expectRewrite(
      RecognizeSplit(),
      """
        graph main(%x: f32[N,8]) -> (%z) {
          %ax = const i64[1] [1]
          %bx = const i64[1] [1]
          %a0 = const i64[1] [-2]
          %a1 = const i64[1] [9223372036854775807]
          %b0 = const i64[1] [-100]
          %b1 = const i64[1] [-2]
          %step = const i64[1] [1]
          %a = Slice(%x, %a0, %a1, %ax)
          %b = Slice(%x, %b0, %b1, %bx, %step)
          %c = Neg(%b)
          %z = Concat(%c, %a) {axis: 1}
        }
        """,
      becomes: """
        graph main(%x: f32[N,8]) -> (%z) {
          %sizes = const i64[2] [6, 2]
          %b, %a = Split(%x, %sizes) {axis: 1}
          %c = Neg(%b)
          %z = Concat(%c, %a) {axis: 1}
        }
        """)
  }

  @Test func leavesAGap() throws {
    try expectUnchanged(
      RecognizeSplit(),
      """
        graph main(%x: f32[N,8]) -> (%z) {
          %ax = const i64[1] [1]
          %bx = const i64[1] [1]
          %a0 = const i64[1] [0]
          %a1 = const i64[1] [3]
          %b0 = const i64[1] [4]
          %b1 = const i64[1] [8]
          %step = const i64[1] [1]
          %a = Slice(%x, %a0, %a1, %ax)
          %b = Slice(%x, %b0, %b1, %bx, %step)
          %c = Neg(%b)
          %z = Concat(%c, %a) {axis: 1}
        }
        """,
      because: "the slices do not cover the axis")
  }

  @Test func leavesOverlap() throws {
    try expectUnchanged(
      RecognizeSplit(),
      """
        graph main(%x: f32[N,8]) -> (%z) {
          %ax = const i64[1] [1]
          %bx = const i64[1] [1]
          %a0 = const i64[1] [0]
          %a1 = const i64[1] [3]
          %b0 = const i64[1] [2]
          %b1 = const i64[1] [8]
          %step = const i64[1] [1]
          %a = Slice(%x, %a0, %a1, %ax)
          %b = Slice(%x, %b0, %b1, %bx, %step)
          %c = Neg(%b)
          %z = Concat(%c, %a) {axis: 1}
        }
        """,
      because: "the slices do not cover the axis")
  }

  @Test func leavesWhatDoesNotReachTheEnd() throws {
    try expectUnchanged(
      RecognizeSplit(),
      """
        graph main(%x: f32[N,8]) -> (%z) {
          %ax = const i64[1] [1]
          %bx = const i64[1] [1]
          %a0 = const i64[1] [0]
          %a1 = const i64[1] [3]
          %b0 = const i64[1] [3]
          %b1 = const i64[1] [7]
          %step = const i64[1] [1]
          %a = Slice(%x, %a0, %a1, %ax)
          %b = Slice(%x, %b0, %b1, %bx, %step)
          %c = Neg(%b)
          %z = Concat(%c, %a) {axis: 1}
        }
        """,
      because: "the slices do not cover the axis")
  }

  @Test func leavesAnOpenSize() throws {
    try expectUnchanged(
      RecognizeSplit(),
      """
        graph main(%x: f32[N,T]) -> (%z) {
          %ax = const i64[1] [1]
          %bx = const i64[1] [1]
          %a0 = const i64[1] [0]
          %a1 = const i64[1] [3]
          %b0 = const i64[1] [3]
          %b1 = const i64[1] [8]
          %step = const i64[1] [1]
          %a = Slice(%x, %a0, %a1, %ax)
          %b = Slice(%x, %b0, %b1, %bx, %step)
          %c = Neg(%b)
          %z = Concat(%c, %a) {axis: 1}
        }
        """,
      because: "the size of the axis is not known")
  }

  @Test func leavesSteps() throws {
    try expectUnchanged(
      RecognizeSplit(),
      """
        graph main(%x: f32[N,8]) -> (%z) {
          %ax = const i64[1] [1]
          %bx = const i64[1] [1]
          %a0 = const i64[1] [0]
          %a1 = const i64[1] [3]
          %b0 = const i64[1] [3]
          %b1 = const i64[1] [8]
          %step = const i64[1] [2]
          %a = Slice(%x, %a0, %a1, %ax)
          %b = Slice(%x, %b0, %b1, %bx, %step)
          %c = Neg(%b)
          %z = Concat(%c, %a) {axis: 1}
        }
        """,
      because: "the slices do not cover the axis")
  }

  @Test func leavesASingleSlice() throws {
    try expectUnchanged(
      RecognizeSplit(),
      """
        graph main(%x: f32[N,8]) -> (%z) {
          %ax = const i64[1] [1]
          %a0 = const i64[1] [0]
          %a1 = const i64[1] [8]
          %a = Slice(%x, %a0, %a1, %ax)
          %z = Neg(%a)
        }
        """,
      because: "nothing else is sliced out of the value")
  }

  @Test func leavesElementsWhoseAxisIsDropped() throws {
    try expectUnchanged(
      RecognizeSplit(),
      """
        graph main(%x: f32[N,2]) -> (%z) {
          %ax = const i64[1] [1]
          %a0 = const i64[1] [0]
          %a1 = const i64[1] [1]
          %a2 = const i64[1] [2]
          %a = Slice(%x, %a0, %a1, %ax)
          %b = Slice(%x, %a1, %a2, %ax)
          %c = Squeeze(%a, %ax)
          %d = Squeeze(%b, %ax)
          %z = Add(%c, %d)
        }
        """,
      because: "gathers take fewer nodes")
  }

  @Test func leavesSlicesAlongTwoAxes() throws {
    try expectUnchanged(
      RecognizeSplit(),
      """
        graph main(%x: f32[8,8]) -> (%a, %b) {
          %ax = const i64[2] [0, 1]
          %a0 = const i64[2] [0, 0]
          %a1 = const i64[2] [8, 3]
          %a = Slice(%x, %a0, %a1, %ax)
          %b0 = const i64[2] [0, 3]
          %b1 = const i64[2] [8, 8]
          %b = Slice(%x, %b0, %b1, %ax)
        }
        """,
      because: "the slice is along several axes")
  }

  @Test func splitsInsteadOfGatheringNeighbours() throws {
    try expectRewrite(
      RecognizeSplit(),
      """
        graph main(%x: f32[N,5]) -> (%y) {
          %i = const i64[2] [0, 1]
          %j = const i64[3] [2, 3, -1]
          %k = const i64[1] [1]
          %a = Gather(%x, %i) {axis: 1}
          %b = Gather(%x, %j) {axis: 1}
          %s = ReduceSum(%b, %k)
          %y = Mul(%a, %s)
        }
        """,
      becomes: """
        graph main(%x: f32[N,5]) -> (%y) {
          %t = const i64[2] [2, 3]
          %k = const i64[1] [1]
          %a, %b = Split(%x, %t) {axis: 1}
          %s = ReduceSum(%b, %k)
          %y = Mul(%a, %s)
        }
        """)
  }

  @Test func leavesElementsThatAreNoNeighbours() throws {
    try expectUnchanged(
      RecognizeSplit(),
      """
        graph main(%x: f32[N,5]) -> (%y) {
          %i = const i64[2] [0, 2]
          %j = const i64[3] [1, 3, 4]
          %k = const i64[1] [1]
          %a = Gather(%x, %i) {axis: 1}
          %b = Gather(%x, %j) {axis: 1}
          %s = ReduceSum(%b, %k)
          %y = Mul(%a, %s)
        }
        """,
      because: "no neighbours are gathered")
  }

  @Test func leavesOneElementWithoutItsAxis() throws {
    try expectUnchanged(
      RecognizeSplit(),
      """
        graph main(%x: f32[N,5]) -> (%y) {
          %i = const i64 0
          %j = const i64[4] [1, 2, 3, 4]
          %k = const i64[1] [1]
          %a = Gather(%x, %i) {axis: 1}
          %b = Gather(%x, %j) {axis: 1}
          %s = ReduceSum(%b, %k)
          %y = Add(%a, %s)
        }
        """,
      because: "one element is gathered, without its axis")
  }
}
