import Testing

/// Transposed convolutions as the format has them.
@Suite struct TransposeConvolveChannelsLastTests {
  @Test func withPaddingThatIsCutOff() throws {
    try RoundTrip.expectSame(
      """
      graph main(%x: f32[1,4,6,6]) -> (%y) {
        %w = const f32[4,2,3,3] random(1)
        %y = ConvTranspose(%x, %w) {pads: [1, 1, 1, 1], strides: [2, 2], output_padding: [1, 1]}
      }
      """)
  }

  @Test func groupsStay() throws {
    let text = """
      graph main(%x: f32[1,4,6,6]) -> (%y) {
        %w = const f32[4,2,3,3] random(1)
        %y = ConvTranspose(%x, %w) {group: 2}
      }
      """
    #expect(try RoundTrip.refused(text).contains("ConvTranspose"))
  }

  @Test func dilationsStay() throws {
    let text = """
      graph main(%x: f32[1,4,6,6]) -> (%y) {
        %w = const f32[4,2,3,3] random(1)
        %y = ConvTranspose(%x, %w) {dilations: [2, 2]}
      }
      """
    #expect(try RoundTrip.refused(text).contains("ConvTranspose"))
  }

  @Test func aGivenSizeStays() throws {
    let text = """
      graph main(%x: f32[1,4,6,6]) -> (%y) {
        %w = const f32[4,2,3,3] random(1)
        %y = ConvTranspose(%x, %w) {strides: [2, 2], output_shape: [12, 12]}
      }
      """
    #expect(try RoundTrip.refused(text).contains("ConvTranspose"))
  }
}
