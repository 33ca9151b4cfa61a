import FerryTestSupport
import Passes
import Testing

@Suite struct RemoveIdentityTests {
  @Test func passesTheOperandOn() throws {
    try expectRewrite(
      RemoveIdentity(),
      """
        graph main(%x: f32[N]) -> (%z) {
          %y = Identity(%x)
          %z = Neg(%y)
        }
        """,
      becomes: """
        graph main(%x: f32[N]) -> (%z) {
          %z = Neg(%x)
        }
        """)
  }

  @Test func givesItsOperandTheNameOfTheOutput() throws {
    try expectRewrite(
      RemoveIdentity(),
      """
        graph main(%x: f32[N]) -> (%y) {
          %n = Neg(%x)
          %y = Identity(%n)
        }
        """,
      becomes: """
        graph main(%x: f32[N]) -> (%y) {
          %y = Neg(%x)
        }
        """)
  }

  @Test func worksInABranch() throws {
    try expectRewrite(
      RemoveIdentity(),
      """
        graph main(%c: bool, %x: f32[2]) -> (%y) {
          %y = If(%c, %x) {
            then_branch: graph () captures (%a: f32[2]) -> (%t) {
              %i = Identity(%a)
              %t = Neg(%i)
            },
            else_branch: graph () captures (%b: f32[2]) -> (%e) {
              %e = Abs(%b)
            }
          }
        }
        """,
      becomes: """
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

  @Test func staysBetweenInputAndOutput() throws {
    try expectUnchanged(
      RemoveIdentity(),
      """
        graph main(%x: f32[N]) -> (%y) {
          %y = Identity(%x)
        }
        """,
      because: "a graph input or another output")
  }

  @Test func staysBetweenTwoOutputs() throws {
    try expectUnchanged(
      RemoveIdentity(),
      """
        graph main(%x: f32[N]) -> (%n, %y) {
          %n = Neg(%x)
          %y = Identity(%n)
        }
        """,
      because: "a graph input or another output")
  }

  @Test func staysWhereABranchReturnsACapture() throws {
    try expectUnchanged(
      RemoveIdentity(),
      """
        graph main(%c: bool, %x: f32[2]) -> (%y) {
          %y = If(%c, %x) {
            then_branch: graph () captures (%a: f32[2]) -> (%t) {
              %t = Identity(%a)
            },
            else_branch: graph () captures (%b: f32[2]) -> (%e) {
              %e = Abs(%b)
            }
          }
        }
        """,
      because: "a graph input or another output")
  }
}
