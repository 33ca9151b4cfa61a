import Bundle
import Diagnostics
import GraphIR
import GraphText
import Operators
import Retargeting
import Rewriting
import Testing

/// What a target rejects is replaced where a rule can, and reported together where none does; nothing else is touched.
@Suite struct LegalizationTests {
  /// Takes additions, and multiplications of anything but 64-bit integers.
  struct Adders: TargetPlatform {
    let name = "adders"
    let legalizations = [Rule(DoublingAsSum())]

    func rejection(of node: SubjectNode) -> Rejection? {
      switch node.op {
      case is Add: nil
      case is Mul: node.result(0).element == .int64 ? Rejection(.elementType, "products of integers") : Rejection(.noEquivalent, "no products")
      default: Rejection(.noEquivalent, "no \(node.op.name)", remedy: "leave it out")
      }
    }

    func emit(_ model: Model, _ settings: EmissionSettings) throws(ModelError) -> [ArtifactFile] { [] }
  }

  /// `2 · x` → `x + x`
  struct DoublingAsSum: RewriteRule {
    func rewrite(_ mul: Matched<Mul>, _ edit: inout Edit) throws(NoMatch) {
      let factor = try mul[.b].constant()
      let numbers = try? factor.doubles()
      try require(numbers == [2], "not two")
      let x = try mul[.a]
      edit.replace(mul.result, with: edit.emit(Add(), x.id, x.id))
    }
  }

  private func model(_ text: String) throws -> Model {
    var graph = try Graph(parsing: text)
    var inference = TypeInference()
    try inference.run(on: &graph)
    return Model(graph: graph, format: "onnx", opsets: [("", 26)])
  }

  private func run(_ model: inout Model) throws -> Coverage {
    try Legalization(Adders()).run(on: &model, tidying: Pipeline([]), sink: DiagnosticSink())
  }

  @Test func rejectedNodesAreReplaced() throws {
    var subject = try model(
      "graph main(%x: f32[3]) -> (%z) { %two = const f32 2.0  %y = Mul(%x, %two)  %z = Add(%y, %x) }")
    let coverage = try run(&subject)
    #expect(coverage.isComplete)
    #expect(coverage.nodes == 2)
    #expect(coverage.replaced.map(\.replacedBy) == ["DoublingAsSum"])
    #expect(coverage.replaced.first?.reason == .noEquivalent)
    #expect(subject.graph.nodeIDs.allSatisfy { subject.graph[$0].op is Add })
  }

  @Test func whatRemainsIsSortedCountedAndAnError() throws {
    var subject = try model(
      """
      graph main(%x: f32[3], %i: i64[3]) -> (%a, %b, %c, %d) {
        %three = const f32 3.0
        %a = Relu(%x)   from "first"
        %b = Mul(%x, %three)  from "second"
        %c = Relu(%b)   from "third"
        %d = Mul(%i, %i)  from "fourth"
      }
      """)
    let coverage = try run(&subject)
    #expect(coverage.unsupported.map(\.operator) == ["Mul", "Mul", "Relu"])
    #expect(coverage.unsupported.map(\.count) == [1, 1, 2])
    #expect(coverage.unsupported.map(\.reason) == [.noEquivalent, .elementType, .noEquivalent])
    #expect(coverage.unsupported.last?.nodes == ["first", "third"])
    #expect(coverage.unsupported.last?.remedy == "leave it out")
    let failure = coverage.failure(target: "adders")
    #expect(failure.exitStatus == 4)
    #expect(failure.message == "adders cannot take 4 of 4 nodes")
    #expect(failure.notes.count == 3)
  }

  @Test func acceptedNodesAreLeftAlone() throws {
    struct Everything: TargetPlatform {
      let name = "everything"
      let legalizations = [Rule(DoublingAsSum())]
      func rejection(of node: SubjectNode) -> Rejection? { nil }
      func emit(_ model: Model, _ settings: EmissionSettings) throws(ModelError) -> [ArtifactFile] { [] }
    }
    var subject = try model("graph main(%x: f32[3]) -> (%y) { %two = const f32 2.0  %y = Mul(%x, %two) }")
    let before = subject.graph.text()
    let coverage = try Legalization(Everything()).run(on: &subject, tidying: Pipeline([]), sink: DiagnosticSink())
    #expect(coverage.isComplete && coverage.replaced.isEmpty)
    #expect(subject.graph.text() == before)
  }

  @Test func limitsRejectWhatTheFormatTakes() throws {
    var subject = try model("graph main(%x: f32[N]) -> (%y) { %y = Add(%x, %x) }")
    let limited = Legalization(Adders()) { node in
      node.result(0).type?.tensorType?.fixedShape == nil ? Rejection(.dynamicShape, "open sizes") : nil
    }
    let coverage = try limited.run(on: &subject, tidying: Pipeline([]), sink: DiagnosticSink())
    #expect(coverage.unsupported.map(\.reason) == [.dynamicShape])
  }

  @Test func portsThatAreNoTensorsAreCountedApart() throws {
    var subject = try model("graph main(%x: seq<f32[...]>, %y: f32[3]) -> (%z) { %z = Add(%y, %y) }")
    let coverage = try run(&subject)
    #expect(coverage.unsupported.map(\.operator) == ["input"])
    #expect(coverage.unsupportedText == "1 input")
  }

  @Test func nodesWithinGraphsAreFound() throws {
    struct Choosing: TargetPlatform {
      let name = "choosing"
      func rejection(of node: SubjectNode) -> Rejection? { node.op is If ? nil : Adders().rejection(of: node) }
      func emit(_ model: Model, _ settings: EmissionSettings) throws(ModelError) -> [ArtifactFile] { [] }
    }
    var subject = try model(
      """
      graph main(%c: bool, %x: f32[3]) -> (%y) {
        %y = If(%c, %x) {else_branch: graph e() captures(%v) -> (%p) { %p = Relu(%v) }, then_branch: graph t() captures(%w) -> (%q) { %q = Add(%w, %w) }}
      }
      """)
    let coverage = try Legalization(Choosing()).run(on: &subject, tidying: Pipeline([]), sink: DiagnosticSink())
    #expect(coverage.nodes == 3)
    #expect(coverage.unsupported.map(\.operator) == ["Relu"])
  }

  /// Takes `Sub` apart into `Add` and `Neg`, and `Neg` into a product with an integer's type.
  private static let takeApart: Legalization.LastResort = { (graph, spared, judge) in
    var count = 0
    for id in graph.listedNodes() where graph[id].op is Sub && !spared.contains("Sub") {
      guard let note = judge(graph, id), let a = graph[id].operands[0], let b = graph[id].operands[1] else { continue }
      let origin = Provenance.derived(.init(sources: [], rules: ["DecomposeSub"]))
      let negated = graph.addNode(Mul(), [b, b], results: [("", graph[b].type)], origin: origin)
      let sum = graph.addNode(Add(), [a, graph[negated].results[0]], results: [("", graph[a].type)], origin: origin)
      let (old, new) = (graph[id].results[0], graph[sum].results[0])
      let name = graph[old].name
      graph.rename(old, to: "")
      graph.rename(new, to: name)
      graph.replaceAllUses(of: old, with: new)
      graph.remove(id)
      note()
      count += 1
    }
    return count
  }

  private func takenApart(_ text: String, whole: Set<String> = []) throws -> (Coverage, Model) {
    var subject = try model(text)
    let platform = Legalization(Products(wholeOperators: whole), lastResort: Self.takeApart)
    return (try platform.run(on: &subject, tidying: Pipeline([]), sink: DiagnosticSink()), subject)
  }

  /// Takes sums, and products of floats.
  struct Products: TargetPlatform {
    let name = "products"
    var wholeOperators: Set<String> = []

    func rejection(of node: SubjectNode) -> Rejection? {
      switch node.op {
      case is Add: nil
      case is Mul: node.result(0).element == .int64 ? Rejection(.elementType, "products of integers") : nil
      default: Rejection(.noEquivalent, "no \(node.op.name)")
      }
    }

    func emit(_ model: Model, _ settings: EmissionSettings) throws(ModelError) -> [ArtifactFile] { [] }
  }

  @Test func wholeOperatorsAreNotTakenApart() throws {
    let (coverage, _) = try takenApart("graph main(%x: f32[3], %y: f32[3]) -> (%z) { %z = Sub(%x, %y) }", whole: ["Sub"])
    #expect(coverage.unsupported.map(\.operator) == ["Sub"])
    #expect(coverage.replaced.isEmpty)
  }

  @Test func theLastResortIsTakenWhereAllItsPartsAreAccepted() throws {
    let (coverage, subject) = try takenApart("graph main(%x: f32[3], %y: f32[3]) -> (%z) { %z = Sub(%x, %y) }")
    #expect(coverage.isComplete)
    #expect(coverage.replaced.map(\.replacedBy) == ["DecomposeSub"])
    #expect(subject.graph.nodeIDs.count { _ in true } == 2)
  }

  /// The user is told about the node that is in the model, not about what it would have become.
  @Test func theLastResortIsNotTakenWhereAPartIsRejected() throws {
    let (coverage, subject) = try takenApart("graph main(%x: i64[3], %y: i64[3]) -> (%z) { %z = Sub(%x, %y) }")
    #expect(coverage.unsupported.map(\.operator) == ["Sub"])
    #expect(coverage.replaced.isEmpty)
    #expect(subject.graph.nodeIDs.contains { subject.graph[$0].op is Sub })
  }
}
