import Testing

/// A scan becomes a loop that takes its own slices.
@Suite struct RunScanAsLoopTests {
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
}
