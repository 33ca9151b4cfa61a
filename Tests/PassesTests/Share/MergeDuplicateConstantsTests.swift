import FerryTestSupport
import Passes
import Testing

@Suite struct MergeDuplicateConstantsTests {
  @Test func mergesEqualBytes() throws {
    try expectRewrite(
      MergeDuplicateConstants(),
      """
        graph main(%x: f32[2]) -> (%z) {
          %a = const f32[2] [1.0, 2.0]
          %b = const f32[2] [1.0, 2.0]
          %y = Add(%x, %a)
          %z = Mul(%y, %b)
        }
        """,
      becomes: """
        graph main(%x: f32[2]) -> (%z) {
          %a = const f32[2] [1.0, 2.0]
          %y = Add(%x, %a)
          %z = Mul(%y, %a)
        }
        """)
  }

  @Test func mergesLargeOnes() throws {
    try expectRewrite(
      MergeDuplicateConstants(),
      """
        graph main(%x: f32[4096]) -> (%z) {
          %a = const f32[4096] random(3)
          %b = const f32[4096] random(3)
          %y = Add(%x, %a)
          %z = Mul(%y, %b)
        }
        """,
      becomes: """
        graph main(%x: f32[4096]) -> (%z) {
          %a = const f32[4096] random(3)
          %y = Add(%x, %a)
          %z = Mul(%y, %a)
        }
        """)
  }

  @Test func keepsOtherBytes() throws {
    try expectUnchanged(
      MergeDuplicateConstants(),
      """
        graph main(%x: f32[2]) -> (%z) {
          %a = const f32[2] [1.0, 2.0]
          %b = const f32[2] [1.0, 3.0]
          %y = Add(%x, %a)
          %z = Mul(%y, %b)
        }
        """)
  }

  @Test func keepsZerosOfEitherSign() throws {
    try expectUnchanged(
      MergeDuplicateConstants(),
      """
        graph main(%x: f32[2]) -> (%z) {
          %a = const f32 0.0
          %b = const f32 -0.0
          %y = Add(%x, %a)
          %z = Mul(%y, %b)
        }
        """)
  }

  @Test func keepsOtherShapes() throws {
    try expectUnchanged(
      MergeDuplicateConstants(),
      """
        graph main(%x: f32[2]) -> (%z) {
          %a = const f32[2] [1.0, 2.0]
          %b = const f32[1,2] [1.0, 2.0]
          %y = Add(%x, %a)
          %z = Mul(%y, %b)
        }
        """)
  }

  @Test func keepsTwoOutputs() throws {
    try expectUnchanged(
      MergeDuplicateConstants(),
      """
        graph main(%x: f32[2]) -> (%x2, %a, %b) {
          %a = const f32 1.0
          %b = const f32 1.0
          %x2 = Neg(%x)
        }
        """)
  }
}
