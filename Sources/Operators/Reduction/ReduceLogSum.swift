import GraphIR
import Tensors

/// The logarithm of the sum.
public struct ReduceLogSum: FoldReduction {
  public static let name = "ReduceLogSum"
  public static let since = 28
  public static let attributes: [AttributeSpec<Self>] = [
    .bool("keepdims", \.keepdims), .bool("noop_with_empty_axes", \.noopWithEmptyAxes),
  ]
  public var keepdims = true
  public var noopWithEmptyAxes = false
  public init() {}
  var fold: Fold { .logSum }
}
