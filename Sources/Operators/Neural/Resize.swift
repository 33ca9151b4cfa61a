import Diagnostics
import GraphIR
import Tensors

/// `x` sampled at other positions along `axes` (all of them by default): at `scales` times the size, or at `sizes`.
public struct Resize: Operator {
  public enum Operand: Int, OperandSlot {
    case x, roi, scales, sizes
    public var arity: Arity { self == .x ? .one : .optional }
  }
  public enum Mode: String, CaseIterable, Sendable { case nearest, linear, cubic }
  /// Which position of `x` a position of the result comes from.
  public enum CoordinateMode: String, CaseIterable, Sendable {
    case halfPixel = "half_pixel"
    case halfPixelSymmetric = "half_pixel_symmetric"
    case pytorchHalfPixel = "pytorch_half_pixel"
    case alignCorners = "align_corners"
    case asymmetric
    case cropAndResize = "tf_crop_and_resize"
    /// Of models before version 13: `half_pixel` shifted by half a source position.
    case halfPixelForNearest = "tf_half_pixel_for_nn"
  }
  public enum NearestMode: String, CaseIterable, Sendable {
    case roundPreferFloor = "round_prefer_floor"
    case roundPreferCeil = "round_prefer_ceil"
    case floor, ceil
  }
  public enum AspectRatioPolicy: String, CaseIterable, Sendable {
    case stretch
    case notLarger = "not_larger"
    case notSmaller = "not_smaller"
  }
  public static let name = "Resize"
  public static let since = 19
  public static let attributes: [AttributeSpec<Self>] = [
    .bool("antialias", \.antialias), .ints("axes", \.axes),
    .choice("coordinate_transformation_mode", \.coordinateTransformationMode), .float("cubic_coeff_a", \.cubicCoeffA),
    .bool("exclude_outside", \.excludeOutside), .float("extrapolation_value", \.extrapolationValue),
    .choice("keep_aspect_ratio_policy", \.keepAspectRatioPolicy), .choice("mode", \.mode), .choice("nearest_mode", \.nearestMode),
  ]

  public var antialias = false
  public var axes: [Int]?
  public var coordinateTransformationMode = CoordinateMode.halfPixel
  public var cubicCoeffA: Float = -0.75
  public var excludeOutside = false
  public var extrapolationValue: Float = 0
  public var keepAspectRatioPolicy = AspectRatioPolicy.stretch
  public var mode = Mode.nearest
  public var nearestMode = NearestMode.roundPreferFloor
  public init() {}

  func resolvedAxes(rank: Int) throws(ModelError) -> [Int] {
    guard let axes else { return Array(0..<rank) }
    var result: [Int] = []
    for axis in axes { result.append(try normalizedAxis(axis, rank: rank)) }
    return try distinct(result)
  }

  public func infer(_ operands: Operands<Operand, Fact>) throws(ModelError) -> [Fact] {
    let x = try operands.one(.x)
    guard var shape = x.shape else { return [try x.reshaped(nil)] }
    let targets = try resolvedAxes(rank: shape.count)
    // An empty vector counts as absent.
    if let sizes = operands[.sizes], sizes.listedCount != 0 {
      let listed = sizes.expressions
      if let listed, listed.count != targets.count { throw ModelError(.typeMismatch, "\(listed.count) sizes for \(targets.count) axes") }
      if keepAspectRatioPolicy == .stretch {
        for (index, axis) in targets.enumerated() { shape[axis] = listed?[index] ?? .unknown }
      } else if let numbers = sizes.integers, targets.allSatisfy({ shape[$0].number != nil }) {
        let whole = shape.map { $0.number ?? 0 }
        for (axis, size) in zip(targets, try adjustedSizes(numbers, whole, targets)) { shape[axis] = .number(size) }
      } else {
        for axis in targets { shape[axis] = .unknown }
      }
      return [try x.reshaped(shape)]
    }
    let scales = try operands[.scales]?.constant?.floats()
    if let scales, !scales.isEmpty, scales.count != targets.count {
      throw ModelError(.typeMismatch, "\(scales.count) scales for \(targets.count) axes")
    }
    for (index, axis) in targets.enumerated() {
      shape[axis] = scales.flatMap { $0.isEmpty ? nil : $0 }.map { scaled(shape[axis], by: $0[index]) } ?? .unknown
    }
    return [try x.reshaped(shape)]
  }

  /// `⌊size · scale⌋`, for sizes that are not known when the scale is a ratio of small integers.
  private func scaled(_ size: Dim, by scale: Float) -> Dim {
    if scale == 1 || size == .unknown { return size }
    if let number = size.number {
      let product = (Float(number) * scale).rounded(.down)
      return Int(exactly: product).map(Dim.number) ?? .unknown
    }
    for denominator in 1...16 {
      let numerator = Double(scale) * Double(denominator)
      if numerator == numerator.rounded(), numerator > 0, numerator < 1_048_576 {
        return (size * .number(Int(numerator))).floorDivided(by: .number(denominator))
      }
    }
    return .unknown
  }

  /// The sizes of the result's `axes` under the aspect-ratio policy.
  func adjustedSizes(_ sizes: [Int], _ shape: Shape, _ axes: [Int]) throws(ModelError) -> [Int] {
    guard sizes.count == axes.count, sizes.allSatisfy({ $0 >= 0 }) else {
      throw ModelError(.typeMismatch, "sizes \(sizes) for \(axes.count) axes")
    }
    guard keepAspectRatioPolicy != .stretch else { return sizes }
    let ratios = zip(sizes, axes).map { Double($0) / Double(shape[$1]) }
    guard let scale = keepAspectRatioPolicy == .notLarger ? ratios.min() : ratios.max(), scale.isFinite else { return sizes }
    var result: [Int] = []
    for axis in axes {
      guard let size = Int(exactly: (scale * Double(shape[axis]) + 0.5).rounded(.down) as Double) else {
        throw ModelError(.limitExceeded, "axis \(axis) would become too large")
      }
      result.append(size)
    }
    return result
  }
}
