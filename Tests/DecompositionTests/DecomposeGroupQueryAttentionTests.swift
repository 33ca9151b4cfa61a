import Evaluation
import FerryTestSupport
import GraphIR
import GraphText
import Lowerings
import Rewriting
import Testing

@Suite struct DecomposeGroupQueryAttentionTests {
  /// Expects that the operator goes and the results stay.
  private func expectSame(_ text: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
    var original = try Graph(parsing: text)
    var inference = TypeInference()
    try inference.run(on: &original)
    var graph = original
    try Pipeline([.rules([Rule(DecomposeGroupQueryAttention())])]).run(on: &graph, opsets: [:], trace: RewriteTrace(), sink: .init())
    #expect(!graph.nodeIDs.contains { graph[$0].op.domain == "com.microsoft" }, "\(graph.text())", sourceLocation: sourceLocation)
    try inference.run(on: &graph)
    try graph.verify()
    let inputs = try original.randomInputs(seed: 3, sizes: [2])
    for (mine, theirs) in zip(try graph.evaluated(inputs), try original.evaluated(inputs)) {
      let agreement = try Tolerance().compare(mine, with: theirs, name: "output")
      #expect(agreement.isEqual, "\(agreement)", sourceLocation: sourceLocation)
    }
  }

  private func step(_ operands: String = "", _ attributes: String = "", total: Int = 6, lengths: String = "5, 3") -> String {
    """
    graph main(%q: f32[2,3,16], %k: f32[2,3,8], %v: f32[2,3,8], %pk: f32[2,2,5,4], %pv: f32[2,2,5,4]) -> (%y, %nk, %nv) {
      %l = const i32[2] [\(lengths)] %t = const i32 \(total) %c = const f32[8,2] random(1) %s = const f32[8,2] random(2)
      %b = const f32[2,4,3,6] random(3) %k4 = const f32[4] random(4)
      %y, %nk, %nv = com.microsoft::GroupQueryAttention(%q, %k, %v, %pk, %pv, %l, %t\(operands)) {num_heads: 4, kv_num_heads: 2\(attributes)}
    }
    """
  }

  @Test func laterSteps() throws {
    try expectSame(step())
    try expectSame(step("", ", local_window_size: 2, scale: 0.3, softcap: 1.5"))
    try expectSame(step(", %c, %s", ", do_rotary: 1"))
    try expectSame(step(", %c, %s", ", do_rotary: 1, rotary_interleaved: 1"))
    try expectSame(step(", _, _, _, %b"))
    try expectSame(step(", _, _, _, _, %k4"))
    try expectSame(step("", ", smooth_softmax: 1"))
  }

  /// The buffer of the past may be longer than all keys are.
  @Test func aPastWithRoom() throws { try expectSame(step(", %c, %s", ", do_rotary: 1", total: 4, lengths: "3, 2")) }

  @Test func firstSteps() throws {
    func first(_ attributes: String, _ angles: String = "") -> String {
      """
      graph main(%q: f32[2,5,16], %k: f32[2,5,8], %v: f32[2,5,8]) -> (%y, %nk, %nv) {
        %l = const i32[2] [4, 2] %t = const i32 5 %c = const f32[8,2] random(1) %s = const f32[8,2] random(2)
        %y, %nk, %nv = com.microsoft::GroupQueryAttention(%q, %k, %v, _, _, %l, %t\(angles)) {num_heads: 4, kv_num_heads: 2\(attributes)}
      }
      """
    }
    try expectSame(first(""))
    try expectSame(first(", local_window_size: 2"))
    try expectSame(first(", do_rotary: 1", ", %c, %s"))
  }

  @Test func packedQueries() throws {
    try expectSame(
      """
      graph main(%q: f32[2,5,32]) -> (%y) {
        %l = const i32[2] [4, 4] %t = const i32 5
        %y = com.microsoft::GroupQueryAttention(%q, _, _, _, _, %l, %t) {num_heads: 4, kv_num_heads: 2}
      }
      """)
  }

  @Test func aQuantisedCacheStays() throws {
    try expectUnchanged(DecomposeGroupQueryAttention(), step("", ", sliding_window_cache: 1"), because: "the cache is a window")
  }
}
