import FerryTestSupport
import Passes
import Testing

@Suite struct MoveConstantBeforeSqueezeTests {
  @Test func movesABias() throws {
    try expectRewrite(
      MoveConstantBeforeSqueeze(),
      """
        graph main(%x: f32[N,4,1,7]) -> (%y) {
          %w = const f32[6,4,1,3] random(1)
          %k = const f32[1,6,1] random(2)
          %axis = const i64[1] [2]
          %c = Conv(%x, %w)
          %s = Squeeze(%c, %axis)
          %y = Add(%s, %k)
        }
        """,
      becomes: """
        graph main(%x: f32[N,4,1,7]) -> (%y) {
          %w = const f32[6,4,1,3] random(1)
          %c = Conv(%x, %w)
          %k = const f32[1,6,1,1] random(2)
          %a = Add(%c, %k)
          %axis = const i64[1] [2]
          %y = Squeeze(%a, %axis)
        }
        """)
  }

  @Test func leavesAConstantPerColumn() throws {
    try expectUnchanged(
      MoveConstantBeforeSqueeze(),
      """
        graph main(%x: f32[N,4,1,7]) -> (%y) {
          %w = const f32[6,4,1,3] random(1)
          %k = const f32[1,1,5] random(2)
          %axis = const i64[1] [2]
          %c = Conv(%x, %w)
          %s = Squeeze(%c, %axis)
          %y = Add(%s, %k)
        }
        """,
      because: "the constant does not vary by channel alone")
  }

  @Test func leavesAMinuend() throws {
    try expectUnchanged(
      MoveConstantBeforeSqueeze(),
      """
        graph main(%x: f32[N,4,1,7]) -> (%y) {
          %w = const f32[6,4,1,3] random(1)
          %k = const f32[1,6,1] random(2)
          %axis = const i64[1] [2]
          %c = Conv(%x, %w)
          %s = Squeeze(%c, %axis)
          %y = Sub(%k, %s)
        }
        """,
      because: "the constant is the minuend")
  }

  @Test func leavesABatchThatGoes() throws {
    try expectUnchanged(
      MoveConstantBeforeSqueeze(),
      """
        graph main(%x: f32[1,4,5,7]) -> (%y) {
          %w = const f32[6,4,1,3] random(1)
          %k = const f32[6,1,1] random(2)
          %axis = const i64[1] [0]
          %c = Conv(%x, %w)
          %s = Squeeze(%c, %axis)
          %y = Add(%s, %k)
        }
        """,
      because: "the channels change places")
  }

  @Test func leavesASqueezeThatIsUsedElsewhere() throws {
    try expectUnchanged(
      MoveConstantBeforeSqueeze(),
      """
        graph main(%x: f32[N,4,1,7]) -> (%y, %s) {
          %w = const f32[6,4,1,3] random(1)
          %k = const f32[1,6,1] random(2)
          %axis = const i64[1] [2]
          %c = Conv(%x, %w)
          %s = Squeeze(%c, %axis)
          %y = Add(%s, %k)
        }
        """,
      because: "the value has other uses")
  }
}
