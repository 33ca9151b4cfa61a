import Evaluation
import GraphIR
import GraphText
import Testing

@Suite struct SizesTests {
  private func sizes(_ text: String) throws -> [String: Int]? {
    var graph = try Graph(parsing: text)
    var inference = TypeInference()
    try inference.run(on: &graph)
    return Sizes.candidates(for: graph).first
  }

  @Test func weightsSayWhatTheyTake() throws {
    #expect(try sizes("graph main(%x: f32[T,K]) -> (%y) { %w = const f32[236,5] random(1) %y = MatMul(%x, %w) }") == ["T": 1, "K": 236])
    #expect(try sizes("graph main(%x: f32[N,C,H]) -> (%y) { %w = const f32[4,3,2] random(1) %y = Conv(%x, %w) }") == ["N": 1, "C": 3, "H": 64])
    #expect(try sizes("graph main(%x: f32[N,C]) -> (%y) { %b = const f32[7] random(1) %y = Add(%x, %b) }") == ["N": 1, "C": 7])
  }

  /// What is broadcast may have any size.
  @Test func oneAsksForNothing() throws {
    #expect(try sizes("graph main(%x: f32[N,C]) -> (%y) { %b = const f32[1] random(1) %y = Add(%x, %b) }") == ["N": 1, "C": 64])
  }
}
