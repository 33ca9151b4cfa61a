import FerryTestSupport
import Passes
import Testing

@Suite struct DeadCodeTests {
  @Test func removesWhatNoOutputDependsOn() throws {
    try expectRewrite(
      DeadCode(),
      """
        graph main(%x: f32[N]) -> (%y) {
          %w = const f32 1.0
          %a = Add(%x, %w)
          %b = Neg(%a)
          %y = Abs(%x)
        }
        """,
      becomes: """
        graph main(%x: f32[N]) -> (%y) {
          %y = Abs(%x)
        }
        """)
  }

  @Test func removesUnusedConstants() throws {
    try expectRewrite(
      DeadCode(),
      """
        graph main(%x: f32[N]) -> (%y) {
          %w = const f32 1.0
          %y = Abs(%x)
        }
        """,
      becomes: """
        graph main(%x: f32[N]) -> (%y) {
          %y = Abs(%x)
        }
        """)
  }

  @Test func keepsANodeWithOneResultInUse() throws {
    try expectRewrite(
      DeadCode(),
      """
        graph main(%x: f32[4]) -> (%y) {
          %a, %b = Split(%x) {num_outputs: 2}
          %c = Neg(%a)
          %y = Abs(%b)
        }
        """,
      becomes: """
        graph main(%x: f32[4]) -> (%y) {
          %a, %b = Split(%x) {num_outputs: 2}
          %y = Abs(%b)
        }
        """)
  }

  @Test func keepsForeignOperators() throws {
    try expectUnchanged(
      DeadCode(),
      """
        graph main(%x: f32[N]) -> (%y) {
          %a = com.acme::Log@1(%x)
          %y = Abs(%x)
        }
        """)
  }

  @Test func keepsConstantOutputs() throws {
    try expectUnchanged(
      DeadCode(),
      """
        graph main(%x: f32[N]) -> (%y, %w) {
          %w = const f32 1.0
          %y = Abs(%x)
        }
        """)
  }
}
