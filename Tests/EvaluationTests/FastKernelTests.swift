import Diagnostics
import Evaluation
import GraphIR
import GraphText
import Tensors
import Testing

/// What is made ready for many runs gives what plain kernels give, with the library and without.
@Suite struct FastKernelTests {
  private func expectSame(_ body: String, shape: Shape = [1, 12, 14, 13], sourceLocation: SourceLocation = #_sourceLocation) throws {
    let sizes = shape.map(String.init).joined(separator: ",")
    var graph = try Graph(parsing: "graph main(%x: f32[\(sizes)]) -> (%y) {\n\(body)\n}")
    try graph.verify()
    var inference = TypeInference()
    try inference.run(on: &graph)
    let plain = try Executor(graph)
    let fast = try Executor(graph, forManyRuns: true)
    for seed in 1...2 {
      let inputs = try InputSynthesis(seed: UInt64(seed)).inputs(of: graph)
      let expected = try plain.run(inputs)
      for (actual, reference) in zip(try fast.run(inputs), expected) {
        let agreement = try Tolerance().compare(actual, with: reference, name: "y")
        #expect(agreement.isEqual, "\(agreement)", sourceLocation: sourceLocation)
      }
    }
    #expect(fast.kernelUsage.refused.isEmpty, sourceLocation: sourceLocation)
  }

  private let conv = """
    %w = const f32[20,12,3,3] random(1)
    %b = const f32[20] random(2)
    %c = Conv(%x, %w, %b) {pads: [1, 1, 1, 1]}
    """

  /// Shapes and types for which oneDNN has nothing: the plain kernel's result, and the reason.
  @Test(arguments: [
    ("f64[1,2,5,5]", "%w = const f64[3,2,3,3] random(1)\n%y = Conv(%x, %w)", "elements are f64, not f32"),
    ("f32[0,2,5,5]", "%w = const f32[3,2,3,3] random(1)\n%y = Conv(%x, %w)", "is empty"),
    ("f32[1,2,3,3,3,3]", "%w = const f32[3,2,2,2,2,2] random(1)\n%y = Conv(%x, %w)", "weights of [3, 2, 2, 2, 2, 2]"),
    ("f32[1,9,5,5]", "%w = Neg(%x)\n%y = Conv(%x, %w)", "the weights are not constant"),
    (
      "f32[3,2,3,3]", "%w = const f32[3,2,3,3] random(1)\n%a = const i64[3] [1, 2, 3]\n%b = ReduceSum(%x, %a) {keepdims: 0}\n%y = Conv(%x, %w, %b)",
      "the bias is not constant"
    ),
  ])
  func refusalsHaveReasons(_ type: String, _ body: String, _ reason: String) throws {
    var graph = try Graph(parsing: "graph main(%x: \(type)) -> (%y) {\n\(body)\n}")
    var inference = TypeInference()
    try inference.run(on: &graph)
    let inputs = try InputSynthesis().inputs(of: graph)
    let fast = try Executor(graph, forManyRuns: true)
    let agreement = try Tolerance().compare(fast.run(inputs)[0], with: Executor(graph).run(inputs)[0], name: "y")
    #expect(agreement.isEqual, "\(agreement)")
    let refused = fast.kernelUsage.refused
    #expect(refused.count == 1 && refused.first?.place.operatorName == "Conv" && refused.first?.reason.contains(reason) ?? false, "\(refused)")
  }

  @Test(arguments: ["Relu(%c)", "Sigmoid(%c)", "HardSwish(%c)", "HardSigmoid(%c) {alpha: 0.3}", "LeakyRelu(%c)", "Neg(%c)", "Exp(%c)"])
  func activations(_ function: String) throws { try expectSame("\(conv)\n%y = \(function)") }

  @Test func scalesAndShiftsBecomeOne() throws {
    try expectSame(
      """
      \(conv)
      %s = const f32 3
      %t = const f32[1] [2]
      %p = Div(%c, %s)  %q = Mul(%t, %p)  %r = Sub(%s, %q)  %y = Relu(%r)
      """)
  }

  @Test func productOfTwoResultsWithFurtherSteps() throws {
    try expectSame(
      """
      \(conv)
      %lo = const f32 0
      %hi = const f32 6
      %p = Add(%c, %hi)  %q = Clip(%p, %lo, %hi)  %m = Mul(%c, %q)  %r = Div(%m, %hi)
      %v = const f32[1] [1.5]
      %y = Mul(%v, %r)
      """)
  }

  @Test func sharedResidualsAreNotOverwritten() throws {
    try expectSame(
      """
      \(conv)
      %u = const f32[20,20,1,1] random(3)
      %d = Conv(%c, %u)
      %e = Add(%d, %c)
      %f = Relu(%e)
      %g = Conv(%f, %u)
      %h = Add(%f, %g)
      %i = Add(%h, %c)
      %y = Concat(%i, %f, %c) {axis: 1}
      """)
  }

  @Test func twoConvolutionsThatMeet() throws {
    try expectSame(
      """
      \(conv)
      %u = const f32[20,12,1,1] random(3)
      %d = Conv(%x, %u)
      %e = Add(%c, %d)
      %y = Relu(%e)
      """)
  }

  @Test func attentionOverChannels() throws {
    try expectSame(
      """
      \(conv)
      %p = GlobalAveragePool(%c)
      %u = const f32[20,20,1,1] random(3)
      %d = Conv(%p, %u)
      %s = HardSigmoid(%d)
      %y = Mul(%c, %s)
      """)
  }

  @Test func groupsPoolsAndEnlargement() throws {
    try expectSame(
      """
      \(conv)
      %u = const f32[20,1,5,5] random(3)
      %d = Conv(%c, %u) {group: 20, pads: [2, 2, 2, 2], strides: [2, 1]}
      %m = MaxPool(%d) {kernel_shape: [3, 3], pads: [1, 1, 1, 1], strides: [2, 2]}
      %f = const f32[4] [1, 1, 2, 4]
      %e = Resize(%m, _, %f) {coordinate_transformation_mode: "asymmetric", nearest_mode: "floor"}
      %v = const f32[20,3,2,2] random(4)
      %t = ConvTranspose(%e, %v) {strides: [2, 2]}
      %y = AveragePool(%t) {kernel_shape: [2, 3]}
      """)
  }

  @Test func otherShapesThanBefore() throws {
    var graph = try Graph(
      parsing: """
        graph main(%x: f32[N,12,H,W]) -> (%y) {
        \(conv)
        %r = Relu(%c)
        %y = Add(%r, %c)
        }
        """)
    var inference = TypeInference()
    try inference.run(on: &graph)
    let (plain, fast) = (try Executor(graph), try Executor(graph, forManyRuns: true))
    for (n, size) in [(1, 9), (2, 9), (2, 16), (1, 9)] {
      let inputs = try InputSynthesis(symbols: ["N": n, "H": size, "W": size + 1]).inputs(of: graph)
      let agreement = try Tolerance().compare(fast.run(inputs)[0], with: plain.run(inputs)[0], name: "y")
      #expect(agreement.isEqual, "\(agreement)")
    }
  }
}
