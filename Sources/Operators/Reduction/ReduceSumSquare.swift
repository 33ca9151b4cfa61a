import GraphIR
import Tensors

/// The sum of squares.
public struct ReduceSumSquare: FoldReduction {
  public static let name = "ReduceSumSquare"
  public static let since = 18
  public static let attributes: [AttributeSpec<Self>] = [
    .bool("keepdims", \.keepdims), .bool("noop_with_empty_axes", \.noopWithEmptyAxes),
  ]
  public var keepdims = true
  public var noopWithEmptyAxes = false
  public init() {}
  var fold: Fold { .sumSquare }
}
