import FerryTestSupport
import Lowerings
import Testing

@Suite struct DissolveSequencesTests {
  private let head = "graph main(%a: f32[2,3], %b: f32[2,3], %c: f32[2,3], %p: i64)"

  @Test func takesAnItem() throws {
    try expectRewrite(
      DissolveSequences(),
      "\(head) -> (%y) { %n = const i64 -1  %s = SequenceConstruct(%a, %b)  %r = SequenceAt(%s, %n)  %y = Relu(%r) }",
      becomes: "\(head) -> (%y) { %y = Relu(%b) }")
  }

  @Test func joinsWhatWasPutInAndTakenAway() throws {
    try expectRewrite(
      DissolveSequences(),
      """
      \(head) -> (%y) {
        %zero = const i64 0  %one = const i64 1
        %e = SequenceEmpty() {dtype: f32}
        %s = SequenceInsert(%e, %a)
        %t = SequenceInsert(%s, %b, %zero)
        %u = SequenceInsert(%t, %c)
        %v = SequenceErase(%u, %one)
        %y = ConcatFromSequence(%v) {axis: -1}
      }
      """, becomes: "\(head) -> (%y) { %y = Concat(%b, %c) {axis: 1} }")
  }

  @Test func joinsAlongANewAxis() throws {
    try expectRewrite(
      DissolveSequences(),
      "\(head) -> (%y) { %s = SequenceConstruct(%a, %b)  %y = ConcatFromSequence(%s) {axis: 2, new_axis: 1} }",
      becomes: """
        \(head) -> (%y) {
          %axes = const i64[1] [2]  %x = Unsqueeze(%a, %axes)  %z = Unsqueeze(%b, %axes)  %y = Concat(%x, %z) {axis: 2}
        }
        """)
  }

  @Test func splits() throws {
    try expectRewrite(
      DissolveSequences(),
      "\(head) -> (%y) { %n = const i64 1  %size = const i64 2  %s = SplitToSequence(%a, %size) {axis: 1}  %y = SequenceAt(%s, %n) }",
      becomes: "\(head) -> (%y) { %sizes = const i64[2] [2, 1]  %x, %y = Split(%a, %sizes) {axis: 1} }")
    try expectRewrite(
      DissolveSequences(),
      "\(head) -> (%y) { %n = const i64 1  %s = SplitToSequence(%a) {keepdims: 0}  %y = SequenceAt(%s, %n) }",
      becomes: """
        \(head) -> (%y) {
          %sizes = const i64[2] [1, 1]  %axes = const i64[1] [0]
          %x, %z = Split(%a, %sizes) {axis: 0}  %y = Squeeze(%z, %axes)
        }
        """)
  }

  @Test(arguments: [
    ("%s = SequenceConstruct(%a, %b)  %y = SequenceAt(%s, %p)", "the elements are not known"),
    ("%five = const i64 5  %s = SequenceConstruct(%a, %b)  %y = SequenceAt(%s, %five)", "the position is outside"),
    ("%s = SequenceConstruct(%a, %b)  %t = SequenceInsert(%s, %c, %p)  %y = SequenceLength(%t)", "the elements are not known"),
    ("%s = SplitToSequence(%a, %p)  %y = SequenceLength(%s)", "the elements are not known"),
  ]) func leavesWhatIsNotKnown(_ body: String, _ reason: String) throws {
    try expectUnchanged(DissolveSequences(), "\(head) -> (%y) { \(body) }", because: reason)
  }

  @Test func leavesAnInput() throws {
    try expectUnchanged(
      DissolveSequences(), "graph main(%s: seq<f32[2]>) -> (%y) { %y = SequenceLength(%s) }", because: "not the result of a node")
  }
}
