import GraphIR
import Tensors

/// The smallest element; NaN when there is one. Of no elements: the greatest value of the type.
public struct ReduceMin: FoldReduction {
  public static let name = "ReduceMin"
  public static let since = 20
  public static let attributes: [AttributeSpec<Self>] = [
    .bool("keepdims", \.keepdims), .bool("noop_with_empty_axes", \.noopWithEmptyAxes),
  ]
  public var keepdims = true
  public var noopWithEmptyAxes = false
  public init() {}
  var fold: Fold { .minimum }
  func combine(_ elements: [Dim]) -> Dim? { elements.dropFirst().reduce(elements.first) { best, next in best.map { .minimum($0, next) } } }
}
