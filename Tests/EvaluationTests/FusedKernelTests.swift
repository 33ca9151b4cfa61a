import Diagnostics
import Evaluation
import GraphIR
import GraphText
import Operators
import Tensors
import Testing

/// Kernels that do several nodes at once, or that have an operand prepared, give what the nodes give one by one.
@Suite struct FusedKernelTests {
  /// How many nodes were done by oneDNN, by kernels of ours for several, and one by one.
  private typealias Usage = (fast: Int, fused: Int, plain: Int)

  @discardableResult
  private func expectSame(_ body: String, _ shape: Shape, sourceLocation: SourceLocation = #_sourceLocation) throws -> Usage {
    let sizes = shape.map(String.init).joined(separator: ",")
    var graph = try Graph(parsing: "graph main(%x: f32[\(sizes)]) -> (%y) {\n\(body)\n}")
    try graph.verify()
    var inference = TypeInference()
    try inference.run(on: &graph)
    let (plain, prepared) = (try Executor(graph), try Executor(graph, forManyRuns: true))
    for seed in 1...2 {
      let inputs = try InputSynthesis(seed: UInt64(seed)).inputs(of: graph)
      let (actual, expected) = (try prepared.run(inputs), try plain.run(inputs))
      for (a, b) in zip(actual, expected) {
        let agreement = try Tolerance().compare(a, with: b, name: "y")
        #expect(agreement.isEqual, "\(agreement)", sourceLocation: sourceLocation)
      }
    }
    let usage = prepared.kernelUsage
    return (usage.fast, usage.fused, usage.plain)
  }

  private let dense = """
    %w = const f32[35,50] random(1)
    %b = const f32[50] random(2)
    %m = MatMul(%x, %w)
    """

  @Test(arguments: [[35], [1, 35], [7, 35], [2, 3, 35], [2, 1, 61, 35], [0, 35]])
  func productsByAConstant(_ shape: Shape) throws {
    let usage = try expectSame("\(dense)\n%y = Add(%m, %b)", shape)
    #expect(usage.fused == 2 && usage.plain == 0)
  }

  @Test(arguments: [600, 257, 256, 1]) func productsAlongLongAndShortAxes(_ length: Int) throws {
    let usage = try expectSame("%w = const f32[\(length),33] random(1)\n%y = MatMul(%x, %w)", [130, length])
    #expect(usage.fused == 1)
  }

  @Test func wideProducts() throws {
    let usage = try expectSame(
      """
      %w = const f32[300,1003] random(1)
      %b = const f32[1003] random(2)
      %y = Gemm(%x, %w, %b)
      """, [5, 300])
    #expect(usage.fused == 1)
  }

  @Test func transposedMatricesAndScaledOnes() throws {
    let weights = "%w = const f32[20,35] random(1)\n%b = const f32[20] random(2)\n"
    #expect(try expectSame(weights + "%y = Gemm(%x, %w, %b) {transB: 1}", [9, 35]).fused == 1)
    // Scales are left to the plain kernel.
    #expect(try expectSame(weights + "%y = Gemm(%x, %w, %b) {transB: 1, alpha: 0.5}", [9, 35]).fused == 0)
  }

  @Test func residualsAndActivations() throws {
    let usage = try expectSame(
      """
      %w = const f32[35,35] random(1)
      %b = const f32[35] random(2)
      %r = Tanh(%x)
      %m = MatMul(%x, %w)
      %a = Add(%b, %m)
      %s = Add(%r, %a)
      %y = Relu(%s)
      """, [6, 35])
    #expect(usage.fused == 5)
  }

  /// What adds along another axis is no bias, what broadcasts no residual, and a product that is needed twice stays whole.
  @Test(arguments: [
    "%v = const f32[6,1] random(3)\n%y = Add(%m, %v)", "%v = const f32[1] random(3)\n%c = Add(%m, %b)\n%y = Mul(%c, %v)",
    "%a = Add(%m, %b)\n%y = Mul(%a, %m)", "%r = Slice(%m, %i, %j)\n%y = Add(%m, %r)", "%a = Relu(%m)\n%y = Add(%a, %b)",
  ])
  func nearMisses(_ rest: String) throws {
    try expectSame("%i = const i64[1] [0]\n%j = const i64[1] [1]\n\(dense)\n\(rest)", [6, 35])
  }

  private static let gates = [
    "%g = Sigmoid(%c)\n%y = Mul(%c, %g)", "%g = HardSigmoid(%c) {alpha: 0.16666667}\n%y = Mul(%g, %c)",
    "%g = HardSigmoid(%c) {alpha: 0.25}\n%y = Mul(%g, %c)",
    """
    %k = const f32 1.4142135
    %one = const f32 1
    %half = const f32 0.5
    %d = Div(%c, %k)  %e = Erf(%d)  %f = Add(%one, %e)  %p = Mul(%c, %f)  %y = Mul(%half, %p)
    """,
    """
    %k = const f32 0.5
    %one = const f32 1
    %d = Mul(%c, %k)  %e = Erf(%d)  %f = Add(%one, %e)  %y = Mul(%c, %f)
    """,
  ]

  @Test(arguments: gates) func gatesAfterProducts(_ gate: String) throws { try expectSame("\(dense)\n%c = Add(%m, %b)\n\(gate)", [70, 35]) }

  @Test(arguments: gates) func gatesAfterConvolutions(_ gate: String) throws {
    try expectSame("%w = const f32[12,8,3,3] random(1)\n%c = Conv(%x, %w)\n\(gate)", [2, 8, 9, 7])
  }

  @Test func gatesAreOneStepWithTheirProduct() throws {
    #expect(try expectSame("\(dense)\n%c = Add(%m, %b)\n\(Self.gates[0])", [7, 35]).fused == 4)
    #expect(try expectSame("\(dense)\n%c = Add(%m, %b)\n\(Self.gates[3])", [7, 35]).fused == 7)
  }

  @Test(arguments: [[2, 2], [3, 2], [1, 2], [1, 1]], [[1, 24, 10, 10], [2, 3, 7, 9]])
  func transposedConvolutionsWhoseTapsDoNotMeet(_ kernel: [Int], _ shape: Shape) throws {
    let taps = "\(kernel[0]),\(kernel[1])"
    try expectSame(
      """
      %w = const f32[\(shape[1]),5,\(taps)] random(1)
      %b = const f32[5] random(2)
      %t = ConvTranspose(%x, %w, %b) {strides: [\(taps)]}
      %r = Relu(%t)
      %v = const f32[5,1,2,2] random(3)
      %u = ConvTranspose(%r, %v) {strides: [2, 2]}
      %y = Sigmoid(%u)
      """, shape)
  }

  @Test func transposedConvolutionsWhoseTapsMeetOrArePadded() throws {
    for attributes in [
      "strides: [2, 1]", "strides: [2, 2], pads: [1, 0, 0, 1]", "strides: [2, 2], output_padding: [1, 1]",
      "strides: [2, 2], dilations: [2, 2]", "strides: [3, 3]",
    ] {
      try expectSame("%w = const f32[4,6,2,2] random(1)\n%y = ConvTranspose(%x, %w) {\(attributes)}", [1, 4, 5, 6])
    }
    try expectSame("%w = const f32[4,3,2,2] random(1)\n%y = ConvTranspose(%x, %w) {strides: [2, 2], group: 2}", [1, 4, 5, 6])
  }

  @Test(arguments: [1, 7, 8, 9, 40, 129]) func rowsOfAnyLength(_ length: Int) throws {
    try expectSame(
      """
      %g = const f32[\(length)] random(1)
      %h = const f32[\(length)] random(2)
      %s = Softmax(%x)
      %n = LayerNormalization(%x, %g, %h)
      %y = Add(%s, %n)
      """, [3, 300, length])
  }

  @Test func chainsOfStepsInOnePass() throws {
    let usage = try expectSame("%k = const f32 0.3\n%a = Mul(%x, %k)  %b = Tanh(%a)  %c = Abs(%b)  %y = Sqrt(%c)", [3, 5_000])
    #expect(usage.fused == 4)
  }

  @Test func theProfileCountsEveryStep() throws {
    var graph = try Graph(parsing: "graph main(%x: f32[4,35]) -> (%y) {\n\(dense)\n%a = Add(%m, %b)\n%s = Softmax(%a)\n%y = Softmax(%s)\n}")
    var inference = TypeInference()
    try inference.run(on: &graph)
    let executor = try Executor(graph, forManyRuns: true)
    let inputs = try InputSynthesis(seed: 1).inputs(of: graph).map { RuntimeValue?.some(.tensor($0)) }
    let rows = try executor.profile(values: inputs).rows
    #expect(rows.map { "\($0.steps) \($0.operators) \($0.kernel)" }.sorted() == ["1 MatMul+Add fused", "2 Softmax plain"])
  }
}
