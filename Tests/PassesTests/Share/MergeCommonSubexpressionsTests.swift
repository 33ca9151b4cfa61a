import FerryTestSupport
import Passes
import Testing

@Suite struct MergeCommonSubexpressionsTests {
  @Test func mergesEqualNodes() throws {
    try expectRewrite(
      MergeCommonSubexpressions(),
      """
        graph main(%x: f32[N]) -> (%y) {
          %a = Neg(%x)
          %b = Neg(%x)
          %y = Add(%a, %b)
        }
        """,
      becomes: """
        graph main(%x: f32[N]) -> (%y) {
          %a = Neg(%x)
          %y = Add(%a, %a)
        }
        """)
  }

  @Test func mergesWholeChains() throws {
    try expectRewrite(
      MergeCommonSubexpressions(),
      """
        graph main(%x: f32[N]) -> (%y) {
          %a = Neg(%x)
          %b = Neg(%x)
          %c = Abs(%a)
          %d = Abs(%b)
          %y = Add(%c, %d)
        }
        """,
      becomes: """
        graph main(%x: f32[N]) -> (%y) {
          %a = Neg(%x)
          %c = Abs(%a)
          %y = Add(%c, %c)
        }
        """)
  }

  @Test func exchangesOperandsOfASum() throws {
    try expectRewrite(
      MergeCommonSubexpressions(),
      """
        graph main(%x: f32[N], %w: f32[N]) -> (%y) {
          %a = Add(%x, %w)
          %b = Add(%w, %x)
          %y = Sub(%a, %b)
        }
        """,
      becomes: """
        graph main(%x: f32[N], %w: f32[N]) -> (%y) {
          %a = Add(%x, %w)
          %y = Sub(%a, %a)
        }
        """)
  }

  @Test func givesTheOutputItsName() throws {
    try expectRewrite(
      MergeCommonSubexpressions(),
      """
        graph main(%x: f32[N]) -> (%y, %b) {
          %a = Neg(%x)
          %b = Neg(%x)
          %y = Abs(%a)
        }
        """,
      becomes: """
        graph main(%x: f32[N]) -> (%y, %b) {
          %b = Neg(%x)
          %y = Abs(%b)
        }
        """)
  }

  @Test func keepsOtherAttributes() throws {
    try expectUnchanged(
      MergeCommonSubexpressions(),
      """
        graph main(%x: f32[N,4]) -> (%y) {
          %a = Softmax(%x) {axis: 0}
          %b = Softmax(%x) {axis: 1}
          %y = Add(%a, %b)
        }
        """)
  }

  @Test func keepsExchangedOperandsOfADifference() throws {
    try expectUnchanged(
      MergeCommonSubexpressions(),
      """
        graph main(%x: f32[N], %w: f32[N]) -> (%y) {
          %a = Sub(%x, %w)
          %b = Sub(%w, %x)
          %y = Add(%a, %b)
        }
        """)
  }

  @Test func keepsTwoOutputs() throws {
    try expectUnchanged(
      MergeCommonSubexpressions(),
      """
        graph main(%x: f32[N]) -> (%a, %b) {
          %a = Neg(%x)
          %b = Neg(%x)
        }
        """)
  }

  @Test func keepsRandomNumbers() throws {
    try expectUnchanged(
      MergeCommonSubexpressions(),
      """
        graph main(%x: f32[2]) -> (%y) {
          %a = RandomNormal() {shape: [2]}
          %b = RandomNormal() {shape: [2]}
          %y = Add(%a, %b)
        }
        """)
  }
}
