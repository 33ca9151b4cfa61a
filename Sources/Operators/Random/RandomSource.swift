import Diagnostics
import GraphIR
import Tensors

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Random numbers that a seed determines: Steele, Lea and Flood's SplitMix64.
struct RandomSource {
  private var state: UInt64

  /// Without a seed, another sequence each time.
  init(seed: Float?) { state = seed.map { UInt64($0.bitPattern) &* 0x9e37_79b9_7f4a_7c15 } ?? UInt64.random(in: .min ... .max) }

  mutating func bits() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }

  /// Uniform over [0, 1), in steps of 2⁻⁵³.
  mutating func uniform() -> Double { Double(bits() >> 11) * 0x1p-53 }

  /// Of the normal distribution, by Box and Muller's method.
  mutating func normal() -> Double {
    let radius = (-2 * log(1 - uniform())).squareRoot()
    return radius * cos(2 * .pi * uniform())
  }

  mutating func uniforms(_ count: Int, low: Double, high: Double) -> [Double] {
    (0..<count).map { _ in low + (high - low) * uniform() }
  }

  mutating func normals(_ count: Int, mean: Double, deviation: Double) -> [Double] {
    (0..<count).map { _ in mean + deviation * normal() }
  }
}
