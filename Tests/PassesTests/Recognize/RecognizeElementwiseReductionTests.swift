import FerryTestSupport
import Passes
import Testing

@Suite struct RecognizeElementwiseReductionTests {
  @Test func takesTheLargest() throws {
    try expectRewrite(
      RecognizeElementwiseReduction(),
      """
        graph main(%x: f32[N,4], %z: f32[N,4], %w: f32[N,4]) -> (%y) {
          %last = const i64[1] [-1]
          %two = const i64[1] [2]
          %a = Unsqueeze(%x, %last)
          %b = Unsqueeze(%z, %two)
          %c = Unsqueeze(%w, %two)
          %s = Concat(%a, %b, %c) {axis: 2}
          %y = ReduceMax(%s, %last) {keepdims: 0}
        }
        """,
      becomes: """
        graph main(%x: f32[N,4], %z: f32[N,4], %w: f32[N,4]) -> (%y) {
          %y = Max(%x, %z, %w)
        }
        """)
  }

  @Test func takesTheMean() throws {
    try expectRewrite(
      RecognizeElementwiseReduction(),
      """
        graph main(%x: f32[N,4], %z: f32[N,4]) -> (%y) {
          %axis = const i64[1] [1]
          %a = Unsqueeze(%x, %axis)
          %b = Unsqueeze(%z, %axis)
          %s = Concat(%a, %b) {axis: 1}
          %y = ReduceMean(%s, %axis) {keepdims: 0}
        }
        """,
      becomes: """
        graph main(%x: f32[N,4], %z: f32[N,4]) -> (%y) {
          %y = Mean(%x, %z)
        }
        """)
  }

  @Test func leavesAnotherAxis() throws {
    try expectUnchanged(
      RecognizeElementwiseReduction(),
      """
        graph main(%x: f32[N,4], %z: f32[N,4]) -> (%y) {
          %two = const i64[1] [2]
          %one = const i64[1] [1]
          %a = Unsqueeze(%x, %two)
          %b = Unsqueeze(%z, %two)
          %s = Concat(%a, %b) {axis: 2}
          %y = ReduceMax(%s, %one) {keepdims: 0}
        }
        """,
      because: "the reduction is along another axis")
  }

  @Test func leavesPartsJoinedAlongAnOldAxis() throws {
    try expectUnchanged(
      RecognizeElementwiseReduction(),
      """
        graph main(%x: f32[2,4], %z: f32[2,4]) -> (%y) {
          %two = const i64[1] [2]
          %one = const i64[1] [1]
          %a = Unsqueeze(%x, %two)
          %b = Unsqueeze(%z, %two)
          %s = Concat(%a, %b) {axis: 1}
          %y = ReduceMax(%s, %one) {keepdims: 0}
        }
        """,
      because: "the parts are not stacked along a new axis")
  }

  @Test func leavesAReductionThatKeepsItsAxes() throws {
    try expectUnchanged(
      RecognizeElementwiseReduction(),
      """
        graph main(%x: f32[2,4], %z: f32[2,4]) -> (%y) {
          %two = const i64[1] [2]
          %a = Unsqueeze(%x, %two)
          %b = Unsqueeze(%z, %two)
          %s = Concat(%a, %b) {axis: 2}
          %y = ReduceMax(%s, %two)
        }
        """,
      because: "the reduction keeps its axes")
  }

  @Test func leavesAStackThatIsUsedElsewhere() throws {
    try expectUnchanged(
      RecognizeElementwiseReduction(),
      """
        graph main(%x: f32[2,4], %z: f32[2,4]) -> (%y, %s) {
          %two = const i64[1] [2]
          %a = Unsqueeze(%x, %two)
          %b = Unsqueeze(%z, %two)
          %s = Concat(%a, %b) {axis: 2}
          %y = ReduceMax(%s, %two) {keepdims: 0}
        }
        """,
      because: "the value has other uses")
  }

  @Test func leavesMeansOfDoubles() throws {
    try expectUnchanged(
      RecognizeElementwiseReduction(),
      """
        graph main(%x: f64[N,4], %z: f64[N,4]) -> (%y) {
          %axis = const i64[1] [1]
          %a = Unsqueeze(%x, %axis)
          %b = Unsqueeze(%z, %axis)
          %s = Concat(%a, %b) {axis: 1}
          %y = ReduceMean(%s, %axis) {keepdims: 0}
        }
        """,
      because: "the element type")
  }
}
