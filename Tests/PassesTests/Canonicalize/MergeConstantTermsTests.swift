import FerryTestSupport
import Passes
import Testing

@Suite struct MergeConstantTermsTests {
  @Test func addsTheConstantsOfASum() throws {
    try expectRewrite(
      MergeConstantTerms(),
      """
        graph main(%x: f32[N,4], %v: f32[N,4]) -> (%z) {
          %a = const f32[4] random(1)
          %b = const f32 3.0
          %p = Add(%x, %a)
          %q = Add(%v, %b)
          %y = Add(%p, %q)
          %z = Abs(%y)
        }
        """,
      becomes: """
        graph main(%x: f32[N,4], %v: f32[N,4]) -> (%z) {
          %k = const f32[4] splat(nan)
          %s = Add(%x, %v)
          %y = Add(%s, %k)
          %z = Abs(%y)
        }
        """)
  }

  @Test func multipliesTheConstantsOfAProduct() throws {
    try expectRewrite(
      MergeConstantTerms(),
      """
        graph main(%x: f32[N,4], %v: f32[N,4]) -> (%z) {
          %a = const f32[4] random(1)
          %b = const f32 3.0
          %p = Mul(%x, %a)
          %q = Mul(%b, %v)
          %y = Mul(%p, %q)
          %z = Abs(%y)
        }
        """,
      becomes: """
        graph main(%x: f32[N,4], %v: f32[N,4]) -> (%z) {
          %k = const f32[4] splat(nan)
          %s = Mul(%x, %v)
          %y = Mul(%s, %k)
          %z = Abs(%y)
        }
        """)
  }

  @Test func leavesASumOfProducts() throws {
    try expectUnchanged(
      MergeConstantTerms(),
      """
        graph main(%x: f32[N,4], %v: f32[N,4]) -> (%z) {
          %a = const f32[4] random(1)
          %b = const f32 3.0
          %p = Mul(%x, %a)
          %q = Mul(%v, %b)
          %y = Add(%p, %q)
          %z = Abs(%y)
        }
        """,
      because: "an operand is the result of another operator")
  }

  @Test func leavesASumWithOtherUses() throws {
    try expectUnchanged(
      MergeConstantTerms(),
      """
        graph main(%x: f32[N,4], %v: f32[N,4]) -> (%z, %p) {
          %a = const f32[4] random(1)
          %b = const f32 3.0
          %p = Add(%x, %a)
          %q = Add(%v, %b)
          %y = Add(%p, %q)
          %z = Abs(%y)
        }
        """,
      because: "the value has other uses")
  }

  @Test func leavesWhatTogetherIsOutOfRange() throws {
    try expectUnchanged(
      MergeConstantTerms(),
      """
        graph main(%x: f32[4], %z: f32[4]) -> (%w) {
          %a = const f32 1e-30
          %p = Mul(%x, %a)
          %q = Mul(%z, %a)
          %y = Mul(%p, %q)
          %w = Abs(%y)
        }
        """,
      because: "the constants' product or sum is out of range")
  }
}
