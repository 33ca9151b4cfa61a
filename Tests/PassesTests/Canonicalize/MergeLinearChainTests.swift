import FerryTestSupport
import Passes
import Testing

@Suite struct MergeLinearChainTests {
  @Test func mergesProductSumProduct() throws {
    try expectRewrite(
      MergeLinearChain(),
      """
        graph main(%x: f32[N,4]) -> (%z) {
          %a = const f32 2.0
          %b = const f32[4] random(1)
          %c = const f32 0.5
          %p = Mul(%x, %a)
          %s = Add(%p, %b)
          %y = Mul(%s, %c)
          %z = Abs(%y)
        }
        """,
      becomes: """
        graph main(%x: f32[N,4]) -> (%z) {
          %k = const f32 1.0
          %d = const f32[4] splat(nan)
          %p = Mul(%x, %k)
          %y = Add(%p, %d)
          %z = Abs(%y)
        }
        """)
  }

  @Test func mergesSumProductSum() throws {
    try expectRewrite(
      MergeLinearChain(),
      """
        graph main(%x: f32[N,4]) -> (%z) {
          %a = const f32 2.0
          %b = const f32[4] random(1)
          %c = const f32 0.5
          %p = Add(%x, %a)
          %s = Mul(%p, %b)
          %y = Add(%s, %c)
          %z = Abs(%y)
        }
        """,
      becomes: """
        graph main(%x: f32[N,4]) -> (%z) {
          %b = const f32[4] random(1)
          %d = const f32[4] splat(nan)
          %p = Mul(%x, %b)
          %y = Add(%p, %d)
          %z = Abs(%y)
        }
        """)
  }

  @Test func leavesASumWithOtherUses() throws {
    try expectUnchanged(
      MergeLinearChain(),
      """
        graph main(%x: f32[N,4]) -> (%z, %s) {
          %a = const f32 2.0
          %b = const f32[4] random(1)
          %c = const f32 0.5
          %p = Mul(%x, %a)
          %s = Add(%p, %b)
          %y = Mul(%s, %c)
          %z = Abs(%y)
        }
        """,
      because: "the value has other uses")
  }

  @Test func leavesOneProduct() throws {
    try expectUnchanged(
      MergeLinearChain(),
      """
        graph main(%x: f32[N,4]) -> (%z) {
          %b = const f32[4] random(1)
          %c = const f32 0.5
          %s = Add(%x, %b)
          %y = Mul(%s, %c)
          %z = Abs(%y)
        }
        """,
      because: "not the result of a node")
  }

  @Test func leavesConstantsThatWouldGrow() throws {
    try expectUnchanged(
      MergeLinearChain(),
      """
        graph main(%x: f32[N,4]) -> (%z) {
          %a = const f32 2.0
          %b = const f32[3,1,1] random(1)
          %c = const f32[4] random(2)
          %p = Mul(%x, %a)
          %s = Add(%p, %b)
          %y = Mul(%s, %c)
          %z = Abs(%y)
        }
        """,
      because: "a constant would grow")
  }

  @Test func leavesWhatTogetherIsOutOfRange() throws {
    try expectUnchanged(
      MergeLinearChain(),
      """
        graph main(%x: f32[4]) -> (%w) {
          %a = const f32 1e30
          %b = const f32 1.0
          %p = Mul(%x, %a)
          %s = Add(%p, %b)
          %y = Mul(%s, %a)
          %w = Abs(%y)
        }
        """,
      because: "the constants' product or sum is out of range")
  }
}
