import FerryTestSupport
import GraphIR
import GraphText
import Lowerings
import Operators
import Testing

/// Recurrent layers as scans over their steps compute the same.
@Suite struct DecomposeRecurrentStepsTests {
  private static let lstm = "%w = const f32[1,12,5] random(1) %r = const f32[1,12,3] random(2) %b = const f32[1,24] random(3) %p = const f32[1,9] random(4)"
  private static let gru = "%w = const f32[2,9,5] random(1) %r = const f32[2,9,3] random(2) %b = const f32[2,18] random(3)"
  private static let rnn = "%w = const f32[1,3,5] random(1) %r = const f32[1,3,3] random(2)"

  @Test(arguments: [
    "\(lstm) %y, %h, %c = LSTM(%x, %w, %r, %b, _, _, _, %p) {hidden_size: 3}",
    "\(lstm) %n = const i32[2] [4, 2] %i = const f32[1,2,3] random(5) %y, %h, %c = LSTM(%x, %w, %r, %b, %n, %i, %i, %p) {hidden_size: 3, direction: \"reverse\"}",
    "\(lstm) %y, %h, %c = LSTM(%x, %w, %r, %b) {hidden_size: 3, input_forget: 1, clip: 0.4, activations: [\"HardSigmoid\", \"Softsign\", \"Elu\"]}",
  ]) func longShortTermMemory(_ body: String) throws { try expectSame("graph main(%x: f32[4,2,5]) -> (%y, %h, %c) { \(body) }", "LSTM") }

  @Test(arguments: ["", ", linear_before_reset: 1", ", activations: [\"Affine\", \"LeakyRelu\", \"ScaledTanh\", \"Softplus\"], activation_alpha: [0.3, 0.2, 0.7], activation_beta: [0.1, 0.6]"])
  func gatedUnits(_ attributes: String) throws {
    let body = "\(Self.gru) %y, %h = GRU(%x, %w, %r, %b) {hidden_size: 3, direction: \"bidirectional\"\(attributes)}"
    try expectSame("graph main(%x: f32[4,2,5]) -> (%y, %h) { \(body) }", "GRU")
  }

  @Test func plainLayers() throws {
    try expectSame("graph main(%x: f32[4,2,5]) -> (%y, %h) { \(Self.rnn) %y, %h = RNN(%x, %w, %r) {hidden_size: 3} }", "RNN")
    try expectSame("graph main(%x: f32[2,4,5]) -> (%y, %h) { \(Self.rnn) %y, %h = RNN(%x, %w, %r) {hidden_size: 3, layout: 1, activations: [\"Relu\"]} }", "RNN")
  }

  private func expectSame(_ text: String, _ name: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
    var source = try Graph(parsing: text)
    var inference = TypeInference()
    try inference.run(on: &source)
    var graph = source
    var takingApart = TakingApart { graph, id in graph[id].op.name == name ? {} : nil }
    #expect(try takingApart.run(on: &graph) > 0, sourceLocation: sourceLocation)
    try graph.verify()
    #expect(!graph.listedNodes().contains { graph[$0].op.name == name }, sourceLocation: sourceLocation)
    let inputs = try source.randomInputs(seed: 5, sizes: [2])
    let (expected, actual) = (try source.evaluated(inputs), try graph.evaluated(inputs))
    try #require(expected.count == actual.count, sourceLocation: sourceLocation)
    for (theirs, mine) in zip(expected, actual) {
      if let difference = try mine.difference(from: theirs) { Issue.record("\(difference)", sourceLocation: sourceLocation) }
    }
  }
}
