import Diagnostics
import Tensors

/// How keys or values `[B, heads, T, size]` are kept as integers: 8 bits each, or two of 4 bits in a byte, the first in the low half and
/// 8 more than it is. A scale for all, or one for each head and feature.
struct CacheQuantization {
  private let bits: Int
  private let scales: Tensor
  private let isPerChannel: Bool

  /// `nil` for a cache of floats. Throws `unsupported` for other forms, `typeMismatch` for a cache or scales that do not fit.
  init?(_ type: String?, _ scales: Tensor?, bits: Int, of past: Tensor?) throws(ModelError) {
    switch type ?? "NONE" {
    case "NONE":
      if let past, !past.element.isFloatingPoint { throw ModelError(.typeMismatch, "a cache of \(past.element.rawValue) without quantisation") }
      return nil
    case "PER_TENSOR": isPerChannel = false
    case "PER_CHANNEL": isPerChannel = true
    case let other:
      throw ModelError(.unsupported, "a cache quantised \(other)", notes: ["expected NONE, PER_TENSOR or PER_CHANNEL"])
    }
    guard bits == 8 || bits == 4 else { throw ModelError(.unsupported, "a cache of \(bits) bits") }
    guard let scales, isPerChannel || scales.count == 1 else { throw ModelError(.typeMismatch, "the scales of a quantised cache do not fit") }
    if let past, past.element != (bits == 8 ? .int8 : .uint8) { throw ModelError(.typeMismatch, "a cache of \(past.element.rawValue) for \(bits) bits") }
    self.bits = bits
    self.scales = try scales.converted(to: .float32)
  }

  /// One scale for every head and feature, or for all: broadcast to a cache.
  private func factors(heads: Int, size: Int) throws(ModelError) -> Tensor {
    guard isPerChannel else { return try scales.reshaped(to: []) }
    guard scales.count == heads * size else { throw ModelError(.typeMismatch, "\(scales.count) scales for \(heads) heads of \(size)") }
    return try scales.reshaped(to: [heads, 1, size])
  }

  /// What a cache stands for, in 32-bit floats.
  func numbers(_ cache: Tensor) throws(ModelError) -> Tensor {
    guard cache.rank == 4 else { throw ModelError(.typeMismatch, "a cache of shape \(cache.shape)") }
    var wide = cache
    if bits == 4 {
      let bytes = try cache.elements(as: UInt8.self)
      var values: [Float] = []
      values.reserveCapacity(bytes.count * 2)
      for byte in bytes {
        values.append(Float(byte & 15) - 8)
        values.append(Float(byte >> 4) - 8)
      }
      wide = try Tensor(.float32, cache.shape.dropLast() + [cache.shape[3] * 2], elements: values)
    }
    return try calculate(.multiply, wide.converted(to: .float32), factors(heads: wide.shape[1], size: wide.shape[3]))
  }

  /// Floats as they are kept, zero bytes behind each sequence's keys. `totals` has the keys of each sequence, all of them where it is `nil`.
  /// Throws `typeMismatch` for an odd number of features in 4 bits.
  func quantized(_ x: Tensor, totals: [Int]? = nil) throws(ModelError) -> Tensor {
    let quotients = try calculate(.divide, x, factors(heads: x.shape[1], size: x.shape[3])).elements(as: Float.self)
    let (low, high): (Float, Float) = bits == 8 ? (-128, 127) : (-8, 7)
    let integers = quotients.map { $0.isNaN ? 0 : Int8(min(max($0.rounded(.toNearestOrEven), low), high)) }
    if bits == 8 { return try Tensor(.int8, x.shape, elements: integers) }
    guard x.shape[3] % 2 == 0 else { throw ModelError(.typeMismatch, "\(x.shape[3]) features in pairs") }
    var bytes = (0..<integers.count / 2).map { UInt8(integers[2 * $0] + 8) | UInt8(integers[2 * $0 + 1] + 8) << 4 }
    let (rows, width) = (x.shape[2], x.shape[3] / 2)
    for (sequence, total) in (totals ?? []).enumerated() where total < rows {
      for head in 0..<x.shape[1] {
        let first = (sequence * x.shape[1] + head) * rows
        for index in (first + total) * width..<(first + rows) * width { bytes[index] = 0 }
      }
    }
    return try Tensor(.uint8, x.shape.dropLast() + [x.shape[3] / 2], elements: bytes)
  }
}
