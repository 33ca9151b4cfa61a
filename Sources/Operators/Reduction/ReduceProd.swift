import GraphIR
import Tensors

/// The product. Of no elements: 1.
public struct ReduceProd: FoldReduction {
  public static let name = "ReduceProd"
  public static let since = 18
  public static let attributes: [AttributeSpec<Self>] = [
    .bool("keepdims", \.keepdims), .bool("noop_with_empty_axes", \.noopWithEmptyAxes),
  ]
  public var keepdims = true
  public var noopWithEmptyAxes = false
  public init() {}
  var fold: Fold { .product }
  func combine(_ elements: [Dim]) -> Dim? { elements.reduce(.number(1), *) }
}
