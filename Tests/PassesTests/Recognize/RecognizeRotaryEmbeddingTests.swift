import FerryTestSupport
import Passes
import Testing

@Suite struct RecognizeRotaryEmbeddingTests {
  @Test func recognisesHalvesCutBySlices() throws {
    try expectRewrite(
      RecognizeRotaryEmbedding(),
      """
        graph main(%x: f32[N,2,5,6], %f: f32[N,5,3]) -> (%y) {
          %ax = const i64[1] [1]
          %three = const i64[1] [3]
          %end = const i64[1] [6]
          %zero = const i64[1] [0]
          %last = const i64[1] [3]
          %emb = Concat(%f, %f) {axis: 2}
          %c0 = Cos(%emb)
          %c = Unsqueeze(%c0, %ax)
          %s0 = Sin(%emb)
          %s = Unsqueeze(%s0, %ax)
          %a = Mul(%x, %c)
          %l = Slice(%x, %zero, %three, %last)
          %r = Slice(%x, %three, %end, %last)
          %nr = Neg(%r)
          %h = Concat(%nr, %l) {axis: 3}
          %b = Mul(%h, %s)
          %y = Add(%a, %b)
        }
        """,
      becomes: """
        graph main(%x: f32[N,2,5,6], %f: f32[N,5,3]) -> (%y) {
          %c = Cos(%f)
          %s = Sin(%f)
          %y = RotaryEmbedding(%x, %c, %s)
        }
        """)
  }

  @Test func recognisesConstantAngles() throws {
    try expectRewrite(
      RecognizeRotaryEmbedding(),
      """
        graph main(%x: f32[1,2,2,4]) -> (%z) {
          %c = const f32[1,1,2,4] [0.5, 0.25, 0.5, 0.25, 0.75, 0.125, 0.75, 0.125]
          %s = const f32[2,4] [0.1, 0.2, 0.1, 0.2, 0.3, 0.4, 0.3, 0.4]
          %l, %r = Split(%x) {axis: -1, num_outputs: 2}
          %nr = Neg(%r)
          %h = Concat(%nr, %l) {axis: -1}
          %b = Mul(%s, %h)
          %a = Mul(%c, %x)
          %y = Add(%b, %a)
          %z = Neg(%y)
        }
        """,
      becomes: """
        graph main(%x: f32[1,2,2,4]) -> (%z) {
          %c = const f32[1,2,2] [0.5, 0.25, 0.75, 0.125]
          %s = const f32[1,2,2] [0.1, 0.2, 0.3, 0.4]
          %y = RotaryEmbedding(%x, %c, %s)
          %z = Neg(%y)
        }
        """)
  }

  @Test func leavesHalvesInOrder() throws {
    try expectUnchanged(
      RecognizeRotaryEmbedding(),
      """
        graph main(%x: f32[N,2,5,6], %f: f32[N,5,3]) -> (%y) {
          %ax = const i64[1] [1]
          %three = const i64[1] [3]
          %end = const i64[1] [6]
          %zero = const i64[1] [0]
          %last = const i64[1] [3]
          %emb = Concat(%f, %f) {axis: 2}
          %c0 = Cos(%emb)
          %c = Unsqueeze(%c0, %ax)
          %s0 = Sin(%emb)
          %s = Unsqueeze(%s0, %ax)
          %a = Mul(%x, %c)
          %l = Slice(%x, %zero, %three, %last)
          %r = Slice(%x, %three, %end, %last)
          %nr = Neg(%r)
          %h = Concat(%l, %nr) {axis: 3}
          %b = Mul(%h, %s)
          %y = Add(%a, %b)
        }
        """,
      because: "neither product is of the halves swapped")
  }

  @Test func leavesAnglesThatDifferByHead() throws {
    try expectUnchanged(
      RecognizeRotaryEmbedding(),
      """
        graph main(%x: f32[1,N,5,6], %f: f32[N,5,3]) -> (%y) {
          %ax = const i64[1] [0]
          %three = const i64[1] [3]
          %end = const i64[1] [6]
          %zero = const i64[1] [0]
          %last = const i64[1] [3]
          %emb = Concat(%f, %f) {axis: 2}
          %c0 = Cos(%emb)
          %c = Unsqueeze(%c0, %ax)
          %s0 = Sin(%emb)
          %s = Unsqueeze(%s0, %ax)
          %a = Mul(%x, %c)
          %l = Slice(%x, %zero, %three, %last)
          %r = Slice(%x, %three, %end, %last)
          %nr = Neg(%r)
          %h = Concat(%nr, %l) {axis: 3}
          %b = Mul(%h, %s)
          %y = Add(%a, %b)
        }
        """,
      because: "the angles are not the same for all heads")
  }

  @Test func leavesAnglesThatDifferByHalf() throws {
    try expectUnchanged(
      RecognizeRotaryEmbedding(),
      """
        graph main(%x: f32[N,2,5,6], %f: f32[N,5,3], %g: f32[N,5,3]) -> (%y) {
          %ax = const i64[1] [1]
          %three = const i64[1] [3]
          %end = const i64[1] [6]
          %zero = const i64[1] [0]
          %last = const i64[1] [3]
          %emb = Concat(%f, %g) {axis: 2}
          %c0 = Cos(%emb)
          %c = Unsqueeze(%c0, %ax)
          %s0 = Sin(%emb)
          %s = Unsqueeze(%s0, %ax)
          %a = Mul(%x, %c)
          %l = Slice(%x, %zero, %three, %last)
          %r = Slice(%x, %three, %end, %last)
          %nr = Neg(%r)
          %h = Concat(%nr, %l) {axis: 3}
          %b = Mul(%h, %s)
          %y = Add(%a, %b)
        }
        """,
      because: "the angles of the halves differ")
  }

  @Test func leavesPartsThatAreNotHalves() throws {
    try expectUnchanged(
      RecognizeRotaryEmbedding(),
      """
        graph main(%x: f32[N,2,5,6], %f: f32[N,5,3]) -> (%y) {
          %ax = const i64[1] [1]
          %three = const i64[1] [2]
          %end = const i64[1] [6]
          %zero = const i64[1] [0]
          %last = const i64[1] [3]
          %emb = Concat(%f, %f) {axis: 2}
          %c0 = Cos(%emb)
          %c = Unsqueeze(%c0, %ax)
          %s0 = Sin(%emb)
          %s = Unsqueeze(%s0, %ax)
          %a = Mul(%x, %c)
          %l = Slice(%x, %zero, %three, %last)
          %r = Slice(%x, %three, %end, %last)
          %nr = Neg(%r)
          %h = Concat(%nr, %l) {axis: 3}
          %b = Mul(%h, %s)
          %y = Add(%a, %b)
        }
        """,
      because: "neither product is of the halves swapped")
  }

  @Test func leavesADifference() throws {
    try expectUnchanged(
      RecognizeRotaryEmbedding(),
      """
        graph main(%x: f32[N,2,5,6], %f: f32[N,5,3]) -> (%y, %u) {
          %ax = const i64[1] [1]
          %three = const i64[1] [3]
          %end = const i64[1] [6]
          %zero = const i64[1] [0]
          %last = const i64[1] [3]
          %emb = Concat(%f, %f) {axis: 2}
          %c0 = Cos(%emb)
          %c = Unsqueeze(%c0, %ax)
          %s0 = Sin(%emb)
          %s = Unsqueeze(%s0, %ax)
          %a = Mul(%x, %c)
          %l = Slice(%x, %zero, %three, %last)
          %r = Slice(%x, %three, %end, %last)
          %nr = Neg(%r)
          %h = Concat(%nr, %l) {axis: 3}
          %b = Mul(%h, %s)
          %u = Add(%a, %b)
          %y = Sub(%a, %b)
        }
        """,
      because: "the value has other uses")
  }

  @Test func leavesAnotherValueBesideIt() throws {
    try expectUnchanged(
      RecognizeRotaryEmbedding(),
      """
        graph main(%x: f32[N,2,5,6], %f: f32[N,5,3], %w: f32[N,2,5,6]) -> (%y) {
          %ax = const i64[1] [1]
          %three = const i64[1] [3]
          %end = const i64[1] [6]
          %zero = const i64[1] [0]
          %last = const i64[1] [3]
          %emb = Concat(%f, %f) {axis: 2}
          %c0 = Cos(%emb)
          %c = Unsqueeze(%c0, %ax)
          %s0 = Sin(%emb)
          %s = Unsqueeze(%s0, %ax)
          %a = Mul(%w, %c)
          %l = Slice(%x, %zero, %three, %last)
          %r = Slice(%x, %three, %end, %last)
          %nr = Neg(%r)
          %h = Concat(%nr, %l) {axis: 3}
          %b = Mul(%h, %s)
          %y = Add(%a, %b)
        }
        """,
      because: "the products are of different values")
  }

  @Test func leavesAnglesForOneBatchEntry() throws {
    try expectUnchanged(
      RecognizeRotaryEmbedding(),
      """
        graph main(%x: f32[N,2,5,6], %f: f32[1,5,3]) -> (%y) {
          %ax = const i64[1] [1]
          %three = const i64[1] [3]
          %end = const i64[1] [6]
          %zero = const i64[1] [0]
          %last = const i64[1] [3]
          %emb = Concat(%f, %f) {axis: 2}
          %c0 = Cos(%emb)
          %c = Unsqueeze(%c0, %ax)
          %s0 = Sin(%emb)
          %s = Unsqueeze(%s0, %ax)
          %a = Mul(%x, %c)
          %l = Slice(%x, %zero, %three, %last)
          %r = Slice(%x, %three, %end, %last)
          %nr = Neg(%r)
          %h = Concat(%nr, %l) {axis: 3}
          %b = Mul(%h, %s)
          %y = Add(%a, %b)
        }
        """,
      because: "the angles do not fit")
  }

  @Test func leavesTurnedValuesWithOtherUses() throws {
    try expectUnchanged(
      RecognizeRotaryEmbedding(),
      """
        graph main(%x: f32[N,2,5,6], %f: f32[N,5,3]) -> (%y, %h) {
          %ax = const i64[1] [1]
          %three = const i64[1] [3]
          %end = const i64[1] [6]
          %zero = const i64[1] [0]
          %last = const i64[1] [3]
          %emb = Concat(%f, %f) {axis: 2}
          %c0 = Cos(%emb)
          %c = Unsqueeze(%c0, %ax)
          %s0 = Sin(%emb)
          %s = Unsqueeze(%s0, %ax)
          %a = Mul(%x, %c)
          %l = Slice(%x, %zero, %three, %last)
          %r = Slice(%x, %three, %end, %last)
          %nr = Neg(%r)
          %h = Concat(%nr, %l) {axis: 3}
          %b = Mul(%h, %s)
          %y = Add(%a, %b)
        }
        """,
      because: "neither product is of the halves swapped")
  }
}
