import FerryTestSupport
import Passes
import Testing

@Suite struct RecognizeCausalMaskTests {
  @Test func recognisesNumbers() throws {
    try expectRewrite(
      RecognizeCausalMask(),
      """
        graph main(%q: f32[N,2,3,4], %k: f32[N,2,3,4], %v: f32[N,2,3,6]) -> (%y) {
          %m = const f32[3,3] [0.0, -inf, -inf, 0.0, 0.0, -inf, 0.0, 0.0, 0.0]
          %y = Attention(%q, %k, %v, %m) {scale: 0.5}
        }
        """,
      becomes: """
        graph main(%q: f32[N,2,3,4], %k: f32[N,2,3,4], %v: f32[N,2,3,6]) -> (%y) {
          %y = Attention(%q, %k, %v) {is_causal: 1, scale: 0.5}
        }
        """)
  }

  @Test func recognisesTruthValues() throws {
    try expectRewrite(
      RecognizeCausalMask(),
      """
        graph main(%q: f32[N,2,3,4], %k: f32[N,2,3,4], %v: f32[N,2,3,6]) -> (%y) {
          %m = const bool[1,1,3,3] [true, false, false, true, true, false, true, true, true]
          %y = Attention(%q, %k, %v, %m) {scale: 0.5}
        }
        """,
      becomes: """
        graph main(%q: f32[N,2,3,4], %k: f32[N,2,3,4], %v: f32[N,2,3,6]) -> (%y) {
          %y = Attention(%q, %k, %v) {is_causal: 1, scale: 0.5}
        }
        """)
  }

  @Test func leavesOtherMasks() throws {
    try expectUnchanged(
      RecognizeCausalMask(),
      """
        graph main(%q: f32[N,2,3,4], %k: f32[N,2,3,4], %v: f32[N,2,3,6]) -> (%y) {
          %m = const f32[3,3] [0.0, -inf, -inf, 0.0, 0.0, -inf, -inf, 0.0, 0.0]
          %y = Attention(%q, %k, %v, %m) {scale: 0.5}
        }
        """,
      because: "the mask is not that of later keys")
  }

  @Test func leavesFiniteNumbers() throws {
    try expectUnchanged(
      RecognizeCausalMask(),
      """
        graph main(%q: f32[N,2,3,4], %k: f32[N,2,3,4], %v: f32[N,2,3,6]) -> (%y) {
          %m = const f32[3,3] [0.0, -100.0, -100.0, 0.0, 0.0, -100.0, 0.0, 0.0, 0.0]
          %y = Attention(%q, %k, %v, %m) {scale: 0.5}
        }
        """,
      because: "the mask is not that of later keys")
  }

  @Test func leavesBiases() throws {
    try expectUnchanged(
      RecognizeCausalMask(),
      """
        graph main(%q: f32[N,2,3,4], %k: f32[N,2,3,4], %v: f32[N,2,3,6]) -> (%y) {
          %m = const f32[3,3] [0.5, -inf, -inf, 0.0, 0.0, -inf, 0.0, 0.0, 0.0]
          %y = Attention(%q, %k, %v, %m) {scale: 0.5}
        }
        """,
      because: "the mask is not that of later keys")
  }

  @Test func leavesMoreKeysThanQueries() throws {
    try expectUnchanged(
      RecognizeCausalMask(),
      """
        graph main(%q: f32[N,2,2,4], %k: f32[N,2,3,4], %v: f32[N,2,3,6]) -> (%y) {
          %m = const f32[2,3] [0.0, -inf, -inf, 0.0, 0.0, -inf]
          %y = Attention(%q, %k, %v, %m) {scale: 0.5}
        }
        """,
      because: "there are not as many queries as keys")
  }

  @Test func leavesScoresInUse() throws {
    try expectUnchanged(
      RecognizeCausalMask(),
      """
        graph main(%q: f32[N,2,3,4], %k: f32[N,2,3,4], %v: f32[N,2,3,6]) -> (%y, %a, %b, %s) {
          %m = const f32[3,3] [0.0, -inf, -inf, 0.0, 0.0, -inf, 0.0, 0.0, 0.0]
          %y, %a, %b, %s = Attention(%q, %k, %v, %m) {scale: 0.5}
        }
        """,
      because: "keys, values or scores are results too")
  }
}
