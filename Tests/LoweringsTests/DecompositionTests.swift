import Diagnostics
import GraphIR
import GraphText
import Lowerings
import Operators
import Tensors
import Testing

/// What takes the place of an operator, or of a type, that a version does not have; and what is refused.
@Suite struct DecompositionTests {
  /// Names of the operators after retargeting, in order.
  private func names(_ text: String, to version: Int) throws -> [String] {
    var graph = try Graph(parsing: text)
    var inference = TypeInference()
    try inference.run(on: &graph)
    try lower(&graph, opsets: [("", version)], retargeting: true)
    try graph.verify()
    return graph.listedNodes().map { graph[$0].op.name }
  }

  private func refusal(_ text: String, to version: Int) -> String {
    do {
      return "became \(try names(text, to: version))"
    } catch { return "\(error)" }
  }

  @Test func newerOperatorsAreTakenApart() throws {
    let swish = "graph g(%x: f32[2,3]) -> (%y) { %y = HardSwish(%x) : f32[2,3] }"
    #expect(try names(swish, to: 14) == ["HardSwish"])
    #expect(try names(swish, to: 13) == ["HardSigmoid", "Mul"])
    let gelu = "graph g(%x: f32[2,3]) -> (%y) { %y = Gelu(%x) }"
    #expect(try names(gelu, to: 19) == ["Mul", "Erf", "Add", "Mul", "Mul"])
    #expect(try names(gelu, to: 8).contains("Exp"), "the parts are taken apart in turn")
    let joined = "graph g(%x: str[2]) -> (%y) { %y = StringConcat(%x, %x) }"
    #expect(refusal(joined, to: 19).contains("needs opset 20"))
  }

  @Test func namesOfOutputsStay() throws {
    var graph = try Graph(parsing: "graph g(%x: f32[2,3]) -> (%y) { %y = HardSwish(%x) : f32[2,3]! from \"swish\" }")
    try lower(&graph, opsets: [("", 9)], retargeting: true)
    #expect(graph.outputs.map { graph[$0].name } == ["y"])
    #expect(graph.listedNodes().allSatisfy { id in
      if case .derived(let derivation) = graph[id].origin { derivation.sources == ["swish"] } else { false }
    })
  }

  @Test func withoutRetargetingNothingIsReplaced() throws {
    var graph = try Graph(parsing: "graph g(%x: f32[2,3]) -> (%y) { %y = HardSwish(%x) }")
    #expect(throws: ModelError.self) { try lower(&graph, opsets: [("", 9)]) }
  }

  @Test func elementTypesThatAppearLaterAreCastAround() throws {
    let sum = "graph g(%a: bf16[2], %b: bf16[2]) -> (%y) { %y = Add(%a, %b) }"
    #expect(try names(sum, to: 13) == ["Add"])
    #expect(refusal(sum, to: 12).contains("bf16"), "no cast knows the type there")
    let small = "graph g(%a: i8[2], %b: i8[2]) -> (%y) { %y = Add(%a, %b) }"
    #expect(try names(small, to: 13) == ["Cast", "Cast", "Add", "Cast"])
    let pool = "graph g(%x: i8[1,1,4,4]) -> (%y) { %y = MaxPool(%x) {kernel_shape: [2, 2]} }"
    #expect(try names(pool, to: 11) == ["Cast", "MaxPool", "Cast"])
  }

  @Test func integersAreNotCastToFloatsWhereThatWouldRound() throws {
    let largest = "graph g(%a: i64[2], %b: i64[2]) -> (%y) { %y = Max(%a, %b) }"
    #expect(try names(largest, to: 11) == ["Greater", "Where"])
    let names = try names(largest, to: 7)
    #expect(names.contains("Div") && names.contains("Gather") && !names.contains("Where"), "halves are compared, and positions choose")
  }

  @Test func softmaxAlongAnInnerAxis() throws {
    let soft = "graph g(%x: f32[2,3,4]) -> (%y) { %y = Softmax(%x) {axis: 1} }"
    #expect(try names(soft, to: 12) == ["Transpose", "Softmax", "Transpose"])
    #expect(try names("graph g(%x: f32[2,3,4]) -> (%y) { %y = Softmax(%x) {axis: 2} }", to: 12) == ["Softmax"])
    #expect(try names("graph g(%x: f32[2,N,4]) -> (%y) { %y = Softmax(%x) {axis: 1, coerced: 1} }", to: 13).contains("Flatten"))
  }

  @Test func quantisationByChannelIsSpeltOut() throws {
    let text = """
      graph g(%x: i8[2,3]) -> (%y) {
        %s = const f32[3] [0.5, 0.25, 2.0]
        %y = DequantizeLinear(%x, %s) {axis: 1}
      }
      """
    #expect(try names(text, to: 13) == ["DequantizeLinear"])
    #expect(try names(text, to: 12) == ["Cast", "Mul"])
  }

  @Test func everyBlockerIsListedOnce() throws {
    let text = """
      graph g(%x: str[2]) -> (%b, %c) {
        %a = StringConcat(%x, %x)  from "first"
        %b = StringConcat(%a, %x)  from "second"
        %c = RegexFullMatch(%x) {pattern: "a"}  from "third"
      }
      """
    var graph = try Graph(parsing: text)
    var inference = TypeInference()
    try inference.run(on: &graph)
    do {
      try lower(&graph, opsets: [("", 8)], retargeting: true)
      Issue.record("it was lowered")
    } catch {
      #expect(error.code == .notExpressible && error.message.hasPrefix("3 nodes"))
      #expect(error.notes.count == 2 && error.notes[0].hasPrefix("RegexFullMatch"), "\(error.notes)")
      #expect(error.notes.last?.hasPrefix("StringConcat ×2") == true && error.notes.last?.hasSuffix("\"first\", \"second\"") == true, "\(error.notes)")
    }
  }

  /// The first axis could be sliced, the second could not.
  @Test func whatWasMadeOnTheWayToARefusalIsGone() throws {
    var graph = try Graph(
      parsing: """
        graph g(%x: f32[4,N]) -> (%y) {
          %pads = const i64[4] [1, 1, 0, 0]
          %y = Pad(%x, %pads) {mode: "wrap"}
        }
        """)
    var inference = TypeInference()
    try inference.run(on: &graph)
    #expect(throws: ModelError.self) { try lower(&graph, opsets: [("", 18)], retargeting: true) }
    #expect(graph.nodeCount == 1)
    #expect(graph.valueIDs.count { graph[$0].constant != nil } == 1)
  }
}
