import FerryTestSupport
import GraphIR
import GraphText
import Operators
import Retargeting
import Rewriting
import Tensors
import Testing

@Suite struct DensifyConstantTests {
  private func densified(_ constant: String) throws -> Graph {
    var graph = try Graph(parsing: "graph main(%x: f32[6]) -> (%y) { %w = \(constant)  %y = Add(%x, %w) }")
    var inference = TypeInference()
    try inference.run(on: &graph)
    try Pipeline([.rules([Rule(DensifyConstant())])]).run(on: &graph, opsets: [:], trace: RewriteTrace())
    return graph
  }

  private func result(_ constant: String) throws -> [Float]? {
    let graph = try densified(constant)
    guard graph.nodeCount == 1 else { return nil }
    return try graph.evaluated([Tensor(.float32, [6], elements: [Float](repeating: 1, count: 6))])[0].elements(as: Float.self)
  }

  @Test func placesAreLinear() throws {
    #expect(try result("Constant@17() {sparse_value: sparse [6] (const f32[2] [1.5, -2.0], const i64[2] [1, 5])}") == [1, 2.5, 1, 1, 1, -1])
  }

  @Test func placesAreCoordinates() throws {
    #expect(
      try result("Constant@17() {sparse_value: sparse [1, 6] (const f32[2] [1.5, -2.0], const i64[2,2] [0, 1, 0, 5])}") == [1, 2.5, 1, 1, 1, -1])
  }

  @Test(arguments: [
    "Constant@17() {sparse_value: sparse [6] (const f32[1] [1.5], const i64[1] [6])}",
    "Constant@17() {sparse_value: sparse [6] (const f32[1] [1.5], const i64[1] [-1])}",
    "Constant@17() {sparse_value: sparse [1, 6] (const f32[1] [1.5], const i64[1,2] [1, 0])}",
    "Constant@17() {sparse_value: sparse [1, 6] (const f32[2] [1.5, 2.0], const i64[1,2] [0, 0])}",
    "Constant@17() {sparse_value: sparse [100000, 100000, 6] (const f32[1] [1.5], const i64[1] [1])}",
    "Other@17() {sparse_value: sparse [6] (const f32[1] [1.5], const i64[1] [1])}",
  ]) func whatCannotBeIsLeft(_ constant: String) throws {
    #expect(try densified(constant).nodeCount == 2)
  }
}
