import GraphIR
import Tensors

/// The arithmetic mean. Of no elements: NaN, or an error for integers.
public struct ReduceMean: FoldReduction {
  public static let name = "ReduceMean"
  public static let since = 18
  public static let attributes: [AttributeSpec<Self>] = [
    .bool("keepdims", \.keepdims), .bool("noop_with_empty_axes", \.noopWithEmptyAxes),
  ]
  public var keepdims = true
  public var noopWithEmptyAxes = false
  public init() {}
  var fold: Fold { .mean }
}
