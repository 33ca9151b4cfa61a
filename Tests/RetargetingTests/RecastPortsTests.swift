import Bundle
import Diagnostics
import FerryTestSupport
import GraphIR
import GraphText
import Operators
import Retargeting
import Rewriting
import Tensors
import Testing

/// What a target has no form for is given as tensors that hold the same; what is computed with, or cannot be told, stays.
@Suite struct RecastPortsTests {
  /// Tensors of floats, integers and truth values.
  struct Plain: TargetPlatform {
    let name = "plain"
    func has(_ element: ElementType) -> Bool { [.float32, .float64, .int8, .int64, .bool].contains(element) }
    func rejection(of node: SubjectNode) -> Rejection? { nil }
    func emit(_ model: Model, _ settings: EmissionSettings) throws(ModelError) -> [ArtifactFile] { [] }
  }

  private func recast(_ text: String) throws -> (graph: Graph, notes: [String]) {
    var graph = try Graph(parsing: text)
    var inference = TypeInference()
    try inference.run(on: &graph)
    let notes = try graph.recastPorts(for: Plain())
    try inference.run(on: &graph)
    try graph.verify()
    return (graph, notes)
  }

  private func types(_ values: [ValueID], in graph: Graph) -> [String] {
    values.map { "\(graph[$0].name): \(graph[$0].type?.description ?? "?")" }
  }

  private func floats(_ numbers: [Float], _ shape: [Int]) throws -> Tensor { try Tensor(.float32, shape, elements: numbers) }

  // MARK: Optionals

  private let optional = """
    graph main(%maybe: optional<f32[n]>, %other: f32[n]) -> (%y) {
      %there = OptionalHasElement(%maybe)
      %y = If(%there, %maybe, %other) {
        then_branch: graph() captures (%maybe, %other) -> (%a) { %a = OptionalGetElement(%maybe) },
        else_branch: graph() captures (%maybe, %other) -> (%b) { %b = Neg(%other) }
      }
    }
    """

  @Test func anOptionalInputIsATensorAndWhetherItIsThere() throws {
    let (graph, notes) = try recast(optional)
    #expect(types(graph.inputs, in: graph) == ["maybe: f32[n]", "other: f32[n]", "maybe/present: bool"])
    #expect(notes.count == 2)
    let (x, other) = (try floats([1, 2], [2]), try floats([3, 4], [2]))
    for (flag, wanted) in [(UInt8(1), [Float(1), 2]), (0, [-3, -4])] {
      let there = try Tensor(.bool, [], elements: [flag])
      #expect(try graph.evaluated([x, other, there])[0].elements(as: Float.self) == wanted)
    }
  }

  @Test func anOptionalThatIsGivenOutStays() throws {
    let (graph, notes) = try recast("graph main(%maybe: optional<f32[n]>) -> (%y) { %y = Identity(%maybe) }")
    #expect(types(graph.inputs, in: graph) == ["maybe: optional<f32[n]>"])
    #expect(notes.isEmpty)
  }

  // MARK: Sequences

  @Test func sequencesLieAlongAFirstAxis() throws {
    let (graph, notes) = try recast(
      """
      graph main(%many: seq<f32[n]>, %one: f32[n]) -> (%longer, %first, %count, %rows, %flat, %less) {
        %zero = const i64 0  %two = const i64 -1
        %longer = SequenceInsert(%many, %one)
        %first = SequenceAt(%many, %zero)
        %count = SequenceLength(%longer)
        %mixed = SequenceInsert(%many, %one, %two)
        %rows = ConcatFromSequence(%mixed) {axis: 1, new_axis: 1}
        %flat = ConcatFromSequence(%mixed) {axis: 0}
        %less = SequenceErase(%many, %zero)
      }
      """)
    #expect(types(graph.inputs, in: graph) == ["many: f32[many_count,n]", "one: f32[n]"])
    #expect(graph.outputs.map { graph[$0].name } == ["longer", "first", "count", "rows", "flat", "less"])
    #expect(notes.count == 3)
    let results = try graph.evaluated([floats([1, 2, 3, 4], [2, 2]), floats([5, 6], [2])])
    #expect(results.map(\.shape) == [[3, 2], [2], [], [2, 3], [6], [1, 2]])
    #expect(try results[0].elements(as: Float.self) == [1, 2, 3, 4, 5, 6])
    #expect(try results[1].elements(as: Float.self) == [1, 2])
    #expect(try results[2].integers() == [3])
    #expect(try results[3].elements(as: Float.self) == [1, 5, 3, 2, 6, 4])
    #expect(try results[4].elements(as: Float.self) == [1, 2, 5, 6, 3, 4])
    #expect(try results[5].elements(as: Float.self) == [3, 4])
  }

  @Test(arguments: [
    "graph main(%many: seq<f32[...]>) -> (%count) { %count = SequenceLength(%many) }",
    "graph main(%many: seq<f32[n]>, %one: f32[n], %at: i64) -> (%y) { %y = SequenceInsert(%many, %one, %at) }",
  ]) func sequencesOfUnknownItemsOrPlacesStay(_ text: String) throws {
    let (graph, notes) = try recast(text)
    #expect(types(graph.inputs, in: graph)[0].contains("seq<"))
    #expect(notes.isEmpty)
  }

  // MARK: Elements

  @Test func complexNumbersAreMovedAsPairs() throws {
    let (graph, notes) = try recast(
      """
      graph main(%x: c64[2,3]) -> (%y) {
        %t = Transpose(%x) {perm: [1, 0]}  %c = Concat(%t, %t) {axis: -1}  %shape = const i64[1] [-1]  %y = Reshape(%c, %shape)
      }
      """)
    #expect(types(graph.inputs + graph.outputs, in: graph) == ["x: f32[2,3,2]", "y: f32[12,2]"])
    #expect(notes.first == "\"x\" is f32[2,3,2], which stands for c64[2,3]: real and imaginary part in the last axis")
    let result = try graph.evaluated([floats((0..<12).map { Float($0) }, [2, 3, 2])])[0]
    #expect(try result.elements(as: Float.self).prefix(8) == [0, 1, 6, 7, 0, 1, 6, 7])
  }

  @Test func narrowNumbersAreMovedAsWiderOnes() throws {
    let (graph, _) = try recast("graph main(%x: f8e4m3fnuz[3]) -> (%y, %z) { %y = Identity(%x)  %z = Cast(%x) {to: f32} }")
    #expect(types(graph.inputs + graph.outputs, in: graph) == ["x: f32[3]", "y: f32[3]", "z: f32[3]"])
  }

  @Test(arguments: [
    "graph main(%x: c64[2,3]) -> (%y) { %y = Flatten(%x) }",
    "graph main(%x: f8e4m3fnuz[3]) -> (%y) { %y = Relu(%x) }",
    "graph main(%x: f32[3]) -> (%y) { %y = Cast(%x) {to: f8e5m2fnuz} }",
  ]) func whatIsComputedWithStays(_ text: String) throws {
    let (graph, notes) = try recast(text)
    #expect(notes.isEmpty)
    #expect((graph.inputs + graph.outputs).contains { graph[$0].type?.tensorType.map { !Plain().has($0.element) } ?? true })
  }
}
