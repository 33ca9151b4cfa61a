import Diagnostics
import GraphIR
import Tensors

/// The matrix product of `a` `[…, K]` with weights of few bits, plus a bias: `[…, N]`.
///
/// Column n of the weights is K integers in blocks of `block_size`, each with a scale `[N, blocks]` and a zero point: packed like the
/// weights, or in the element type of `a`; half the range without any. `b` is `[N, blocks, bytes of a block]`.
public struct MatMulNBits: Evaluable {
  public enum Operand: Int, OperandSlot {
    case a, b, scales, zeros, groups, bias
    public var arity: Arity { rawValue < 3 ? .one : .optional }
  }
  public static let name = "MatMulNBits"
  public static let domain = "com.microsoft"
  public static let since = 1
  public static let attributes: [AttributeSpec<Self>] = [
    .int("K", \.rows), .int("N", \.columns), .int("accuracy_level", \.accuracyLevel), .int("bits", \.bits), .int("block_size", \.blockSize),
    .int("weight_prepacked", \.weightPrepacked),
  ]
  public var rows = 0
  public var columns = 0
  /// How much a runtime may round `a`; not at all here.
  public var accuracyLevel = 0
  public var bits = 4
  public var blockSize = 0
  public var weightPrepacked = 0
  public init() {}

  public func infer(_ operands: Operands<Operand, Fact>) throws(ModelError) -> [Fact] {
    let (a, b) = try (operands.one(.a), operands.one(.b))
    try require(a, "a floating-point number") { $0.isFloatingPoint }
    try require(b, "u8") { $0 == .uint8 }
    try requireRank(a, 1..., "a")
    _ = try layout()
    if let last = a.shape?.last?.number, last != rows { throw ModelError(.typeMismatch, "\(last) columns for weights of \(rows) rows") }
    return [try a.reshaped(a.shape.map { $0.dropLast() + [.number(columns)] })]
  }

  /// Blocks of a column and bytes of a block.
  private func layout() throws(ModelError) -> (packed: PackedBits, blocks: Int, bytes: Int) {
    let limit = 1 << 31
    guard rows > 0, columns > 0, blockSize > 0, rows < limit, columns < limit, blockSize < limit else {
      throw ModelError(.invalidGraph, "\(columns) columns of \(rows) rows in blocks of \(blockSize)")
    }
    let packed = try PackedBits(bits)
    return (packed, (rows + blockSize - 1) / blockSize, packed.byteCount(blockSize))
  }

  /// The weights as numbers, `[N, K]`, 32-bit.
  package func weights(_ b: Tensor, _ scales: Tensor, _ zeros: Tensor?, _ groups: Tensor?) throws(ModelError) -> Tensor {
    guard weightPrepacked == 0 else { throw ModelError(.unsupported, "weights in the layout of one device") }
    let (packed, blocks, size) = try layout()
    try checkedCount(.float32, [columns, rows])
    guard b.element == .uint8, b.count == columns * blocks * size, scales.count == columns * blocks else {
      throw ModelError(.typeMismatch, "weights of \(b.shape), scales of \(scales.shape) for \(columns) columns of \(blocks) blocks")
    }
    let factors = try scales.floats()
    let offsets = try zeroPoints(zeros, packed, blocks)
    let blockOf = try blockIndices(groups, blocks)
    return try b.withElements(as: UInt8.self) { (bytes) throws(ModelError) in
      try Tensor(.float32, [columns, rows], filling: Float.self) { to in
        guard let from = bytes.baseAddress, let to = to.baseAddress else { return }
        let (source, target) = (SharedSource(address: from), SharedPointer(address: to))
        concurrently(columns, isLarge: columns * rows > 1 << 16) { column in
          let numbers = target.address + column * rows
          for block in 0..<blocks {
            let run = UnsafeBufferPointer(start: source.address + (column * blocks + block) * size, count: size)
            packed.unpack(run, min(blockSize, rows - block * blockSize), to: numbers + block * blockSize)
          }
          for row in 0..<rows {
            let scale = column * blocks + blockOf[row]
            numbers[row] = (numbers[row] - offsets[scale]) * factors[scale]
          }
        }
      }
    }
  }

  private func blockIndices(_ groups: Tensor?, _ blocks: Int) throws(ModelError) -> [Int] {
    guard let groups = try groups?.integers(), !groups.isEmpty else { return (0..<rows).map { $0 / blockSize } }
    guard groups.count >= rows, groups.allSatisfy({ $0 >= 0 && $0 < blocks }) else {
      throw ModelError(.invalidGraph, "groups of rows outside the \(blocks) blocks")
    }
    return groups
  }

  /// One zero point a block.
  private func zeroPoints(_ zeros: Tensor?, _ packed: PackedBits, _ blocks: Int) throws(ModelError) -> [Float] {
    guard let zeros else { return [Float](repeating: Float(1 << (bits - 1)), count: columns * blocks) }
    if zeros.element.isFloatingPoint {
      guard zeros.count == columns * blocks else { throw ModelError(.typeMismatch, "zero points of \(zeros.shape)") }
      return try zeros.floats()
    }
    let size = packed.byteCount(blocks)
    guard zeros.element == .uint8, zeros.count == columns * size else { throw ModelError(.typeMismatch, "zero points of \(zeros.shape)") }
    let bytes = try zeros.elements(as: UInt8.self)
    return (0..<columns * blocks).map { Float(packed.value(bytes, start: $0 / blocks * size, $0 % blocks)) }
  }

  public func evaluate(_ operands: Operands<Operand, Tensor>) throws(ModelError) -> [Tensor] {
    let a = try operands.one(.a)
    guard a.shape.last == rows else { throw ModelError(.typeMismatch, "a of shape \(a.shape) for weights of \(rows) rows") }
    let weights = try weights(operands.one(.b), operands.one(.scales), operands[.zeros], operands[.groups])
    var result = try matrixProduct(a.converted(to: .float32), weights, isTransposed: true)
    if let bias = operands[.bias] { result = try calculate(.add, result, bias.converted(to: .float32)) }
    return [try result.converted(to: a.element)]
  }
}
