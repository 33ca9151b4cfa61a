import FerryTestSupport
import Passes
import Testing

@Suite struct InlineConstantIfTests {
  @Test func takesTheBranchOfTrue() throws {
    try expectRewrite(
      InlineConstantIf(),
      """
        graph main(%x: f32[2]) -> (%y) {
          %c = const bool true
          %y = If(%c, %x) {
            then_branch: graph () captures (%a: f32[2]) -> (%t) {
              %n = Neg(%a)
              %k = const f32 2.0
              %t = Mul(%n, %k)
            },
            else_branch: graph () captures (%b: f32[2]) -> (%e) {
              %e = Abs(%b)
            }
          }
        }
        """,
      becomes: """
        graph main(%x: f32[2]) -> (%y) {
          %n = Neg(%x)
          %k = const f32 2.0
          %y = Mul(%n, %k)
        }
        """)
  }

  @Test func takesTheBranchOfFalse() throws {
    try expectRewrite(
      InlineConstantIf(),
      """
        graph main(%x: f32[2]) -> (%z) {
          %c = const bool[1] [false]
          %y = If(%c, %x) {
            then_branch: graph () captures (%a: f32[2]) -> (%t) {
              %t = Neg(%a)
            },
            else_branch: graph () captures (%b: f32[2]) -> (%e) {
              %e = Abs(%b)
            }
          }
          %z = Relu(%y)
        }
        """,
      becomes: """
        graph main(%x: f32[2]) -> (%z) {
          %y = Abs(%x)
          %z = Relu(%y)
        }
        """)
  }

  @Test func givesACaptureThatIsReturnedTwoNames() throws {
    try expectRewrite(
      InlineConstantIf(),
      """
        graph main(%x: f32[2]) -> (%y) {
          %c = const bool true
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
      becomes: """
        graph main(%x: f32[2]) -> (%y) {
          %y = Identity(%x)
        }
        """)
  }

  @Test func inlinesWithinABranch() throws {
    try expectRewrite(
      InlineConstantIf(),
      """
        graph main(%c: bool, %x: f32[2]) -> (%y) {
          %y = If(%c, %x) {
            then_branch: graph () captures (%a: f32[2]) -> (%t) {
              %k = const bool true
              %t = If(%k, %a) {then_branch: graph () captures (%d: f32[2]) -> (%u) { %u = Neg(%d) }, else_branch: graph () captures (%f: f32[2]) -> (%v) { %v = Abs(%f) }}
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

  @Test func leavesAConditionThatIsComputed() throws {
    try expectUnchanged(
      InlineConstantIf(),
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
        """,
      because: "not a constant")
  }
}
