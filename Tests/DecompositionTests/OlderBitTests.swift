import Testing

/// The bits of numbers in sets that have no operator for them: exact, which is seen where they are read as numbers and those as bits again.
@Suite struct OlderBitTests {
  @Test(arguments: both + read + others)
  func givesTheSame(_ sample: OlderSetCase) throws { try sample.expectTheSame() }

  /// Zeros, the smallest and the largest subnormal and normal numbers, 1, π, infinities, what is no number, of both signs.
  private static func both(_ bits: String, _ float: String, _ patterns: [String], opsets: [Int] = [7, 9, 13, 25]) -> OlderSetCase {
    OlderSetCase(
      name: "\(bits) as \(float) and back", inputs: "%x: f32[2,N]",
      body: """
        %b = const \(bits)[\(patterns.count)] [\(patterns.joined(separator: ", "))]
        %f = BitCast(%b) {to: \(float)}
        %y = BitCast(%f) {to: \(bits)}
        %a = Cast(%x) {to: \(float)}
        %z = BitCast(%a) {to: \(bits)}
        """, outputs: float.hasPrefix("f8") ? "%y, %z" : "%y, %z, %f", opsets: opsets)
  }

  private static let single = ["0", "1", "8388607", "8388608", "1065353216", "1078530011", "2139095039", "2139095040", "2143289344"]
  private static let double = [
    "0", "1", "4503599627370495", "4503599627370496", "4607182418800017408", "4614256656552045848", "9218868437227405311",
    "9218868437227405312", "9221120237041090560", "4602678819172646912",
  ]
  private static let half = ["0", "1", "1023", "1024", "15360", "16968", "31743", "31744", "32256"]
  private static let brain = ["0", "1", "127", "128", "16256", "16457", "32639", "32640", "32704"]

  static let both = [
    both("u32", "f32", single + ["2147483648", "2147483649", "2155872255", "3212836864", "3226013659", "4286578687", "4286578688"]),
    both("i32", "f32", single + ["-2147483648", "-2147483647", "-1082130432", "-8388609", "-8388608"]),
    both("u64", "f64", double + ["9223372036854775808", "9223372036854775809", "13830554455654793216", "18442240474082181119", "18442240474082181120"]),
    both("i64", "f64", double + ["-9223372036854775808", "-9223372036854775807", "-4616189618054758400", "-4503599627370497", "-4503599627370496"]),
    both("u16", "f16", half + ["32768", "32769", "48128", "64511", "64512"], opsets: [9, 13, 25]),
    both("i16", "f16", half + ["-32768", "-32767", "-17408", "-1025", "-1024"], opsets: [9, 13, 25]),
    both("u16", "bf16", brain + ["32768", "32769", "49024", "65407", "65408"], opsets: [13, 25]),
    both("i16", "bf16", brain + ["-32768", "-32767", "-16512", "-129", "-128"], opsets: [13, 25]),
    both("u8", "f8e4m3fn", ["0", "1", "7", "8", "56", "126", "127", "128", "129", "184", "254"], opsets: [19, 25]),
    both("i8", "f8e5m2", ["0", "1", "3", "4", "60", "123", "124", "126", "-128", "-127", "-68", "-5", "-4"], opsets: [19, 25]),
    both("u8", "f8e4m3fnuz", ["0", "1", "7", "8", "64", "127", "128", "129", "192", "255"], opsets: [19, 25]),
    both("i8", "f8e5m2fnuz", ["0", "1", "3", "4", "64", "127", "-128", "-127", "-64", "-1"], opsets: [19, 25]),
  ]

  static let read = [
    OlderSetCase(
      name: "bits of floats", inputs: "%u: f32[3]",
      body: """
        %x = const f32[8] [-0.0, 0.0, -inf, inf, nan, 1e-45, -3.4e38, 0.1]
        %y = BitCast(%x) {to: i32}
        %s = const f32 -0.0
        %z = BitCast(%s) {to: u32}
        """, outputs: "%y, %z", opsets: [7, 9, 13, 25])
  ]

  static let others = [
    OlderSetCase(
      name: "halves as brain floats", inputs: "%x: f16[N]", body: "%a = BitCast(%x) {to: bf16}\n%b = BitCast(%a) {to: f16}\n%y = BitCast(%b) {to: u16}",
      opsets: [13, 25]),
    OlderSetCase(name: "truth values as bytes", inputs: "%x: bool[N]", body: "%y = BitCast(%x) {to: u8}\n%z = BitCast(%y) {to: bool}", outputs: "%y, %z"),
  ]
}
