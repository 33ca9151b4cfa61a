import FerryTestSupport
import Lowerings
import Testing

@Suite struct DecomposeGelusTests {
  @Test func renamesGelu() throws {
    try expectRewrite(
      DecomposeGelus(), "graph main(%x: f32[N,3]) -> (%y) { %y = com.microsoft::Gelu(%x) }",
      becomes: "graph main(%x: f32[N,3]) -> (%y) { %y = Gelu(%x) }")
  }

  @Test func addsTheBiasFirst() throws {
    for (name, attributes) in [("BiasGelu", ""), ("FastGelu", " {approximate: \"tanh\"}")] {
      try expectRewrite(
        DecomposeGelus(),
        """
          graph main(%x: f32[N,3]) -> (%y) {
            %b = const f32[3] random(1)
            %y = com.microsoft::\(name)(%x, %b)
          }
          """,
        becomes: """
          graph main(%x: f32[N,3]) -> (%y) {
            %b = const f32[3] random(1)
            %s = Add(%x, %b)
            %y = Gelu(%s)\(attributes)
          }
          """)
    }
  }

  @Test func scalesWhatQuickGeluGates() throws {
    try expectRewrite(
      DecomposeGelus(), "graph main(%x: f32[N,3]) -> (%y) { %y = com.microsoft::QuickGelu(%x) {alpha: 1.5} }",
      becomes: """
        graph main(%x: f32[N,3]) -> (%y) {
          %a = const f32 1.5
          %m = Mul(%x, %a)
          %s = Sigmoid(%m)
          %y = Mul(%x, %s)
        }
        """)
    try expectRewrite(
      DecomposeGelus(), "graph main(%x: f32[N,3]) -> (%y) { %y = com.microsoft::QuickGelu(%x) {alpha: 1.0} }",
      becomes: """
        graph main(%x: f32[N,3]) -> (%y) {
          %s = Sigmoid(%x)
          %y = Mul(%x, %s)
        }
        """)
  }

  @Test func leavesAnUnknownElementType() throws {
    try expectUnchanged(
      DecomposeGelus(), "graph main(%x: ?) -> (%y) { %y = com.microsoft::QuickGelu(%x) }", because: "the element type is not known")
  }
}
