import Diagnostics
import GraphIR
import Tensors

/// Regions `rois` `[R, 4]` (x1, y1, x2, y2) of the images `x` `[N, C, H, W]` that `batchIndices` `[R]` name, each resampled to
/// `[C, output_height, output_width]`: the mean, or the largest, of interpolated samples in each cell. Source: Mask R-CNN.
public struct RoiAlign: Evaluable {
  public enum Operand: Int, OperandSlot { case x, rois, batchIndices }
  public enum Mode: String, CaseIterable, Sendable { case avg, max }
  public enum CoordinateMode: String, CaseIterable, Sendable {
    /// Positions are shifted by half a pixel.
    case halfPixel = "half_pixel"
    case outputHalfPixel = "output_half_pixel"
  }
  public static let name = "RoiAlign"
  public static let since = 22
  public static let attributes: [AttributeSpec<Self>] = [
    .choice("coordinate_transformation_mode", \.coordinateMode), .choice("mode", \.mode), .int("output_height", \.outputHeight),
    .int("output_width", \.outputWidth), .int("sampling_ratio", \.samplingRatio), .float("spatial_scale", \.spatialScale),
  ]
  public var coordinateMode = CoordinateMode.halfPixel
  public var mode = Mode.avg
  public var outputHeight = 1
  public var outputWidth = 1
  /// Samples along each side of a cell; 0 for as many as the cell has pixels.
  public var samplingRatio = 0
  /// The size of the image relative to the one that the regions refer to.
  public var spatialScale: Float = 1
  public init() {}

  public func infer(_ operands: Operands<Operand, Fact>) throws(ModelError) -> [Fact] {
    let (x, rois, batch) = try (operands.one(.x), operands.one(.rois), operands.one(.batchIndices))
    try requireRank(x, 4...4, "x")
    try requireRank(rois, 2...2, "rois")
    let count = rois.shape?[0] ?? batch.shape?.first ?? .unknown
    return [try x.reshaped([count, x.shape?[1] ?? .unknown, .number(outputHeight), .number(outputWidth)])]
  }

  public func evaluate(_ operands: Operands<Operand, Tensor>) throws(ModelError) -> [Tensor] {
    let (x, rois) = try (operands.one(.x), operands.one(.rois))
    let images = try operands.one(.batchIndices).integers()
    guard x.rank == 4, rois.shape == [images.count, 4], images.allSatisfy({ $0 >= 0 && $0 < x.shape[0] }), samplingRatio >= 0 else {
      throw ModelError(.typeMismatch, "regions of \(rois.shape) in images \(images) of \(x.shape)")
    }
    let shape = [images.count, x.shape[1], outputHeight, outputWidth]
    try checkedCount(.float64, shape)
    let bounds = try rois.doubles()
    let (channels, cells, area) = (x.shape[1], outputHeight * outputWidth, x.shape[2] * x.shape[3])
    let result = try x.converted(to: .float64).withElements(as: Double.self) { (from) throws(ModelError) in
      try Tensor(.float64, shape, filling: Double.self) { (to) throws(ModelError) in
        for (region, image) in images.enumerated() {
          let (vertical, horizontal) = try samples(Array(bounds[region * 4..<region * 4 + 4]), height: x.shape[2], width: x.shape[3])
          for cell in 0..<cells {
            let (rows, columns) = (vertical[cell / outputWidth], horizontal[cell % outputWidth])
            for channel in 0..<channels {
              let start = (image * channels + channel) * area
              to[(region * channels + channel) * cells + cell] = pooled(from, start, x.shape[3], rows, columns)
            }
          }
        }
      }
    }
    return [try result.converted(to: x.element)]
  }

  /// One sample on an axis: two pixels and their weights, both 0 outside the image.
  private struct Sample {
    var low = 0
    var high = 0
    var lowWeight = 0.0
    var highWeight = 0.0
  }

  /// The samples of each row and of each column of cells.
  private func samples(_ region: [Double], height: Int, width: Int) throws(ModelError) -> ([[Sample]], [[Sample]]) {
    let shift = coordinateMode == .halfPixel ? 0.5 : 0
    let (x1, y1) = (region[0] * Double(spatialScale) - shift, region[1] * Double(spatialScale) - shift)
    var (w, h) = ((region[2] - region[0]) * Double(spatialScale), (region[3] - region[1]) * Double(spatialScale))
    if coordinateMode == .outputHalfPixel { (w, h) = (Swift.max(w, 1), Swift.max(h, 1)) }
    let area = (Swift.max(h.magnitude, 1) + Double(samplingRatio)) * (Swift.max(w.magnitude, 1) + Double(samplingRatio))
    guard [x1, y1, area].allSatisfy({ $0.magnitude < 1e8 }), samplingRatio < 1 << 12 else {
      throw ModelError(.limitExceeded, "a region of \(region)")
    }
    return (axis(y1, h, outputHeight, height), axis(x1, w, outputWidth, width))
  }

  private func axis(_ start: Double, _ length: Double, _ cells: Int, _ size: Int) -> [[Sample]] {
    let cell = length / Double(cells)
    let count = samplingRatio > 0 ? samplingRatio : Int(Swift.max(0, cell.rounded(.up)))
    return (0..<cells).map { index in
      (0..<count).map { sample in
        let at = start + Double(index) * cell + (Double(sample) + 0.5) * cell / Double(count)
        if at < -1 || at > Double(size) { return Sample() }
        let inside = Swift.max(at, 0)
        let low = Int(inside)
        if low >= size - 1 { return Sample(low: size - 1, high: size - 1, lowWeight: 1, highWeight: 0) }
        return Sample(low: low, high: low + 1, lowWeight: 1 - (inside - Double(low)), highWeight: inside - Double(low))
      }
    }
  }

  private func pooled(_ x: UnsafeBufferPointer<Double>, _ start: Int, _ width: Int, _ rows: [Sample], _ columns: [Sample]) -> Double {
    var (sum, largest) = (0.0, -Double.infinity)
    for row in rows {
      for column in columns {
        let (top, bottom) = (start + row.low * width, start + row.high * width)
        let parts = [
          row.lowWeight * column.lowWeight * x[top + column.low], row.lowWeight * column.highWeight * x[top + column.high],
          row.highWeight * column.lowWeight * x[bottom + column.low], row.highWeight * column.highWeight * x[bottom + column.high],
        ]
        if mode == .avg { sum += parts[0] + parts[1] + parts[2] + parts[3] } else { largest = Swift.max(largest, parts.max() ?? 0) }
      }
    }
    let count = rows.count * columns.count
    if mode == .avg { return sum / Double(Swift.max(count, 1)) }
    return count == 0 ? 0 : largest
  }
}
