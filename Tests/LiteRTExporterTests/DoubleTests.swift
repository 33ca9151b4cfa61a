import Testing

/// Kernels of the format move 64-bit floats, and compute with none.
@Suite struct DoubleTests {
  @Test(arguments: ["Add(%x, %x)", "Relu(%x)", "Softmax(%x)", "Concat(%x, %x) {axis: 0}", "ReduceSum(%x)", "Max(%x, %x)"])
  func refusesArithmetic(_ node: String) throws {
    #expect(try RoundTrip.refused("graph main(%x: f64[3,3]) -> (%y) { %y = \(node) }").count == 1)
  }

  @Test(arguments: ["Transpose(%x)", "Cast(%x) {to: f32}", "Expand(%x, %s)", "Identity(%x)"])
  func takesMovement(_ node: String) throws {
    try RoundTrip.expectSame("graph main(%x: f64[3,3]) -> (%y) { %s = const i64[3] [2, 3, 3] %y = \(node) }")
  }
}
