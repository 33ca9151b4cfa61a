import Diagnostics
import GraphIR
import Tensors

/// 1 with the probability that the operand's element is, else 0.
public struct Bernoulli: Randomized {
  public typealias Operand = UnaryOperand
  public static let name = "Bernoulli"
  public static let since = 22
  public static let attributes: [AttributeSpec<Self>] = [.optionalElement("dtype", \.dtype), .optionalFloat("seed", \.seed)]
  /// Absent means the operand's.
  public var dtype: ElementType?
  public var seed: Float?
  public init() {}

  public func infer(_ operands: Operands<UnaryOperand, Fact>) throws(ModelError) -> [Fact] {
    let x = try operands.one(.x)
    try require(x, "a floating-point number") { $0.isFloatingPoint }
    guard let element = dtype ?? x.element else { return [.unknown] }
    return [.tensor(element, x.shape)]
  }

  public func evaluate(_ operands: Operands<UnaryOperand, Tensor>, random: inout SplitMix) throws(ModelError) -> [Tensor] {
    let x = try operands.one(.x)
    var source = SplitMix(seed: seed, else: &random)
    let draws = try x.doubles().map { source.fraction() < $0 ? UInt8(1) : 0 }
    return [try Tensor(.uint8, x.shape, elements: draws).converted(to: dtype ?? x.element)]
  }
}

/// Outcomes drawn for each row of `x` `[batch, outcomes]`, which holds logarithms of likelihoods: `[batch, sample_size]`.
public struct Multinomial: Randomized {
  public typealias Operand = UnaryOperand
  public static let name = "Multinomial"
  public static let since = 22
  public static let attributes: [AttributeSpec<Self>] = [
    .element("dtype", \.dtype), .int("sample_size", \.sampleSize), .optionalFloat("seed", \.seed),
  ]
  public var dtype = ElementType.int32
  public var sampleSize = 1
  public var seed: Float?
  public init() {}

  public func infer(_ operands: Operands<UnaryOperand, Fact>) throws(ModelError) -> [Fact] {
    let x = try operands.one(.x)
    try requireRank(x, 2...2, "x")
    return [.tensor(dtype, [x.shape?[0] ?? .unknown, .number(sampleSize)])]
  }

  public func evaluate(_ operands: Operands<UnaryOperand, Tensor>, random: inout SplitMix) throws(ModelError) -> [Tensor] {
    let x = try operands.one(.x)
    guard x.rank == 2, x.shape[1] > 0, sampleSize >= 0 else { throw ModelError(.typeMismatch, "\(sampleSize) samples of \(x.shape)") }
    let shape = [x.shape[0], sampleSize]
    try checkedCount(.int64, shape)
    var source = SplitMix(seed: seed, else: &random)
    let likelihoods = try softmax(x.converted(to: .float64), axis: 1, logarithm: false).elements(as: Double.self)
    let outcomes = x.shape[1]
    var draws: [Int64] = []
    for row in 0..<x.shape[0] {
      for _ in 0..<sampleSize {
        var (rest, outcome) = (source.fraction(), 0)
        while outcome < outcomes - 1, rest >= likelihoods[row * outcomes + outcome] {
          rest -= likelihoods[row * outcomes + outcome]
          outcome += 1
        }
        draws.append(Int64(outcome))
      }
    }
    return [try Tensor(.int64, shape, elements: draws).converted(to: dtype)]
  }
}
