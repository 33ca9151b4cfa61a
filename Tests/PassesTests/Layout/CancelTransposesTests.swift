import FerryTestSupport
import Passes
import Testing

@Suite struct CancelTransposesTests {
  @Test func cancelsAcrossASoftmaxAndASum() throws {
    try expectRewrite(
      CancelTransposes(),
      """
        graph main(%x: f32[N,3,4]) -> (%y) {
          %k = const f32[4,1] random(1)
          %a = Transpose(%x) {perm: [0, 2, 1]}
          %b = Softmax(%a) {axis: 1}
          %c = Add(%b, %k)
          %y = Transpose(%c) {perm: [0, 2, 1]}
        }
        """,
      becomes: """
        graph main(%x: f32[N,3,4]) -> (%y) {
          %b = Softmax(%x) {axis: 2}
          %k = const f32[1,1,4] random(1)
          %y = Add(%b, %k)
        }
        """)
  }

  @Test func cancelsThroughASqueezeThoughOneOperandIsTransposedAnew() throws {
    try expectRewrite(
      CancelTransposes(),
      """
        graph main(%x: f32[N,1,4,3], %z: f32[N,3,1,4]) -> (%y) {
          %a = Transpose(%x) {perm: [0, 3, 1, 2]}
          %b = Add(%a, %z)
          %axis = const i64[1] [2]
          %c = Squeeze(%b, %axis)
          %y = Transpose(%c) {perm: [0, 2, 1]}
        }
        """,
      becomes: """
        graph main(%x: f32[N,1,4,3], %z: f32[N,3,1,4]) -> (%y) {
          %t = Transpose(%z) {perm: [0, 2, 3, 1]}
          %b = Add(%x, %t)
          %axis = const i64[1] [1]
          %y = Squeeze(%b, %axis)
        }
        """)
  }

  @Test func cancelsThroughAConcatenation() throws {
    try expectRewrite(
      CancelTransposes(),
      """
        graph main(%x: f32[N,3,4], %z: f32[N,5,4]) -> (%y) {
          %a = Transpose(%x) {perm: [0, 2, 1]}
          %b = Transpose(%z) {perm: [0, 2, 1]}
          %c = Concat(%a, %b) {axis: 2}
          %d = Relu(%c)
          %y = Transpose(%d) {perm: [0, 2, 1]}
        }
        """,
      becomes: """
        graph main(%x: f32[N,3,4], %z: f32[N,5,4]) -> (%y) {
          %c = Concat(%x, %z) {axis: 1}
          %y = Relu(%c)
        }
        """)
  }

  @Test func cancelsThroughAPadAndAReduction() throws {
    try expectRewrite(
      CancelTransposes(),
      """
        graph main(%x: f32[N,3,4,5]) -> (%y) {
          %pads = const i64[8] [0, 1, 2, 0, 0, 0, 0, 3]
          %axes = const i64[1] [1]
          %a = Transpose(%x) {perm: [0, 2, 3, 1]}
          %b = Pad(%a, %pads)
          %c = ReduceMax(%b, %axes) {keepdims: 0}
          %y = Transpose(%c) {perm: [0, 2, 1]}
        }
        """,
      becomes: """
        graph main(%x: f32[N,3,4,5]) -> (%y) {
          %pads = const i64[8] [0, 0, 1, 2, 0, 3, 0, 0]
          %axes = const i64[1] [2]
          %b = Pad(%x, %pads)
          %y = ReduceMax(%b, %axes) {keepdims: 0}
        }
        """)
  }

  @Test func cancelsThroughAnUnsqueeze() throws {
    try expectRewrite(
      CancelTransposes(),
      """
        graph main(%x: f32[N,3,4]) -> (%y) {
          %a = Transpose(%x) {perm: [0, 2, 1]}
          %axis = const i64[1] [3]
          %b = Unsqueeze(%a, %axis)
          %y = Transpose(%b) {perm: [0, 2, 1, 3]}
        }
        """,
      becomes: """
        graph main(%x: f32[N,3,4]) -> (%y) {
          %axis = const i64[1] [3]
          %y = Unsqueeze(%x, %axis)
        }
        """)
  }

  @Test func leavesOneThatWouldOnlyMove() throws {
    try expectUnchanged(
      CancelTransposes(),
      """
        graph main(%x: f32[N,3,4]) -> (%y) {
          %a = Relu(%x)
          %y = Transpose(%a) {perm: [0, 2, 1]}
        }
        """,
      because: "there would be as many transpositions")
  }

  @Test func leavesWhatDependsOnTheOrder() throws {
    try expectUnchanged(
      CancelTransposes(),
      """
        graph main(%x: f32[N,3,4], %w: f32[3,3]) -> (%y) {
          %a = Transpose(%x) {perm: [0, 2, 1]}
          %b = MatMul(%a, %w)
          %y = Transpose(%b) {perm: [0, 2, 1]}
        }
        """,
      because: "there would be as many transpositions")
  }

  @Test func leavesAValueThatIsUsedElsewhere() throws {
    try expectUnchanged(
      CancelTransposes(),
      """
        graph main(%x: f32[N,3,4]) -> (%y, %b) {
          %a = Transpose(%x) {perm: [0, 2, 1]}
          %b = Relu(%a)
          %y = Transpose(%b) {perm: [0, 2, 1]}
        }
        """,
      because: "the value has other uses")
  }
}
