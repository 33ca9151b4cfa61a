import FerryTestSupport
import Passes
import Testing

@Suite struct RemoveRepeatedHeadsTests {
  @Test func sharesKeysAndValues() throws {
    try expectRewrite(
      RemoveRepeatedHeads(),
      """
        graph main(%q: f32[N,4,5,3], %k: f32[N,2,6,3], %v: f32[N,2,6,3]) -> (%y) {
          %axk = const i64[1] [2]
          %axv = const i64[1] [2]
          %e = const i64[5] [1, 2, 2, 6, 3]
          %j = const i64[4] [0, 4, 6, 3]
          %ku = Unsqueeze(%k, %axk)
          %ke = Expand(%ku, %e)
          %kr = Reshape(%ke, %j)
          %vu = Unsqueeze(%v, %axv)
          %ve = Expand(%vu, %e)
          %vr = Reshape(%ve, %j)
          %y = Attention(%q, %kr, %vr)
        }
        """,
      becomes: """
        graph main(%q: f32[N,4,5,3], %k: f32[N,2,6,3], %v: f32[N,2,6,3]) -> (%y) {
          %y = Attention(%q, %k, %v)
        }
        """)
  }

  @Test func leavesAnAxisBeforeTheHeads() throws {
    try expectUnchanged(
      RemoveRepeatedHeads(),
      """
        graph main(%q: f32[N,4,5,3], %k: f32[N,2,6,3], %v: f32[N,2,6,3]) -> (%y) {
          %axk = const i64[1] [1]
          %axv = const i64[1] [2]
          %e = const i64[5] [1, 2, 2, 6, 3]
          %j = const i64[4] [0, 4, 6, 3]
          %ku = Unsqueeze(%k, %axk)
          %ke = Expand(%ku, %e)
          %kr = Reshape(%ke, %j)
          %vu = Unsqueeze(%v, %axv)
          %ve = Expand(%vu, %e)
          %vr = Reshape(%ve, %j)
          %y = Attention(%q, %kr, %vr)
        }
        """,
      because: "the axis added is not after the heads")
  }

  @Test func leavesHeadsOfOtherUses() throws {
    try expectUnchanged(
      RemoveRepeatedHeads(),
      """
        graph main(%q: f32[N,4,5,3], %k: f32[N,2,6,3], %v: f32[N,2,6,3]) -> (%y, %kr) {
          %axk = const i64[1] [2]
          %axv = const i64[1] [2]
          %e = const i64[5] [1, 2, 2, 6, 3]
          %j = const i64[4] [0, 4, 6, 3]
          %ku = Unsqueeze(%k, %axk)
          %ke = Expand(%ku, %e)
          %kr = Reshape(%ke, %j)
          %vu = Unsqueeze(%v, %axv)
          %ve = Expand(%vu, %e)
          %vr = Reshape(%ve, %j)
          %y = Attention(%q, %kr, %vr)
        }
        """,
      because: "the value has other uses")
  }

  @Test func leavesKeysRepeatedAlone() throws {
    try expectUnchanged(
      RemoveRepeatedHeads(),
      """
        graph main(%q: f32[N,4,5,3], %k: f32[N,2,6,3], %v: f32[N,4,6,3]) -> (%y) {
          %ax = const i64[1] [2]
          %e = const i64[5] [1, 2, 2, 6, 3]
          %j = const i64[4] [0, 4, 6, 3]
          %ku = Unsqueeze(%k, %ax)
          %ke = Expand(%ku, %e)
          %kr = Reshape(%ke, %j)
          %y = Attention(%q, %kr, %v)
        }
        """,
      because: "not the result of a node")
  }

  @Test func leavesKeysThatAreResults() throws {
    try expectUnchanged(
      RemoveRepeatedHeads(),
      """
        graph main(%q: f32[N,4,5,3], %k: f32[N,2,6,3], %v: f32[N,2,6,3]) -> (%y, %pk) {
          %axk = const i64[1] [2]
          %axv = const i64[1] [2]
          %e = const i64[5] [1, 2, 2, 6, 3]
          %j = const i64[4] [0, 4, 6, 3]
          %ku = Unsqueeze(%k, %axk)
          %ke = Expand(%ku, %e)
          %kr = Reshape(%ke, %j)
          %vu = Unsqueeze(%v, %axv)
          %ve = Expand(%vu, %e)
          %vr = Reshape(%ve, %j)
          %y, %pk = Attention(%q, %kr, %vr)
        }
        """,
      because: "keys, values or scores are results too")
  }

  @Test func leavesPositionsThatAreRepeated() throws {
    try expectUnchanged(
      RemoveRepeatedHeads(),
      """
        graph main(%q: f32[N,2,5,3], %k: f32[N,2,6,3], %v: f32[N,2,6,3]) -> (%y) {
          %ax = const i64[1] [2]
          %e = const i64[5] [1, 2, 2, 6, 3]
          %j = const i64[4] [0, 2, 12, 3]
          %ku = Unsqueeze(%k, %ax)
          %ke = Expand(%ku, %e)
          %kr = Reshape(%ke, %j)
          %vu = Unsqueeze(%v, %ax)
          %ve = Expand(%vu, %e)
          %vr = Reshape(%ve, %j)
          %y = Attention(%q, %kr, %vr)
        }
        """,
      because: "the heads are joined otherwise")
  }
}
