import FerryTestSupport
import Lowerings
import Testing

@Suite struct DecomposeSkippedNormalizationsTests {
  @Test func addsBeforeItNormalizes() throws {
    try expectRewrite(
      DecomposeSkippedNormalizations(),
      """
        graph main(%x: f32[N,3,4], %k: f32[N,3,4]) -> (%y, %s) {
          %g = const f32[4] random(1)
          %b = const f32[4] random(2)
          %c = const f32[4] random(3)
          %y, _, _, %s = com.microsoft::SkipLayerNormalization(%x, %k, %g, %b, %c) {epsilon: 0.5}
        }
        """,
      becomes: """
        graph main(%x: f32[N,3,4], %k: f32[N,3,4]) -> (%y, %s) {
          %g = const f32[4] random(1)
          %b = const f32[4] random(2)
          %c = const f32[4] random(3)
          %a = Add(%x, %k)
          %s = Add(%a, %c)
          %y = LayerNormalization(%s, %g, %b) {epsilon: 0.5}
        }
        """)
  }

  @Test func keepsMeanAndDeviation() throws {
    try expectRewrite(
      DecomposeSkippedNormalizations(),
      """
        graph main(%x: f32[N,4], %k: f32[N,4], %g: f32[4]) -> (%y, %m, %d) {
          %y, %m, %d = com.microsoft::SkipLayerNormalization(%x, %k, %g)
        }
        """,
      becomes: """
        graph main(%x: f32[N,4], %k: f32[N,4], %g: f32[4]) -> (%y, %m, %d) {
          %a = Add(%x, %k)
          %y, %m, %d = LayerNormalization(%a, %g) {epsilon: 1e-12}
        }
        """)
  }

  private let scaled = """
      %e = const f32 0.5
      %n = const i64[1] [AXIS]
      %q = Mul(%s, %s)
      %m = ReduceMean(%q, %n)
      %v = Add(%m, %e)
      %d = Sqrt(%v)
      %f = Reciprocal(%d)
      %u = Mul(%s, %f)
      %y = Mul(%u, %g)
    """

  @Test func squaresWhereThereIsNoMean() throws {
    for domain in ["", "com.microsoft::"] {
      try expectRewrite(
        DecomposeSkippedNormalizations(),
        "graph main(%s: f32[N,4], %g: f32[4]) -> (%y, %f) { %y, %f = \(domain)SimplifiedLayerNormalization(%s, %g) {epsilon: 0.5} }",
        becomes: "graph main(%s: f32[N,4], %g: f32[4]) -> (%y, %f) {\n" + scaled.replacing("AXIS", with: "1") + "\n}")
    }
    try expectRewrite(
      DecomposeSkippedNormalizations(),
      "graph main(%x: f32[N,4], %k: f32[N,4], %g: f32[4]) -> (%y) { %y = com.microsoft::SkipSimplifiedLayerNormalization(%x, %k, %g) {epsilon: 0.5} }",
      becomes: "graph main(%x: f32[N,4], %k: f32[N,4], %g: f32[4]) -> (%y) {\n  %s = Add(%x, %k)\n" + scaled.replacing("AXIS", with: "-1") + "\n}")
  }

  @Test func squaresHalvesAsFloats() throws {
    try expectRewrite(
      DecomposeSkippedNormalizations(),
      "graph main(%x: f16[N,4], %g: f16[4]) -> (%y) { %y = SimplifiedLayerNormalization(%x, %g) {epsilon: 0.5} }",
      becomes: """
        graph main(%x: f16[N,4], %g: f16[4]) -> (%y) {
          %e = const f32 0.5
          %n = const i64[1] [1]
          %s = Cast(%x) {to: f32}
          %q = Mul(%s, %s)
          %m = ReduceMean(%q, %n)
          %v = Add(%m, %e)
          %d = Sqrt(%v)
          %f = Reciprocal(%d)
          %u = Mul(%s, %f)
          %h = Cast(%u) {to: f16}
          %y = Mul(%h, %g)
        }
        """)
  }

  @Test func leavesAMeanThatIsUsed() throws {
    try expectUnchanged(
      DecomposeSkippedNormalizations(),
      """
        graph main(%x: f32[N,4], %k: f32[N,4], %g: f32[4]) -> (%y, %m) {
          %y, %m = com.microsoft::SkipSimplifiedLayerNormalization(%x, %k, %g)
        }
        """,
      because: "the mean is used")
  }

  @Test func leavesAnUnknownRank() throws {
    try expectUnchanged(
      DecomposeSkippedNormalizations(), "graph main(%x: f32[...], %g: f32[4]) -> (%y) { %y = SimplifiedLayerNormalization(%x, %g) }",
      because: "the rank is not known")
  }
}
