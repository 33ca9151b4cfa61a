import FerryTestSupport
import NCNNExport
import Testing

/// Loops and choices, of which ncnn has none: all that may run does run.
@Suite struct ControlTests {
  @Test func bothBranchesRun() throws {
    try expectRewrite(
      SelectBetweenBranches(),
      """
      graph main(%x: f32[3], %c: bool) -> (%y) {
        %y = If(%c, %x) {then_branch: graph() captures (%x) -> (%a) { %a = Relu(%x) }, else_branch: graph() captures (%x) -> (%b) { %k = const f32 2.0 %b = Div(%x, %k) }}
      }
      """,
      becomes: "graph main(%x: f32[3], %c: bool) -> (%y) { %a = Relu(%x) %k = const f32 2.0 %b = Div(%x, %k) %y = Where(%c, %a, %b) }")
  }

  @Test func branchesOfDifferentSizesStay() throws {
    try expectUnchanged(
      SelectBetweenBranches(),
      """
      graph main(%x: f32[3], %c: bool) -> (%y) {
        %y = If(%c, %x) {then_branch: graph() captures (%x) -> (%a) { %a = Relu(%x) }, else_branch: graph() captures (%x) -> (%b) { %b = Concat(%x, %x) {axis: 0} }}
      }
      """, because: "the branches give tensors of different sizes")
  }

  @Test func branchesOfDifferentTypesStay() throws {
    try expectUnchanged(
      SelectBetweenBranches(),
      """
      graph main(%c: bool, %s: seq<f32[3]>) -> (%y) {
        %y = If(%c, %s) {then_branch: graph() captures (%s) -> (%a) { %a = Identity(%s) }, else_branch: graph() captures (%s) -> (%b) { %b = Identity(%s) }}
      }
      """, because: "the branches give tensors of different sizes")
  }

  @Test func branchesThatDrawNumbersStay() throws {
    try expectUnchanged(
      SelectBetweenBranches(),
      """
      graph main(%x: f32[3], %c: bool) -> (%y) {
        %y = If(%c, %x) {then_branch: graph() captures (%x) -> (%a) { %a = RandomNormalLike(%x) }, else_branch: graph() captures (%x) -> (%b) { %b = Neg(%x) }}
      }
      """, because: "a branch does more than compute")
  }

  @Test func choicesWithinChoices() throws {
    try RoundTrip(
      """
      graph main(%x: f32[n], %c: bool) -> (%y) {
        %y = If(%c, %x) {
          then_branch: graph() captures (%x) -> (%a) { %a = Log(%x) },
          else_branch: graph() captures (%x) -> (%b) {
            %t = ReduceSum(%x) {keepdims: 0} %z = const f32 0.0 %p = Greater(%t, %z)
            %b = If(%p, %x) {then_branch: graph() captures (%x) -> (%d) { %d = Neg(%x) }, else_branch: graph() captures (%x) -> (%e) { %e = Sqrt(%x) }}
          }}
      }
      """
    ).expectSame()
  }

  @Test func loopsOfAKnownNumberOfRounds() throws {
    try RoundTrip(
      """
      graph main(%x: f32[3]) -> (%y, %all) { %n = const i64 7
        %y, %all = Loop(%n, _, %x) {body: graph(%i: i64, %t: bool, %a: f32[3]) -> (%u, %b, %s) { %u = Identity(%t) %f = Cast(%i) {to: f32} %k = const f32 0.5 %g = Mul(%a, %k) %b = Add(%g, %f) %s = Neg(%b) }}
      }
      """
    ).expectSame()
  }

  @Test func loopsThatMayEndEarlyAreRefused() throws {
    let text = """
      graph main(%x: f32[3]) -> (%y) { %n = const i64 7
        %y = Loop(%n, _, %x) {body: graph(%i: i64, %t: bool, %a: f32[3]) -> (%u, %b) { %b = Add(%a, %a) %m = ReduceMax(%b) {keepdims: 0} %k = const f32 100.0 %u = Less(%m, %k) }}
      }
      """
    #expect(try RoundTrip.findings(text).map(\.operator) == ["Loop"])
  }

  private func scan(_ length: String) -> String {
    """
    graph main(%s: f32[3], %x: f32[\(length),3]) -> (%e, %all) {
      %e, %all = Scan(%s, %x) {num_scan_inputs: 1, body: graph(%a: f32[3], %r: f32[3]) -> (%b, %o) { %b = Add(%a, %r) %o = Tanh(%b) }} }
    """
  }

  @Test func aNumberOfRoundsIsNoBatch() throws {
    let text = """
      graph main(%s: f32[3], %x: f32[length,3]) -> (%e) { %v = Shape(%x) {start: 0, end: 1} %z = const i64[1] [0] %n = Squeeze(%v, %z)
        %e = Loop(%n, _, %s, %x) {body: graph(%i: i64, %t: bool, %a: f32[3]) captures(%w: f32[length,3]) -> (%u, %b) { %u = Identity(%t) %r = Gather(%w, %i) %b = Add(%a, %r) }} }
      """
    #expect(try RoundTrip.findings(text).map(\.operator) == ["Loop"])
  }

  @Test func aLengthIsNoBatch() throws {
    #expect(try RoundTrip.findings(scan("length")).map(\.operator) == ["Scan"])
    let body = "%w = const f32[1,12,5] random(1) %r = const f32[1,12,3] random(2) %y, %h, %c = LSTM(%x, %w, %r) {hidden_size: 3}"
    let trip = try RoundTrip("graph main(%x: f32[T,1,5]) -> (%y) { \(body) }")
    #expect(String(decoding: try network(trip.files), as: UTF8.self).contains(" x 0=5 1=1 2=-1"))
    try trip.expectSame()
  }
}
