import Testing

/// A conversion to another value's type.
@Suite struct ResolveCastLikeTests {
  @Test func isOneToTheTypeItself() throws {
    try RoundTrip.expectSame(
      """
      graph main(%x: f32[3], %t: i32[1]) -> (%y) {
        %y = CastLike(%x, %t)
      }
      """)
  }
}
