import Diagnostics
import Evaluation
import GraphIR
import GraphText
import Operators
import Tensors
import Testing

/// Of equal elements any index will do; of others, the right one.
@Suite struct IndexTieTests {
  /// The agreement of the last output of two graphs of one input of four floats.
  private func compare(_ actual: String, with reference: String, _ x: [Float] = [1, 3, 3, 2]) throws -> Agreement {
    func runner(_ body: String) throws -> (executor: Executor, inputs: [RuntimeValue?], graph: Graph) {
      var graph = try Graph(parsing: "graph main(%x: f32[\(x.count)]) -> (%y) { \(body) }")
      try graph.verify()
      var inference = TypeInference()
      try inference.run(on: &graph)
      return (try Executor(graph), [.tensor(try Tensor(.float32, [x.count], elements: x))], graph)
    }
    let (a, b) = (try runner(actual), try runner(reference))
    let (mine, theirs) = (try a.executor.run(values: a.inputs)[0].requireTensor(), try b.executor.run(values: b.inputs)[0].requireTensor())
    let found = try Tolerance().compare(mine, with: theirs, name: "y")
    return try TieCheck(actual: (a.executor, a.inputs), reference: (b.executor, b.inputs)).settled(
      found, (a.graph.outputs[0], mine), (b.graph.outputs[0], theirs), Tolerance())
  }

  private let first = "%y = ArgMax(%x)"
  private let last = "%y = ArgMax(%x) {select_last_index: 1}"

  @Test func equalElementsAreNamed() throws {
    let agreement = try compare(last, with: first)
    #expect(agreement.isEqual)
    #expect(agreement.ties == "1 of 1 indices of ArgMax differ among equal elements of \"x\"")
  }

  @Test func castsAndReshapingsAreSeenThrough() throws {
    #expect(try compare("%i = ArgMax(%x) {select_last_index: 1}  %y = Cast(%i) {to: i32}", with: "%i = ArgMax(%x)  %y = Cast(%i) {to: i32}").isEqual)
  }

  @Test func nearlyEqualElementsCount() throws {
    let nudged = "%d = const f32[4] [0.0, 0.0, 0.001, 0.0]\n%n = Add(%x, %d)\n%y = ArgMax(%n)"
    #expect(try compare(nudged, with: first, [1, 3, 2.9995, 2]).ties != nil)
    #expect(try !compare(nudged, with: first, [0.001, 0.003, 0.0025, 0.002]).isEqual)
    #expect(try compare("%n = Neg(%x)  %y = ArgMin(%n) {select_last_index: 1}", with: first).ties != nil)
  }

  @Test func otherElementsDoNot() throws {
    #expect(try !compare("%y = ArgMin(%x)", with: first).isEqual)
    #expect(try !compare("%n = Neg(%x)  %y = ArgMax(%n)", with: first).isEqual)
    // A tie on the one side that is none on the other.
    #expect(try !compare("%z = const f32 0\n%n = Mul(%x, %z)  %y = ArgMax(%n) {select_last_index: 1}", with: first).isEqual)
    #expect(try !compare("%z = const f32 0\n%n = Mul(%x, %z)  %y = ArgMax(%n)", with: first, [1, 2, 3, 3]).isEqual)
  }

  @Test func anIndexThatIsNoneIsADifference() throws {
    #expect(try !compare("%o = const i64 7\n%i = ArgMax(%x)  %y = Add(%i, %o)", with: first).isEqual)
    #expect(try !compare("%o = const i64[1] [2]\n%i = ArgMax(%x)  %y = Sub(%i, %o)", with: first).isEqual)
  }

  private func top(_ operand: String) -> String { "%k = const i64[1] [3]\n%v, %y = TopK(\(operand), %k)" }

  @Test func theLargestInAnotherOrder() throws {
    // Adding what rounding swallows or not turns the order of near equals.
    let nudged = "%d = const f32[4] [0.0, 0.0, 0.00001, 0.0]\n%n = Add(%x, %d)\n" + top("%n")
    let agreement = try compare(nudged, with: top("%x"))
    #expect(agreement.isEqual)
    #expect(agreement.ties?.hasPrefix("2 of 3 indices of TopK") == true)
    let moved = "%d = const f32[4] [0.0, 0.0, 0.5, 0.0]\n%n = Add(%x, %d)\n" + top("%n")
    #expect(try !compare(moved, with: top("%x"), [1, 3, 2.8, 2]).isEqual)
  }

  @Test func oneElementTwiceIsNoChoice() throws {
    let doubled = "%i = const i64[3] [1, 1, 3]\n%z = const i64 1\n%y = Mul(%i, %z)"
    #expect(try !compare(doubled, with: top("%x")).isEqual)
    let both = "%i = const i64[3] [2, 1, 3]\n%z = const i64 1\n%y = Mul(%i, %z)"
    #expect(try compare(both, with: top("%x")).isEqual)
  }

  private func boxes(_ scores: String) -> String {
    """
    %b = const f32[1,4,4] [0.0, 0.0, 1.0, 1.0, 2.0, 2.0, 3.0, 3.0, 4.0, 4.0, 5.0, 5.0, 6.0, 6.0, 7.0, 7.0]
    %m = const i64 4
    %s = const i64[3] [1, 1, 4]
    %r = Reshape(\(scores), %s)
    %y = NonMaxSuppression(%b, %r, %m)
    """
  }

  @Test func boxesOfEqualScores() throws {
    let nudge = "%d = const f32[4] [0.0, 0.0, 0.00001, 0.0]\n%n = Add(%x, %d)\n"
    #expect(try compare(nudge + boxes("%n"), with: boxes("%x")).isEqual)
    let swap = "%d = const f32[4] [0.0, 0.0, 0.0, 9.0]\n%n = Add(%x, %d)\n"
    #expect(try !compare(swap + boxes("%n"), with: boxes("%x")).isEqual)
  }
}
