#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

extension SplitMix {
  /// The source for an operator: of its own seed, when it has one.
  init(seed: Float?, else other: inout SplitMix) {
    self.init(seed: seed.map { UInt64($0.bitPattern) &* 0x9e37_79b9_7f4a_7c15 } ?? other.next())
  }

  /// Of the normal distribution, by Box and Muller's method.
  mutating func normal() -> Double {
    let radius = (-2 * log(1 - fraction())).squareRoot()
    return radius * cos(2 * .pi * fraction())
  }

  mutating func uniforms(_ count: Int, low: Double, high: Double) -> [Double] {
    (0..<count).map { _ in low + (high - low) * fraction() }
  }

  mutating func normals(_ count: Int, mean: Double, deviation: Double) -> [Double] {
    (0..<count).map { _ in mean + deviation * normal() }
  }
}
