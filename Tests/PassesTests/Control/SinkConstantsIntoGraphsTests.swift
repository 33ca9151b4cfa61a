import FerryTestSupport
import Passes
import Testing

@Suite struct SinkConstantsIntoGraphsTests {
  @Test func movesASmallConstantIn() throws {
    try expectRewrite(
      SinkConstantsIntoGraphs(),
      """
        graph main(%c: bool, %x: f32[2]) -> (%y) {
          %k = const f32 2.0
          %y = If(%c, %x, %k) {
            then_branch: graph () captures (%a: f32[2], %p: f32) -> (%t) {
              %t = Mul(%a, %p)
            },
            else_branch: graph () captures (%b: f32[2], %q: f32) -> (%e) {
              %e = Add(%b, %q)
            }
          }
        }
        """,
      becomes: """
        graph main(%c: bool, %x: f32[2]) -> (%y) {
          %y = If(%c, %x) {
            then_branch: graph () captures (%a: f32[2]) -> (%t) {
              %p = const f32 2.0
              %t = Mul(%a, %p)
            },
            else_branch: graph () captures (%b: f32[2]) -> (%e) {
              %q = const f32 2.0
              %e = Add(%b, %q)
            }
          }
        }
        """)
  }

  @Test func leavesALargeOneThatTwoGraphsUse() throws {
    try expectUnchanged(
      SinkConstantsIntoGraphs(),
      """
        graph main(%c: bool, %x: f32[2]) -> (%y) {
          %k = const f32[1000,2] splat(2.0)
          %y = If(%c, %x, %k) {
            then_branch: graph () captures (%a: f32[2], %p: f32[1000,2]) -> (%t) {
              %t = Mul(%a, %p)
            },
            else_branch: graph () captures (%b: f32[2], %q: f32[1000,2]) -> (%e) {
              %e = Add(%b, %q)
            }
          }
        }
        """)
  }

  @Test func leavesAnInput() throws {
    try expectUnchanged(
      SinkConstantsIntoGraphs(),
      """
        graph main(%c: bool, %x: f32[2]) -> (%y) {
          %y = If(%c, %x) {
            then_branch: graph () captures (%a: f32[2]) -> (%t) {
              %t = Neg(%a)
            },
            else_branch: graph () captures (%b: f32[2]) -> (%e) {
              %e = Abs(%b)
            }
          }
        }
        """)
  }
}
