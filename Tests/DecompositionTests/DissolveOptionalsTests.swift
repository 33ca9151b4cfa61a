import FerryTestSupport
import Lowerings
import Testing

@Suite struct DissolveOptionalsTests {
  private let head = "graph main(%x: f32[2])"

  @Test func opens() throws {
    try expectRewrite(
      DissolveOptionals(), "\(head) -> (%y) { %o = Optional(%x)  %e = OptionalGetElement(%o)  %y = Relu(%e) }",
      becomes: "\(head) -> (%y) { %y = Relu(%x) }")
  }

  @Test func knowsWhetherSomethingIsThere() throws {
    try expectRewrite(
      DissolveOptionals(), "\(head) -> (%y) { %o = Optional(%x)  %h = OptionalHasElement(%o)  %y = Not(%h) }",
      becomes: "\(head) -> (%y) { %t = const bool true  %y = Not(%t) }")
    try expectRewrite(
      DissolveOptionals(), "\(head) -> (%y) { %h = OptionalHasElement()  %y = Not(%h) }",
      becomes: "\(head) -> (%y) { %t = const bool false  %y = Not(%t) }")
    try expectRewrite(
      DissolveOptionals(), "\(head) -> (%y) { %h = OptionalHasElement(%x)  %y = Not(%h) }",
      becomes: "\(head) -> (%y) { %t = const bool true  %y = Not(%t) }")
  }

  @Test func leavesAnInput() throws {
    try expectUnchanged(
      DissolveOptionals(), "graph main(%o: optional<f32[2]>) -> (%y) { %y = OptionalHasElement(%o) }", because: "not the result of a node")
  }
}
