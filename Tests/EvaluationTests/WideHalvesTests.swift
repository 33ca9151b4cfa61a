import Evaluation
import GraphIR
import GraphText
import Operators
import Tensors
import Testing

@Suite struct WideHalvesTests {
  private func run(_ text: String, _ x: [Float]) throws -> Tensor {
    var graph = try Graph(parsing: text)
    var inference = TypeInference()
    try inference.run(on: &graph)
    let input = try Tensor(.float32, [x.count], elements: x).converted(to: .float16)
    return try Executor(graph).run([input])[0]
  }

  /// 300² is beyond the largest half, its root is not.
  @Test func nothingIsRoundedBetweenOperators() throws {
    let y = try run("graph main(%x: f16[2]) -> (%y) { %n = const i64[1] [2] %s = Mul(%x, %x) %t = Reshape(%s, %n) %y = Sqrt(%t) }", [300, 4])
    #expect(y.element == .float16)
    #expect(try y.doubles() == [300, 4])
  }

  @Test func whatIsAskedForInHalvesIsRounded() throws {
    let y = try run("graph main(%x: f16[1]) -> (%y) { %k = const f16 3.0 %y = Div(%x, %k) }", [1])
    #expect(try y.doubles() == [Double(Float16(1) / 3)])
  }

  /// A conversion that the model makes by itself stays.
  @Test func explicitConversionsRound() throws {
    let y = try run("graph main(%x: f16[1]) -> (%y) { %f = Cast(%x) {to: f32} %k = const f32 3.0 %d = Div(%f, %k) %h = Cast(%d) {to: f16} %y = Cast(%h) {to: f32} }", [1])
    #expect(try y.doubles() == [Double(Float16(1) / 3)])
  }

  @Test func branchesToo() throws {
    let text = """
      graph main(%x: f16[1]) -> (%y) {
        %c = const bool true
        %y = If(%c, %x) {
          then_branch: graph () captures (%a: f16[1]) -> (%t) { %s = Mul(%a, %a) %t = Sqrt(%s) },
          else_branch: graph () captures (%b: f16[1]) -> (%e) { %e = Abs(%b) }
        }
      }
      """
    #expect(try run(text, [300]).doubles() == [300])
  }
}
