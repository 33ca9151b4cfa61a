import Diagnostics
import GraphIR
import Tensors

/// `Gather` from quantised `data` along `gather_axis`, dequantised: blocks of `block_size` along `quantize_axis` share a scale and a zero
/// point. Zeros for an index out of range.
///
/// `data` is a type of 4 bits, or bytes that hold one, two or four integers each (`bits`), packed along the last axis; its integers then
/// have half their range as zero point unless others are given. Small floats have one scale a block and no zero point.
public struct GatherBlockQuantized: Evaluable {
  public enum Operand: Int, OperandSlot {
    case data, indices, scales, zeros
    public var arity: Arity { self == .zeros ? .optional : .one }
  }
  public static let name = "GatherBlockQuantized"
  public static let domain = "com.microsoft"
  public static let since = 1
  public static let attributes: [AttributeSpec<Self>] = [
    .int("bits", \.bits), .int("block_size", \.blockSize), .int("gather_axis", \.gatherAxis), .int("quantize_axis", \.quantizeAxis),
  ]
  public var bits = 4
  /// 0 for one block.
  public var blockSize = 128
  public var gatherAxis = 0
  public var quantizeAxis = 1
  public init() {}

  /// How many integers an element of the data holds.
  private func density(_ element: ElementType?) throws(ModelError) -> Int {
    guard element == .uint8 else { return 1 }
    guard [2, 4, 8].contains(bits) else { throw ModelError(.invalidGraph, "\(bits) bits", at: Place(attribute: "bits")) }
    return 8 / bits
  }

  public func infer(_ operands: Operands<Operand, Fact>) throws(ModelError) -> [Fact] {
    let (data, indices, scales) = try (operands.one(.data), operands.one(.indices), operands.one(.scales))
    try require(indices, "an integer") { $0 == .int32 || $0 == .int64 }
    try require(scales, "a floating-point number") { $0.isFloatingPoint }
    guard blockSize >= 0 else { throw ModelError(.invalidGraph, "blocks of \(blockSize)", at: Place(attribute: "block_size")) }
    guard let element = scales.element else { return [.unknown] }
    guard var shape = data.shape, let places = indices.shape else { return [.tensor(element, nil)] }
    let axis = try normalizedAxis(gatherAxis, rank: shape.count)
    _ = try normalizedAxis(quantizeAxis, rank: shape.count)
    shape[shape.count - 1] = shape[shape.count - 1] * .number(try density(data.element))
    return [.tensor(element, Array(shape[..<axis]) + places + Array(shape[(axis + 1)...]))]
  }

  public func evaluate(_ operands: Operands<Operand, Tensor>) throws(ModelError) -> [Tensor] {
    let (data, indices, scales) = try (operands.one(.data), operands.one(.indices), operands.one(.scales))
    let rank = data.rank
    guard rank > 0, scales.rank == rank, operands[.zeros].map({ $0.rank == rank }) ?? true else {
      throw ModelError(.typeMismatch, "data of \(data.shape) with scales of \(scales.shape)")
    }
    let (gather, quantize) = (try normalizedAxis(gatherAxis, rank: rank), try normalizedAxis(quantizeAxis, rank: rank))
    let density = try density(data.element)
    guard density == 1 || gather != rank - 1 else { throw ModelError(.unsupported, "gathering along the axis that integers are packed on") }
    guard gather != quantize else { throw ModelError(.unsupported, "gathering along the axis of the blocks") }
    let size = data.shape[gather]
    let places = try indices.integers().map { $0 < 0 ? $0 + size : $0 }
    let inside = places.map { $0 >= 0 && $0 < size ? $0 : 0 }
    func picked(_ tensor: Tensor) throws(ModelError) -> Tensor {
      guard tensor.shape[gather] == size else {
        if tensor.shape[gather] == 1 { return tensor }
        throw ModelError(.typeMismatch, "scales or zero points of \(tensor.shape) for data of \(data.shape)")
      }
      return try tensor.taking(inside, axis: gather)
    }
    guard size > 0 || places.isEmpty else { throw ModelError(.invalidGraph, "an index into nothing") }
    let values = try unpacked(picked(data))
    let factors = try spread(picked(scales).converted(to: .float32), over: values.shape, quantize)
    var zeros: Tensor?
    if let given = operands[.zeros] { zeros = try spread(unpacked(picked(given)), over: values.shape, quantize) }
    if zeros == nil, data.element == .uint8 { zeros = try Tensor.scalar(Float(1 << (bits - 1))) }
    let centred = try zeros.map { (zeros) throws(ModelError) in try calculate(.subtract, values, zeros) } ?? values
    var result = try calculate(.multiply, centred, factors)
    if places != inside {
      let mask = try Tensor(.float32, [places.count] + [Int](repeating: 1, count: rank - 1 - gather), elements: zip(places, inside).map { $0 == $1 ? Float(1) : 0 })
      result = try calculate(.multiply, result, mask)
    }
    let shape = Array(result.shape[..<gather]) + indices.shape + Array(result.shape[(gather + 1)...])
    return [try result.converted(to: scales.element).reshaped(to: shape)]
  }

  /// The numbers in a tensor of the data's kind, 32-bit.
  private func unpacked(_ tensor: Tensor) throws(ModelError) -> Tensor {
    let density = try density(tensor.element)
    guard density > 1 else { return try tensor.converted(to: .float32) }
    var shape = tensor.shape
    let (count, overflow) = shape[shape.count - 1].multipliedReportingOverflow(by: density)
    guard !overflow else { throw ModelError(.limitExceeded, "\(tensor.shape)") }
    shape[shape.count - 1] = count
    try checkedCount(.float32, shape)
    let mask = UInt8(1 << bits) - 1
    let values = try tensor.elements(as: UInt8.self).flatMap { byte in (0..<density).map { Float(byte >> UInt8($0 * bits) & mask) } }
    return try Tensor(.float32, shape, elements: values)
  }

  /// Numbers of blocks repeated for each element of the block.
  private func spread(_ numbers: Tensor, over shape: Shape, _ axis: Int) throws(ModelError) -> Tensor {
    let size = blockSize == 0 ? max(shape[axis], 1) : blockSize
    let positions = (0..<shape[axis]).map { $0 / size }
    guard positions.last ?? 0 < numbers.shape[axis] else {
      throw ModelError(.typeMismatch, "\(numbers.shape[axis]) blocks of \(size) for an axis of \(shape[axis])")
    }
    return try numbers.taking(positions, axis: axis)
  }
}
