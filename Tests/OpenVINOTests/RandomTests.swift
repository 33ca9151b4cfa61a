import Testing

/// Layers that draw at random. Source and result draw the same numbers, so that the arithmetic around them is compared as any other.
@Suite struct RandomTests {
  @Test(arguments: [
    "RandomUniformLike(%x)", "RandomUniformLike(%x) {low: -2.0, high: 3.0}", "RandomUniformLike(%x) {low: 1.0, high: -1.0}",
    "RandomUniform() {shape: [3, 50], low: 5.0, high: 6.0}", "RandomUniformLike(%x) {seed: 0.0}", "RandomUniformLike(%x) {seed: -3.5}",
    "RandomNormalLike(%x)", "RandomNormalLike(%x) {mean: 2.0, scale: 0.5, seed: 7.0}", "RandomNormal() {shape: [2, 3, 40], mean: -1.0}",
    "RandomNormalLike(%x) {dtype: f16}", "RandomUniform() {shape: [], dtype: f64}", "Bernoulli(%p)", "Bernoulli(%p) {dtype: i64, seed: 1.0}",
    "Multinomial(%x) {sample_size: 30}", "Multinomial(%x) {sample_size: 5, dtype: i64, seed: 2.0}",
  ]) func drawn(_ node: String) throws {
    try RoundTrip("graph main(%x: f32[N,40]) -> (%y) { %p = Sigmoid(%x) %y = \(node) }").expectSame()
  }

  @Test func twoNodesDrawDifferently() throws {
    let trip = try RoundTrip("graph main(%x: f32[2,40]) -> (%y) { %a = RandomUniformLike(%x) %b = RandomUniformLike(%x) %y = Sub(%a, %b) }")
    try trip.expectSame()
    let inputs = try trip.source.randomInputs(seed: 1, sizes: [2])
    #expect(try trip.result.evaluated(inputs)[0].floats().contains { $0 != 0 })
  }
}
