import GraphIR
import Testing

/// An expression that is evaluated step by step, beside the `Dim` that stands for it.
private struct Sample {
  var dim: Dim
  /// `nil` where some step has no value.
  var value: ([String: Int]) -> Int?
}

@Suite struct DimPropertyTests {
  @Test(arguments: 1...8)
  func simplificationKeepsTheValue(seed: UInt64) throws {
    var random = SplitMix(seed: seed)
    for _ in 0..<400 {
      let sample = make(depth: 4, &random)
      #expect(try Dim(parsing: sample.dim.description) == sample.dim, "\(sample.dim)")
      for _ in 0..<8 {
        let symbols = ["h": Int.random(in: 1...40, using: &random), "w": Int.random(in: 1...9, using: &random), "n": Int.random(in: 1...3, using: &random)]
        guard let expected = sample.value(symbols), !sample.dim.symbols.contains(where: { $0.hasPrefix("?") }) else { continue }
        #expect(sample.dim.evaluated(with: symbols) == expected, "\(sample.dim) with \(symbols)")
        #expect(sample.dim.substituting(symbols.mapValues(Dim.number)) == .number(expected), "\(sample.dim) with \(symbols)")
      }
    }
  }

  @Test func sumsAndProductsDoNotDependOnOrder() {
    var random = SplitMix(seed: 9)
    for _ in 0..<300 {
      let a = make(depth: 2, &random).dim
      let b = make(depth: 2, &random).dim
      let c = make(depth: 2, &random).dim
      // Beyond the limit of what is kept, only equal texts are equal.
      guard [a, b, c, a * (b + c), a * b + a * c].allSatisfy({ !$0.symbols.contains { $0.hasPrefix("?") } }) else { continue }
      #expect(a + b == b + a)
      #expect(a * b == b * a)
      #expect((a + b) + c == a + (b + c))
      #expect(a * (b + c) == a * b + a * c)
    }
  }

  private func make(depth: Int, _ random: inout SplitMix) -> Sample {
    let kind = depth == 0 ? Int.random(in: 0...1, using: &random) : Int.random(in: 0...8, using: &random)
    if kind == 0 {
      let number = Int.random(in: -6...6, using: &random)
      return Sample(dim: .number(number), value: { _ in number })
    }
    if kind == 1 {
      let name = ["h", "w", "n"][Int.random(in: 0...2, using: &random)]
      return Sample(dim: .symbol(name), value: { $0[name] })
    }
    let a = make(depth: depth - 1, &random)
    let b = make(depth: depth - 1, &random)
    return switch kind {
    case 2, 3: combine(a, b, a.dim + b.dim, +)
    case 4: combine(a, b, a.dim - b.dim, -)
    case 5: combine(a, b, a.dim * b.dim, *)
    case 6: combine(a, b, .maximum(a.dim, b.dim), max)
    case 7: combine(a, b, .minimum(a.dim, b.dim), min)
    default: division(a, &random)
    }
  }

  private func combine(_ a: Sample, _ b: Sample, _ dim: Dim, _ operation: @escaping (Int, Int) -> Int) -> Sample {
    Sample(dim: dim) { symbols in
      guard let x = a.value(symbols), let y = b.value(symbols) else { return nil }
      return operation(x, y)
    }
  }

  /// By a number or by a symbol, which stands for a positive size.
  private func division(_ a: Sample, _ random: inout SplitMix) -> Sample {
    let number = Int.random(in: 1...6, using: &random) * (Bool.random(using: &random) ? 1 : -1)
    let b = Bool.random(using: &random) ? Sample(dim: .number(number), value: { _ in number }) : Sample(dim: .symbol("w"), value: { $0["w"] })
    return combine(a, b, a.dim.floorDivided(by: b.dim)) { x, y in Int((Double(x) / Double(y)).rounded(.down)) }
  }
}

struct SplitMix: RandomNumberGenerator {
  private var state: UInt64
  init(seed: UInt64) { state = seed }
  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = state
    mixed = (mixed ^ mixed >> 30) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ mixed >> 27) &* 0x94d0_49bb_1331_11eb
    return mixed ^ mixed >> 31
  }
}
