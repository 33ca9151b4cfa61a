import FerryTestSupport
import Passes
import Testing

@Suite struct RecognizeGRUCellTests {
  @Test func recognisesAResetOfTheProduct() throws {
    try expectRewrite(
      RecognizeGRUCell(),
      """
        graph main(%x: f32[2,3], %h: f32[2,4]) -> (%h2) {
          %w = const f32[12,3] random(1)
          %r = const f32[12,4] random(2)
          %b = const f32[12] random(3)
          %b2 = const f32[12] random(4)
          %gx = Gemm(%x, %w, %b) {transB: 1}
          %gh = Gemm(%h, %r, %b2) {transB: 1}
          %xr, %xz, %xn = Split(%gx) {axis: 1, num_outputs: 3}
          %hr, %hz, %hn = Split(%gh) {axis: 1, num_outputs: 3}
          %rp = Add(%xr, %hr)
          %zp = Add(%xz, %hz)
          %rs = Sigmoid(%rp)
          %zs = Sigmoid(%zp)
          %rh = Mul(%rs, %hn)
          %np = Add(%xn, %rh)
          %n = Tanh(%np)
          %d = Sub(%h, %n)
          %zd = Mul(%zs, %d)
          %h2 = Add(%n, %zd)
        }
        """,
      becomes: """
        graph main(%x: f32[2,3], %h: f32[2,4]) -> (%h2) {
          %z = const i64[1] [0]
          %w = const f32[1,12,3] splat(nan)
          %r = const f32[1,12,4] splat(nan)
          %b = const f32[1,24] splat(nan)
          %x1 = Unsqueeze(%x, %z)
          %h1 = Unsqueeze(%h, %z)
          %all, %nh = GRU(%x1, %w, %r, %b, _, %h1) {hidden_size: 4, linear_before_reset: 1}
          %h2 = Squeeze(%nh, %z)
        }
        """)
  }

  @Test func recognisesAResetOfTheState() throws {
    try expectRewrite(
      RecognizeGRUCell(),
      """
        graph main(%x: f32[2,3], %h: f32[2,4]) -> (%h2) {
          %wr = const f32[3,4] random(11)
          %wz = const f32[3,4] random(12)
          %wn = const f32[3,4] random(13)
          %ur = const f32[4,4] random(14)
          %uz = const f32[4,4] random(15)
          %un = const f32[4,4] random(16)
          %one = const f32 1.0
          %xr = MatMul(%x, %wr)
          %xz = MatMul(%x, %wz)
          %xn = MatMul(%x, %wn)
          %hr = MatMul(%h, %ur)
          %hz = MatMul(%h, %uz)
          %rp = Add(%xr, %hr)
          %zp = Add(%xz, %hz)
          %rs = Sigmoid(%rp)
          %zs = Sigmoid(%zp)
          %rh = Mul(%rs, %h)
          %hn = MatMul(%rh, %un)
          %np = Add(%hn, %xn)
          %n = Tanh(%np)
          %k = Sub(%one, %zs)
          %kn = Mul(%k, %n)
          %zh = Mul(%zs, %h)
          %h2 = Add(%kn, %zh)
        }
        """,
      becomes: """
        graph main(%x: f32[2,3], %h: f32[2,4]) -> (%h2) {
          %z = const i64[1] [0]
          %w = const f32[1,12,3] splat(nan)
          %r = const f32[1,12,4] splat(nan)
          %b = const f32[1,24] splat(nan)
          %x1 = Unsqueeze(%x, %z)
          %h1 = Unsqueeze(%h, %z)
          %all, %nh = GRU(%x1, %w, %r, %b, _, %h1) {hidden_size: 4}
          %h2 = Squeeze(%nh, %z)
        }
        """)
  }

  @Test func leavesTheStateNotReset() throws {
    try expectUnchanged(
      RecognizeGRUCell(),
      """
        graph main(%x: f32[2,3], %h: f32[2,4]) -> (%h2) {
          %w = const f32[12,3] random(1)
          %r = const f32[12,4] random(2)
          %b = const f32[12] random(3)
          %b2 = const f32[12] random(4)
          %gx = Gemm(%x, %w, %b) {transB: 1}
          %gh = Gemm(%h, %r, %b2) {transB: 1}
          %xr, %xz, %xn = Split(%gx) {axis: 1, num_outputs: 3}
          %hr, %hz, %hn = Split(%gh) {axis: 1, num_outputs: 3}
          %rp = Add(%xr, %hr)
          %zp = Add(%xz, %hz)
          %rs = Sigmoid(%rp)
          %zs = Sigmoid(%zp)
          %np = Add(%xn, %hn)
          %n = Tanh(%np)
          %d = Sub(%h, %n)
          %zd = Mul(%zs, %d)
          %h2 = Add(%n, %zd)
        }
        """,
      because: "the state is not reset")
  }

  @Test func leavesAnotherMean() throws {
    try expectUnchanged(
      RecognizeGRUCell(),
      """
        graph main(%x: f32[2,3], %h: f32[2,4]) -> (%h2) {
          %wr = const f32[3,4] random(11)
          %wz = const f32[3,4] random(12)
          %wn = const f32[3,4] random(13)
          %ur = const f32[4,4] random(14)
          %uz = const f32[4,4] random(15)
          %un = const f32[4,4] random(16)
          %one = const f32 1.0
          %xr = MatMul(%x, %wr)
          %xz = MatMul(%x, %wz)
          %xn = MatMul(%x, %wn)
          %hr = MatMul(%h, %ur)
          %hz = MatMul(%h, %uz)
          %rp = Add(%xr, %hr)
          %zp = Add(%xz, %hz)
          %rs = Sigmoid(%rp)
          %zs = Sigmoid(%zp)
          %rh = Mul(%rs, %h)
          %hn = MatMul(%rh, %un)
          %np = Add(%hn, %xn)
          %n = Tanh(%np)
          %k = Sub(%one, %rs)
          %kn = Mul(%k, %n)
          %zh = Mul(%zs, %h)
          %h2 = Add(%kn, %zh)
        }
        """,
      because: "not a mean of a new state and the old one")
  }

  @Test func leavesADifference() throws {
    try expectUnchanged(
      RecognizeGRUCell(),
      """
        graph main(%x: f32[2,3], %h: f32[2,4]) -> (%h3) {
          %w = const f32[12,3] random(1)
          %r = const f32[12,4] random(2)
          %b = const f32[12] random(3)
          %b2 = const f32[12] random(4)
          %gx = Gemm(%x, %w, %b) {transB: 1}
          %gh = Gemm(%h, %r, %b2) {transB: 1}
          %xr, %xz, %xn = Split(%gx) {axis: 1, num_outputs: 3}
          %hr, %hz, %hn = Split(%gh) {axis: 1, num_outputs: 3}
          %rp = Add(%xr, %hr)
          %zp = Add(%xz, %hz)
          %rs = Sigmoid(%rp)
          %zs = Sigmoid(%zp)
          %rh = Mul(%rs, %hn)
          %np = Add(%xn, %rh)
          %n = Tanh(%np)
          %d = Sub(%h, %n)
          %zd = Mul(%zs, %d)
          %h2 = Add(%rs, %zd)
          %h3 = Neg(%h2)
        }
        """,
      because: "not a mean of a new state and the old one")
  }

  @Test func leavesCandidatesWithOtherUses() throws {
    try expectUnchanged(
      RecognizeGRUCell(),
      """
        graph main(%x: f32[2,3], %h: f32[2,4]) -> (%h2, %n) {
          %w = const f32[12,3] random(1)
          %r = const f32[12,4] random(2)
          %b = const f32[12] random(3)
          %b2 = const f32[12] random(4)
          %gx = Gemm(%x, %w, %b) {transB: 1}
          %gh = Gemm(%h, %r, %b2) {transB: 1}
          %xr, %xz, %xn = Split(%gx) {axis: 1, num_outputs: 3}
          %hr, %hz, %hn = Split(%gh) {axis: 1, num_outputs: 3}
          %rp = Add(%xr, %hr)
          %zp = Add(%xz, %hz)
          %rs = Sigmoid(%rp)
          %zs = Sigmoid(%zp)
          %rh = Mul(%rs, %hn)
          %np = Add(%xn, %rh)
          %n = Tanh(%np)
          %d = Sub(%h, %n)
          %zd = Mul(%zs, %d)
          %h2 = Add(%n, %zd)
        }
        """,
      because: "not a mean of a new state and the old one")
  }

  @Test func leavesAnotherFunction() throws {
    try expectUnchanged(
      RecognizeGRUCell(),
      """
        graph main(%x: f32[2,3], %h: f32[2,4]) -> (%h2) {
          %w = const f32[12,3] random(1)
          %r = const f32[12,4] random(2)
          %b = const f32[12] random(3)
          %b2 = const f32[12] random(4)
          %gx = Gemm(%x, %w, %b) {transB: 1}
          %gh = Gemm(%h, %r, %b2) {transB: 1}
          %xr, %xz, %xn = Split(%gx) {axis: 1, num_outputs: 3}
          %hr, %hz, %hn = Split(%gh) {axis: 1, num_outputs: 3}
          %rp = Add(%xr, %hr)
          %zp = Add(%xz, %hz)
          %rs = Sigmoid(%rp)
          %zs = Sigmoid(%zp)
          %rh = Mul(%rs, %hn)
          %np = Add(%xn, %rh)
          %n = Relu(%np)
          %d = Sub(%h, %n)
          %zd = Mul(%zs, %d)
          %h2 = Add(%n, %zd)
        }
        """,
      because: "not a mean of a new state and the old one")
  }

  @Test func leavesComputedWeights() throws {
    try expectUnchanged(
      RecognizeGRUCell(),
      """
        graph main(%x: f32[2,3], %h: f32[2,4], %wv: f32[12,3]) -> (%h2) {
          %w = const f32[12,3] random(1)
          %r = const f32[12,4] random(2)
          %b = const f32[12] random(3)
          %b2 = const f32[12] random(4)
          %gx = Gemm(%x, %wv, %b) {transB: 1}
          %gh = Gemm(%h, %r, %b2) {transB: 1}
          %xr, %xz, %xn = Split(%gx) {axis: 1, num_outputs: 3}
          %hr, %hz, %hn = Split(%gh) {axis: 1, num_outputs: 3}
          %rp = Add(%xr, %hr)
          %zp = Add(%xz, %hz)
          %rs = Sigmoid(%rp)
          %zs = Sigmoid(%zp)
          %rh = Mul(%rs, %hn)
          %np = Add(%xn, %rh)
          %n = Tanh(%np)
          %d = Sub(%h, %n)
          %zd = Mul(%zs, %d)
          %h2 = Add(%n, %zd)
        }
        """,
      because: "not a constant")
  }

  @Test func leavesAStateOfOneRow() throws {
    try expectUnchanged(
      RecognizeGRUCell(),
      """
        graph main(%x: f32[2,3], %h: f32[1,4]) -> (%h2) {
          %w = const f32[12,3] random(1)
          %r = const f32[12,4] random(2)
          %b = const f32[12] random(3)
          %b2 = const f32[12] random(4)
          %gx = Gemm(%x, %w, %b) {transB: 1}
          %gh = Gemm(%h, %r, %b2) {transB: 1}
          %xr, %xz, %xn = Split(%gx) {axis: 1, num_outputs: 3}
          %hr, %hz, %hn = Split(%gh) {axis: 1, num_outputs: 3}
          %rp = Add(%xr, %hr)
          %zp = Add(%xz, %hz)
          %rs = Sigmoid(%rp)
          %zs = Sigmoid(%zp)
          %rh = Mul(%rs, %hn)
          %np = Add(%xn, %rh)
          %n = Tanh(%np)
          %d = Sub(%h, %n)
          %zd = Mul(%zs, %d)
          %h2 = Add(%n, %zd)
        }
        """,
      because: "the batches differ")
  }

  @Test func leavesDoubles() throws {
    try expectUnchanged(
      RecognizeGRUCell(),
      """
        graph main(%x: f64[2,3], %h: f64[2,4]) -> (%h2) {
          %w = const f64[12,3] random(1)
          %r = const f64[12,4] random(2)
          %b = const f64[12] random(3)
          %b2 = const f64[12] random(4)
          %gx = Gemm(%x, %w, %b) {transB: 1}
          %gh = Gemm(%h, %r, %b2) {transB: 1}
          %xr, %xz, %xn = Split(%gx) {axis: 1, num_outputs: 3}
          %hr, %hz, %hn = Split(%gh) {axis: 1, num_outputs: 3}
          %rp = Add(%xr, %hr)
          %zp = Add(%xz, %hz)
          %rs = Sigmoid(%rp)
          %zs = Sigmoid(%zp)
          %rh = Mul(%rs, %hn)
          %np = Add(%xn, %rh)
          %n = Tanh(%np)
          %d = Sub(%h, %n)
          %zd = Mul(%zs, %d)
          %h2 = Add(%n, %zd)
        }
        """,
      because: "the element type")
  }
}
