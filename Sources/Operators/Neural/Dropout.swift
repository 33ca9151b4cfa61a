import Diagnostics
import GraphIR
import Tensors

/// `data` itself; in training mode, elements are zeroed at random with probability `ratio` and the rest scaled up.
/// The second result is true where an element was kept.
public struct Dropout: Evaluable, Randomized {
  public enum Operand: Int, OperandSlot {
    case data, ratio, trainingMode
    public var arity: Arity { self == .data ? .one : .optional }
  }
  public static let name = "Dropout"
  public static let since = 22
  public static let results: [Arity] = [.one, .optional]
  public static let attributes: [AttributeSpec<Self>] = [.optionalInt("seed", \.seed)]
  public var seed: Int?
  public init() {}

  /// In training mode it is not, which those who merge or fold nodes ask for by its type.
  public var isPure: Bool { true }

  public func infer(_ operands: Operands<Operand, Fact>) throws(ModelError) -> [Fact] {
    let data = try operands.one(.data)
    return [Fact(type: data.type), .tensor(.bool, data.shape)]
  }

  public func evaluate(_ operands: Operands<Operand, Tensor>) throws(ModelError) -> [Tensor] {
    let data = try operands.one(.data)
    let isTraining = try operands[.trainingMode]?.integers().first ?? 0
    let ratio = try operands[.ratio]?.doubles().first ?? 0.5
    guard isTraining == 0 || ratio == 0 else { throw ModelError(.unsupported, "evaluation in training mode without a source of random numbers") }
    return [data, try Tensor(.bool, [], elements: [UInt8(1)]).expanded(to: data.shape)]
  }

  public func evaluate(_ operands: Operands<Operand, Tensor>, random: inout SplitMix) throws(ModelError) -> [Tensor] {
    let data = try operands.one(.data)
    let isTraining = try operands[.trainingMode]?.integers().first ?? 0
    let ratio = try operands[.ratio]?.doubles().first ?? 0.5
    guard isTraining != 0, ratio != 0 else { return try evaluate(operands) }
    guard ratio > 0, ratio < 1 else { throw ModelError(.invalidGraph, "elements are dropped with probability \(ratio)") }
    var source = SplitMix(seed: seed.map(Float.init), else: &random)
    let kept = (0..<data.count).map { _ in source.fraction() >= ratio ? UInt8(1) : 0 }
    let factors = try Tensor(.float64, data.shape, elements: kept.map { Double($0) / (1 - ratio) })
    let scaled = try calculate(.multiply, data.converted(to: .float64), factors).converted(to: data.element)
    return [scaled, try Tensor(.bool, data.shape, elements: kept)]
  }
}
