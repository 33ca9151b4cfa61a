import FerryTestSupport
import Passes
import Testing

@Suite struct RecognizeLSTMCellTests {
  @Test func recognisesGatesOfTwoProducts() throws {
    try expectRewrite(
      RecognizeLSTMCell(),
      """
        graph main(%x: f32[2,3], %h: f32[2,4], %c: f32[2,4]) -> (%h2, %c2) {
          %w = const f32[16,3] random(1)
          %r = const f32[16,4] random(2)
          %b = const f32[16] random(3)
          %b2 = const f32[16] random(4)
          %gx = Gemm(%x, %w, %b) {transB: 1}
          %gh = Gemm(%h, %r, %b2) {transB: 1}
          %s = Add(%gx, %gh)
          %i, %f, %g, %o = Split(%s) {axis: 1, num_outputs: 4}
          %is = Sigmoid(%i)
          %fs = Sigmoid(%f)
          %gt = Tanh(%g)
          %os = Sigmoid(%o)
          %fc = Mul(%fs, %c)
          %ig = Mul(%is, %gt)
          %c2 = Add(%fc, %ig)
          %tc = Tanh(%c2)
          %h2 = Mul(%os, %tc)
        }
        """,
      becomes: """
        graph main(%x: f32[2,3], %h: f32[2,4], %c: f32[2,4]) -> (%h2, %c2) {
          %z = const i64[1] [0]
          %w = const f32[1,16,3] splat(nan)
          %r = const f32[1,16,4] splat(nan)
          %b = const f32[1,32] splat(nan)
          %x1 = Unsqueeze(%x, %z)
          %h1 = Unsqueeze(%h, %z)
          %c1 = Unsqueeze(%c, %z)
          %all, %nh, %nc = LSTM(%x1, %w, %r, %b, _, %h1, %c1) {hidden_size: 4}
          %c2 = Squeeze(%nc, %z)
          %h2 = Squeeze(%nh, %z)
        }
        """)
  }

  @Test func recognisesOneProductOfBothSideBySide() throws {
    try expectRewrite(
      RecognizeLSTMCell(),
      """
        graph main(%x: f32[2,3], %h: f32[2,4], %c: f32[2,4]) -> (%h2) {
          %w = const f32[7,16] random(1)
          %b = const f32[16] random(3)
          %one = const f32 1.0
          %xh = Concat(%x, %h) {axis: 1}
          %m = MatMul(%xh, %w)
          %s = Add(%m, %b)
          %i, %f, %g, %o = Split(%s) {axis: 1, num_outputs: 4}
          %is = Sigmoid(%i)
          %fb = Add(%f, %one)
          %fs = Sigmoid(%fb)
          %gt = Tanh(%g)
          %os = Sigmoid(%o)
          %fc = Mul(%fs, %c)
          %ig = Mul(%is, %gt)
          %c2 = Add(%fc, %ig)
          %tc = Tanh(%c2)
          %h2 = Mul(%os, %tc)
        }
        """,
      becomes: """
        graph main(%x: f32[2,3], %h: f32[2,4], %c: f32[2,4]) -> (%h2) {
          %z = const i64[1] [0]
          %w = const f32[1,16,3] splat(nan)
          %r = const f32[1,16,4] splat(nan)
          %b = const f32[1,32] splat(nan)
          %x1 = Unsqueeze(%x, %z)
          %h1 = Unsqueeze(%h, %z)
          %c1 = Unsqueeze(%c, %z)
          %all, %nh, %nc = LSTM(%x1, %w, %r, %b, _, %h1, %c1) {hidden_size: 4}
          %h2 = Squeeze(%nh, %z)
        }
        """)
  }

  @Test func recognisesSlicesInAnotherOrder() throws {
    try expectRewrite(
      RecognizeLSTMCell(),
      """
        graph main(%x: f32[2,3], %h: f32[2,4], %c: f32[2,4]) -> (%h2) {
          %w = const f32[16,3] random(1)
          %r = const f32[16,4] random(2)
          %b = const f32[16] random(3)
          %b2 = const f32[16] random(4)
          %gx = Gemm(%x, %w, %b) {transB: 1}
          %gh = Gemm(%h, %r, %b2) {transB: 1}
          %s = Add(%gx, %gh)
          %ax = const i64[1] [1]
          %n0 = const i64[1] [0]
          %n1 = const i64[1] [4]
          %n2 = const i64[1] [8]
          %n3 = const i64[1] [12]
          %n4 = const i64[1] [16]
          %o = Slice(%s, %n0, %n1, %ax)
          %g = Slice(%s, %n1, %n2, %ax)
          %f = Slice(%s, %n2, %n3, %ax)
          %i = Slice(%s, %n3, %n4, %ax)
          %is = Sigmoid(%i)
          %fs = Sigmoid(%f)
          %gt = Tanh(%g)
          %os = Sigmoid(%o)
          %fc = Mul(%fs, %c)
          %ig = Mul(%is, %gt)
          %c2 = Add(%fc, %ig)
          %tc = Tanh(%c2)
          %h2 = Mul(%os, %tc)
        }
        """,
      becomes: """
        graph main(%x: f32[2,3], %h: f32[2,4], %c: f32[2,4]) -> (%h2) {
          %z = const i64[1] [0]
          %w = const f32[1,16,3] splat(nan)
          %r = const f32[1,16,4] splat(nan)
          %b = const f32[1,32] splat(nan)
          %x1 = Unsqueeze(%x, %z)
          %h1 = Unsqueeze(%h, %z)
          %c1 = Unsqueeze(%c, %z)
          %all, %nh, %nc = LSTM(%x1, %w, %r, %b, _, %h1, %c1) {hidden_size: 4}
          %h2 = Squeeze(%nh, %z)
        }
        """)
  }

  @Test func leavesGatesOfOneValue() throws {
    try expectUnchanged(
      RecognizeLSTMCell(),
      """
        graph main(%x: f32[2,3], %h: f32[2,4], %c: f32[2,4]) -> (%h2) {
          %w = const f32[16,3] random(1)
          %r = const f32[16,4] random(2)
          %b = const f32[16] random(3)
          %b2 = const f32[16] random(4)
          %s = Gemm(%x, %w, %b) {transB: 1}
          %i, %f, %g, %o = Split(%s) {axis: 1, num_outputs: 4}
          %is = Sigmoid(%i)
          %fs = Sigmoid(%f)
          %gt = Tanh(%g)
          %os = Sigmoid(%o)
          %fc = Mul(%fs, %c)
          %ig = Mul(%is, %gt)
          %c2 = Add(%fc, %ig)
          %tc = Tanh(%c2)
          %h2 = Mul(%os, %tc)
        }
        """,
      because: "a gate does not depend on two values")
  }

  @Test func leavesComputedWeights() throws {
    try expectUnchanged(
      RecognizeLSTMCell(),
      """
        graph main(%x: f32[2,3], %h: f32[2,4], %c: f32[2,4], %wv: f32[16,3]) -> (%h2) {
          %w = const f32[16,3] random(1)
          %r = const f32[16,4] random(2)
          %b = const f32[16] random(3)
          %b2 = const f32[16] random(4)
          %gx = Gemm(%x, %wv, %b) {transB: 1}
          %gh = Gemm(%h, %r, %b2) {transB: 1}
          %s = Add(%gx, %gh)
          %i, %f, %g, %o = Split(%s) {axis: 1, num_outputs: 4}
          %is = Sigmoid(%i)
          %fs = Sigmoid(%f)
          %gt = Tanh(%g)
          %os = Sigmoid(%o)
          %fc = Mul(%fs, %c)
          %ig = Mul(%is, %gt)
          %c2 = Add(%fc, %ig)
          %tc = Tanh(%c2)
          %h2 = Mul(%os, %tc)
        }
        """,
      because: "not a constant")
  }

  @Test func leavesAnotherFunction() throws {
    try expectUnchanged(
      RecognizeLSTMCell(),
      """
        graph main(%x: f32[2,3], %h: f32[2,4], %c: f32[2,4]) -> (%h2) {
          %w = const f32[16,3] random(1)
          %r = const f32[16,4] random(2)
          %b = const f32[16] random(3)
          %b2 = const f32[16] random(4)
          %gx = Gemm(%x, %w, %b) {transB: 1}
          %gh = Gemm(%h, %r, %b2) {transB: 1}
          %s = Add(%gx, %gh)
          %i, %f, %g, %o = Split(%s) {axis: 1, num_outputs: 4}
          %is = Sigmoid(%i)
          %fs = HardSigmoid(%f)
          %gt = Tanh(%g)
          %os = Sigmoid(%o)
          %fc = Mul(%fs, %c)
          %ig = Mul(%is, %gt)
          %c2 = Add(%fc, %ig)
          %tc = Tanh(%c2)
          %h2 = Mul(%os, %tc)
        }
        """,
      because: "the cell is not what is kept and what is written")
  }

  @Test func leavesADifferenceOfCells() throws {
    try expectUnchanged(
      RecognizeLSTMCell(),
      """
        graph main(%x: f32[2,3], %h: f32[2,4], %c: f32[2,4]) -> (%h2) {
          %w = const f32[16,3] random(1)
          %r = const f32[16,4] random(2)
          %b = const f32[16] random(3)
          %b2 = const f32[16] random(4)
          %gx = Gemm(%x, %w, %b) {transB: 1}
          %gh = Gemm(%h, %r, %b2) {transB: 1}
          %s = Add(%gx, %gh)
          %i, %f, %g, %o = Split(%s) {axis: 1, num_outputs: 4}
          %is = Sigmoid(%i)
          %fs = Sigmoid(%f)
          %gt = Tanh(%g)
          %os = Sigmoid(%o)
          %fc = Mul(%fs, %c)
          %ig = Mul(%is, %gt)
          %c2 = Sub(%fc, %ig)
          %tc = Tanh(%c2)
          %h2 = Mul(%os, %tc)
        }
        """,
      because: "another operator")
  }

  @Test func leavesGatesWithOtherUses() throws {
    try expectUnchanged(
      RecognizeLSTMCell(),
      """
        graph main(%x: f32[2,3], %h: f32[2,4], %c: f32[2,4]) -> (%h2, %is) {
          %w = const f32[16,3] random(1)
          %r = const f32[16,4] random(2)
          %b = const f32[16] random(3)
          %b2 = const f32[16] random(4)
          %gx = Gemm(%x, %w, %b) {transB: 1}
          %gh = Gemm(%h, %r, %b2) {transB: 1}
          %s = Add(%gx, %gh)
          %i, %f, %g, %o = Split(%s) {axis: 1, num_outputs: 4}
          %is = Sigmoid(%i)
          %fs = Sigmoid(%f)
          %gt = Tanh(%g)
          %os = Sigmoid(%o)
          %fc = Mul(%fs, %c)
          %ig = Mul(%is, %gt)
          %c2 = Add(%fc, %ig)
          %tc = Tanh(%c2)
          %h2 = Mul(%os, %tc)
        }
        """,
      because: "the cell is not what is kept and what is written")
  }

  @Test func leavesSumsThatAreOutputs() throws {
    try expectUnchanged(
      RecognizeLSTMCell(),
      """
        graph main(%x: f32[2,3], %h: f32[2,4], %c: f32[2,4]) -> (%h2, %s) {
          %w = const f32[16,3] random(1)
          %r = const f32[16,4] random(2)
          %b = const f32[16] random(3)
          %b2 = const f32[16] random(4)
          %gx = Gemm(%x, %w, %b) {transB: 1}
          %gh = Gemm(%h, %r, %b2) {transB: 1}
          %s = Add(%gx, %gh)
          %i, %f, %g, %o = Split(%s) {axis: 1, num_outputs: 4}
          %is = Sigmoid(%i)
          %fs = Sigmoid(%f)
          %gt = Tanh(%g)
          %os = Sigmoid(%o)
          %fc = Mul(%fs, %c)
          %ig = Mul(%is, %gt)
          %c2 = Add(%fc, %ig)
          %tc = Tanh(%c2)
          %h2 = Mul(%os, %tc)
        }
        """,
      because: "what goes into a gate is an output")
  }

  @Test func leavesScaledProducts() throws {
    try expectUnchanged(
      RecognizeLSTMCell(),
      """
        graph main(%x: f32[2,3], %h: f32[2,4], %c: f32[2,4]) -> (%h2) {
          %w = const f32[16,3] random(1)
          %r = const f32[16,4] random(2)
          %b = const f32[16] random(3)
          %b2 = const f32[16] random(4)
          %gx = Gemm(%x, %w, %b) {alpha: 2.0, transB: 1}
          %gh = Gemm(%h, %r, %b2) {transB: 1}
          %s = Add(%gx, %gh)
          %i, %f, %g, %o = Split(%s) {axis: 1, num_outputs: 4}
          %is = Sigmoid(%i)
          %fs = Sigmoid(%f)
          %gt = Tanh(%g)
          %os = Sigmoid(%o)
          %fc = Mul(%fs, %c)
          %ig = Mul(%is, %gt)
          %c2 = Add(%fc, %ig)
          %tc = Tanh(%c2)
          %h2 = Mul(%os, %tc)
        }
        """,
      because: "the product is scaled")
  }

  @Test func leavesAStateOfOneRow() throws {
    try expectUnchanged(
      RecognizeLSTMCell(),
      """
        graph main(%x: f32[2,3], %h: f32[2,4], %c: f32[1,4]) -> (%h2) {
          %w = const f32[16,3] random(1)
          %r = const f32[16,4] random(2)
          %b = const f32[16] random(3)
          %b2 = const f32[16] random(4)
          %gx = Gemm(%x, %w, %b) {transB: 1}
          %gh = Gemm(%h, %r, %b2) {transB: 1}
          %s = Add(%gx, %gh)
          %i, %f, %g, %o = Split(%s) {axis: 1, num_outputs: 4}
          %is = Sigmoid(%i)
          %fs = Sigmoid(%f)
          %gt = Tanh(%g)
          %os = Sigmoid(%o)
          %fc = Mul(%fs, %c)
          %ig = Mul(%is, %gt)
          %c2 = Add(%fc, %ig)
          %tc = Tanh(%c2)
          %h2 = Mul(%os, %tc)
        }
        """,
      because: "the batches differ")
  }

  @Test func leavesDoubles() throws {
    try expectUnchanged(
      RecognizeLSTMCell(),
      """
        graph main(%x: f64[2,3], %h: f64[2,4], %c: f64[2,4]) -> (%h2, %c2) {
          %w = const f64[16,3] random(1)
          %r = const f64[16,4] random(2)
          %b = const f64[16] random(3)
          %b2 = const f64[16] random(4)
          %gx = Gemm(%x, %w, %b) {transB: 1}
          %gh = Gemm(%h, %r, %b2) {transB: 1}
          %s = Add(%gx, %gh)
          %i, %f, %g, %o = Split(%s) {axis: 1, num_outputs: 4}
          %is = Sigmoid(%i)
          %fs = Sigmoid(%f)
          %gt = Tanh(%g)
          %os = Sigmoid(%o)
          %fc = Mul(%fs, %c)
          %ig = Mul(%is, %gt)
          %c2 = Add(%fc, %ig)
          %tc = Tanh(%c2)
          %h2 = Mul(%os, %tc)
        }
        """,
      because: "the element type")
  }
}
