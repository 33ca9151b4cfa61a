import CNumerics
import Diagnostics
import GraphIR
import Tensors

/// `x` as `rows` rows, each shifted and scaled to mean 0 and variance 1, with what was taken: mean and 1/deviation of each row.
///
/// Computed in 64-bit floats and rounded to 32 bits, or not at all for 64-bit operands.
func standardized(_ x: Tensor, rows: Int, epsilon: Float) throws(ModelError) -> (y: Tensor, mean: [Double], inverse: [Double]) {
  let columns = rows == 0 ? 0 : x.count / rows
  let isWide = x.element == .float64
  let matrix = try x.converted(to: isWide ? .float64 : .float32).reshaped(to: [rows, columns])
  let mean = try reduce(.mean, matrix.converted(to: .float64), axes: [1]).doubles()
  var inverse = [Double](repeating: 0, count: rows)
  func statistics<T: BinaryFloatingPoint & BitwiseCopyable>(_ type: T.Type) throws(ModelError) -> Tensor {
    try matrix.withElements(as: T.self) { (from) throws(ModelError) in
      try Tensor(matrix.element, x.shape, filling: T.self) { to in
        for row in 0..<rows {
          var sum = 0.0
          for index in row * columns..<(row + 1) * columns {
            let distance = Double(from[index]) - mean[row]
            sum += distance * distance
          }
          inverse[row] = 1 / (sum / Double(columns) + Double(epsilon)).squareRoot()
          for index in row * columns..<(row + 1) * columns { to[index] = T((Double(from[index]) - mean[row]) * inverse[row]) }
        }
      }
    }
  }
  return (isWide ? try statistics(Double.self) : try statistics(Float.self), mean, inverse)
}

/// `y · scale + bias`, broadcast, in the element type of `x`.
private func rescaled(_ y: Tensor, _ scale: Tensor, _ bias: Tensor?, like x: Tensor) throws(ModelError) -> Tensor {
  var result = try calculate(.multiply, y, scale.converted(to: y.element))
  if let bias { result = try calculate(.add, result, bias.converted(to: y.element)) }
  guard result.shape == x.shape else { throw ModelError(.typeMismatch, "scale or bias do not fit \(x.shape)") }
  return try result.converted(to: x.element)
}

/// Standardises each element over the axes from `axis` on: `(x - mean) / √(variance + ε) · scale + bias`.
/// Further results: mean and 1/deviation.
public struct LayerNormalization: Evaluable {
  public enum Operand: Int, OperandSlot {
    case x, scale, bias
    public var arity: Arity { self == .bias ? .optional : .one }
  }
  public static let name = "LayerNormalization"
  public static let since = 17
  public static let results: [Arity] = [.one, .optional, .optional]
  public static let attributes: [AttributeSpec<Self>] = [
    .int("axis", \.axis), .float("epsilon", \.epsilon), .int("stash_type", \.stashType),
  ]
  public var axis = -1
  public var epsilon: Float = 1e-5
  /// The ONNX number of the element type of mean and 1/deviation: 1 for 32-bit floats, 16 for bfloat16, …
  public var stashType = 1
  public init() {}

  private var stashElement: ElementType {
    switch stashType {
    case 10: .float16
    case 11: .float64
    case 16: .bfloat16
    default: .float32
    }
  }

  public func infer(_ operands: Operands<Operand, Fact>) throws(ModelError) -> [Fact] {
    let x = try operands.one(.x)
    try require(x, "a floating-point number") { $0.isFloatingPoint }
    guard let shape = x.shape else { return [Fact(type: x.type), .tensor(stashElement, nil), .tensor(stashElement, nil)] }
    let along = try normalizedAxis(axis, rank: shape.count)
    let kept = shape.indices.map { $0 < along ? shape[$0] : 1 }
    return [Fact(type: x.type), .tensor(stashElement, kept), .tensor(stashElement, kept)]
  }

  public func evaluate(_ operands: Operands<Operand, Tensor>) throws(ModelError) -> [Tensor] {
    let x = try operands.one(.x)
    let along = try normalizedAxis(axis, rank: x.rank)
    let rows = x.shape[..<along].reduce(1, *)
    let (y, mean, inverse) = try result(operands, x, rows: rows, columnShape: Array(x.shape[along...]))
    let kept = x.shape.indices.map { $0 < along ? x.shape[$0] : 1 }
    return [
      y,
      try Tensor(.float64, kept, elements: mean).converted(to: stashElement),
      try Tensor(.float64, kept, elements: inverse).converted(to: stashElement),
    ]
  }
}

extension LayerNormalization {
  private func result(
    _ operands: Operands<Operand, Tensor>, _ x: Tensor, rows: Int, columnShape: Shape
  ) throws(ModelError) -> (y: Tensor, mean: [Double], inverse: [Double]) {
    let (scale, bias) = (try operands.one(.scale), operands[.bias])
    if x.element == .float32, scale.element == .float32, bias?.element ?? .float32 == .float32, scale.shape == columnShape,
      bias?.shape ?? columnShape == columnShape, x.count > 0
    {
      return try standardizedFloats(x, rows: rows, epsilon: epsilon, scale, bias)
    }
    let (y, mean, inverse) = try standardized(x, rows: rows, epsilon: epsilon)
    return (try rescaled(y, scale, bias, like: x), mean, inverse)
  }
}

/// The same as `standardized` for 32-bit floats, then scaled and shifted by vectors of one row's length.
private func standardizedFloats(
  _ x: Tensor, rows: Int, epsilon: Float, _ scale: Tensor, _ bias: Tensor?
) throws(ModelError) -> (y: Tensor, mean: [Double], inverse: [Double]) {
  let columns = x.count / rows
  var mean = [Double](repeating: 0, count: rows)
  var inverse = mean
  let (scales, shifts) = (try scale.elements(as: Float.self), try bias?.elements(as: Float.self))
  let y = try x.withElements(as: Float.self) { (from) throws(ModelError) in
    try Tensor(.float32, x.shape, filling: Float.self) { to in
      guard let source = from.baseAddress, let target = to.baseAddress else { return }
      mean.withUnsafeMutableBufferPointer { mean in
        inverse.withUnsafeMutableBufferPointer { inverse in
          guard let mean = mean.baseAddress, let inverse = inverse.baseAddress else { return }
          let (source, place) = (SharedSource(address: source), SharedPointer(address: target))
          let (means, inverses) = (SharedPointer(address: mean), SharedPointer(address: inverse))
          let piece = max(1, 8_192 / columns)
          concurrently((rows + piece - 1) / piece, isLarge: from.count > 1 << 15) { index in
            let (start, count) = (index * piece, min(piece, rows - index * piece))
            scales.withUnsafeBufferPointer { scales in
              (shifts ?? []).withUnsafeBufferPointer { shifts in
                fn_standardize_f32(
                  source.address + start * columns, place.address + start * columns, count, columns, epsilon, scales.baseAddress,
                  shifts.isEmpty ? nil : shifts.baseAddress, means.address + start, inverses.address + start)
              }
            }
          }
        }
      }
    }
  }
  return (y, mean, inverse)
}

public enum ScaledOperand: Int, OperandSlot { case x, scale, bias }

/// Standardises each channel of each image of `x` `[N, C, …]`, then scales and shifts it by channel.
public struct InstanceNormalization: Evaluable {
  public typealias Operand = ScaledOperand
  public static let name = "InstanceNormalization"
  public static let since = 22
  public static let attributes: [AttributeSpec<Self>] = [.float("epsilon", \.epsilon)]
  public var epsilon: Float = 1e-5
  public init() {}

  public func infer(_ operands: Operands<ScaledOperand, Fact>) throws(ModelError) -> [Fact] {
    let x = try operands.one(.x)
    try require(x, "a floating-point number") { $0.isFloatingPoint }
    try requireRank(x, 3..., "x")
    return [Fact(type: x.type)]
  }

  public func evaluate(_ operands: Operands<ScaledOperand, Tensor>) throws(ModelError) -> [Tensor] {
    let x = try operands.one(.x)
    guard x.rank >= 2 else { throw ModelError(.typeMismatch, "x has rank \(x.rank)") }
    let y = try standardized(x, rows: x.shape[0] * x.shape[1], epsilon: epsilon).y
    return [try rescaledChannels(y, operands.one(.scale), operands.one(.bias), like: x)]
  }
}

/// Standardises groups of neighbouring channels of each image of `x` `[N, C, …]`, then scales and shifts by channel.
public struct GroupNormalization: Evaluable {
  public typealias Operand = ScaledOperand
  public static let name = "GroupNormalization"
  public static let since = 21
  public static let attributes: [AttributeSpec<Self>] = [
    .float("epsilon", \.epsilon), .int("num_groups", \.numGroups), .int("stash_type", \.stashType),
  ]
  public var epsilon: Float = 1e-5
  public var numGroups = 1
  public var stashType = 1
  public init() {}

  public func infer(_ operands: Operands<ScaledOperand, Fact>) throws(ModelError) -> [Fact] {
    let x = try operands.one(.x)
    try require(x, "a floating-point number") { $0.isFloatingPoint }
    try requireRank(x, 2..., "x")
    if let channels = x.shape?[1].number, numGroups <= 0 || channels % numGroups != 0 {
      throw ModelError(.typeMismatch, "\(channels) channels in \(numGroups) groups")
    }
    return [Fact(type: x.type)]
  }

  public func evaluate(_ operands: Operands<ScaledOperand, Tensor>) throws(ModelError) -> [Tensor] {
    let x = try operands.one(.x)
    guard x.rank >= 2, numGroups > 0, x.shape[1] % numGroups == 0 else {
      throw ModelError(.typeMismatch, "\(x.shape) in \(numGroups) groups")
    }
    let (rows, overflow) = x.shape[0].multipliedReportingOverflow(by: numGroups)
    guard !overflow, x.count > 0 || rows < 1 << 20 else { throw ModelError(.limitExceeded, "\(numGroups) groups") }
    let y = try standardized(x, rows: rows, epsilon: epsilon).y
    return [try rescaledChannels(y, operands.one(.scale), operands.one(.bias), like: x)]
  }
}

private func rescaledChannels(_ y: Tensor, _ scale: Tensor, _ bias: Tensor, like x: Tensor) throws(ModelError) -> Tensor {
  let shape = [x.shape[1]] + [Int](repeating: 1, count: x.rank - 2)
  return try rescaled(y, scale.reshaped(to: shape), bias.reshaped(to: shape), like: x)
}

/// `x / ‖x‖ₚ` along `axis`, for p = 1 or 2; zero where the norm is.
public struct LpNormalization: Evaluable {
  public typealias Operand = UnaryOperand
  public static let name = "LpNormalization"
  public static let since = 22
  public static let attributes: [AttributeSpec<Self>] = [.int("axis", \.axis), .int("p", \.p)]
  public var axis = -1
  public var p = 2
  public init() {}

  public func infer(_ operands: Operands<UnaryOperand, Fact>) throws(ModelError) -> [Fact] {
    let x = try operands.one(.x)
    if let rank = x.shape?.count { _ = try normalizedAxis(axis, rank: rank) }
    guard p == 1 || p == 2 else { throw ModelError(.invalidGraph, "the norm of order \(p)", at: Place(attribute: "p")) }
    return [Fact(type: x.type)]
  }

  public func evaluate(_ operands: Operands<UnaryOperand, Tensor>) throws(ModelError) -> [Tensor] {
    let x = try operands.one(.x)
    let along = try normalizedAxis(axis, rank: x.rank)
    var shape = x.shape
    shape[along] = 1
    let wide = try x.converted(to: .float64)
    let norm = try reduce(p == 1 ? .l1 : .l2, wide, axes: [along]).reshaped(to: shape)
    let divisor = try Tensor(.float64, shape, elements: norm.doubles().map { $0 == 0 ? 1 : $0 })
    return [try calculate(.divide, wide, divisor).converted(to: x.element)]
  }
}

/// Local response normalisation: `x / (bias + alpha/size · Σ x²)^beta`, the sum over `size` neighbouring channels.
public struct LRN: Evaluable {
  public typealias Operand = UnaryOperand
  public static let name = "LRN"
  public static let since = 13
  public static let attributes: [AttributeSpec<Self>] = [
    .float("alpha", \.alpha), .float("beta", \.beta), .float("bias", \.bias), .int("size", \.size),
  ]
  public var alpha: Float = 1e-4
  public var beta: Float = 0.75
  public var bias: Float = 1
  public var size = 1
  public init() {}

  public func infer(_ operands: Operands<UnaryOperand, Fact>) throws(ModelError) -> [Fact] {
    let x = try operands.one(.x)
    try requireRank(x, 2..., "x")
    return [Fact(type: x.type)]
  }

  public func evaluate(_ operands: Operands<UnaryOperand, Tensor>) throws(ModelError) -> [Tensor] {
    let x = try operands.one(.x)
    guard x.rank >= 2, size > 0 else { throw ModelError(.typeMismatch, "x has rank \(x.rank), size \(size)") }
    let wide = try x.converted(to: .float64)
    let squares = try calculate(.multiply, wide, wide).elements(as: Double.self)
    let (channels, area) = (x.shape[1], x.shape[2...].reduce(1, *))
    let (before, after) = (min((size - 1) / 2, channels), min(size / 2, channels))
    var sums = [Double](repeating: 0, count: x.count)
    for row in 0..<x.shape[0] * channels {
      let channel = row % channels
      for neighbour in max(0, channel - before)...min(channels - 1, channel + after) {
        let source = (row - channel + neighbour) * area
        for index in 0..<area { sums[row * area + index] += squares[source + index] }
      }
    }
    let factor = Double(alpha) / Double(size)
    let divisors = try Tensor(.float64, x.shape, elements: sums.map { Double(bias) + factor * $0 })
    let power = try calculate(.power, divisors, Tensor.scalar(beta).converted(to: .float64))
    return [try calculate(.divide, wide, power).converted(to: x.element)]
  }
}
