import FerryTestSupport
import Passes
import Testing

@Suite struct RemoveIdentityTests {
  @Test func passesTheOperandOn() throws {
    try expectRewrite(
      RemoveIdentity(), "graph main(%x: f32[N]) -> (%z) { %y = Identity(%x)  %z = Neg(%y) }",
      becomes: "graph main(%x: f32[N]) -> (%z) { %z = Neg(%x) }")
  }
}
