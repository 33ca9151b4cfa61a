import GraphIR
import Tensors

/// The largest element; NaN when there is one. Of no elements: the least value of the type.
public struct ReduceMax: FoldReduction {
  public static let name = "ReduceMax"
  public static let since = 20
  public static let attributes: [AttributeSpec<Self>] = [
    .bool("keepdims", \.keepdims), .bool("noop_with_empty_axes", \.noopWithEmptyAxes),
  ]
  public var keepdims = true
  public var noopWithEmptyAxes = false
  public init() {}
  var fold: Fold { .maximum }
  func combine(_ elements: [Dim]) -> Dim? { elements.dropFirst().reduce(elements.first) { best, next in best.map { .maximum($0, next) } } }
}
