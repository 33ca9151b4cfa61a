import Diagnostics
import Evaluation
import GraphIR
import GraphText
import Operators
import Tensors
import Testing

/// Where numbers are rounded to steps, a right result may be a step away; a wrong one is further.
@Suite struct StepSensitivityTests {
  private func graph(_ body: String) throws -> Graph {
    var graph = try Graph(parsing: "graph main(%x: f32[5]) -> (%y) { \(body) }")
    try graph.verify()
    var inference = TypeInference()
    try inference.run(on: &graph)
    return graph
  }

  private func compare(_ actual: String, with reference: String, _ x: [Float]) throws -> Agreement? {
    let (first, second) = (try graph(actual), try graph(reference))
    let inputs: [RuntimeValue?] = [.tensor(try Tensor(.float32, [5], elements: x))]
    let mine = try Executor(first).run(values: inputs)[0].requireTensor()
    let theirs = try Executor(second).run(values: inputs)[0].requireTensor()
    let found = try Tolerance().compare(mine, with: theirs, name: "y")
    guard let steps = StepSensitivity(second, inputs: inputs, iterationLimit: 100) else { return nil }
    return try steps.settled([found], actual: [mine], expected: [theirs])[0]
  }

  private let rounding = "%s = const f32 0.5\n%q = QuantizeLinear(%x, %s) {output_dtype: i8}\n%y = DequantizeLinear(%q, %s)"
  /// The same by a quotient that is a little larger.
  private let otherwise = "%s = const f32 0.5\n%t = const f32 0.4999999\n%q = QuantizeLinear(%x, %t) {output_dtype: i8}\n%y = DequantizeLinear(%q, %s)"

  @Test func aNumberBetweenTwoStepsMayGoEitherWay() throws {
    let agreement = try #require(try compare(otherwise, with: rounding, [0.25, 1, 2, 3.1, -4]))
    #expect(agreement.isEqual && agreement.mismatches == 1 && agreement.maxAbsolute == 0.5)
    #expect(agreement.steps == 0.5)
  }

  @Test func numbersThatLieElsewhereMayNot() throws {
    // One element is a step off, and none is near the middle between two.
    let shifted = "%d = const f32[5] [0.0, 0.5, 0.0, 0.0, 0.0]\n%z = Add(%x, %d)\n" + rounding.replacing("(%x", with: "(%z")
    #expect(try #require(try compare(shifted, with: rounding, [0.1, 1, 2, 3.1, -4])).isEqual == false)
    // One may go either way, and all the others are off.
    let doubled = "%d = const f32 2.0\n%z = Mul(%x, %d)\n" + rounding.replacing("(%x", with: "(%z")
    #expect(try #require(try compare(doubled, with: rounding, [0.25, 1, 2, 3.1, -4])).isEqual == false)
  }

  @Test func otherGraphsHaveNoSteps() throws {
    #expect(try compare("%y = Neg(%x)", with: "%y = Relu(%x)", [1, 2, 3, 4, 5]) == nil)
    // What is quantised is a constant.
    let weights = "%c = const f32[5] [1, 2, 3, 4, 5]\n%s = const f32 0.5\n%q = QuantizeLinear(%c, %s)\n%w = DequantizeLinear(%q, %s)\n%y = Add(%x, %w)"
    #expect(try compare("%y = Neg(%x)", with: weights, [1, 2, 3, 4, 5]) == nil)
  }

  /// What is rounded to 16 bits in another place, or not at all, is off by about as much as it is when such numbers move by 2⁻¹².
  @Test func halvesMayBeRoundedElsewhere() throws {
    func exponential(_ factor: String) -> String {
      "%h = Cast(%x) {to: f16}\n%k = const f16 2.0\n%a = Mul(%h, %k)\n%f = const f16 \(factor)\n%b = Mul(%a, %f)\n%e = Exp(%b)\n%y = Cast(%e) {to: f32}"
    }
    let x: [Float] = [1, 2, 3, 4, 5]
    #expect(try #require(try compare(exponential("1.0"), with: exponential("1.0"), x)).isEqual)
    let near = "%k = const f32 2.0006\n%a = Mul(%x, %k)\n%y = Exp(%a)"
    #expect(try #require(try compare(near, with: exponential("1.0"), x)).isEqual)
    let far = "%k = const f32 2.02\n%a = Mul(%x, %k)\n%y = Exp(%a)"
    #expect(try #require(try compare(far, with: exponential("1.0"), x)).isEqual == false)
  }

  @Test func stepsWithinGraphsCount() throws {
    func conditional(_ body: String) -> String {
      """
      %c = const bool true
      %y = If(%c, %x) {
        then_branch: graph then() captures(%x: f32[5]) -> (%a) { \(body.replacing("%y", with: "%a")) },
        else_branch: graph else() captures(%x: f32[5]) -> (%b) { %b = Neg(%x) }
      }
      """
    }
    let agreement = try #require(try compare(conditional(otherwise), with: conditional(rounding), [0.25, 1, 2, 3.1, -4]))
    #expect(agreement.isEqual && agreement.steps == 0.5)
  }
}
