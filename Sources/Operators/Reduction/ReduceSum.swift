import GraphIR
import Tensors

/// The sum. Of no elements: 0.
public struct ReduceSum: FoldReduction {
  public static let name = "ReduceSum"
  public static let since = 13
  public static let attributes: [AttributeSpec<Self>] = [
    .bool("keepdims", \.keepdims), .bool("noop_with_empty_axes", \.noopWithEmptyAxes),
  ]
  public var keepdims = true
  public var noopWithEmptyAxes = false
  public init() {}
  var fold: Fold { .sum }
  func combine(_ elements: [Dim]) -> Dim? { elements.reduce(.number(0), +) }
}
