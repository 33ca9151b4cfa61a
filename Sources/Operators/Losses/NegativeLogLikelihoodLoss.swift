import Diagnostics
import GraphIR
import Tensors

public enum LossReduction: String, CaseIterable, Sendable { case none, sum, mean }

public enum LossOperand: Int, OperandSlot {
  case scores, labels, weights
  public var arity: Arity { self == .weights ? .optional : .one }
}

/// `-x` at each label's class, times the class's weight; 0 where the label is `ignore_index`. `x` `[N, C, D…]` holds
/// logarithms of probabilities, labels `[N, D…]` classes. The mean is over the weights of the labels.
public struct NegativeLogLikelihoodLoss: Evaluable {
  public typealias Operand = LossOperand
  public static let name = "NegativeLogLikelihoodLoss"
  public static let since = 22
  public static let attributes: [AttributeSpec<Self>] = [.optionalInt("ignore_index", \.ignoreIndex), .choice("reduction", \.reduction)]
  public var ignoreIndex: Int?
  public var reduction = LossReduction.mean
  public init() {}

  public func infer(_ operands: Operands<LossOperand, Fact>) throws(ModelError) -> [Fact] {
    let (x, labels) = try (operands.one(.scores), operands.one(.labels))
    try requireRank(x, 2..., "x")
    return [try x.reshaped(reduction == .none ? labels.shape ?? x.shape.map { [$0[0]] + $0[2...] } : [])]
  }

  public func evaluate(_ operands: Operands<LossOperand, Tensor>) throws(ModelError) -> [Tensor] {
    let x = try operands.one(.scores)
    let loss = try loss(of: x.converted(to: .float64), operands.one(.labels), operands[.weights])
    return [try loss.converted(to: x.element)]
  }

  /// The loss for logarithms of probabilities in 64-bit floats.
  func loss(of x: Tensor, _ labels: Tensor, _ weights: Tensor?) throws(ModelError) -> Tensor {
    guard x.rank >= 2, labels.shape == [x.shape[0]] + x.shape.dropFirst(2) else {
      throw ModelError(.typeMismatch, "labels of \(labels.shape) for \(x.shape)")
    }
    let (classes, area) = (x.shape[1], x.shape.dropFirst(2).reduce(1, *))
    let (values, targets) = (try x.elements(as: Double.self), try labels.integers())
    let factors = try weights?.doubles() ?? [Double](repeating: 1, count: classes)
    guard factors.count == classes else { throw ModelError(.typeMismatch, "\(factors.count) weights for \(classes) classes") }
    var (losses, total) = ([Double](repeating: 0, count: targets.count), 0.0)
    for (index, target) in targets.enumerated() where target != ignoreIndex {
      guard target >= 0, target < classes else { throw ModelError(.invalidGraph, "label \(target) of \(classes) classes") }
      losses[index] = -values[(index / area * classes + target) * area + index % area] * factors[target]
      total += factors[target]
    }
    switch reduction {
    case .none: return try Tensor(.float64, labels.shape, elements: losses)
    case .sum: return try Tensor(.float64, [], elements: [losses.reduce(0, +)])
    case .mean: return try Tensor(.float64, [], elements: [losses.reduce(0, +) / total])
    }
  }
}

/// The negative logarithm of the softmax of `scores` `[N, C, D…]` at each label's class, weighted and reduced as in
/// `NegativeLogLikelihoodLoss`; the second result holds all the logarithms.
public struct SoftmaxCrossEntropyLoss: Evaluable {
  public typealias Operand = LossOperand
  public static let name = "SoftmaxCrossEntropyLoss"
  public static let since = 13
  public static let results: [Arity] = [.one, .optional]
  public static let attributes: [AttributeSpec<Self>] = [.optionalInt("ignore_index", \.ignoreIndex), .choice("reduction", \.reduction)]
  public var ignoreIndex: Int?
  public var reduction = LossReduction.mean
  public init() {}

  private var likelihood: NegativeLogLikelihoodLoss {
    var loss = NegativeLogLikelihoodLoss()
    (loss.ignoreIndex, loss.reduction) = (ignoreIndex, reduction)
    return loss
  }

  public func infer(_ operands: Operands<LossOperand, Fact>) throws(ModelError) -> [Fact] {
    try likelihood.infer(operands) + [Fact(type: operands.one(.scores).type)]
  }

  public func evaluate(_ operands: Operands<LossOperand, Tensor>) throws(ModelError) -> [Tensor] {
    let scores = try operands.one(.scores)
    guard scores.rank >= 2 else { throw ModelError(.typeMismatch, "scores have rank \(scores.rank)") }
    let logarithms = try softmax(scores.converted(to: .float64), axis: 1, logarithm: true)
    let loss = try likelihood.loss(of: logarithms, operands.one(.labels), operands[.weights])
    return [try loss.converted(to: scores.element), try logarithms.converted(to: scores.element)]
  }
}
