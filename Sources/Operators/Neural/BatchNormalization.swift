import Diagnostics
import GraphIR
import Tensors

/// `(x - mean) / √(variance + ε) · scale + bias` per channel of `x` `[N, C, …]`.
///
/// In training mode mean and variance are those of the batch, and the running ones, moved towards them, are results too.
public struct BatchNormalization: Evaluable {
  public enum Operand: Int, OperandSlot { case x, scale, bias, mean, variance }
  public static let name = "BatchNormalization"
  public static let since = 15
  public static let results: [Arity] = [.one, .optional, .optional]
  public static let attributes: [AttributeSpec<Self>] = [
    .float("epsilon", \.epsilon), .float("momentum", \.momentum), .bool("training_mode", \.trainingMode),
  ]
  public var epsilon: Float = 1e-5
  public var momentum: Float = 0.9
  public var trainingMode = false
  public init() {}

  public func infer(_ operands: Operands<Operand, Fact>) throws(ModelError) -> [Fact] {
    let x = try operands.one(.x)
    try requireRank(x, 1..., "x")
    try require(x, "a floating-point number") { $0.isFloatingPoint }
    let (mean, variance) = try (operands.one(.mean), operands.one(.variance))
    if let shape = x.shape, shape.count > 1, let channels = shape[1].number {
      for slot in [Operand.scale, .bias, .mean, .variance] {
        guard let size = try operands.one(slot).shape, size.first?.number ?? channels != channels || size.count != 1 else { continue }
        throw ModelError(.typeMismatch, "operand \"\(slot)\" has shape \(size) for \(channels) channels")
      }
    }
    return [Fact(type: x.type), Fact(type: mean.type), Fact(type: variance.type)]
  }

  public func evaluate(_ operands: Operands<Operand, Tensor>) throws(ModelError) -> [Tensor] {
    let x = try operands.one(.x)
    let channels = x.rank > 1 ? x.shape[1] : 1
    let scale = try operands.one(.scale).doubles()
    let bias = try operands.one(.bias).doubles()
    let (meanTensor, varianceTensor) = try (operands.one(.mean), operands.one(.variance))
    var (mean, variance) = (try meanTensor.doubles(), try varianceTensor.doubles())
    guard [scale.count, bias.count, mean.count, variance.count].allSatisfy({ $0 == channels }) else {
      throw ModelError(.typeMismatch, "scale, bias, mean and variance do not fit \(channels) channels")
    }
    var running: [Tensor] = []
    if trainingMode {
      let axes = x.shape.indices.filter { $0 != 1 }
      let wide = try x.converted(to: .float64)
      let batchMean = try reduce(.mean, wide, axes: axes)
      let shape = [channels] + [Int](repeating: 1, count: max(0, x.rank - 2))
      let centred = try calculate(.subtract, wide, batchMean.reshaped(to: x.rank > 1 ? shape : []))
      let batchVariance = try reduce(.mean, calculate(.multiply, centred, centred), axes: axes)
      let (m, v) = (try batchMean.doubles(), try batchVariance.doubles())
      let keep = Double(momentum)
      for (old, new, like) in [(mean, m, meanTensor), (variance, v, varianceTensor)] {
        let moved = zip(old, new).map { $0 * keep + $1 * (1 - keep) }
        running.append(try Tensor(.float64, [channels], elements: moved).converted(to: like.element))
      }
      (mean, variance) = (m, v)
    }
    let factors = (0..<channels).map { scale[$0] / (variance[$0] + Double(epsilon)).squareRoot() }
    let shifts = (0..<channels).map { bias[$0] - mean[$0] * factors[$0] }
    return [try scaledChannels(x, factors, shifts)] + running
  }
}
