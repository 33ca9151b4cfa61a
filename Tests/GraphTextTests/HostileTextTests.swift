import Diagnostics
import GraphIR
import GraphText
import Operators
import Testing

@Suite struct HostileTextTests {
  private func error(_ text: String) -> ModelError? { #expect(throws: ModelError.self) { try Graph(parsing: text) } }

  @Test func errorSaysWhereAndWhatWasExpected() {
    let found = error("graph main(%\"é\": f32) -> (%y) {\n  %y = Relu(%x)\n}")
    #expect(found?.message == "line 2, column 13: the graph has no value %x")
    #expect(found?.code == .malformed)
    #expect(error("graph main(%\"é\": f33) -> () {}")?.message == "line 1, column 18: expected a type")
    #expect(error("graph() -> () { %y = Conv(%y) {grup: 1} }")?.notes == ["expected auto_pad, dilations, group, kernel_shape, pads, strides"])
  }

  @Test(arguments: [
    "", "graph", "graph(", "graph() -> () {", "graph() -> () {} x", "graph(%x, %x) -> () {}", "graph() -> (%x) {}", "graph(%) -> () {}",
    "graph(%x) listed(%x) -> () {}", "graph() -> () { %a = Relu( }", "graph() -> () { Relu() : f32 }", "graph() -> () { %a, %b = const f32 1 }",
    "graph() -> () { Foo() {a: [1, 2.0]} }", "graph() -> () { Foo() {a: [[1]]} }", "graph() -> () { Foo() {a: floats [1.0]} }",
    "graph() -> () { Foo() {a: 9223372036854775808} }", "graph() -> () { Foo() from \"a\", \"b\" }", "graph(%x) -> () { %y = Conv(%x) {group: 1, group: 1} }",
    "graph(%x: seq<) -> () {}", "graph(%x: sparse<seq<f32>>) -> () {}", "graph(%\"\\xff\") -> () {}", "graph(%x: f32[floor(a,)]) -> () {}",
    "graph(%x#99999999999999999999) -> () {}", "graph() -> () { Foo@(%x) }", "graph() -> () { _ = const f32 1 }", "graph() -> () { Foo() {a: type ?} }",
    "graph() -> () { Foo() {a: 0x100000000} }", "\"", "graph() -> () { Conv() {auto_pad: \"\\xff\"} }",
  ])
  func whatIsNoGraphIsRefused(_ text: String) {
    #expect(error(text)?.message.hasPrefix("line 1, column ") == true)
  }

  @Test func depthIsLimited() {
    let count = 20_000
    #expect(error(String(repeating: "graph() -> () { Foo() {a: ", count: count))?.code == .limitExceeded)
    #expect(error("graph(%x: " + String(repeating: "seq<", count: count))?.code == .limitExceeded)
    _ = error("graph(%x: f32[" + String(repeating: "(", count: count))
    _ = error("graph(%x: f32[" + String(repeating: "max(", count: count))
    _ = error("graph() -> () { Foo() {a: " + String(repeating: "[", count: count))
  }

  @Test(arguments: 1...4)
  func damagedTextNeverTraps(seed: UInt64) throws {
    var random = SplitMix(seed: seed)
    let original = Array(try Model(parsing: Self.everything).text(.full).utf8)
    let alphabet = Array("%_#@&\"\\()[]{}<>=:,.!?+-*/ \n019xnaefNcgt".utf8) + [0, 0x80, 0xff]
    var accepted = 0
    for _ in 0..<500 {
      var text = original
      for _ in 0..<Int.random(in: 1...4, using: &random) { damage(&text, alphabet, &random) }
      guard let model = try? Model(parsing: String(decoding: text, as: UTF8.self)) else { continue }
      accepted += 1
      let printed = model.text(.full)
      let back = try Model(parsing: printed)
      #expect(model.difference(to: back) == nil)
      #expect(back.text(.full) == printed)
    }
    #expect(accepted > 0)
  }

  private func damage(_ text: inout [UInt8], _ alphabet: [UInt8], _ random: inout SplitMix) {
    guard text.count > 40 else { return }
    let at = Int.random(in: 0..<text.count - 20, using: &random)
    let length = Int.random(in: 1...20, using: &random)
    switch Int.random(in: 0...5, using: &random) {
    case 0: text.remove(at: at)
    case 1: text.insert(alphabet[Int.random(in: 0..<alphabet.count, using: &random)], at: at)
    case 2: text[at] = alphabet[Int.random(in: 0..<alphabet.count, using: &random)]
    case 3: text.removeSubrange(at..<at + length)
    case 4: text.insert(contentsOf: text[at..<at + length], at: Int.random(in: 0..<text.count, using: &random))
    default: text.removeLast(Int.random(in: 0..<text.count / 4, using: &random))
    }
  }

  static let everything = """
    model onnx opsets {"": 17, com.x: 1} producer {name: "p", format_version: 8} sources ["m"] carrying {doc: "d\\xff"}
    graph main(%x: f32[N,?1,2*N+1,floor(N, 2)]!, %"odd name": i64[2] = [N, 3] = const i64[2] [1, 2]) listed(%w) -> (%y, %x) carrying {metadata: {"a": "b"}} {
      %w = const f32[4] [0.5, nan, -inf, 0x7fc00001] : f32[4]! carrying {fields: {"f": ["", "g"]}}
      %b = const i4[17] random(3)
      %s = const str[2] ["a", "\\x00"]
      %big = const f16[40] splat(1.5)
      %c, _ = Conv(%x, %w, _) {pads: [1, 1, 1, 1], group: 2, auto_pad: "VALID"} carrying {doc: "n"} : f32[N], seq<?> from "a", "b" by Fold, "x y" as "n"
      %y = com.x::F/o@1(%c, %"odd name") {a: 1, b: 1.5, c: "s", d: f32, e: [1.0, 2.0], f: ["a"], g: type map<i64, f32[...]>, h: &alpha: 1,
        i: sparse [4] (const f32[1] [2.0], const i64[1] [3]), j: floats [], k: const u8[3] [1, 2, 3],
        then: graph then(%i) captures(%i2: bool) -> (%r#1) { %r = Relu(%i) %r#1 = Identity(%r) }} : opaque<"a", "b"> from "f"
      Sink(%y) by _
    }
    function com.x::F(alpha) {beta: 2} opsets {"": 17} graph f(%x) -> (%x) {}
    """
}

struct SplitMix: RandomNumberGenerator {
  private var state: UInt64
  init(seed: UInt64) { state = seed }
  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = state
    mixed = (mixed ^ mixed >> 30) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ mixed >> 27) &* 0x94d0_49bb_1331_11eb
    return mixed ^ mixed >> 31
  }
}
