import FerryTestSupport
import GraphIR
import Passes
import Rewriting
import Testing

/// No rule of its own: what splits, moves and joins channels is seen through by the rules for shapes and transpositions.
@Suite struct ChannelShuffleTests {
  private func optimised(_ groups: (Int, Int)) throws -> [String] {
    var graph = try verified(
      """
      graph main(%x: f32[N,6,4,5]) -> (%z) {
        %a = const i64[5] [0, \(groups.0), \(6 / groups.0), 4, 5]
        %b = const i64[5] [0, \(groups.1), \(6 / groups.1), 4, 5]
        %back = const i64[4] [0, 6, 4, 5]
        %s = Reshape(%x, %a)
        %t = Transpose(%s) {perm: [0, 2, 1, 3, 4]}
        %u = Reshape(%t, %back)
        %v = Reshape(%u, %b)
        %w = Transpose(%v) {perm: [0, 2, 1, 3, 4]}
        %y = Reshape(%w, %back)
        %z = Neg(%y)
      }
      """)
    let original = graph
    try Pipelines.standard.run(on: &graph, opsets: ["": 20], trace: RewriteTrace())
    let inputs = try original.randomInputs(seed: 1, sizes: [2])
    for (mine, theirs) in zip(try graph.evaluated(inputs), try original.evaluated(inputs)) { #expect(try mine.difference(from: theirs) == nil) }
    return try graph.topologicalOrder().map { graph[$0].op.name }
  }

  @Test func shufflesThatUndoEachOtherVanish() throws {
    #expect(try optimised((2, 3)) == ["Neg"])
  }

  @Test func shufflesThatDoNotStay() throws {
    #expect(try optimised((2, 2)).contains("Transpose"))
  }
}
