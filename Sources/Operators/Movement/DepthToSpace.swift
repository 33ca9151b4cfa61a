import Diagnostics
import GraphIR
import Tensors

/// How channels and positions within a block correspond: blocks outermost (`DCR`) or channels outermost (`CRD`).
public enum BlockOrder: String, CaseIterable, Sendable { case depthFirst = "DCR", columnFirst = "CRD" }

/// Channels become blocks of positions: `[N, C·b², H, W]` to `[N, C, H·b, W·b]`.
public struct DepthToSpace: Evaluable {
  public typealias Operand = UnaryOperand
  public static let name = "DepthToSpace"
  public static let since = 28
  public static let attributes: [AttributeSpec<Self>] = [.int("blocksize", \.blocksize), .choice("mode", \.mode)]
  public var blocksize = 1
  public var mode = BlockOrder.depthFirst
  public init() {}

  public func infer(_ operands: Operands<UnaryOperand, Fact>) throws(ModelError) -> [Fact] {
    let x = try operands.one(.x)
    try requireRank(x, 4...4, "x")
    try checkBlock(blocksize)
    guard let s = x.shape else { return [try x.reshaped(.unknown(rank: 4))] }
    if let channels = s[1].number, channels % (blocksize * blocksize) != 0 {
      throw ModelError(.typeMismatch, "\(channels) channels for blocks of \(blocksize)")
    }
    let block = Dim.number(blocksize)
    return [try x.reshaped([s[0], s[1].floorDivided(by: block * block), s[2] * block, s[3] * block])]
  }

  public func evaluate(_ operands: Operands<UnaryOperand, Tensor>) throws(ModelError) -> [Tensor] {
    let x = try operands.one(.x)
    try checkBlock(blocksize)
    let (s, b) = (x.shape, blocksize)
    guard s.count == 4, s[1] % (b * b) == 0 else { throw ModelError(.typeMismatch, "\(s) for blocks of \(b)") }
    let channels = s[1] / (b * b)
    let target = [s[0], channels, s[2] * b, s[3] * b]
    switch mode {
    case .depthFirst:
      return [try x.reshaped(to: [s[0], b, b, channels, s[2], s[3]]).transposed([0, 3, 4, 1, 5, 2]).reshaped(to: target)]
    case .columnFirst:
      return [try x.reshaped(to: [s[0], channels, b, b, s[2], s[3]]).transposed([0, 1, 4, 2, 5, 3]).reshaped(to: target)]
    }
  }
}

/// Blocks of positions become channels: `[N, C, H·b, W·b]` to `[N, C·b², H, W]`.
public struct SpaceToDepth: Evaluable {
  public typealias Operand = UnaryOperand
  public static let name = "SpaceToDepth"
  public static let since = 28
  public static let attributes: [AttributeSpec<Self>] = [.int("blocksize", \.blocksize), .choice("mode", \.mode)]
  public var blocksize = 1
  public var mode = BlockOrder.depthFirst
  public init() {}

  public func infer(_ operands: Operands<UnaryOperand, Fact>) throws(ModelError) -> [Fact] {
    let x = try operands.one(.x)
    try requireRank(x, 4...4, "x")
    try checkBlock(blocksize)
    guard let s = x.shape else { return [try x.reshaped(.unknown(rank: 4))] }
    for size in s[2...].compactMap(\.number) where size % blocksize != 0 {
      throw ModelError(.typeMismatch, "size \(size) for blocks of \(blocksize)")
    }
    let block = Dim.number(blocksize)
    return [try x.reshaped([s[0], s[1] * block * block, s[2].floorDivided(by: block), s[3].floorDivided(by: block)])]
  }

  public func evaluate(_ operands: Operands<UnaryOperand, Tensor>) throws(ModelError) -> [Tensor] {
    let x = try operands.one(.x)
    try checkBlock(blocksize)
    let (s, b) = (x.shape, blocksize)
    guard s.count == 4, s[2] % b == 0, s[3] % b == 0 else { throw ModelError(.typeMismatch, "\(s) for blocks of \(b)") }
    let blocks = try x.reshaped(to: [s[0], s[1], s[2] / b, b, s[3] / b, b])
    let order = mode == .depthFirst ? [0, 3, 5, 1, 2, 4] : [0, 1, 3, 5, 2, 4]
    return [try blocks.transposed(order).reshaped(to: [s[0], s[1] * b * b, s[2] / b, s[3] / b])]
  }
}

private func checkBlock(_ size: Int) throws(ModelError) {
  guard size > 0, size < 1 << 20 else { throw ModelError(.invalidGraph, "blocks of \(size)", at: Place(attribute: "blocksize")) }
}
