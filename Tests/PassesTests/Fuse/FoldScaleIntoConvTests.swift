import FerryTestSupport
import Passes
import Rewriting
import Testing

@Suite struct FoldScaleIntoConvTests {
  @Test func foldsAFactorPerChannel() throws {
    try expectRewrite(
      FoldScaleIntoConv(),
      """
        graph main(%x: f32[N,4,5,5]) -> (%y) {
          %w = const f32[6,4,3,3] random(1)
          %q = const f32[6] random(2)
          %k = const f32[1,6,1,1] random(3)
          %c = Conv(%x, %w, %q)
          %y = Mul(%k, %c)
        }
        """,
      becomes: """
        graph main(%x: f32[N,4,5,5]) -> (%y) {
          %w = const f32[6,4,3,3] splat(nan)
          %q = const f32[6] splat(nan)
          %y = Conv(%x, %w, %q)
        }
        """)
  }

  @Test func foldsAScalarDivisor() throws {
    try expectRewrite(
      FoldScaleIntoConv(),
      """
        graph main(%x: f32[N,4,5,5]) -> (%y) {
          %w = const f32[6,4,3,3] random(1)
          %k = const f32 4.0
          %c = Conv(%x, %w)
          %y = Div(%c, %k)
        }
        """,
      becomes: """
        graph main(%x: f32[N,4,5,5]) -> (%y) {
          %w = const f32[6,4,3,3] splat(nan)
          %y = Conv(%x, %w)
        }
        """)
  }

  @Test func leavesAFactorAlongTheLastAxis() throws {
    try expectUnchanged(
      FoldScaleIntoConv(),
      """
        graph main(%x: f32[N,4,5,5]) -> (%y) {
          %w = const f32[6,4,3,3] random(1)
          %k = const f32[3] random(3)
          %c = Conv(%x, %w)
          %y = Mul(%c, %k)
        }
        """,
      because: "the constant does not vary by channel alone")
  }

  @Test func leavesAFactorThatAddsAnAxis() throws {
    try expectUnchanged(
      FoldScaleIntoConv(),
      """
        graph main(%x: f32[N,4,5,5]) -> (%y) {
          %w = const f32[6,4,3,3] random(1)
          %k = const f32[1,1,6,1,1] random(3)
          %c = Conv(%x, %w)
          %y = Mul(%c, %k)
        }
        """,
      because: "the constant has more axes than the result")
  }

  @Test func leavesADividend() throws {
    try expectUnchanged(
      FoldScaleIntoConv(),
      """
        graph main(%x: f32[N,4,5,5]) -> (%y) {
          %w = const f32[6,4,3,3] random(1)
          %k = const f32 4.0
          %c = Conv(%x, %w)
          %y = Div(%k, %c)
        }
        """,
      because: "not the result of a node")
  }

  @Test func leavesASharedConvolution() throws {
    try expectUnchanged(
      FoldScaleIntoConv(),
      """
        graph main(%x: f32[N,4,5,5]) -> (%y, %c) {
          %w = const f32[6,4,3,3] random(1)
          %k = const f32 4.0
          %c = Conv(%x, %w)
          %y = Mul(%c, %k)
        }
        """,
      because: "the value has other uses")
  }

  @Test func leavesAnInput() throws {
    try expectUnchanged(
      FoldScaleIntoConv(),
      """
        graph main(%x: f32[N,4,5,5], %k: f32) -> (%y) {
          %w = const f32[6,4,3,3] random(1)
          %c = Conv(%x, %w)
          %y = Mul(%c, %k)
        }
        """,
      because: "not a constant")
  }

  @Test func foldsANegation() throws {
    try expectRewrite(
      FoldScaleIntoConv(),
      """
        graph main(%x: f32[N,4,5,5]) -> (%y) {
          %w = const f32[6,4,3,3] random(1)
          %b = const f32[6] random(2)
          %c = Conv(%x, %w, %b)
          %y = Neg(%c)
        }
        """,
      becomes: """
        graph main(%x: f32[N,4,5,5]) -> (%y) {
          %w = const f32[6,4,3,3] splat(nan)
          %b = const f32[6] splat(nan)
          %y = Conv(%x, %w, %b)
        }
        """)
  }

  @Test func leavesLargeWeightsThatAreUsedElsewhere() throws {
    try expectUnchanged(
      FoldScaleIntoConv(),
      """
        graph main(%x: f32[N,4,5,5]) -> (%y, %other) {
          %w = const f32[6,4,3,3] random(1)
          %q = const f32[6] random(2)
          %k = const f32[1,6,1,1] random(3)
          %c = Conv(%x, %w, %q)
          %y = Mul(%k, %c)
          %other = Neg(%w)
        }
        """,
      because: "the constant has other uses, and a changed copy is large")
  }

  /// Targets that take no computed weights let folding grow a model; copies of weights that stay are none of that.
  @Test func leavesThemWhereFoldingMayGrowTheModel() throws {
    var graph = try verified(
      """
      graph main(%x: f32[N,4,5,5]) -> (%y, %other) {
        %w = const f32[6,4,3,3] random(1)
        %k = const f32[1,6,1,1] random(3)
        %c = Conv(%x, %w)
        %y = Mul(%k, %c)
        %other = Neg(%w)
      }
      """)
    var pipeline = Pipeline([.rules([Rule(FoldScaleIntoConv())])])
    pipeline.growthLimit = 1 << 20
    let trace = RewriteTrace()
    try pipeline.run(on: &graph, opsets: ["": 25], trace: trace)
    #expect(trace.applicationCount == 0)
  }

  @Test func leavesADivisionByZero() throws {
    try expectUnchanged(
      FoldScaleIntoConv(),
      """
        graph main(%x: f32[1,2,4,4]) -> (%y) {
          %w = const f32[2,2,1,1] random(1)
          %k = const f32[2,1,1] [0.0, 2.0]
          %c = Conv(%x, %w)
          %y = Div(%c, %k)
        }
        """,
      because: "a scale is not a finite number")
  }
}
