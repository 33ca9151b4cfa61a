import Diagnostics
import GraphIR
import Lowerings
import Operators
import Tensors
import Testing

/// Operator sets besides the standard one, each with versions of its own.
@Suite struct OtherSetTests {
  private let machineLearning = "ai.onnx.ml"

  private func lifted(_ graph: Graph, _ domain: String, _ version: Int?, report: DiagnosticSink = DiagnosticSink()) -> Graph {
    var copy = graph
    lift(&copy, opsets: [("", 21)] + (version.map { [(domain, $0)] } ?? []), report: report)
    return copy
  }

  private func lowered(_ graph: Graph, _ domain: String, _ version: Int) throws(ModelError) -> Graph {
    var copy = graph
    try lower(&copy, opsets: [("", 21), (domain, version)])
    return copy
  }

  private func encoder(_ version: Int, _ attributes: [NamedAttribute], of element: ElementType? = .string) -> Graph {
    graph("LabelEncoder", version, attributes, [.input(element, [3])], domain: machineLearning)
  }

  private func strings(_ values: String...) -> AttributeValue { .strings(values.map { Array($0.utf8) }) }

  @Test func aListOfClassesBecomesATableAndAListAgain() throws {
    let classes = [attribute("classes_strings", strings("a", "b")), attribute("default_int64", .int(7))]
    for (element, isForward) in [(ElementType.string, true), (.int64, false)] {
      let source = encoder(1, classes, of: element)
      let typed = lifted(source, machineLearning, 1)
      let op = try #require(typed.op(LabelEncoder.self))
      #expect((op.keysStrings != nil) == isForward)
      #expect((isForward ? op.valuesInt64s : op.keysInt64s) == [0, 1])
      #expect(try lowered(typed, machineLearning, 1).difference(to: source) == nil)
      let newer = try lowered(typed, machineLearning, 2)
      #expect(newer.written.keys.sorted() == (isForward
        ? ["default_int64", "keys_strings", "values_int64s"] : ["default_int64", "keys_int64s", "values_strings"]))
    }
  }

  @Test func aListOfClassesForAnUnknownOperandStays() throws {
    let sink = DiagnosticSink()
    let source = encoder(1, [attribute("classes_strings", strings("a"))], of: nil)
    let same = lifted(source, machineLearning, 1, report: sink)
    #expect(same.op(ForeignOperator.self) != nil)
    #expect(sink.all.contains { $0.message.contains("not known") })
    #expect(try lowered(same, machineLearning, 1).difference(to: source) == nil)
  }

  @Test func aTableThatIsNoListNeedsItsVersion() throws {
    let table = [attribute("keys_strings", strings("a", "b")), attribute("values_int64s", .ints([1, 0]))]
    let typed = lifted(encoder(2, table), machineLearning, 2)
    #expect(typed.op(LabelEncoder.self) != nil)
    #expect(throws: ModelError.self) { try lowered(typed, machineLearning, 1) }
    let tensor = try Tensor.integers([1, 0])
    let newest = lifted(
      encoder(4, [attribute("keys_strings", strings("a", "b")), attribute("values_tensor", .tensor(tensor))]), machineLearning, 4)
    #expect(newest.op(LabelEncoder.self) != nil)
    #expect(throws: ModelError.self) { try lowered(newest, machineLearning, 2) }
  }

  @Test func tensorsOfTreesNeedTheirVersion() throws {
    let base = attribute("base_values_as_tensor", .tensor(try Tensor(.float64, [1], elements: [0.5])))
    let source = graph("TreeEnsembleRegressor", 3, [base, attribute("n_targets", .int(1))], [.image], domain: machineLearning)
    let typed = lifted(source, machineLearning, 3)
    #expect(typed.op(TreeEnsembleRegressor.self) != nil)
    #expect(try lowered(typed, machineLearning, 5).op(ForeignOperator.self)?.version == 5)
    #expect(throws: ModelError.self) { try lowered(typed, machineLearning, 1) }
    let early = graph("TreeEnsembleRegressor", 1, [base], [.image], domain: machineLearning)
    #expect(lifted(early, machineLearning, 1).op(ForeignOperator.self) != nil)
  }

  @Test func versionsThatAreNotKnownStay() throws {
    for (name, domain, version) in [("Binarizer", machineLearning, 6), ("TreeEnsemble", machineLearning, 3), ("Gelu", "com.microsoft", 2)] {
      let sink = DiagnosticSink()
      let source = graph(name, version, [], [.image], domain: domain)
      let same = lifted(source, domain, version, report: sink)
      #expect(same.op(ForeignOperator.self) != nil, "\(name)")
      #expect(!sink.all.isEmpty, "\(name)")
      #expect(try lowered(same, domain, version).difference(to: source) == nil, "\(name)")
    }
  }

  @Test func aSetThatTheModelDoesNotAskForStays() {
    #expect(lifted(graph("Gelu", 1, [], [.image], domain: "com.microsoft"), "com.microsoft", nil).op(ForeignOperator.self) != nil)
  }

  @Test func whatIsRequiredIsWrittenAndMustBeGiven() throws {
    let heads = attribute("num_heads", .int(1))
    let source = graph("MultiHeadAttention", 1, [heads], [.unknown], domain: "com.microsoft")
    var typed = lifted(source, "com.microsoft", 1)
    #expect(typed.op(MultiHeadAttention.self)?.numHeads == 1)
    #expect(try lowered(typed, "com.microsoft", 1).written["num_heads"]?.isEqual(to: .int(1)) == true)
    typed = lifted(graph("MultiHeadAttention", 1, [], [.unknown], domain: "com.microsoft"), "com.microsoft", 1)
    #expect(typed.op(ForeignOperator.self) != nil)
  }

  @Test func oneNameInTwoSetsIsTwoOperators() {
    #expect(lifted(graph("Gelu", 1, [], [.image], domain: "com.microsoft"), "com.microsoft", 1).op(ContribGelu.self) != nil)
    #expect(lifted(graph("Gelu", 21, [], [.image]), "com.microsoft", 1).op(Gelu.self) != nil)
  }
}
