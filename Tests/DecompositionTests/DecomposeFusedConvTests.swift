import FerryTestSupport
import Lowerings
import Testing

@Suite struct DecomposeFusedConvTests {
  @Test func takesSumAndFunctionOut() throws {
    try expectRewrite(
      DecomposeFusedConv(),
      """
        graph main(%x: f32[N,2,5,5], %z: f32[N,3,3,3]) -> (%y) {
          %w = const f32[3,2,3,3] random(1)
          %b = const f32[3] random(2)
          %y = com.microsoft::FusedConv(%x, %w, %b, %z) {activation: "Relu"}
        }
        """,
      becomes: """
        graph main(%x: f32[N,2,5,5], %z: f32[N,3,3,3]) -> (%y) {
          %w = const f32[3,2,3,3] random(1)
          %b = const f32[3] random(2)
          %c = Conv(%x, %w, %b)
          %s = Add(%c, %z)
          %y = Relu(%s)
        }
        """)
  }

  @Test func givesFunctionsTheirParameters() throws {
    let forms = [
      ("HardSigmoid", "[0.25, 0.75]", "%y = HardSigmoid(%c) {alpha: 0.25, beta: 0.75}"),
      ("Elu", "[0.5]", "%y = Elu(%c) {alpha: 0.5}"), ("Tanh", "floats[]", "%y = Tanh(%c)"),
      ("Clip", "[-1.0, 2.0]", "%low = const f32 -1\n%high = const f32 2\n%y = Clip(%c, %low, %high)"),
    ]
    for (name, parameters, form) in forms {
      try expectRewrite(
        DecomposeFusedConv(),
        """
          graph main(%x: f32[N,2,4,4]) -> (%y) {
            %w = const f32[3,2,3,3] random(1)
            %y = com.microsoft::FusedConv(%x, %w) {activation: "\(name)", activation_params: \(parameters)}
          }
          """,
        becomes: """
          graph main(%x: f32[N,2,4,4]) -> (%y) {
            %w = const f32[3,2,3,3] random(1)
            %c = Conv(%x, %w)
            \(form)
          }
          """)
    }
  }

  @Test func leavesAnUnknownFunction() throws {
    try expectUnchanged(
      DecomposeFusedConv(),
      "graph main(%x: f32[N,2,4,4], %w: f32[3,2,3,3]) -> (%y) { %y = com.microsoft::FusedConv(%x, %w) {activation: \"Wink\"} }",
      because: "the function at the end is not known")
  }
}
