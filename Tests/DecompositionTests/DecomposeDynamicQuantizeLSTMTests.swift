import Evaluation
import FerryTestSupport
import GraphIR
import GraphText
import Lowerings
import Rewriting
import Testing

@Suite struct DecomposeDynamicQuantizeLSTMTests {
  /// Weights, scales and zero points of two directions, five inputs and three units.
  private static let weights = """
    %w = const i8[2,5,12] random(1) %r = const i8[2,3,12] random(2) %b = const f32[2,24] random(3) %p = const f32[2,9] random(4)
    %i = const f32[2,2,3] random(5) %sw = const f32[2] [0.01, 0.02] %sr = const f32[2] [0.015, 0.01] %z = const i8[2] [3, -4]
    """

  private func rewritten(_ text: String) throws -> (original: Graph, graph: Graph) {
    var original = try Graph(parsing: text)
    var inference = TypeInference()
    try inference.run(on: &original)
    var graph = original
    try Pipeline([.rules([Rule(DecomposeDynamicQuantizeLSTM())])]).run(on: &graph, opsets: [:], trace: RewriteTrace())
    try inference.run(on: &graph)
    try graph.verify()
    return (original, graph)
  }

  @Test(arguments: [
    "%y, %h, %c = com.microsoft::DynamicQuantizeLSTM(%x, %w, %r, %b, _, %i, %i, _, %sw, %z, %sr, %z) {direction: \"bidirectional\"}",
    "%y, %h, %c = com.microsoft::DynamicQuantizeLSTM(%x, %w, %r, _, _, _, _, %p, %sw, %z, %sr, %z) {direction: \"bidirectional\"}",
    "%n = const i32[2] [3, 1] %y, %h, %c = com.microsoft::DynamicQuantizeLSTM(%x, %w, %r, %b, %n, %i, %i, _, %sw, %z, %sr, %z) {direction: \"bidirectional\"}",
  ]) func computesTheSame(_ body: String) throws {
    let (original, graph) = try rewritten("graph main(%x: f32[4,2,5]) -> (%y, %h, %c) { \(Self.weights) \(body) }")
    #expect(!graph.nodeIDs.contains { graph[$0].op.domain == "com.microsoft" }, "\(graph.text())")
    let inputs = try original.randomInputs(seed: 3, sizes: [2])
    for (mine, theirs) in zip(try graph.evaluated(inputs), try original.evaluated(inputs)) {
      let agreement = try Tolerance().compare(mine, with: theirs, name: "output")
      #expect(agreement.isEqual, "\(agreement)")
    }
  }

  /// Results that nobody uses are not computed for their own sake, and steps and batch may be open.
  @Test func takesOpenSizesAndUnusedResults() throws {
    let (_, graph) = try rewritten(
      """
      graph main(%x: f32[s,n,5]) -> (%c) {
        \(Self.weights)
        _, _, %c = com.microsoft::DynamicQuantizeLSTM(%x, %w, %r, %b, _, _, _, _, %sw, %z, %sr, %z) {direction: "bidirectional"}
      }
      """)
    #expect(graph.listedNodes().filter { graph[$0].op.name == "Scan" }.count == 2)
  }

  @Test func leavesUnitsThatAreNotKnown() throws {
    let (_, graph) = try rewritten(
      """
      graph main(%x: f32[4,2,5], %w: i8[1,5,m], %r: i8[1,k,m], %s: f32[1], %z: i8[1]) -> (%y) {
        %y = com.microsoft::DynamicQuantizeLSTM(%x, %w, %r, _, _, _, _, _, %s, %z, %s, %z)
      }
      """)
    #expect(graph.listedNodes().count == 1)
  }
}
