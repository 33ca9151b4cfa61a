import FerryTestSupport
import Passes
import Testing

@Suite struct FoldErfScaleIntoWeightsTests {
  @Test func scalesAConvolution() throws {
    try expectRewrite(
      FoldErfScaleIntoWeights(), opset: 19,
      """
        graph main(%v: f32[N,43,5,5]) -> (%z) {
          %w = const f32[4,43,3,3] random(1)
          %b = const f32[4] random(2)
          %k = const f32 1.4142135
          %one = const f32 1.0
          %half = const f32 0.5
          %x = Conv(%v, %w, %b)
          %a = Div(%x, %k)
          %e = Erf(%a)
          %s = Add(%e, %one)
          %p = Mul(%x, %s)
          %y = Mul(%p, %half)
          %z = Neg(%y)
        }
        """,
      becomes: """
        graph main(%v: f32[N,43,5,5]) -> (%z) {
          %w = const f32[4,43,3,3] splat(nan)
          %b = const f32[4] splat(nan)
          %x = Conv(%v, %w, %b)
          %e = Erf(%x)
          %one = const f32 1.0
          %s = Add(%e, %one)
          %p = Mul(%x, %s)
          %half = const f32 0.70710677
          %y = Mul(%p, %half)
          %z = Neg(%y)
        }
        """)
  }

  @Test func leavesASmallConvolution() throws {
    try expectUnchanged(
      FoldErfScaleIntoWeights(), opset: 19,
      """
        graph main(%v: f32[N,2,5,5]) -> (%z) {
          %w = const f32[4,2,3,3] random(1)
          %k = const f32 1.4142135
          %one = const f32 1.0
          %half = const f32 0.5
          %x = Conv(%v, %w)
          %a = Div(%x, %k)
          %e = Erf(%a)
          %s = Add(%e, %one)
          %p = Mul(%x, %s)
          %y = Mul(%p, %half)
          %z = Neg(%y)
        }
        """,
      because: "the convolution is a small one")
  }

  @Test func leavesAMatrixProduct() throws {
    try expectUnchanged(
      FoldErfScaleIntoWeights(), opset: 17,
      """
        graph main(%v: f32[N,3,5]) -> (%z) {
          %w = const f32[5,4] random(1)
          %b = const f32[4] random(2)
          %k = const f32 0.70710677
          %one = const f32 1.0
          %half = const f32 0.5
          %m = MatMul(%v, %w)
          %x = Add(%m, %b)
          %a = Mul(%x, %k)
          %e = Erf(%a)
          %s = Add(%e, %one)
          %h = Mul(%half, %s)
          %y = Mul(%x, %h)
          %z = Neg(%y)
        }
        """,
      because: "another operator")
  }

  @Test func leavesALayerThatFeedsMore() throws {
    try expectUnchanged(
      FoldErfScaleIntoWeights(), opset: 19,
      """
        graph main(%v: f32[N,2,5,5]) -> (%y, %u) {
          %w = const f32[4,2,3,3] random(1)
          %k = const f32 1.4142135
          %one = const f32 1.0
          %half = const f32 0.5
          %x = Conv(%v, %w)
          %u = Relu(%x)
          %a = Div(%x, %k)
          %e = Erf(%a)
          %s = Add(%e, %one)
          %p = Mul(%x, %s)
          %y = Mul(%p, %half)
        }
        """,
      because: "the layer feeds something else")
  }

  @Test func leavesAnInput() throws {
    try expectUnchanged(
      FoldErfScaleIntoWeights(), opset: 19,
      """
        graph main(%x: f32[N,2]) -> (%y) {
          %k = const f32 1.4142135
          %one = const f32 1.0
          %half = const f32 0.5
          %a = Div(%x, %k)
          %e = Erf(%a)
          %s = Add(%e, %one)
          %p = Mul(%x, %s)
          %y = Mul(%p, %half)
        }
        """,
      because: "not the result of a node")
  }

  @Test func leavesAnotherFunction() throws {
    try expectUnchanged(
      FoldErfScaleIntoWeights(), opset: 19,
      """
        graph main(%x: f32[N,2]) -> (%y) {
          %k = const f32 3.0
          %a = Div(%x, %k)
          %y = Erf(%a)
        }
        """,
      because: "the argument of Erf is not x/√2")
  }

  @Test func leavesItToGelu() throws {
    try expectUnchanged(
      FoldErfScaleIntoWeights(), opset: 20,
      """
        graph main(%x: f32[N,2]) -> (%y) {
          %y = Erf(%x)
        }
        """,
      because: "the operator set has Gelu")
  }
}
