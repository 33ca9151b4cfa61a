import Testing

/// What the format has not, in terms of what it has: written, read back and run beside the original.
@Suite struct LegalizationTests {
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

  @Test func neighbouringChannelsAreNormalised() throws {
    let text = "graph main(%x: f32[1,7,3,3]) -> (%y) {\n%y = LRN(%x) {alpha: 0.3, beta: 0.6, bias: 2.0, size: 5}\n}"
    try RoundTrip.expectSame(text, steps: ["TRANSPOSE", "LOCAL_RESPONSE_NORMALIZATION", "TRANSPOSE"])
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

  @Test func aScanTakesSlicesFromEitherEnd() throws {
    try RoundTrip.expectSame(
      """
      graph main(%s: f32[3], %x: f32[n,3], %v: f32[3,n]) -> (%end, %all) {
        %end, %all = Scan(%s, %x, %v) {
          body: graph step(%state: f32[3], %row: f32[3], %column: f32[3]) -> (%next, %out) {
            %sum = Add(%state, %row)
            %next = Mul(%sum, %column)
            %out = Tanh(%next)
          },
          num_scan_inputs: 2, scan_input_axes: [0, 1], scan_input_directions: [1, 0], scan_output_axes: [1], scan_output_directions: [1]
        }
      }
      """)
  }

  @Test func aLoopStacksWhatEveryIterationGives() throws {
    try RoundTrip.expectSame(
      """
      graph main(%x: f32[n]) -> (%last, %all, %counts) {
        %count = const i64 4
        %last, %all, %counts = Loop(%count, _, %x) {
          body: graph step(%i: i64[], %again: bool[], %state: f32[n]) -> (%go, %next, %seen, %number) {
            %go = Identity(%again)
            %next = Add(%state, %state)
            %seen = Tanh(%next)
            %number = Identity(%i)
          }
        }
      }
      """)
  }

  @Test func activationsByOthers() throws {
    for op in ["Softplus", "Softsign", "Mish", "Selu", "Swish", "Elu", "Celu", "ThresholdedRelu"] {
      let attributes = ["Swish", "Elu", "Celu"].contains(op) ? " {alpha: 0.7}" : ""
      try RoundTrip.expectSame(
        """
        graph main(%x: f32[2,5]) -> (%y) {
          %y = \(op)(%x)\(attributes)
        }
        """)
    }
  }

  @Test func sumsOfSomethingAreSums() throws {
    for op in ["ReduceL1", "ReduceSumSquare", "ReduceLogSumExp"] {
      try RoundTrip.expectSame(
        """
        graph main(%x: f32[2,3,4]) -> (%y) {
          %a = const i64[2] [0, -1]
          %y = \(op)(%x, %a)
        }
        """)
    }
  }

  @Test func normalizationsByMeansAndRoots() throws {
    try RoundTrip.expectSame(
      """
      graph main(%x: f32[2,4,3,3]) -> (%a, %b, %c) {
        %s = const f32[4] random(1)
        %t = const f32[4] random(2)
        %u = const f32[3] random(3)
        %a = InstanceNormalization(%x, %s, %t)
        %b = GroupNormalization(%x, %s, %t) {num_groups: 2}
        %c = RMSNormalization(%x, %u)
      }
      """)
  }

  @Test func castsToAnotherValuesType() throws {
    try RoundTrip.expectSame(
      """
      graph main(%x: f32[3], %t: i32[1]) -> (%y) {
        %y = CastLike(%x, %t)
      }
      """)
  }

  @Test func placesAndCounts() throws {
    try RoundTrip.expectSame(
      """
      graph main(%x: f32[2,3], %i: i64[3], %m: i64[2]) -> (%n, %h, %z, %f, %r, %s) {
        %n = NonZero(%x)
        %depth = const i64 4
        %values = const f32[2] [0.5, 2]
        %h = OneHot(%i, %depth, %values)
        %three = const i64 3
        %z = Mod(%i, %three)
        %f = ConstantOfShape(%m) {value: const i32[1] [7]}
        %zero = const i64 0
        %one = const i64 1
        %top = ReduceMax(%i) {keepdims: 0}
        %r = Range(%zero, %top, %one)
        %s = Size(%x)
      }
      """)
  }

  // MARK: Near misses

  @Test func whatCannotBeSaidIsRefused() throws {
    #expect(try RoundTrip.refused(recurrent("LSTM", gates: 4, steps: 3, operands: ", %lengths", more: ", %lengths: i32[2]")) == ["LSTM"])
    #expect(try RoundTrip.refused(recurrent("RNN", gates: 1, steps: 3, ", activations: [\"Affine\"]")) == ["RNN"])
    #expect(
      try RoundTrip.refused(
        """
        graph main(%x: f32[2]) -> (%y) {
          %m = const f32 3
          %y = Mod(%x, %m) {fmod: 1}
        }
        """) == ["Mod"])
  }
}
