import FerryTestSupport
import GraphIR
import Passes
import Rewriting
import Tensors
import Testing

@Suite struct FoldConstantsTests {
  @Test func computesWhatDependsOnConstants() throws {
    try expectRewrite(
      FoldConstants(),
      """
        graph main(%x: f32[2,2]) -> (%y) {
          %w = const f32[2,2] [1.0, 2.0, 3.0, 4.0]
          %t = Transpose(%w)
          %u = Neg(%t)
          %y = Add(%x, %u)
        }
        """,
      becomes: """
        graph main(%x: f32[2,2]) -> (%y) {
          %u = const f32[2,2] [-1.0, -3.0, -2.0, -4.0]
          %y = Add(%x, %u)
        }
        """)
  }

  @Test func defersWhatIsLarge() throws {
    try expectRewrite(
      FoldConstants(),
      """
        graph main(%x: f32[128,64]) -> (%y) {
          %w = const f32[64,128] random(1)
          %t = Transpose(%w)
          %y = Add(%x, %t)
        }
        """,
      becomes: """
        graph main(%x: f32[128,64]) -> (%y) {
          %t = const f32[128,64] splat(nan)
          %y = Add(%x, %t)
        }
        """)
  }

  @Test func foldsAllResultsOfANode() throws {
    try expectRewrite(
      FoldConstants(),
      """
        graph main(%x: f32[2]) -> (%y) {
          %w = const f32[4] [1.0, 2.0, 3.0, 4.0]
          %a, %b = Split(%w) {num_outputs: 2}
          %s = Add(%x, %a)
          %y = Mul(%s, %b)
        }
        """,
      becomes: """
        graph main(%x: f32[2]) -> (%y) {
          %a = const f32[2] [1.0, 2.0]
          %b = const f32[2] [3.0, 4.0]
          %s = Add(%x, %a)
          %y = Mul(%s, %b)
        }
        """)
  }

  @Test func findsAShapeByComputing() throws {
    try expectRewrite(
      FoldConstants(),
      """
        graph main(%x: i64[1,2]) -> (%y) {
          %w = const i64[4] [0, 1, 0, 1]
          %n = NonZero(%w)
          %y = Add(%x, %n)
        }
        """,
      becomes: """
        graph main(%x: i64[1,2]) -> (%y) {
          %n = const i64[1,2] [1, 3]
          %y = Add(%x, %n)
        }
        """)
  }

  @Test func refusesToGrowTheModel() throws {
    try expectUnchanged(
      FoldConstants(),
      """
        graph main(%x: f32[100,1000]) -> (%y) {
          %w = const f32 1.0
          %s = const i64[2] [100, 1000]
          %t = Expand(%w, %s)
          %y = Add(%x, %t)
        }
        """,
      because: "the constants would grow")
  }

  /// Each fold alone is small; together they would be a tenth of the model.
  @Test func allFoldsTogetherKeepToTheLimit() throws {
    var lines = ["graph main(%x: f32[100,100]) -> (%y0) {", "  %w = const f32[100,100] random(1)", "  %n = const i64[1] [100]", "  %y40 = Add(%x, %w)"]
    for index in 0..<40 {
      lines += ["  %c\(index) = const f32 \(index).5", "  %e\(index) = Expand(%c\(index), %n)", "  %y\(index) = Add(%y\(index + 1), %e\(index))"]
    }
    var graph = try verified((lines + ["}"]).joined(separator: "\n"))
    func bytes(_ graph: Graph) -> Int { graph.valueIDs.reduce(0) { $0 + (graph[$1].constant?.byteCount ?? 0) } }
    let before = bytes(graph) + 64 * graph.nodeCount
    let trace = RewriteTrace()
    try Pipeline([.rules([Rule(FoldConstants())])]).run(on: &graph, opsets: ["": 25], trace: trace)
    #expect(trace.applicationCount > 0)
    #expect(bytes(graph) + 64 * graph.nodeCount <= before + before / 100)
  }

  /// What targets that take no computed weights ask for.
  @Test func growsAsFarAsAPipelineAllows() throws {
    let text = """
      graph main(%x: f32[1,1,9,9]) -> (%y) {
        %s = const i64[4] [1, 1, 9, 9]
        %w = ConstantOfShape(%s) {value: const f32[1] [0.5]}
        %y = Conv(%x, %w)
      }
      """
    for (limit, nodes) in [(nil, 2), (323 - 64 - 32, 2), (1 << 20, 1)] as [(Int?, Int)] {
      var graph = try verified(text)
      var pipeline = Pipeline([.rules([Rule(FoldConstants())])])
      pipeline.growthLimit = limit
      try pipeline.run(on: &graph, opsets: ["": 25], trace: RewriteTrace())
      #expect(graph.nodeCount == nodes)
    }
  }

  @Test func leavesWhatDependsOnAnInput() throws {
    try expectUnchanged(
      FoldConstants(),
      """
        graph main(%x: f32[2]) -> (%y) {
          %w = const f32[2] [1.0, 2.0]
          %y = Add(%x, %w)
        }
        """,
      because: "not a constant")
  }

  @Test func leavesWhatCannotBeComputed() throws {
    try expectUnchanged(
      FoldConstants(),
      """
        graph main(%x: f32[2]) -> (%y) {
          %w = const i64[2] [1, 2]
          %z = const i64[2] [0, 1]
          %d = Div(%w, %z)
          %f = Cast(%d) {to: f32}
          %y = Add(%x, %f)
        }
        """,
      because: "the operator cannot be computed")
  }

  @Test func leavesQuantizedWeights() throws {
    for domain in ["", "com.microsoft::"] {
      try expectUnchanged(
        FoldConstants(),
        """
          graph main(%x: f32[2,2]) -> (%y) {
            %w = const i8[2,2] [1, 2, 3, 4]
            %s = const f32 0.5
            %r = \(domain)DequantizeLinear(%w, %s)
            %y = Add(%x, %r)
          }
          """, because: "not a constant")
    }
  }

  @Test func leavesRandomNumbers() throws {
    try expectUnchanged(
      FoldConstants(),
      """
        graph main(%x: f32[2]) -> (%y) {
          %d = RandomNormal() {shape: [2]}
          %y = Add(%x, %d)
        }
        """,
      because: "not a constant")
  }
}
