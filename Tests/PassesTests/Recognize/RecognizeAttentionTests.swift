import FerryTestSupport
import Passes
import Testing

@Suite struct RecognizeAttentionTests {
  @Test func recognisesScaledProducts() throws {
    try expectRewrite(
      RecognizeAttention(),
      """
        graph main(%q: f32[N,2,L,4], %k0: f32[N,2,S,4], %v: f32[N,2,S,6]) -> (%y) {
          %k = const f32 0.5
          %t = Transpose(%k0) {perm: [0, 1, 3, 2]}
          %s = MatMul(%q, %t)
          %m = Mul(%s, %k)
          %p = Softmax(%m)
          %y = MatMul(%p, %v)
        }
        """,
      becomes: """
        graph main(%q: f32[N,2,L,4], %k0: f32[N,2,S,4], %v: f32[N,2,S,6]) -> (%y) {
          %y = Attention(%q, %k0, %v) {scale: 0.5}
        }
        """)
  }

  /// As the specification says it: half of the scale on either side, so that narrow floats are rounded alike.
  @Test func takesTheScaleOfBothSides() throws {
    try expectRewrite(
      RecognizeAttention(),
      """
        graph main(%q: f16[N,2,L,4], %k0: f16[N,2,S,4], %v: f16[N,2,S,6]) -> (%y) {
          %k = const f16 0.5
          %w = Mul(%q, %k)
          %t = Transpose(%k0) {perm: [0, 1, 3, 2]}
          %u = Mul(%t, %k)
          %s = MatMul(%w, %u)
          %p = Softmax(%s)
          %y = MatMul(%p, %v)
        }
        """,
      becomes: """
        graph main(%q: f16[N,2,L,4], %k0: f16[N,2,S,4], %v: f16[N,2,S,6]) -> (%y) {
          %y = Attention(%q, %k0, %v) {scale: 0.25}
        }
        """)
  }

  @Test func recognisesAMask() throws {
    try expectRewrite(
      RecognizeAttention(),
      """
        graph main(%q: f32[N,2,L,4], %k0: f32[N,2,S,4], %v: f32[N,2,S,6], %mask: f32[N,1,L,S]) -> (%y) {
          %k = const f32 2.0
          %t = Transpose(%k0) {perm: [0, 1, 3, 2]}
          %s = MatMul(%q, %t)
          %m = Div(%s, %k)
          %b = Add(%mask, %m)
          %p = Softmax(%b) {axis: 3}
          %y = MatMul(%p, %v)
        }
        """,
      becomes: """
        graph main(%q: f32[N,2,L,4], %k0: f32[N,2,S,4], %v: f32[N,2,S,6], %mask: f32[N,1,L,S]) -> (%y) {
          %y = Attention(%q, %k0, %v, %mask) {scale: 0.5}
        }
        """)
  }

  @Test func recognisesAChoiceOfScores() throws {
    try expectRewrite(
      RecognizeAttention(),
      """
        graph main(%q: f32[N,2,L,4], %k0: f32[N,2,S,4], %v: f32[N,2,S,6], %mask: bool[N,1,L,S]) -> (%y) {
          %k = const f32 0.5
          %inf = const f32 -inf
          %t = Transpose(%k0) {perm: [0, 1, 3, 2]}
          %s = MatMul(%q, %t)
          %m = Mul(%s, %k)
          %b = Where(%mask, %m, %inf)
          %p = Softmax(%b)
          %y = MatMul(%p, %v)
        }
        """,
      becomes: """
        graph main(%q: f32[N,2,L,4], %k0: f32[N,2,S,4], %v: f32[N,2,S,6], %mask: bool[N,1,L,S]) -> (%y) {
          %y = Attention(%q, %k0, %v, %mask) {scale: 0.5}
        }
        """)
  }

  @Test func recognisesAChoiceOfWhatIsLeftOut() throws {
    try expectRewrite(
      RecognizeAttention(),
      """
        graph main(%q: f32[N,2,2,4], %k0: f32[N,2,3,4], %v: f32[N,2,3,6]) -> (%y) {
          %k = const f32 0.5
          %mask = const bool[2,3] [false, true, true, true, false, false]
          %inf = const f32 -inf
          %t = Transpose(%k0) {perm: [0, 1, 3, 2]}
          %s = MatMul(%q, %t)
          %m = Mul(%s, %k)
          %b = Where(%mask, %inf, %m)
          %p = Softmax(%b)
          %y = MatMul(%p, %v)
        }
        """,
      becomes: """
        graph main(%q: f32[N,2,2,4], %k0: f32[N,2,3,4], %v: f32[N,2,3,6]) -> (%y) {
          %mask = const bool[2,3] [false, true, true, true, false, false]
          %not = Not(%mask)
          %y = Attention(%q, %k0, %v, %not) {scale: 0.5}
        }
        """)
  }

  @Test func leavesFiniteScoresForWhatIsLeftOut() throws {
    try expectUnchanged(
      RecognizeAttention(),
      """
        graph main(%q: f32[N,2,L,4], %k0: f32[N,2,S,4], %v: f32[N,2,S,6], %mask: bool[L,S]) -> (%y) {
          %k = const f32 0.5
          %inf = const f32 -10000.0
          %t = Transpose(%k0) {perm: [0, 1, 3, 2]}
          %s = MatMul(%q, %t)
          %m = Mul(%s, %k)
          %b = Where(%mask, %m, %inf)
          %p = Softmax(%b)
          %y = MatMul(%p, %v)
        }
        """,
      because: "what is left out does not become negative infinity")
  }

  @Test func recognisesScaledQueriesAndMovedHeads() throws {
    try expectRewrite(
      RecognizeAttention(),
      """
        graph main(%q: f32[N,2,L,4], %k0: f32[N,S,2,4], %v: f32[N,2,S,6]) -> (%y) {
          %k = const f32 0.25
          %w = Mul(%q, %k)
          %t = Transpose(%k0) {perm: [0, 2, 3, 1]}
          %s = MatMul(%w, %t)
          %p = Softmax(%s)
          %y = MatMul(%p, %v)
        }
        """,
      becomes: """
        graph main(%q: f32[N,2,L,4], %k0: f32[N,S,2,4], %v: f32[N,2,S,6]) -> (%y) {
          %t = Transpose(%k0) {perm: [0, 2, 1, 3]}
          %y = Attention(%q, %t, %v) {scale: 0.25}
        }
        """)
  }

  @Test func recognisesASingleHead() throws {
    try expectRewrite(
      RecognizeAttention(),
      """
        graph main(%q: f32[N,L,4], %k0: f32[N,S,4], %v: f32[N,S,6]) -> (%y) {
          %t = Transpose(%k0) {perm: [0, 2, 1]}
          %s = MatMul(%q, %t)
          %p = Softmax(%s)
          %y = MatMul(%p, %v)
        }
        """,
      becomes: """
        graph main(%q: f32[N,L,4], %k0: f32[N,S,4], %v: f32[N,S,6]) -> (%y) {
          %y = Attention(%q, %k0, %v) {kv_num_heads: 1, q_num_heads: 1, scale: 1.0}
        }
        """)
  }

  @Test func leavesASoftmaxAlongTheQueries() throws {
    try expectUnchanged(
      RecognizeAttention(),
      """
        graph main(%q: f32[N,2,L,4], %k0: f32[N,2,S,4], %v: f32[N,2,S,6]) -> (%y) {
          %k = const f32 0.5
          %t = Transpose(%k0) {perm: [0, 1, 3, 2]}
          %s = MatMul(%q, %t)
          %m = Mul(%s, %k)
          %p = Softmax(%m) {axis: 2}
          %y = MatMul(%p, %v)
        }
        """,
      because: "the softmax is along another axis")
  }

  @Test func leavesScoresWithOtherUses() throws {
    try expectUnchanged(
      RecognizeAttention(),
      """
        graph main(%q: f32[N,2,L,4], %k0: f32[N,2,S,4], %v: f32[N,2,S,6]) -> (%y, %m) {
          %k = const f32 0.5
          %t = Transpose(%k0) {perm: [0, 1, 3, 2]}
          %s = MatMul(%q, %t)
          %m = Mul(%s, %k)
          %p = Softmax(%m)
          %y = MatMul(%p, %v)
        }
        """,
      because: "the value has other uses")
  }

  @Test func leavesProbabilitiesWithOtherUses() throws {
    try expectUnchanged(
      RecognizeAttention(),
      """
        graph main(%q: f32[N,2,L,4], %k0: f32[N,2,S,4], %v: f32[N,2,S,6]) -> (%y, %p) {
          %k = const f32 0.5
          %t = Transpose(%k0) {perm: [0, 1, 3, 2]}
          %s = MatMul(%q, %t)
          %m = Mul(%s, %k)
          %p = Softmax(%m)
          %y = MatMul(%p, %v)
        }
        """,
      because: "the value has other uses")
  }

  @Test func leavesAMaskOfOneRow() throws {
    try expectUnchanged(
      RecognizeAttention(),
      """
        graph main(%q: f32[N,2,L,4], %k0: f32[N,2,S,4], %v: f32[N,2,S,6], %mask: f32[N,1,1,S]) -> (%y) {
          %k = const f32 0.5
          %t = Transpose(%k0) {perm: [0, 1, 3, 2]}
          %s = MatMul(%q, %t)
          %n = Mul(%s, %k)
          %m = Add(%n, %mask)
          %p = Softmax(%m)
          %y = MatMul(%p, %v)
        }
        """,
      because: "the mask does not have a row per query")
  }

  @Test func takesOneRowOfAMaskForAllQueriesWhereThatIsAllowed() throws {
    try expectRewrite(
      RecognizeAttention(broadcastsMasks: true),
      """
        graph main(%q: f32[N,2,L,4], %k0: f32[N,2,S,4], %v: f32[N,2,S,6], %mask: f32[N,1,1,S]) -> (%y) {
          %k = const f32 0.5
          %t = Transpose(%k0) {perm: [0, 1, 3, 2]}
          %s = MatMul(%q, %t)
          %n = Mul(%s, %k)
          %m = Add(%n, %mask)
          %p = Softmax(%m)
          %y = MatMul(%p, %v)
        }
        """,
      becomes: """
        graph main(%q: f32[N,2,L,4], %k0: f32[N,2,S,4], %v: f32[N,2,S,6], %mask: f32[N,1,1,S]) -> (%y) {
          %y = Attention(%q, %k0, %v, %mask) {scale: 0.5}
        }
        """)
  }

  @Test func leavesBroadcastHeads() throws {
    try expectUnchanged(
      RecognizeAttention(),
      """
        graph main(%q: f32[N,2,L,4], %k0: f32[N,1,S,4], %v: f32[N,2,S,6]) -> (%y) {
          %k = const f32 0.5
          %t = Transpose(%k0) {perm: [0, 1, 3, 2]}
          %s = MatMul(%q, %t)
          %m = Mul(%s, %k)
          %p = Softmax(%m)
          %y = MatMul(%p, %v)
        }
        """,
      because: "the batches or heads differ")
  }

  @Test func leavesAMaskThatVariesByHeadAlone() throws {
    try expectUnchanged(
      RecognizeAttention(),
      """
        graph main(%q: f32[N,2,L,4], %k0: f32[N,2,S,4], %v: f32[N,2,S,6], %mask: f32[N,3,L,S]) -> (%y) {
          %k = const f32 0.5
          %t = Transpose(%k0) {perm: [0, 1, 3, 2]}
          %s = MatMul(%q, %t)
          %n = Mul(%s, %k)
          %u = ReduceMean(%mask)
          %m = Add(%n, %u)
          %p = Softmax(%m)
          %y = MatMul(%p, %v)
        }
        """,
      because: "the mask")
  }

  @Test func leavesProbabilitiesThatAreChanged() throws {
    try expectUnchanged(
      RecognizeAttention(),
      """
        graph main(%q: f32[N,2,L,4], %k0: f32[N,2,S,4], %v: f32[N,2,S,6]) -> (%y) {
          %k = const f32 0.5
          %t = Transpose(%k0) {perm: [0, 1, 3, 2]}
          %s = MatMul(%q, %t)
          %m = Mul(%s, %k)
          %p = Softmax(%m)
          %pp = Abs(%p)
          %y = MatMul(%pp, %v)
        }
        """,
      because: "another operator")
  }

  @Test func leavesDoublePrecision() throws {
    try expectUnchanged(
      RecognizeAttention(),
      """
        graph main(%q: f64[N,2,L,4], %k0: f64[N,2,S,4], %v: f64[N,2,S,6]) -> (%y) {
          %k = const f64 0.5
          %t = Transpose(%k0) {perm: [0, 1, 3, 2]}
          %s = MatMul(%q, %t)
          %m = Mul(%s, %k)
          %p = Softmax(%m)
          %y = MatMul(%p, %v)
        }
        """,
      because: "the element type or rank")
  }

  @Test func leavesAnOlderOperatorSet() throws {
    try expectUnchanged(
      RecognizeAttention(), opset: 22,
      """
        graph main(%q: f32[N,2,L,4], %k0: f32[N,2,S,4], %v: f32[N,2,S,6]) -> (%y) {
          %k = const f32 0.5
          %t = Transpose(%k0) {perm: [0, 1, 3, 2]}
          %s = MatMul(%q, %t)
          %m = Mul(%s, %k)
          %p = Softmax(%m)
          %y = MatMul(%p, %v)
        }
        """,
      because: "the operator set does not have the operator")
  }
}
