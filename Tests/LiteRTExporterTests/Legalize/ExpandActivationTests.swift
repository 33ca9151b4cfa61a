import Testing

/// Activations that the format has not, by those it has.
@Suite struct ExpandActivationTests {
  @Test(arguments: ["Softplus", "Softsign", "Mish", "Selu", "Swish {alpha: 0.7}", "Elu {alpha: 0.7}", "Celu {alpha: 0.7}", "ThresholdedRelu"])
  func byOthers(_ operation: String) throws {
    let parts = operation.split(separator: " ", maxSplits: 1)
    try RoundTrip.expectSame("graph main(%x: f32[2,5]) -> (%y) { %y = \(parts[0])(%x) \(parts.count > 1 ? String(parts[1]) : "") }")
  }

  @Test func aPlainExponentialUnitIsTheFormatsOwn() throws {
    try RoundTrip.expectSame(
      """
      graph main(%x: f32[1,4,6,6]) -> (%y) {
        %y = Elu(%x)
      }
      """, steps: ["ELU"])
  }
}
