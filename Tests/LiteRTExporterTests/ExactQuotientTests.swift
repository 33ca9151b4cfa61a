import Evaluation
import Operators
import Tensors
import Testing

/// Quotients of 64-bit integers by a constant, in the steps of the file.
@Suite struct ExactQuotientTests {
  private static let dividends: [Int64] = [
    .min, .min + 1, .min + 2, .min / 2, .min / 3, -(1 << 53) - 1, -(1 << 32) - 1, -(1 << 32), -(1 << 31) - 1, -(1 << 31), -321, -320, -319, -161, -160,
    -159, -3, -2, -1, 0, 1, 2, 3, 159, 160, 161, 319, 320, 321, (1 << 31) - 1, 1 << 31, (1 << 32) - 1, 1 << 32, (1 << 53) + 1, .max / 3, .max / 2,
    .max - 2, .max - 1, .max,
  ]

  private static let divisors: [Int64] = [
    1, -1, 2, -2, 3, 5, 7, 160, -160, 320, 441, 1 << 20, (1 << 31) - 1, 1 << 31, (1 << 32) + 1, 1_000_000_000_000_037, 1 << 62, (1 << 62) + 1, .max, -.max,
  ]

  @Test(arguments: divisors)
  func isExact(_ divisor: Int64) throws {
    let text = "graph main(%x: i64[\(Self.dividends.count)]) -> (%y) { %c = const i64 \(divisor) %y = Div(%x, %c) }"
    let bytes = try RoundTrip.written(text).file
    #expect(!RoundTrip.codes(bytes).contains("DIV"))
    let x = try Tensor(.int64, [Self.dividends.count], elements: Self.dividends)
    let y = try Executor(RoundTrip.read(bytes).graph).run([x])[0]
    // The magnitude of the least number wraps.
    #expect(try y.integers() == Self.dividends.map { Int($0.dividedReportingOverflow(by: divisor).partialValue) })
  }

  /// The divisor may have axes of its own, and the dividend open ones.
  @Test func takesAnyShape() throws {
    try RoundTrip.expectSame("graph main(%x: i64[n]) -> (%y) { %c = const i64[1,1] [3] %y = Div(%x, %c) }")
    try RoundTrip.expectSame("graph main(%x: i64[]) -> (%y) { %c = const i64 3 %y = Div(%x, %c) }")
  }

  @Test func refusesWhatIsComputed() throws {
    #expect(try RoundTrip.refused("graph main(%x: i64[3], %c: i64) -> (%y) { %y = Div(%x, %c) }") == ["Div"])
    #expect(try RoundTrip.refused("graph main(%x: i64[3]) -> (%y) { %c = const i64[3] [1, 2, 3] %y = Div(%x, %c) }") == ["Div"])
    #expect(try RoundTrip.refused("graph main(%x: i64[3]) -> (%y) { %c = const i64 0 %y = Div(%x, %c) }") == ["Div"])
    #expect(try RoundTrip.refused("graph main(%x: i64[3]) -> (%y) { %c = const i64 -9223372036854775808 %y = Div(%x, %c) }") == ["Div"])
  }
}
