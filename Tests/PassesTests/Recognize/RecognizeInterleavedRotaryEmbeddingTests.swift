import FerryTestSupport
import Passes
import Testing

@Suite struct RecognizeInterleavedRotaryEmbeddingTests {
  @Test func recognisesTurnedNeighbours() throws {
    try expectRewrite(
      RecognizeInterleavedRotaryEmbedding(),
      """
        graph main(%x: f32[N,2,5,6], %c: f32[N,1,5,3], %s: f32[N,1,5,3]) -> (%y) {
          %last = const i64[1] [3]
          %zero = const i64[1] [0]
          %one = const i64[1] [1]
          %end = const i64[1] [9223372036854775807]
          %two = const i64[1] [2]
          %new = const i64[1] [-1]
          %t = const i64[4] [0, 2, 5, 6]
          %a = Slice(%x, %zero, %end, %last, %two)
          %b = Slice(%x, %one, %end, %last, %two)
          %ac = Mul(%a, %c)
          %bs = Mul(%b, %s)
          %as = Mul(%a, %s)
          %bc = Mul(%b, %c)
          %p = Sub(%ac, %bs)
          %qq = Add(%as, %bc)
          %up = Unsqueeze(%p, %new)
          %uq = Unsqueeze(%qq, %new)
          %j = Concat(%up, %uq) {axis: -1}
          %y = Reshape(%j, %t)
        }
        """,
      becomes: """
        graph main(%x: f32[N,2,5,6], %c: f32[N,1,5,3], %s: f32[N,1,5,3]) -> (%y) {
          %one = const i64[1] [1]
          %too = const i64[1] [1]
          %c1 = Squeeze(%c, %one)
          %s1 = Squeeze(%s, %too)
          %y = RotaryEmbedding(%x, %c1, %s1) {interleaved: 1}
        }
        """)
  }

  @Test func recognisesConstantAngles() throws {
    try expectRewrite(
      RecognizeInterleavedRotaryEmbedding(),
      """
        graph main(%x: f32[1,2,2,4]) -> (%z) {
          %c = const f32[1,1,2,4] [0.5, 0.5, 0.25, 0.25, 0.75, 0.75, 0.125, 0.125]
          %s = const f32[2,4] [0.1, 0.1, 0.2, 0.2, 0.3, 0.3, 0.4, 0.4]
          %p0 = const i64 0
          %p1 = const i64 1
          %pt = const i64[5] [0, 2, 2, 2, 2]
          %t = const i64[4] [0, 2, 2, 4]
          %new = const i64[1] [4]
          %xp = Reshape(%x, %pt)
          %even = Gather(%xp, %p0) {axis: -1}
          %odd = Gather(%xp, %p1) {axis: 4}
          %no = Neg(%odd)
          %un = Unsqueeze(%no, %new)
          %ue = Unsqueeze(%even, %new)
          %j = Concat(%un, %ue) {axis: -1}
          %rot = Reshape(%j, %t)
          %rs = Mul(%rot, %s)
          %xc = Mul(%x, %c)
          %y = Add(%xc, %rs)
          %z = Relu(%y)
        }
        """,
      becomes: """
        graph main(%x: f32[1,2,2,4]) -> (%z) {
          %c = const f32[1,2,2] [0.5, 0.25, 0.75, 0.125]
          %s = const f32[1,2,2] [0.1, 0.2, 0.3, 0.4]
          %y = RotaryEmbedding(%x, %c, %s) {interleaved: 1}
          %z = Relu(%y)
        }
        """)
  }

  @Test func leavesTheOtherWayRound() throws {
    try expectUnchanged(
      RecognizeInterleavedRotaryEmbedding(),
      """
        graph main(%x: f32[N,2,5,6], %c: f32[N,1,5,3], %s: f32[N,1,5,3]) -> (%y) {
          %last = const i64[1] [3]
          %zero = const i64[1] [0]
          %one = const i64[1] [1]
          %end = const i64[1] [9223372036854775807]
          %two = const i64[1] [2]
          %new = const i64[1] [-1]
          %t = const i64[4] [0, 2, 5, 6]
          %a = Slice(%x, %zero, %end, %last, %two)
          %b = Slice(%x, %one, %end, %last, %two)
          %ac = Mul(%a, %c)
          %bs = Mul(%b, %s)
          %as = Mul(%a, %s)
          %bc = Mul(%b, %c)
          %p = Add(%ac, %bs)
          %qq = Sub(%bc, %as)
          %up = Unsqueeze(%p, %new)
          %uq = Unsqueeze(%qq, %new)
          %j = Concat(%up, %uq) {axis: -1}
          %y = Reshape(%j, %t)
        }
        """,
      because: "another operator")
  }

  @Test func leavesNeighboursExchanged() throws {
    try expectUnchanged(
      RecognizeInterleavedRotaryEmbedding(),
      """
        graph main(%x: f32[N,2,5,6], %c: f32[N,1,5,3], %s: f32[N,1,5,3]) -> (%y) {
          %last = const i64[1] [3]
          %zero = const i64[1] [0]
          %one = const i64[1] [1]
          %end = const i64[1] [9223372036854775807]
          %two = const i64[1] [2]
          %new = const i64[1] [-1]
          %t = const i64[4] [0, 2, 5, 6]
          %a = Slice(%x, %zero, %end, %last, %two)
          %b = Slice(%x, %one, %end, %last, %two)
          %ac = Mul(%a, %c)
          %bs = Mul(%b, %s)
          %as = Mul(%a, %s)
          %bc = Mul(%b, %c)
          %p = Sub(%ac, %bs)
          %qq = Add(%as, %bc)
          %up = Unsqueeze(%p, %new)
          %uq = Unsqueeze(%qq, %new)
          %j = Concat(%uq, %up) {axis: -1}
          %y = Reshape(%j, %t)
        }
        """,
      because: "another operator")
  }

  @Test func leavesAnglesThatDifferByHead() throws {
    try expectUnchanged(
      RecognizeInterleavedRotaryEmbedding(),
      """
        graph main(%x: f32[N,2,5,6], %c: f32[N,2,5,3], %s: f32[N,2,5,3]) -> (%y) {
          %last = const i64[1] [3]
          %zero = const i64[1] [0]
          %one = const i64[1] [1]
          %end = const i64[1] [9223372036854775807]
          %two = const i64[1] [2]
          %new = const i64[1] [-1]
          %t = const i64[4] [0, 2, 5, 6]
          %a = Slice(%x, %zero, %end, %last, %two)
          %b = Slice(%x, %one, %end, %last, %two)
          %ac = Mul(%a, %c)
          %bs = Mul(%b, %s)
          %as = Mul(%a, %s)
          %bc = Mul(%b, %c)
          %p = Sub(%ac, %bs)
          %qq = Add(%as, %bc)
          %up = Unsqueeze(%p, %new)
          %uq = Unsqueeze(%qq, %new)
          %j = Concat(%up, %uq) {axis: -1}
          %y = Reshape(%j, %t)
        }
        """,
      because: "the angles do not fit")
  }

  @Test func leavesHalves() throws {
    try expectUnchanged(
      RecognizeInterleavedRotaryEmbedding(),
      """
        graph main(%x: f32[N,2,5,6], %c: f32[N,1,5,3], %s: f32[N,1,5,3]) -> (%y) {
          %last = const i64[1] [3]
          %zero = const i64[1] [0]
          %one = const i64[1] [3]
          %end = const i64[1] [9223372036854775807]
          %two = const i64[1] [1]
          %new = const i64[1] [-1]
          %t = const i64[4] [0, 2, 5, 6]
          %a = Slice(%x, %zero, %one, %last, %two)
          %b = Slice(%x, %one, %end, %last, %two)
          %ac = Mul(%a, %c)
          %bs = Mul(%b, %s)
          %as = Mul(%a, %s)
          %bc = Mul(%b, %c)
          %p = Sub(%ac, %bs)
          %qq = Add(%as, %bc)
          %up = Unsqueeze(%p, %new)
          %uq = Unsqueeze(%qq, %new)
          %j = Concat(%up, %uq) {axis: -1}
          %y = Reshape(%j, %t)
        }
        """,
      because: "not the result of a node")
  }

  @Test func leavesOtherAngles() throws {
    try expectUnchanged(
      RecognizeInterleavedRotaryEmbedding(),
      """
        graph main(%x: f32[N,2,5,6], %c: f32[N,1,5,3], %s: f32[N,1,5,3], %w: f32[N,1,5,3]) -> (%y) {
          %last = const i64[1] [3]
          %zero = const i64[1] [0]
          %one = const i64[1] [1]
          %end = const i64[1] [9223372036854775807]
          %two = const i64[1] [2]
          %new = const i64[1] [-1]
          %t = const i64[4] [0, 2, 5, 6]
          %a = Slice(%x, %zero, %end, %last, %two)
          %b = Slice(%x, %one, %end, %last, %two)
          %ac = Mul(%a, %c)
          %bs = Mul(%b, %w)
          %as = Mul(%a, %s)
          %bc = Mul(%b, %c)
          %p = Sub(%ac, %bs)
          %qq = Add(%as, %bc)
          %up = Unsqueeze(%p, %new)
          %uq = Unsqueeze(%qq, %new)
          %j = Concat(%up, %uq) {axis: -1}
          %y = Reshape(%j, %t)
        }
        """,
      because: "the angles differ")
  }

  @Test func leavesAnglesOfNeighboursThatDiffer() throws {
    try expectUnchanged(
      RecognizeInterleavedRotaryEmbedding(),
      """
        graph main(%x: f32[1,2,2,4]) -> (%z) {
          %c = const f32[1,1,2,4] [0.5, 0.25, 0.25, 0.25, 0.75, 0.75, 0.125, 0.125]
          %s = const f32[2,4] [0.1, 0.1, 0.2, 0.2, 0.3, 0.3, 0.4, 0.4]
          %p0 = const i64 0
          %p1 = const i64 1
          %pt = const i64[5] [0, 2, 2, 2, 2]
          %t = const i64[4] [0, 2, 2, 4]
          %new = const i64[1] [4]
          %xp = Reshape(%x, %pt)
          %even = Gather(%xp, %p0) {axis: -1}
          %odd = Gather(%xp, %p1) {axis: 4}
          %no = Neg(%odd)
          %un = Unsqueeze(%no, %new)
          %ue = Unsqueeze(%even, %new)
          %j = Concat(%un, %ue) {axis: -1}
          %rot = Reshape(%j, %t)
          %rs = Mul(%rot, %s)
          %xc = Mul(%x, %c)
          %y = Add(%xc, %rs)
          %z = Relu(%y)
        }
        """,
      because: "the angles of neighbours differ")
  }

  @Test func leavesAnglesForOneBatchEntry() throws {
    try expectUnchanged(
      RecognizeInterleavedRotaryEmbedding(),
      """
        graph main(%x: f32[N,2,2,4]) -> (%z) {
          %c = const f32[1,1,2,4] [0.5, 0.5, 0.25, 0.25, 0.75, 0.75, 0.125, 0.125]
          %s = const f32[2,4] [0.1, 0.1, 0.2, 0.2, 0.3, 0.3, 0.4, 0.4]
          %p0 = const i64 0
          %p1 = const i64 1
          %pt = const i64[5] [0, 2, 2, 2, 2]
          %t = const i64[4] [0, 2, 2, 4]
          %new = const i64[1] [4]
          %xp = Reshape(%x, %pt)
          %even = Gather(%xp, %p0) {axis: -1}
          %odd = Gather(%xp, %p1) {axis: 4}
          %no = Neg(%odd)
          %un = Unsqueeze(%no, %new)
          %ue = Unsqueeze(%even, %new)
          %j = Concat(%un, %ue) {axis: -1}
          %rot = Reshape(%j, %t)
          %rs = Mul(%rot, %s)
          %xc = Mul(%x, %c)
          %y = Add(%xc, %rs)
          %z = Relu(%y)
        }
        """,
      because: "the constant angles do not fit")
  }

  @Test func leavesNeighboursInOrder() throws {
    try expectUnchanged(
      RecognizeInterleavedRotaryEmbedding(),
      """
        graph main(%x: f32[1,2,2,4]) -> (%z) {
          %c = const f32[1,1,2,4] [0.5, 0.5, 0.25, 0.25, 0.75, 0.75, 0.125, 0.125]
          %s = const f32[2,4] [0.1, 0.1, 0.2, 0.2, 0.3, 0.3, 0.4, 0.4]
          %p0 = const i64 0
          %p1 = const i64 1
          %pt = const i64[5] [0, 2, 2, 2, 2]
          %t = const i64[4] [0, 2, 2, 4]
          %new = const i64[1] [4]
          %xp = Reshape(%x, %pt)
          %even = Gather(%xp, %p0) {axis: -1}
          %odd = Gather(%xp, %p1) {axis: 4}
          %no = Neg(%odd)
          %un = Unsqueeze(%no, %new)
          %ue = Unsqueeze(%even, %new)
          %j = Concat(%ue, %un) {axis: -1}
          %rot = Reshape(%j, %t)
          %rs = Mul(%rot, %s)
          %xc = Mul(%x, %c)
          %y = Add(%xc, %rs)
          %z = Relu(%y)
        }
        """,
      because: "another operator")
  }

  @Test func leavesOlderSets() throws {
    try expectUnchanged(
      RecognizeInterleavedRotaryEmbedding(), opset: 22,
      """
        graph main(%x: f32[N,2,5,6], %c: f32[N,1,5,3], %s: f32[N,1,5,3]) -> (%y) {
          %last = const i64[1] [3]
          %zero = const i64[1] [0]
          %one = const i64[1] [1]
          %end = const i64[1] [9223372036854775807]
          %two = const i64[1] [2]
          %new = const i64[1] [-1]
          %t = const i64[4] [0, 2, 5, 6]
          %a = Slice(%x, %zero, %end, %last, %two)
          %b = Slice(%x, %one, %end, %last, %two)
          %ac = Mul(%a, %c)
          %bs = Mul(%b, %s)
          %as = Mul(%a, %s)
          %bc = Mul(%b, %c)
          %p = Sub(%ac, %bs)
          %qq = Add(%as, %bc)
          %up = Unsqueeze(%p, %new)
          %uq = Unsqueeze(%qq, %new)
          %j = Concat(%up, %uq) {axis: -1}
          %y = Reshape(%j, %t)
        }
        """,
      because: "the operator set does not have the operator")
  }
}
