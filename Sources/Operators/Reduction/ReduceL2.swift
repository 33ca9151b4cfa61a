import GraphIR
import Tensors

/// The square root of the sum of squares.
public struct ReduceL2: FoldReduction {
  public static let name = "ReduceL2"
  public static let since = 18
  public static let attributes: [AttributeSpec<Self>] = [
    .bool("keepdims", \.keepdims), .bool("noop_with_empty_axes", \.noopWithEmptyAxes),
  ]
  public var keepdims = true
  public var noopWithEmptyAxes = false
  public init() {}
  var fold: Fold { .l2 }
}
