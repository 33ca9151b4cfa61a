import Testing

/// Places, counts and remainders.
@Suite struct PlacesTests {
  @Test func placesAndCounts() throws {
    try RoundTrip.expectSame(
      """
      graph main(%x: f32[2,3], %i: i64[3], %m: i64[2]) -> (%n, %h, %z, %f, %r, %s) {
        %n = NonZero(%x)
        %depth = const i64 4
        %values = const f32[2] [0.5, 2]
        %h = OneHot(%i, %depth, %values)
        %three = const i64 3
        %z = Mod(%i, %three)
        %f = ConstantOfShape(%m) {value: const i32[1] [7]}
        %zero = const i64 0
        %one = const i64 1
        %top = ReduceMax(%i) {keepdims: 0}
        %r = Range(%zero, %top, %one)
        %s = Size(%x)
      }
      """)
  }

  @Test func aRemainderWithTheDividendsSignIsRefused() throws {
    #expect(
      try RoundTrip.refused(
        """
        graph main(%x: f32[2]) -> (%y) {
          %m = const f32 3
          %y = Mod(%x, %m) {fmod: 1}
        }
        """) == ["Mod"])
  }
}
