import FerryTestSupport
import Passes
import Testing

@Suite struct RecognizeClipTests {
  @Test func makesOneOfMaxAndMin() throws {
    try expectRewrite(
      RecognizeClip(),
      """
        graph main(%x: f32[N,8]) -> (%z) {
          %l = const f32 -0.5
          %h = const f32[1] [0.25]
          %m = Max(%x, %l)
          %y = Min(%h, %m)
          %z = Neg(%y)
        }
        """,
      becomes: """
        graph main(%x: f32[N,8]) -> (%z) {
          %l = const f32 -0.5
          %h = const f32 0.25
          %y = Clip(%x, %l, %h)
          %z = Neg(%y)
        }
        """)
  }

  @Test func makesOneOfReluAndMin() throws {
    try expectRewrite(
      RecognizeClip(),
      """
        graph main(%x: f32[N,8]) -> (%z) {
          %h = const f32 6.0
          %r = Relu(%x)
          %y = Min(%r, %h)
          %z = Neg(%y)
        }
        """,
      becomes: """
        graph main(%x: f32[N,8]) -> (%z) {
          %l = const f32 0.0
          %h = const f32 6.0
          %y = Clip(%x, %l, %h)
          %z = Neg(%y)
        }
        """)
  }

  @Test func mergesTwoClips() throws {
    try expectRewrite(
      RecognizeClip(),
      """
        graph main(%x: f32[N,8]) -> (%z) {
          %a = const f32 -0.5
          %b = const f32 0.75
          %c = const f32 -1.0
          %d = const f32 0.25
          %m = Clip(%x, %a, %b)
          %y = Clip(%m, %c, %d)
          %z = Neg(%y)
        }
        """,
      becomes: """
        graph main(%x: f32[N,8]) -> (%z) {
          %l = const f32 -0.5
          %h = const f32 0.25
          %y = Clip(%x, %l, %h)
          %z = Neg(%y)
        }
        """)
  }

  @Test func leavesBoundsThatCross() throws {
    try expectUnchanged(
      RecognizeClip(),
      """
        graph main(%x: f32[N,8]) -> (%z) {
          %l = const f32 0.5
          %h = const f32 0.25
          %m = Max(%x, %l)
          %y = Min(%m, %h)
          %z = Neg(%y)
        }
        """,
      because: "the bounds cross")
  }

  @Test func leavesBoundsPerElement() throws {
    try expectUnchanged(
      RecognizeClip(),
      """
        graph main(%x: f32[N,2]) -> (%z) {
          %l = const f32 0.5
          %h = const f32[2] [0.75, 1.0]
          %m = Max(%x, %l)
          %y = Min(%m, %h)
          %z = Neg(%y)
        }
        """,
      because: "not a constant of one number")
  }

  @Test func leavesABoundThatBroadcasts() throws {
    try expectUnchanged(
      RecognizeClip(),
      """
        graph main(%x: f32[8]) -> (%z) {
          %l = const f32 0.5
          %h = const f32[2,1] splat(0.75)
          %m = Max(%x, %l)
          %y = Min(%m, %h)
          %z = Neg(%y)
        }
        """,
      because: "the shape changes")
  }

  @Test func leavesAValueThatIsUsedElsewhere() throws {
    try expectUnchanged(
      RecognizeClip(),
      """
        graph main(%x: f32[N,8]) -> (%y, %m) {
          %l = const f32 0.5
          %h = const f32 0.75
          %m = Max(%x, %l)
          %y = Min(%m, %h)
        }
        """,
      because: "the value has other uses")
  }

  @Test func leavesAnotherOperator() throws {
    try expectUnchanged(
      RecognizeClip(),
      """
        graph main(%x: f32[N,8]) -> (%z) {
          %h = const f32 0.75
          %m = Neg(%x)
          %y = Min(%m, %h)
          %z = Neg(%y)
        }
        """,
      because: "the operand has no bounds")
  }

  @Test func leavesIntegers() throws {
    try expectUnchanged(
      RecognizeClip(),
      """
        graph main(%x: i64[N,8]) -> (%z) {
          %l = const i64 1
          %h = const i64 2
          %m = Max(%x, %l)
          %y = Min(%m, %h)
          %z = Neg(%y)
        }
        """,
      because: "the element type")
  }
}
