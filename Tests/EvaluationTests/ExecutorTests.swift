import Diagnostics
import Evaluation
import GraphIR
import GraphText
import Operators
import Tensors
import Testing

@Suite struct ExecutorTests {
  private func run(_ text: String, _ inputs: Tensor...) throws -> [[Float]] {
    let graph = try Graph(parsing: text)
    try graph.verify()
    return try Executor(graph).run(inputs).map { try $0.floats() }
  }

  private func vector(_ values: Float...) throws -> Tensor { try Tensor(.float32, [values.count], elements: values) }

  @Test func chainsAndSharedValues() throws {
    let results = try run(
      """
      graph main(%x: f32[3]) -> (%z, %y) {
        %y = Relu(%x)
        %z = Add(%y, %x)
      }
      """, vector(-1, 0, 2))
    #expect(results == [[-1, 0, 4], [0, 0, 2]])
  }

  @Test func branchesSeeWhatTheyCapture() throws {
    let text = """
      graph main(%c: bool, %x: f32[2]) -> (%y) {
        %y = If(%c, %x) {
          then_branch: graph then() captures(%x: f32[2]) -> (%a) { %a = Relu(%x) },
          else_branch: graph else() captures(%x: f32[2]) -> (%b) { %b = Neg(%x) }
        }
      }
      """
    let yes = try Tensor(.bool, [], elements: [UInt8(1)])
    let no = try Tensor(.bool, [], elements: [UInt8(0)])
    #expect(try run(text, yes, vector(-1, 2)) == [[0, 2]])
    #expect(try run(text, no, vector(-1, 2)) == [[1, -2]])
  }

  /// What is meant for volumes stands beside what is meant for planes; for a plane, it makes no sense.
  @Test func aBranchThatCannotRunIsNoError() throws {
    let text = """
      graph main(%c: bool, %x: f32[2,3]) -> (%y) {
        %y = If(%c, %x) {
          then_branch: graph then() captures(%x: f32[2,3]) -> (%a) { %a = Transpose(%x) {perm: [0, 2, 1]} },
          else_branch: graph else() captures(%x: f32[2,3]) -> (%b) { %b = Transpose(%x) }
        }
      }
      """
    var graph = try Graph(parsing: text)
    let sink = DiagnosticSink()
    var inference = TypeInference(sink: sink)
    try inference.run(on: &graph)
    #expect(graph[graph.outputs[0]].type == .tensor(.float32, [3, 2]))
    #expect(sink.all.contains { $0.message.contains("can never run") })
    let no = try Tensor(.bool, [], elements: [UInt8(0)])
    #expect(try Executor(graph).run([no, Tensor(.float32, [2, 3], elements: (0..<6).map { Float($0) })])[0].shape == [3, 2])
    var wrong = try Graph(parsing: text.replacing("Transpose(%x) }", with: "Transpose(%x) {perm: [0]} }"))
    #expect(throws: ModelError.self) { try inference.run(on: &wrong) }
  }

  @Test func anEndlessLoopRunsOutOfSteps() throws {
    let graph = try Graph(
      parsing: """
        graph main(%x: f32) -> (%y) {
          %go = const bool 1
          %y = Loop(_, %go, %x) {
            body: graph body(%i: i64, %c: bool, %v: f32) -> (%c2, %v2) { %c2 = Identity(%c)  %v2 = Add(%v, %v) }
          }
        }
        """)
    #expect(throws: ModelError.self) { try Executor(graph, iterationLimit: 100).run([.scalar(Float(1))]) }
  }

  @Test func wrongInputsAreRefusedByName() throws {
    let graph = try Graph(parsing: "graph main(%x: f32[3]) -> (%y) { %y = Relu(%x) }")
    let error = #expect(throws: ModelError.self) { try Executor(graph).run([.scalar(Float(1))]) }
    #expect(error?.code == .typeMismatch)
    #expect(error?.place.value == "x")
  }
}

@Suite struct ToleranceTests {
  private func compare(_ a: [Float], _ b: [Float]) throws -> Agreement {
    try Tolerance().compare(Tensor(.float32, [a.count], elements: a), with: Tensor(.float32, [b.count], elements: b), name: "y")
  }

  @Test func roundingIsEqual() throws { #expect(try compare([1, 1000], [1.0005, 1000.5]).isEqual) }
  @Test func moreThanRoundingIsNot() throws {
    let agreement = try compare([1, 100], [1.01, 100])
    #expect(!agreement.isEqual)
    #expect(agreement.mismatches == 1)
  }
  @Test func smallElementsBesideLargeOnesMayDifferByTheScale() throws { #expect(try compare([0.009, 1000], [0, 1000]).isEqual) }
  @Test func notANumberMustStandInTheSamePlace() throws {
    #expect(try compare([.nan, 1], [.nan, 1]).isEqual)
    #expect(try !compare([.nan, 1], [1, .nan]).isEqual)
    #expect(try !compare([.infinity, 1], [-.infinity, 1]).isEqual)
  }
  @Test func shapesMustAgree() throws { #expect(try compare([1, 2], [1, 2, 3]).structural != nil) }
  @Test func integersMustBeTheSame() throws {
    let one = try Tensor(.int64, [1], elements: [Int64(1)])
    let two = try Tensor(.int64, [1], elements: [Int64(2)])
    #expect(try !Tolerance().compare(one, with: two, name: "n").isEqual)
  }
}
