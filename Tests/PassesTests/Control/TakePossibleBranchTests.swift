import FerryTestSupport
import Passes
import Testing

@Suite struct TakePossibleBranchTests {
  @Test func aBranchOfSizesThatContradictIsNeverTaken() throws {
    try expectRewrite(
      TakePossibleBranch(),
      """
        graph main(%x: f32[2]) -> (%y) {
          %c = const bool true
          %y = If(%c, %x) {
            then_branch: graph () captures (%a: f32[2]) -> (%t) {
              %t = Neg(%a)
            },
            else_branch: graph () captures (%b: f32[2]) -> (%e) {
              %k = const f32[3] [1.0, 2.0, 3.0]
              %e = Add(%b, %k)
            }
          }
        }
        """,
      becomes: """
        graph main(%x: f32[2]) -> (%y) {
          %y = Neg(%x)
        }
        """)
  }

  @Test func whereBothCanRunTheChoiceStays() throws {
    try expectUnchanged(
      TakePossibleBranch(),
      """
        graph main(%x: f32[2], %c: bool) -> (%y) {
          %y = If(%c, %x) {
            then_branch: graph () captures (%a: f32[2]) -> (%t) {
              %t = Neg(%a)
            },
            else_branch: graph () captures (%b: f32[2]) -> (%e) {
              %e = Abs(%b)
            }
          }
        }
        """, because: "it is not so")
  }
}
