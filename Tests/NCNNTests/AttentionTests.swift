import FerryTestSupport
import NCNNExport
import Testing

/// Attention in one layer, with every sort of mask, and with its projections.
@Suite struct AttentionTests {
  private func layers(_ trip: RoundTrip) throws -> [Substring] {
    String(decoding: try network(trip.files), as: UTF8.self).split(separator: "\n").dropFirst(2).compactMap { $0.split(separator: " ").first }
  }

  private func scored(_ mask: String, _ inputs: String) -> String {
    """
    graph main(%q: f32[N,2,L,4], %k: f32[N,2,S,4], %v: f32[N,2,S,6]\(inputs)) -> (%y) {
      %t = Transpose(%k) {perm: [0, 1, 3, 2]} %p = MatMul(%q, %t) %s = const f32 0.4 %a = Mul(%p, %s) \(mask)
      %w = Softmax(%b) %y = MatMul(%w, %v)
    }
    """
  }

  @Test(arguments: ["[1,1,1,S]", "[1,1,L,S]", "[L,S]", "[1,2,L,S]", "[1,S]"]) func masksThatAreComputed(_ shape: String) throws {
    let text = scored("%m = Sigmoid(%i) %o = const f32 -1000.0 %n = Mul(%m, %o) %b = Add(%a, %n)", ", %i: f32\(shape)")
    for sizes in [text, text.replacing("L", with: "5").replacing("S,", with: "3,").replacing("S]", with: "3]")] {
      let trip = try RoundTrip(sizes)
      #expect(try layers(trip).contains("SDPA"))
      try trip.expectSame()
    }
  }

  @Test func masksThatChoose() throws {
    let trip = try RoundTrip(scored("%z = const f32 0.5 %c = Greater(%i, %z) %f = const f32 -inf %b = Where(%c, %f, %a)", ", %i: f32[L,S]"))
    #expect(try layers(trip).contains("SDPA"))
    try trip.expectSame()
  }

  static let operators = [
    "%y = Attention(%q, %k, %v) {is_causal: 1}",
    "%m = const bool[3,5] [1, 0, 1, 1, 1, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1] %y = Attention(%q, %k, %v, %m)",
    "%m = const bool[1,5] [0, 1, 1, 0, 1] %y = Attention(%q, %k, %v, %m) {is_causal: 1}",
    "%m = const f32[1,5] [-inf, -3.0e38, 1.0, -3.0e38, 0.0] %y = Attention(%q, %k, %v, %m) {scale: 0.01}",
    "%m = const f32[1,5] [-inf, -3.0e38, 1.0, -3.0e38, 0.0] %y = Attention(%q, %k, %v, %m) {is_causal: 1}",
    "%z = const f32 0.3 %m = Greater(%i, %z) %y = Attention(%q, %k, %v, %m)", "%z = const f32 0.3 %m = Greater(%i, %z) %y = Attention(%q, %k, %v, %m) {is_causal: 1}",
    "%m = Log(%i) %n = Identity(%m) %z = const f32 0.0 %c = Greater(%i, %z) %f = const f32 -inf %o = Where(%c, %n, %f) %y = Attention(%q, %k, %v, %o)",
  ]

  @Test(arguments: operators) func theOperatorItself(_ body: String) throws {
    let trip = try RoundTrip("graph main(%q: f32[1,2,3,4], %k: f32[1,2,5,4], %v: f32[1,2,5,6], %i: f32[3,5]) -> (%y) { \(body) }")
    #expect(try layers(trip).contains("SDPA"))
    try trip.expectSame()
  }

  @Test func headsBesideEachOther() throws {
    let trip = try RoundTrip("graph main(%q: f32[1,T,8], %k: f32[1,S,4], %v: f32[1,S,4]) -> (%y) { %y = Attention(%q, %k, %v) {q_num_heads: 4, kv_num_heads: 2} }")
    #expect(try layers(trip).contains("SDPA"))
    try trip.expectSame()
  }

  @Test func queriesWithoutKeysGiveZeros() throws {
    let trip = try RoundTrip("graph main(%q: f32[1,1,2,4], %k: f32[1,1,2,4], %v: f32[1,1,2,4]) -> (%y) { %m = const f32[2,2] [0.0, 0.0, -inf, -inf] %y = Attention(%q, %k, %v, %m) }")
    try trip.expectSame()
  }

  private func projected(keys: String, values: String, last: String = "%l", width: Int = 6) -> String {
    func heads(_ name: String, _ from: String) -> String {
      """
      %w\(name) = const f32[6,8] random(1) %b\(name) = const f32[8] random(2) %m\(name) = MatMul(%\(from), %w\(name)) %a\(name) = Add(%m\(name), %b\(name))
      %r\(name) = Reshape(%a\(name), %s) %\(name) = Transpose(%r\(name)) {perm: [0, 2, 1, 3]}
      """
    }
    return """
      graph main(%x: f32[N,T,6], %c: f32[N,S,6], %d: f32[N,S,6]) -> (%y) { %s = const i64[4] [0, 0, 2, 4]
        \(heads("q", "x")) \(heads("k", keys)) \(heads("v", values))
        %o = Attention(%q, %k, %v) %t = Transpose(%o) {perm: [0, 2, 1, 3]} %j = const i64[3] [0, 0, 8] %f = Reshape(%t, %j)
        %wl = const f32[8,\(width)] random(3) %l = MatMul(%f, %wl) %y = Identity(\(last)) }
      """
  }

  @Test(arguments: [("x", "x"), ("c", "c"), ("c", "d")]) func projectionsBelongToIt(_ keys: String, _ values: String) throws {
    let trip = try RoundTrip(projected(keys: keys, values: values))
    #expect(try layers(trip).filter { !["Input", "Split"].contains($0) } == ["MultiHeadAttention"])
    try trip.expectSame()
  }

  @Test func aProductOfAnotherWidthStaysApart() throws {
    let trip = try RoundTrip(projected(keys: "x", values: "x", width: 5))
    #expect(try layers(trip).contains("SDPA"))
    try trip.expectSame()
  }

  @Test func whatOthersReadStaysApart() throws {
    let trip = try RoundTrip(projected(keys: "x", values: "x").replacing("-> (%y)", with: "-> (%y, %f)"))
    #expect(try layers(trip).contains("SDPA"))
    try trip.expectSame()
  }
}
