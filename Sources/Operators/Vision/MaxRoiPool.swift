import Diagnostics
import GraphIR
import Tensors

/// Regions `rois` `[R, 5]` (image, x1, y1, x2, y2) of the images `x` `[N, C, H, W]`, each divided into `pooled_shape` cells: the
/// largest element of every cell, and 0 for empty ones. Source: Fast R-CNN.
public struct MaxRoiPool: Evaluable {
  public enum Operand: Int, OperandSlot { case x, rois }
  public static let name = "MaxRoiPool"
  public static let since = 22
  public static let attributes: [AttributeSpec<Self>] = [.ints("pooled_shape", \.pooledShape), .float("spatial_scale", \.spatialScale)]
  /// Height and width.
  public var pooledShape: [Int]?
  public var spatialScale: Float = 1
  public init() {}

  private func cells() throws(ModelError) -> (Int, Int) {
    guard let pooledShape, pooledShape.count == 2, pooledShape.allSatisfy({ $0 > 0 && $0 < 1 << 20 }) else {
      throw ModelError(.invalidGraph, "is not a height and a width", at: Place(attribute: "pooled_shape"))
    }
    return (pooledShape[0], pooledShape[1])
  }

  public func infer(_ operands: Operands<Operand, Fact>) throws(ModelError) -> [Fact] {
    let (x, rois) = try (operands.one(.x), operands.one(.rois))
    try requireRank(x, 4...4, "x")
    try requireRank(rois, 2...2, "rois")
    let (height, width) = try cells()
    return [try x.reshaped([rois.shape?[0] ?? .unknown, x.shape?[1] ?? .unknown, .number(height), .number(width)])]
  }

  public func evaluate(_ operands: Operands<Operand, Tensor>) throws(ModelError) -> [Tensor] {
    let (x, rois) = try (operands.one(.x), operands.one(.rois))
    let (height, width) = try cells()
    guard x.rank == 4, rois.rank == 2, rois.shape[1] == 5 else {
      throw ModelError(.typeMismatch, "regions of \(rois.shape) in images of \(x.shape)")
    }
    let (values, bounds) = (try x.doubles(), try rois.doubles())
    let (channels, rows, columns) = (x.shape[1], x.shape[2], x.shape[3])
    let shape = [rois.shape[0], channels, height, width]
    var result: [Double] = []
    result.reserveCapacity(try checkedCount(.float64, shape))
    for region in 0..<rois.shape[0] {
      guard let image = Int(exactly: bounds[region * 5]), image >= 0, image < x.shape[0],
        bounds[region * 5..<region * 5 + 5].allSatisfy({ $0.magnitude < 1e9 })
      else { throw ModelError(.invalidGraph, "region \(region) is in no image") }
      let edges = bounds[region * 5 + 1..<region * 5 + 5].map { Int(($0 * Double(spatialScale)).rounded()) }
      let vertical = parts(edges[1], edges[3], height, rows)
      let horizontal = parts(edges[0], edges[2], width, columns)
      for channel in 0..<channels {
        let start = (image * channels + channel) * rows * columns
        for part in vertical {
          for other in horizontal {
            var best: Double?
            for row in part { for column in other { best = max(best ?? -.infinity, values[start + row * columns + column]) } }
            result.append(best ?? 0)
          }
        }
      }
    }
    return [try Tensor(.float64, shape, elements: result).converted(to: x.element)]
  }

  /// The pixels of each cell between two edges on an axis.
  private func parts(_ first: Int, _ last: Int, _ cells: Int, _ size: Int) -> [Range<Int>] {
    let cell = Double(max(last - first + 1, 1)) / Double(cells)
    return (0..<cells).map { index in
      let low = min(max(Int((Double(index) * cell).rounded(.down)) + first, 0), size)
      let high = min(max(Int((Double(index + 1) * cell).rounded(.up)) + first, 0), size)
      return low..<max(low, high)
    }
  }
}
