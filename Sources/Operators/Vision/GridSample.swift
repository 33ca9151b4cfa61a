import Diagnostics
import GraphIR
import Tensors

/// `x` `[N, C, D1 … Dr]` sampled at the positions `grid` `[N, O1 … Or, r]`: `[N, C, O1 … Or]`.
///
/// Positions run from -1 to 1 along each axis, the last axis first.
public struct GridSample: Evaluable {
  public enum Operand: Int, OperandSlot { case x, grid }
  public static let name = "GridSample"
  public static let since = 22
  public static let attributes: [AttributeSpec<Self>] = [
    .bool("align_corners", \.alignCorners), .choice("mode", \.mode), .choice("padding_mode", \.paddingMode),
  ]
  public var alignCorners = false
  public var mode = SampleMode.linear
  public var paddingMode = SamplePadding.zeros
  public init() {}

  public func infer(_ operands: Operands<Operand, Fact>) throws(ModelError) -> [Fact] {
    let (x, grid) = try (operands.one(.x), operands.one(.grid))
    try requireRank(x, 3..., "x")
    try requireRank(grid, 3..., "grid")
    if let a = x.shape?.count, let b = grid.shape?.count, a != b { throw ModelError(.typeMismatch, "ranks \(a) and \(b)") }
    guard let rank = x.shape?.count ?? grid.shape?.count else { return [try x.reshaped(nil)] }
    let spatial = grid.shape.map { Array($0[1..<rank - 1]) } ?? .unknown(rank: rank - 2)
    return [try x.reshaped([x.shape?[0] ?? grid.shape?[0] ?? .unknown, x.shape?[1] ?? .unknown] + spatial)]
  }

  public func evaluate(_ operands: Operands<Operand, Tensor>) throws(ModelError) -> [Tensor] {
    let (x, grid) = try (operands.one(.x), operands.one(.grid))
    let spatial = x.rank - 2
    guard spatial >= 1, grid.rank == x.rank, grid.shape[0] == x.shape[0], grid.shape[x.rank - 1] == spatial else {
      throw ModelError(.typeMismatch, "a grid of \(grid.shape) for \(x.shape)")
    }
    let sizes = Array(x.shape.dropFirst(2))
    let shape = Array(x.shape[..<2]) + grid.shape[1..<x.rank - 1]
    try checkedCount(.float64, shape)
    let (positions, area) = (shape.dropFirst(2).reduce(1, *), sizes.reduce(1, *))
    let points = try grid.doubles()
    let sampling = SpatialSampling(mode: mode, padding: paddingMode, alignCorners: alignCorners)
    let channels = x.shape[1]
    let result = try x.converted(to: .float64).withElements(as: Double.self) { (from) throws(ModelError) in
      try Tensor(.float64, shape, filling: Double.self) { to in
        var taps = SampleTaps()
        var point = [Double](repeating: 0, count: spatial)
        for image in 0..<shape[0] {
          for position in 0..<positions {
            for axis in 0..<spatial {
              point[axis] = pixel(points[(image * positions + position) * spatial + spatial - 1 - axis], sizes[axis])
            }
            sampling.collect(point, sizes, into: &taps)
            for channel in image * channels..<(image + 1) * channels {
              to[channel * positions + position] = taps.value(from, channel * area)
            }
          }
        }
      }
    }
    return [try result.converted(to: x.element)]
  }

  /// A position between -1 and 1 in pixels.
  private func pixel(_ at: Double, _ size: Int) -> Double {
    alignCorners ? (at + 1) / 2 * Double(size - 1) : ((at + 1) * Double(size) - 1) / 2
  }
}
