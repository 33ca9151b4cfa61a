import Diagnostics
import GraphIR
import Tensors

/// The positions that affine maps `theta` `[N, 2, 3]` or `[N, 3, 4]` give for the pixels of an image of `size` `[N, C, H, W]`
/// or `[N, C, D, H, W]`, for `GridSample`: `[N, H, W, 2]` or `[N, D, H, W, 3]`.
public struct AffineGrid: Evaluable {
  public enum Operand: Int, OperandSlot { case theta, size }
  public static let name = "AffineGrid"
  public static let since = 20
  public static let attributes: [AttributeSpec<Self>] = [.bool("align_corners", \.alignCorners)]
  public var alignCorners = false
  public init() {}

  public func infer(_ operands: Operands<Operand, Fact>) throws(ModelError) -> [Fact] {
    let (theta, size) = try (operands.one(.theta), operands.one(.size))
    try requireRank(theta, 3...3, "theta")
    if let sizes = size.expressions {
      guard sizes.count == 4 || sizes.count == 5 else { throw ModelError(.typeMismatch, "\(sizes.count) sizes") }
      return [try theta.reshaped([sizes[0]] + sizes[2...] + [.number(sizes.count - 2)])]
    }
    guard let rank = size.listedCount else { return [try theta.reshaped(nil)] }
    return [try theta.reshaped(.unknown(rank: rank - 1) + [.number(rank - 2)])]
  }

  public func evaluate(_ operands: Operands<Operand, Tensor>) throws(ModelError) -> [Tensor] {
    let (theta, sizes) = (try operands.one(.theta), try operands.one(.size).integers())
    let spatial = Array(sizes.dropFirst(2))
    let axes = spatial.count
    guard axes == 2 || axes == 3, sizes.allSatisfy({ $0 >= 0 }), theta.shape == [sizes[0], axes, axes + 1] else {
      throw ModelError(.typeMismatch, "maps of \(theta.shape) for sizes \(sizes)")
    }
    let shape = [sizes[0]] + spatial + [axes]
    try checkedCount(.float64, shape)
    let matrix = try theta.doubles()
    let pixels = spatial.reduce(1, *)
    let grid = try Tensor(.float64, shape, filling: Double.self) { to in
      var point = [Double](repeating: 0, count: axes)
      for pixel in 0..<pixels {
        var rest = pixel
        for axis in spatial.indices.reversed() {
          // The last axis comes first in a point.
          point[axes - 1 - axis] = coordinate(rest % spatial[axis], spatial[axis])
          rest /= spatial[axis]
        }
        for image in 0..<sizes[0] {
          for row in 0..<axes {
            let start = (image * axes + row) * (axes + 1)
            var sum = matrix[start + axes]
            for column in 0..<axes { sum += matrix[start + column] * point[column] }
            to[(image * pixels + pixel) * axes + row] = sum
          }
        }
      }
    }
    return [try grid.converted(to: theta.element)]
  }

  private func coordinate(_ index: Int, _ size: Int) -> Double {
    if alignCorners { return size > 1 ? -1 + 2 * Double(index) / Double(size - 1) : 0 }
    return (2 * Double(index) + 1) / Double(size) - 1
  }
}
