import Diagnostics
import GraphIR
import Tensors

/// An operator whose results are drawn at random. It is not pure, and not `Evaluable`: whoever runs it gives the source.
public protocol Randomized: Operator {
  /// As `Evaluable.evaluate`. `random` is seeded by the executor, differently for each node; an operator that has a seed of
  /// its own among its attributes makes its own source of it.
  func evaluate(_ operands: Operands<Operand, Tensor>, random: inout SplitMix) throws(ModelError) -> [Tensor]
}

extension Randomized {
  public var isPure: Bool { false }

  /// `evaluate` for callers that do not know the operator.
  package func evaluateTensors(_ tensors: [Tensor?], resultCount: Int, random: inout SplitMix) throws(ModelError) -> [Tensor] {
    try evaluate(Operands(tensors, resultCount: resultCount), random: &random)
  }
}

extension Graph {
  /// What draws are told apart by: those of nodes that go by one name in two graphs are the same.
  package func drawsName(of id: NodeID) -> String {
    let node = self[id]
    return node.name.isEmpty ? node.results.first.map { self[$0].name } ?? "" : node.name
  }

  /// Whether a node's results are drawn at random; a dropout's are where it may train.
  package func drawsAtRandom(_ id: NodeID) -> Bool {
    guard self[id].op is any Randomized else { return false }
    guard self[id].op is Dropout else { return true }
    let operands = self[id].operands
    guard operands.count > 2, let training = operands[2] else { return false }
    return (try? constant(training)?.integers().first) != 0
  }
}

/// The splitmix64 generator (Steele, Lea and Flood, 2014): small, seeded, the same everywhere.
public struct SplitMix: RandomNumberGenerator, Sendable {
  private var state: UInt64

  public init(seed: UInt64) { state = seed }

  public mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }

  /// Uniform in [0, 1).
  public mutating func unit() -> Double { Double(next() >> 11) * 0x1p-53 }

  /// Uniform in [0, 1), of 24 bits: what is computed of it in floats of 32 bits begins with the same number.
  mutating func fraction() -> Double { Double(next() >> 40) * 0x1p-24 }
}
