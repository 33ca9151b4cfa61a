import Diagnostics
import GraphIR
import Tensors

/// One number for all spatial positions of each channel of `x` `[N, C, spatial…]`; the spatial axes stay, with size 1.
protocol GlobalPool: Evaluable where Operand == UnaryOperand {
  var fold: Fold { get }
}

extension GlobalPool {
  public func infer(_ operands: Operands<UnaryOperand, Fact>) throws(ModelError) -> [Fact] {
    let x = try operands.one(.x)
    try require(x, "a floating-point number") { $0.isFloatingPoint }
    try requireRank(x, 2..., "x")
    guard let shape = x.shape else { return [try x.reshaped(nil)] }
    return [try x.reshaped(shape.indices.map { $0 < 2 ? shape[$0] : 1 })]
  }

  func pooled(_ x: Tensor) throws(ModelError) -> Tensor {
    guard x.rank >= 2 else { throw ModelError(.typeMismatch, "x has rank \(x.rank)") }
    return try reduce(fold, x, axes: Array(2..<x.rank)).reshaped(to: x.shape.indices.map { $0 < 2 ? x.shape[$0] : 1 })
  }

  public func evaluate(_ operands: Operands<UnaryOperand, Tensor>) throws(ModelError) -> [Tensor] { [try pooled(operands.one(.x))] }
}

/// The mean of each channel.
public struct GlobalAveragePool: GlobalPool {
  public static let name = "GlobalAveragePool"
  public static let since = 22
  public init() {}
  var fold: Fold { .mean }
}

/// The largest element of each channel.
public struct GlobalMaxPool: GlobalPool {
  public static let name = "GlobalMaxPool"
  public static let since = 22
  public init() {}
  var fold: Fold { .maximum }
}

/// `(Σ |x|ᵖ)^(1/p)` of each channel.
public struct GlobalLpPool: GlobalPool {
  public static let name = "GlobalLpPool"
  public static let since = 22
  public static let attributes: [AttributeSpec<Self>] = [.int("p", \.p)]
  public var p = 2
  public init() {}
  var fold: Fold { p == 1 ? .l1 : .l2 }

  public func evaluate(_ operands: Operands<UnaryOperand, Tensor>) throws(ModelError) -> [Tensor] {
    let x = try operands.one(.x)
    guard p != 1, p != 2 else { return [try pooled(x)] }
    guard p > 0, x.rank >= 2 else { throw ModelError(.invalidGraph, "the norm of order \(p)", at: Place(attribute: "p")) }
    let order = try Tensor.scalar(Float(p)).converted(to: .float64)
    let powers = try calculate(.power, Abs().evaluate(Operands([x.converted(to: .float64)]))[0], order)
    let sums = try reduce(.sum, powers, axes: Array(2..<x.rank))
    let root = try calculate(.power, sums, calculate(.divide, Tensor.scalar(1).converted(to: .float64), order))
    return [try root.converted(to: x.element).reshaped(to: x.shape.indices.map { $0 < 2 ? x.shape[$0] : 1 })]
  }
}
