import FerryTestSupport
import NCNNExport
import Testing

@Suite struct FoldWeightsTests {
  @Test func computesWeightsFromIntegers() throws {
    try expectRewrite(
      FoldWeights(),
      """
        graph main(%x: f32[1,2,4,4]) -> (%y) {
          %w = const i8[1,2,1,1] [3, -4]
          %z = const i8[1] [1]
          %a = const i64[3] [1, 2, 3]
          %v = Cast(%w) {to: f32}
          %p = Cast(%z) {to: f32}
          %u = Unsqueeze(%p, %a)
          %k = Sub(%v, %u)
          %y = Conv(%x, %k)
        }
        """,
      becomes: """
        graph main(%x: f32[1,2,4,4]) -> (%y) {
          %k = const f32[1,2,1,1] [2, -5]
          %y = Conv(%x, %k)
        }
        """)
  }

  @Test func leavesWeightsThatAreGiven() throws {
    try expectUnchanged(FoldWeights(), "graph main(%x: f32[1,2,4,4], %w: i8[1,2,1,1]) -> (%y) { %k = Cast(%w) {to: f32} %y = Conv(%x, %k) }", because: "not the result of a node")
  }

  @Test func leavesConstants() throws {
    try expectUnchanged(FoldWeights(), "graph main(%x: f32[1,2,4,4]) -> (%y) { %k = const f32[1,2,1,1] [1, 2] %y = Conv(%x, %k) }", because: "the weights are a constant")
  }

  /// Bytes that have been clipped to their range are floats without a fraction.
  @Test func castsToBytesOfWhatIsClipped() throws {
    func findings(_ high: Int) throws -> [String] {
      try RoundTrip.findings(
        """
        graph main(%x: f32[1,2,4,4]) -> (%y) {
          %l = const f32 0 %h = const f32 \(high) %c = Clip(%x, %l, %h) %b = Cast(%c) {to: u8} %y = Cast(%b) {to: f32}
        }
        """
      ).map(\.operator)
    }
    #expect(try findings(255).isEmpty)
    #expect(try findings(256) == ["Cast"])
  }
}
