import Diagnostics
import Evaluation
import FerryTestSupport
import Foundation
import GraphIR
import GraphText
import Operators
import Tensors
import Testing

/// What a run takes is what its plan says, and where results lie changes nothing of them.
@Suite struct MemoryPlanTests {
  private func typed(_ text: String) throws -> Graph {
    var graph = try Graph(parsing: text)
    try graph.verify()
    var inference = TypeInference()
    try inference.run(on: &graph)
    return graph
  }

  /// The planned bytes, having checked that a run takes no more, and that its outputs are those of a run whose every result is kept by
  /// somebody, so that nothing can be written over.
  @discardableResult private func planned(_ text: String, _ inputs: [Tensor]? = nil, sourceLocation: SourceLocation = #_sourceLocation) throws -> Int {
    let graph = try typed(text)
    let executor = try Executor(graph)
    let inputs = try inputs ?? InputSynthesis(seed: 7).inputs(of: graph)
    let values = inputs.map { RuntimeValue?.some(.tensor($0)) }
    // Halves take the place of floats while they are computed with.
    var wide = graph
    try wide.computeHalvesAsFloats()
    let plan = try StaticCost(of: wide, symbols: [:]).peakActivationBytes
    let measured = try executor.runMeasured(values)
    #expect(try #require(measured.peakBytes) <= plan, sourceLocation: sourceLocation)
    var kept: [RuntimeValue] = []
    let reference = try executor.run(values: values) { kept.append($1) }
    for (a, b) in zip(measured.outputs, reference) {
      #expect(try a.requireTensor().isIdentical(to: b.requireTensor()), sourceLocation: sourceLocation)
    }
    return plan
  }

  /// 1 024 floats: 4 096 bytes, which is a whole number of cache lines.
  private let input = "graph main(%x: f32[1024]) -> (%y)"

  @Test func elementWiseFunctionsTakeOnePlace() throws {
    let plan = try planned("\(input) { %a = Exp(%x)  %b = Neg(%a)  %c = Sigmoid(%b)  %d = Abs(%c)  %y = Sqrt(%d) }")
    #expect(plan == 3 * 4096)
  }

  @Test func bothOperandsOfASumAreTaken() throws {
    let plan = try planned("\(input) { %a = Exp(%x)  %b = Neg(%x)  %c = Add(%a, %b)  %d = Mul(%b, %c)  %y = Sqrt(%d) }")
    #expect(plan == 4 * 4096)
  }

  @Test func anOperandNeededLaterIsNotWrittenOver() throws {
    let plan = try planned("\(input) { %a = Exp(%x)  %b = Neg(%a)  %c = Mul(%b, %a)  %y = Sqrt(%c) }")
    #expect(plan == 4 * 4096)
  }

  @Test func aViewKeepsWhatItShows() throws {
    let plan = try planned(
      """
      \(input) {
        %s = const i64[2] [32, 32]
        %f = const i64[1] [-1]
        %a = Exp(%x)
        %v = Reshape(%a, %s)
        %b = Neg(%a)
        %t = Transpose(%v)
        %r = Reshape(%t, %f)
        %c = Add(%b, %r)
        %y = Sqrt(%c)
      }
      """)
    #expect(plan == 2 * 4096 + 3 * 4096)
  }

  @Test func aSmallerOperandIsNotWrittenOver() throws {
    try planned(
      """
      graph main(%x: f32[64,1], %z: f32[1,64]) -> (%y) {
        %a = Exp(%x)  %b = Neg(%z)  %c = Add(%a, %b)  %d = Mul(%a, %c)  %y = Sqrt(%d)
      }
      """)
  }

  /// Kernels copy what is not aligned, before they have read the operand whose place the result takes.
  @Test func anUnalignedOperandIsCopiedElsewhere() throws {
    let path = FileManager.default.temporaryDirectory.appending(path: "ferry-unaligned-\(UUID().uuidString)").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    let numbers = (0..<1024).map { Float($0) }.withUnsafeBytes { Data($0) }
    try (Data([0]) + numbers).write(to: URL(filePath: path))
    let unaligned = try Tensor(.float32, [1024], mapped: FileMapping(path: path), range: 1..<4097)
    let text = "graph main(%x: f32[1024], %z: f32[1024]) -> (%y) { %a = Exp(%x)  %b = Add(%a, %z)  %y = Sqrt(%b) }"
    try planned(text, [Tensor.random(.float32, [1024], seed: 5), unaligned])
  }

  @Test(arguments: ["f64", "f16", "i64", "i32", "u8"]) func otherElements(_ element: String) throws {
    try planned(
      """
      graph main(%x: \(element)[32,32], %z: \(element)[32]) -> (%y) {
        %a = Add(%x, %z)  %b = Mul(%z, %a)  %c = Max(%b, %a)  %d = Sub(%c, %b)  %y = Mul(%d, %d)
      }
      """)
  }

  @Test func branchesAndKernelsWithScratch() throws {
    try planned(
      """
      graph main(%x: f32[1,8,16,16]) -> (%y, %z) {
        %w = const f32[8,8,3,3] random(1)
        %g = const f32[16] random(2)
        %lo = const f32 0.1
        %hi = const f32 0.9
        %a = Conv(%x, %w) {pads: [1, 1, 1, 1]}
        %b = Relu(%a)
        %c = Conv(%b, %w) {pads: [1, 1, 1, 1]}
        %d = Clip(%c, %lo, %hi)
        %e = Add(%d, %b)
        %n = LayerNormalization(%e, %g)
        %s = Softmax(%n)
        %k = Concat(%s, %b) {axis: 1}
        %z = MaxPool(%k) {kernel_shape: [2, 2], strides: [2, 2]}
        %m = Mul(%s, %e)
        %y = Gelu(%m)
      }
      """)
  }

  @Test func graphsWithinGraphs() throws {
    let text = """
      graph main(%c: bool, %x: f32[1024]) -> (%y) {
        %a = Exp(%x)
        %b = If(%c, %a) {
          then_branch: graph then() captures(%a: f32[1024]) -> (%t) { %p = Neg(%a)  %q = Sigmoid(%p)  %r = Mul(%q, %p)  %t = Sqrt(%r) },
          else_branch: graph else() captures(%a: f32[1024]) -> (%u) { %u = Abs(%a) }
        }
        %m = const i64 4
        %go = const bool true
        %l = Loop(%m, %go, %b) {
          body: graph body(%i: i64, %on: bool, %v: f32[1024]) -> (%still, %next) {
            %still = Identity(%on)  %h = Neg(%v)  %k = Exp(%h)  %j = Mul(%k, %h)  %next = Sigmoid(%j)
          }
        }
        %f = Neg(%l)
        %y = Sqrt(%f)
      }
      """
    for flag in [0, 1] as [UInt8] {
      let inputs = [try Tensor(.bool, [], elements: [flag]), try Tensor.random(.float32, [1024], seed: 3)]
      try planned(text, inputs)
    }
  }

  @Test func whatALoopStacksUp() throws {
    try planned(
      """
      graph main(%x: f32[8,256], %z: f32[256]) -> (%y, %last) {
        %a = Exp(%x)
        %last, %s = Scan(%z, %a) {
          num_scan_inputs: 1,
          body: graph body(%v: f32[256], %row: f32[256]) -> (%next, %out) {
            %h = Neg(%v)  %k = Add(%h, %row)  %next = Sigmoid(%k)  %j = Mul(%next, %row)  %out = Exp(%j)
          }
        }
        %y = Neg(%s)
      }
      """)
  }

  /// A branch that gives back what it captures: two names for the same bytes, of which no plan knows.
  @Test func bytesUnderAnotherNameAreNotWrittenOver() throws {
    let text = """
      graph main(%c: bool, %x: f32[1024]) -> (%y) {
        %a = Exp(%x)
        %b = If(%c, %a) {
          then_branch: graph then() captures(%a: f32[1024]) -> (%t) { %t = Identity(%a) },
          else_branch: graph else() captures(%a: f32[1024]) -> (%u) { %u = Abs(%a) }
        }
        %d = Neg(%a)
        %e = Sqrt(%b)
        %y = Add(%d, %e)
      }
      """
    try planned(text, [Tensor(.bool, [], elements: [UInt8(1)]), Tensor.random(.float32, [1024], seed: 3)])
  }

  @Test func sizesThatFollowFromDataAreCounted() throws {
    let graph = try typed("graph main(%x: f32[64]) -> (%y) { %n = NonZero(%x)  %m = Neg(%n)  %y = ReduceSum(%m) }")
    #expect(try StaticCost(of: graph, symbols: [:]).unknownValues == 2)
    _ = try Executor(graph).run(InputSynthesis(seed: 1).inputs(of: graph))
  }

  @Test func symbolsTakeTheSizesGiven() throws {
    let graph = try typed("graph main(%x: f32[N,64]) -> (%y) { %a = Exp(%x)  %b = Neg(%a)  %y = Sqrt(%b) }")
    for rows in [1, 16] {
      let run = try Executor(graph).runMeasured([.tensor(.random(.float32, [rows, 64], seed: 1))])
      #expect(run.peakBytes == 3 * rows * 256)
      #expect(try StaticCost(of: graph, symbols: ["N": rows]).peakActivationBytes == 3 * rows * 256)
    }
  }

  /// Types that lie: what does not fit its place has memory of its own.
  @Test func wrongSizesCostMemoryOnly() throws {
    let graph = try Graph(parsing: "graph main(%x: f32[4]) -> (%y) { %a = Exp(%x) : f32[1]\n %b = Neg(%a) : f32[9]\n %y = Sqrt(%b) }")
    let result = try Executor(graph).run([Tensor(.float32, [4], elements: [0, 0, 0, 0] as [Float])])
    #expect(try result[0].floats().allSatisfy(\.isNaN))
  }
}
