import Diagnostics
import Tensors

/// The `.bin` file, read from the front as layers load their weights.
struct WeightReading {
  private let file: FileMapping
  private var position = 0

  init(_ file: FileMapping) { self.file = file }

  private mutating func take(_ count: Int, _ size: Int) throws(ModelError) -> Range<Int> {
    let (bytes, overflow) = count.multipliedReportingOverflow(by: size)
    guard count > 0, !overflow, bytes <= file.bytes.count - position else {
      throw ModelError(.malformed, "\(count) weights at byte \(position) lie outside the \(file.bytes.count) of the weights")
    }
    let range = position..<position + bytes
    position = min(file.bytes.count, range.upperBound + (4 - bytes % 4) % 4)
    return range
  }

  /// 32-bit floats, or integers, alone.
  mutating func plain(_ shape: [Int]) throws(ModelError) -> Tensor { try Tensor(.float32, shape, mapped: file, range: take(Self.count(shape), 4)) }

  /// Weights behind the flag that says how they are stored; floats, or 8-bit integers.
  mutating func tagged(_ shape: [Int]) throws(ModelError) -> Tensor {
    let flag = try take(1, 4)
    let value = file.bytes.loadUnaligned(fromByteOffset: flag.lowerBound, as: UInt32.self)
    switch UInt32(littleEndian: value) {
    case 0: return try plain(shape)
    case 0x0130_6B47: return try Tensor(.float16, shape, mapped: file, range: take(Self.count(shape), 2)).converted(to: .float32)
    case 0x000D_4B38: return try Tensor(.int8, shape, mapped: file, range: take(Self.count(shape), 1))
    case let other: throw ModelError(.unsupported, "weights stored as 0x\(String(other, radix: 16))")
    }
  }

  private static func count(_ shape: [Int]) throws(ModelError) -> Int {
    var count = 1
    for size in shape {
      let (product, overflow) = count.multipliedReportingOverflow(by: size)
      guard size > 0, !overflow else { throw ModelError(.malformed, "weights of shape \(shape)") }
      count = product
    }
    return count
  }

  /// Throws `malformed` when something is left.
  func finish() throws(ModelError) {
    guard position == file.bytes.count else { throw ModelError(.malformed, "\(file.bytes.count - position) bytes of the weights belong to no layer") }
  }
}
