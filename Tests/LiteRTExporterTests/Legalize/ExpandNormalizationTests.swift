import Testing

/// Normalisations by means and a root.
@Suite struct ExpandNormalizationTests {
  @Test func byImageAndChannel() throws {
    try RoundTrip.expectSame(
      """
      graph main(%x: f32[1,4,6,6]) -> (%y) {
        %s = const f32[4] random(1)
        %t = const f32[4] random(2)
        %y = InstanceNormalization(%x, %s, %t)
      }
      """)
  }

  @Test func byGroup() throws {
    try RoundTrip.expectSame(
      """
      graph main(%x: f32[1,4,6,6]) -> (%y) {
        %s = const f32[4] random(1)
        %t = const f32[4] random(2)
        %y = GroupNormalization(%x, %s, %t) {num_groups: 2}
      }
      """)
  }

  @Test func byTheRootOfSquares() throws {
    try RoundTrip.expectSame(
      """
      graph main(%x: f32[1,4,6,6]) -> (%y) {
        %s = const f32[6] random(1)
        %y = RMSNormalization(%x, %s)
      }
      """)
  }

  @Test func scalesThatAreComputed() throws {
    try RoundTrip.expectSame(
      """
      graph main(%x: f32[1,4,6,6], %s: f32[4]) -> (%y) {
        %y = InstanceNormalization(%x, %s, %s)
      }
      """)
  }

  @Test func channelsOfUnknownNumberStay() throws {
    let text = """
      graph main(%x: f32[1,c,6,6]) -> (%y) {
        %s = const f32[4] random(1)
        %y = GroupNormalization(%x, %s, %s) {num_groups: 2}
      }
      """
    #expect(try RoundTrip.refused(text).contains("GroupNormalization"))
  }
}
