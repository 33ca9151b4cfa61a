import Testing

/// Recurrent layers become their steps, or a loop over them.
@Suite struct ExpandRecurrentLayerTests {
  private func recurrent(_ op: String, gates: Int, steps: Int, _ attributes: String = "", operands: String = "", more: String = "") -> String {
    """
    graph main(%x: f32[\(steps),2,3]\(more)) -> (%y, %last) {
      %w = const f32[1,\(gates * 4),3] random(1)
      %r = const f32[1,\(gates * 4),4] random(2)
      %b = const f32[1,\(gates * 8)] random(3)
      %y, %last = \(op)(%x, %w, %r, %b\(operands)) {hidden_size: 4\(attributes)}
    }
    """
  }

  @Test func fewStepsOfAnLSTMAreWrittenOneByOne() throws {
    let steps = try RoundTrip.codes(recurrent("LSTM", gates: 4, steps: 3))
    #expect(!steps.contains("WHILE"))
    try RoundTrip.expectSame(recurrent("LSTM", gates: 4, steps: 3))
    try RoundTrip.expectSame(recurrent("LSTM", gates: 4, steps: 3, ", direction: \"reverse\", clip: 0.5"))
  }

  @Test func manyStepsAreALoop() throws {
    let text = recurrent("LSTM", gates: 4, steps: 40, ", direction: \"reverse\"")
    #expect(try RoundTrip.codes(text).contains("WHILE"))
    try RoundTrip.expectSame(text)
  }

  @Test func gatedUnitsResetBeforeOrBehindTheirProduct() throws {
    try RoundTrip.expectSame(recurrent("GRU", gates: 3, steps: 4))
    try RoundTrip.expectSame(recurrent("GRU", gates: 3, steps: 4, ", linear_before_reset: 1"))
    try RoundTrip.expectSame(recurrent("RNN", gates: 1, steps: 4, ", activations: [\"Relu\"]"))
  }

  @Test func bothDirectionsAndAGivenState() throws {
    try RoundTrip.expectSame(
      """
      graph main(%x: f32[n,5,3], %h: f32[n,2,4]) -> (%y, %last) {
        %w = const f32[2,12,3] random(1)
        %r = const f32[2,12,4] random(2)
        %y, %last = GRU(%x, %w, %r, _, _, %h) {hidden_size: 4, direction: "bidirectional", layout: 1}
      }
      """)
  }

  @Test func whatCannotBeSaidIsRefused() throws {
    #expect(try RoundTrip.refused(recurrent("LSTM", gates: 4, steps: 3, operands: ", %lengths", more: ", %lengths: i32[2]")) == ["LSTM"])
    #expect(try RoundTrip.refused(recurrent("RNN", gates: 1, steps: 3, ", activations: [\"Affine\"]")) == ["RNN"])
  }
}
