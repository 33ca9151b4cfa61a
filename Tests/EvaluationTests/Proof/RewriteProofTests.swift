import Diagnostics
import Evaluation
import GraphIR
import GraphText
import Operators
import Tensors
import Testing

@Suite struct RewriteProofTests {
  private let limits = RewriteProof.Limits(multiplyAccumulates: 1_000_000, elements: 1_000_000)

  private func graph(_ text: String) throws -> Graph {
    var graph = try Graph(parsing: text)
    try graph.verify()
    var inference = TypeInference()
    try inference.run(on: &graph)
    return graph
  }

  private func proof(_ source: String, _ result: String) throws -> RewriteProof {
    try #require(try RewriteProof(source: graph(source), result: graph(result)))
  }

  private func expectShown(_ proof: RewriteProof, windows: Int) throws {
    guard case .shown(let shown) = try proof.check(samples: 2, limits: limits) else {
      Issue.record("\(try proof.check(samples: 2, limits: limits))")
      return
    }
    #expect(shown.count == windows)
    #expect(shown.flatMap(\.agreements).count == proof.claimCount)
  }

  private func expectDifferent(_ proof: RewriteProof, at names: [String]) throws {
    guard case .differs(let found) = try proof.check(samples: 2, limits: limits) else {
      Issue.record("the difference was not found")
      return
    }
    #expect(found.map(\.name) == names)
  }

  private let chain = """
    graph main(%x: f32[N,4]) -> (%z) {
      %w = const f32[4] [1.0, 2.0, 3.0, 4.0]
      %a = Relu(%x)
      %b = Mul(%a, %w)
      %y = Add(%b, %w)
      %z = Neg(%y)
    }
    """

  @Test func whatWasNotRewrittenIsProvenByStructure() throws {
    let renamed = """
      graph main(%x: f32[N,4]) -> (%z) {
        %weight = const f32[4] [1.0, 2.0, 3.0, 4.0]
        %first = Relu(%x)
        %second = Mul(%first, %weight)
        %i = Identity(%second)
        %y = Add(%i, %weight)
        %z = Neg(%y)
      }
      """
    let proof = try proof(chain, renamed)
    #expect(proof.claimCount == 0)
    #expect(proof.structuralCount == 4)
    try expectShown(proof, windows: 0)
  }

  @Test func onlyTheRewrittenPartIsRun() throws {
    let rewritten = """
      graph main(%x: f32[N,4]) -> (%z) {
        %w = const f32[4] [1.0, 2.0, 3.0, 4.0]
        %one = const f32 1.0
        %a = Relu(%x)
        %sum = Add(%a, %one)
        %y = Mul(%sum, %w)
        %z = Neg(%y)
      }
      """
    let proof = try proof(chain, rewritten)
    #expect(proof.claimCount == 1)
    #expect(proof.structuralCount == 2)
    try expectShown(proof, windows: 1)
  }

  @Test func aWrongRewriteIsFoundInItsWindow() throws {
    let wrong = """
      graph main(%x: f32[N,4]) -> (%z) {
        %w = const f32[4] [1.0, 2.0, 3.0, 4.0]
        %a = Relu(%x)
        %y = Mul(%w, %a)
        %z = Neg(%y)
      }
      """
    try expectDifferent(proof(chain, wrong), at: ["y"])
  }

  /// One element of many, in none of the places that the hash of large constants reads.
  @Test func constantsAreComparedByAllTheirBytes() throws {
    let text = """
      graph main(%x: f32[20000]) -> (%z) {
        %w = const f32[20000] random(1)
        %y = Mul(%x, %w)
        %z = Neg(%y)
      }
      """
    let source = try graph(text)
    var damaged = source
    let weight = try #require(damaged.valueIDs.first { damaged[$0].constant != nil })
    let original = try #require(damaged[weight].constant)
    var numbers = try original.floats()
    numbers[777] += 1
    let changed = try Tensor(.float32, [20000], elements: numbers)
    #expect(try changed.sampleHash() == original.sampleHash())
    damaged.makeConstant(weight, changed)
    let proof = try #require(try RewriteProof(source: source, result: damaged))
    #expect(proof.claimCount == 1)
    try expectDifferent(proof, at: ["y"])
  }

  @Test func attributesAreCompared() throws {
    let text = "graph main(%x: f32[2,3]) -> (%y) { %y = Softmax(%x) {axis: 0} }"
    let other = "graph main(%x: f32[2,3]) -> (%y) { %y = Softmax(%x) {axis: 1} }"
    try expectDifferent(proof(text, other), at: ["y"])
  }

  /// Between values in [-1, 1), the second Relu would make a difference.
  @Test func aWindowReachesBackToWhatARewriteRestsOn() throws {
    let source = """
      graph main(%x: f32[4]) -> (%y) {
        %a = Relu(%x)
        %b = Relu(%a)
        %y = Neg(%b)
      }
      """
    let result = """
      graph main(%x: f32[4]) -> (%y) {
        %a = Relu(%x)
        %y = Neg(%a)
      }
      """
    try expectShown(proof(source, result), windows: 1)
  }

  /// Between -1 and 1 the two are the same.
  @Test func numbersLieWhereActivationsBend() throws {
    let bounded = """
      graph main(%x: f32[64]) -> (%y) {
        %low = const f32 0.0
        %high = const f32 6.0
        %a = Neg(%x)
        %y = Clip(%a, %low, %high)
      }
      """
    let unbounded = "graph main(%x: f32[64]) -> (%y) { %a = Neg(%x)  %y = Relu(%a) }"
    try expectDifferent(proof(bounded, unbounded), at: ["y"])
  }

  private func branches(_ then: String, _ other: String, name: String = "a") -> String {
    """
    graph main(%c: bool, %x: f32[2]) -> (%z) {
      %s = Sigmoid(%x)
      %y = If(%c, %s) {
        then_branch: graph then() captures(%\(name): f32[2]) -> (%r) { %r = \(then)(%\(name)) },
        else_branch: graph else() captures(%q: f32[2]) -> (%r) { %r = \(other)(%q) }
      }
      %z = Exp(%y)
    }
    """
  }

  @Test func bodiesAreComparedByWhatTheyCompute() throws {
    let proof = try proof(branches("Relu", "Neg"), branches("Relu", "Neg", name: "other"))
    #expect(proof.claimCount == 0)
    try expectDifferent(self.proof(branches("Relu", "Neg"), branches("Neg", "Relu")), at: ["y"])
  }

  @Test func whatNobodyCanRunIsProvenByStructure() throws {
    let text = "graph main(%x: f32[2]) -> (%z) { %y = com.x::F@1(%x) {n: 3}  %z = Neg(%y) }"
    #expect(try proof(text, text).claimCount == 0)
    let other = "graph main(%x: f32[2]) -> (%z) { %y = com.x::F@1(%x) {n: 4}  %z = Neg(%y) }"
    if let proof = try RewriteProof(source: graph(text), result: graph(other)), case .shown = try proof.check(samples: 1, limits: limits) {
      Issue.record("operators with other attributes count as equal")
    }
  }

  /// Two draws are not one, but the same draws at the same places are the same.
  @Test func randomNumbersBelongTogetherByTheirPlace() throws {
    let two = """
      graph main() -> (%y) {
        %a = RandomNormal() {shape: [64]}
        %b = RandomNormal() {shape: [64]}
        %y = Sub(%a, %b)
      }
      """
    let one = """
      graph main() -> (%y) {
        %a = RandomNormal() {shape: [64]}
        %y = Sub(%a, %a)
      }
      """
    #expect(try proof(two, two).claimCount == 0)
    let merged = try proof(two, one)
    if case .shown = try merged.check(samples: 2, limits: limits) { Issue.record("one draw stands for two") }
  }

  @Test func whatCostsTooMuchStaysOpen() throws {
    let scaled = chain.replacing("Neg", with: "Abs")
    let proof = try proof(chain, scaled)
    guard case .open(let reason) = try proof.check(samples: 1, limits: .init(multiplyAccumulates: 0, elements: 1)) else {
      Issue.record("the limit was not kept")
      return
    }
    #expect(reason.contains("limit"))
  }

  @Test func otherInputsAreNotComparedByStructure() throws {
    let text = "graph main(%x: f32[2]) -> (%y) { %y = Neg(%x) }"
    let other = "graph main(%u: f32[2]) -> (%y) { %y = Neg(%u) }"
    #expect(try RewriteProof(source: graph(text), result: graph(other)) == nil)
  }
}
