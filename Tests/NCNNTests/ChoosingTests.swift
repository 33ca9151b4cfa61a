import FerryTestSupport
import NCNNExport
import Operators
import Testing

/// What is chosen or picked by position comes through as it is, whatever the rest is.
@Suite struct ChoosingTests {
  private func layers(_ trip: RoundTrip) throws -> String { String(decoding: try network(trip.files), as: UTF8.self) }

  @Test(arguments: ["[N,4,5]", "[5]", "[2,3,4,5]"]) func infiniteNumbersBesideAChoice(_ shape: String) throws {
    let trip = try RoundTrip("graph main(%x: f32\(shape)) -> (%y) { %z = const f32 0.0 %c = Greater(%x, %z) %l = Log(%x) %i = const f32 -inf %y = Where(%c, %l, %i) }")
    #expect(try layers(trip).contains("GridSample"))
    try trip.expectSame()
  }

  @Test func conditionAndOperandsAreBroadcast() throws {
    try RoundTrip("graph main(%x: f32[N,4,5], %s: f32[4,1]) -> (%y) { %z = const f32 0.0 %c = Greater(%s, %z) %r = Reciprocal(%x) %l = Log(%s) %y = Where(%c, %l, %r) }").expectSame()
  }

  @Test func finiteNumbersAreWeighed() throws {
    let trip = try RoundTrip("graph main(%x: f32[N,4,5]) -> (%y) { %z = const f32 0.0 %c = Greater(%x, %z) %l = Sigmoid(%x) %y = Where(%c, %l, %x) }")
    #expect(try !layers(trip).contains("GridSample"))
    try trip.expectSame()
  }

  @Test func aChoiceOfWholeTensorsNeedsNoSizes() throws {
    let trip = try RoundTrip("graph main(%x: f32[n], %c: bool) -> (%y) { %l = Log(%x) %m = Neg(%x) %y = Where(%c, %l, %m) }")
    #expect(try layers(trip).contains("GridSample"))
    try trip.expectSame()
  }

  @Test func choicesBetweenOpenSizesAreRefused() throws {
    let text = "graph main(%x: f32[1,T,4], %s: f32[1,T,4]) -> (%y) { %z = const f32 0.0 %c = Greater(%s, %z) %l = Log(%x) %y = Where(%c, %l, %s) }"
    #expect(try RoundTrip.findings(text).map(\.reason) == [.dynamicShape])
  }

  static let picks = [
    "graph main(%x: f32[N,4,5]) -> (%y) { %i = ArgMax(%x) {axis: 1, keepdims: 0} %s = const i64[1] [5] %j = Reshape(%i, %s) %y = Gather(%x, %j) {axis: 2} }",
    "graph main(%x: f32[N,4,5]) -> (%y) { %i = ArgMax(%x) {axis: 2, keepdims: 0} %y = Gather(%x, %i) {axis: 1} }",
    "graph main(%x: f32[5,4]) -> (%y) { %i = ArgMin(%x) {axis: 1} %y = Gather(%x, %i) {axis: 0} }",
    "graph main(%x: f32[T,5]) -> (%y) { %i = ArgMax(%x) {axis: 1} %y = Gather(%x, %i) {axis: 1} }",
    "graph main(%x: f32[N,4,5]) -> (%y) { %i = ArgMax(%x) {axis: 2} %y = GatherElements(%x, %i) {axis: 2} }",
    "graph main(%x: f32[N,4,5]) -> (%y) { %i = ArgMax(%x) {axis: 1} %y = GatherElements(%x, %i) {axis: 1} }",
    "graph main(%x: f32[N,4,5]) -> (%y) { %l = Log(%x) %i = const i64[1,4,3] [0, -1, 2, 3, 4, -5, 1, 1, 1, 0, 2, 4] %y = GatherElements(%l, %i) {axis: -1} }",
  ]

  @Test(arguments: picks) func positionsThatAreComputed(_ text: String) throws { try RoundTrip(text).expectSame() }

  @Test func positionsAlongAnOpenAxisAreRefused() throws {
    let text = "graph main(%x: f32[1,T,5], %i: f32[3]) -> (%y) { %j = Cast(%i) {to: i64} %y = Gather(%x, %j) {axis: 1} }"
    #expect(try RoundTrip.findings(text).map(\.operator) == ["Gather"])
  }

  @Test func theOnlyElementOfAnAxis() throws {
    try RoundTrip("graph main(%x: f32[1,4,5]) -> (%y) { %i = const i64 0 %y = Gather(%x, %i) {axis: 0} }").expectSame()
    try RoundTrip("graph main(%x: f32[N,4,5]) -> (%y) { %i = const i64[1] [-1] %y = Gather(%x, %i) {axis: 0} }").expectSame()
  }

  static let ranks = [
    "%y = ArgMax(%x) {axis: 1}", "%y = ArgMin(%x) {axis: -1, keepdims: 0}", "%r = Round(%x) %y = ArgMax(%r) {axis: 2, select_last_index: 1}",
    "%r = Round(%x) %y = ArgMax(%r) {axis: 1, keepdims: 0}", "%r = Round(%x) %y = ArgMin(%r) {axis: 2, select_last_index: 1}", "%y = ArgMax(%x) {axis: 0}",
    "%y = Hardmax(%x) {axis: 1}", "%r = Round(%x) %y = Hardmax(%r)",
    "%k = const i64[1] [3] %y, %i = TopK(%x, %k)", "%k = const i64[1] [2] %r = Round(%x) %v, %y = TopK(%r, %k) {axis: 1}",
    "%k = const i64[1] [4] %y, %i = TopK(%x, %k) {axis: 1, largest: 0}", "%k = const i64[1] [1] %r = Round(%x) %v, %y = TopK(%r, %k)",
    "%k = const i64[1] [5] %p = Relu(%x) %l = Log(%p) %y, %i = TopK(%l, %k) {largest: 0}", "%k = const i64[1] [1] %y, %i = TopK(%x, %k) {axis: 0}",
    "%i = ArgMax(%x) {axis: 2, keepdims: 0} %d = const i64 5 %v = const f32[2] [0.25, 3.0] %y = OneHot(%i, %d, %v)",
    "%i = ArgMax(%x) {axis: 2, keepdims: 0} %d = const i64 4 %v = const f32[2] [0.0, 1.0] %y = OneHot(%i, %d, %v) {axis: 1}",
  ]

  @Test(arguments: ranks) func ranking(_ body: String) throws { try RoundTrip("graph main(%x: f32[N,4,5]) -> (%y) { \(body) }").expectSame() }

  @Test func theFirstOfOpenRows() throws {
    try RoundTrip("graph main(%x: f32[1,T,5]) -> (%y, %i) { %k = const i64[1] [1] %y, %i = TopK(%x, %k) }").expectSame()
  }

  @Test func manyElementsAreNotSorted() throws {
    let text = "graph main(%x: f32[1,8400]) -> (%y, %i) { %k = const i64[1] [100] %y, %i = TopK(%x, %k) }"
    #expect(try RoundTrip.findings(text).map(\.reason) == [.size])
  }

  @Test func shiftedConvolutions() throws {
    try RoundTrip(
      """
      graph main(%x: f32[1,4,6,6], %o: f32[1,18,4,4], %m: f32[1,9,4,4]) -> (%y) { %w = const f32[3,4,3,3] random(1) %b = const f32[3] random(2)
        %c = DeformConv(%x, %w, %o, %b, %m) %y = Relu(%c) }
      """).expectSame()
    try RoundTrip(
      "graph main(%x: f32[1,4,6,6], %o: f32[1,8,3,3]) -> (%y) { %w = const f32[3,4,2,2] random(1) %y = DeformConv(%x, %w, %o) {strides: [2, 2], pads: [0, 1, 1, 0]} }"
    ).expectSame()
  }
}
