import GraphIR
import Tensors

/// `ln Σ eˣ`, computed so that it does not overflow.
public struct ReduceLogSumExp: FoldReduction {
  public static let name = "ReduceLogSumExp"
  public static let since = 28
  public static let attributes: [AttributeSpec<Self>] = [
    .bool("keepdims", \.keepdims), .bool("noop_with_empty_axes", \.noopWithEmptyAxes),
  ]
  public var keepdims = true
  public var noopWithEmptyAxes = false
  public init() {}
  var fold: Fold { .logSumExp }
}
