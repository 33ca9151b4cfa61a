import GraphIR
import Tensors

/// How integers stand for real numbers: `(q - zeroPoint) · scale`.
///
/// Never stored: it is what `QuantizeLinear` and `DequantizeLinear` with constant parameters say of the value between them.
public struct QuantizedType: Sendable, Equatable {
  public var element: ElementType
  /// One for the whole tensor, or one for each coordinate on `axis`, or for each block of `blockSize` along it.
  public var scales: [Float]
  public var zeroPoints: [Int]
  public var axis: Int
  /// 0 for anything but blocks.
  public var blockSize = 0

  public init(element: ElementType, scales: [Float], zeroPoints: [Int], axis: Int, blockSize: Int = 0) {
    self.element = element
    self.scales = scales
    self.zeroPoints = zeroPoints
    self.axis = axis
    self.blockSize = blockSize
  }

  /// Bits of one element, and whether they have a sign.
  public var bits: Int { element.bitWidth }
  public var isSigned: Bool { element.isSignedInteger }
  public var isPerTensor: Bool { scales.count == 1 && blockSize == 0 }
  public var isSymmetric: Bool { zeroPoints.allSatisfy { $0 == 0 } }
}

extension Graph {
  /// What a node of either kind says; `nil` for other nodes, and when the parameters are not constants.
  public func quantizedType(statedBy id: NodeID) -> QuantizedType? {
    let node = self[id]
    let (axis, blockSize): (Int, Int)
    switch node.op {
    case let op as QuantizeLinear: (axis, blockSize) = (op.axis, op.blockSize)
    case let op as DequantizeLinear: (axis, blockSize) = (op.axis, op.blockSize)
    default: return nil
    }
    let stored = node.op is QuantizeLinear ? node.results[0] : node.operands[0]
    guard let stored, let type = self[stored].type?.tensorType, type.element.isInteger, node.operands.count > 1,
      let scale = node.operands[1].flatMap(constant), let scales = try? scale.floats(), !scales.isEmpty
    else { return nil }
    var zeros = [Int](repeating: 0, count: scales.count)
    if node.operands.count > 2, let operand = node.operands[2] {
      guard let listed = constant(operand).flatMap({ try? $0.integers() }), listed.count == scales.count else { return nil }
      zeros = listed
    }
    let rank = type.rank ?? 1
    return QuantizedType(
      element: type.element, scales: scales, zeroPoints: zeros, axis: axis < 0 ? axis + rank : axis, blockSize: blockSize)
  }

  /// How a value of integers is meant: as the node that made it says, or else as the first that reads it does.
  public func quantizedType(ofStored value: ValueID) -> QuantizedType? {
    if let producer = producer(of: value), self[producer].op is QuantizeLinear { return quantizedType(statedBy: producer) }
    for use in self[value].uses where use.operand == 0 && self[use.node].op is DequantizeLinear {
      if let type = quantizedType(statedBy: use.node) { return type }
    }
    return nil
  }

  /// The integers that a value of real numbers was read from, and how they are meant.
  public func dequantized(_ value: ValueID) -> (stored: ValueID, type: QuantizedType)? {
    guard let producer = producer(of: value), self[producer].op is DequantizeLinear, let stored = self[producer].operands[0],
      let type = quantizedType(statedBy: producer)
    else { return nil }
    return (stored, type)
  }
}
