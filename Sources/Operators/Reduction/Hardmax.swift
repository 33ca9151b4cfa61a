import Diagnostics
import GraphIR
import Tensors

/// 1 at the first largest element along `axis`, 0 elsewhere.
public struct Hardmax: Evaluable {
  public typealias Operand = UnaryOperand
  public static let name = "Hardmax"
  public static let since = 13
  public static let attributes: [AttributeSpec<Self>] = [.int("axis", \.axis), .bool("coerced", \.coerced)]
  public var axis = -1
  /// Takes all axes from `axis` on together, as before version 13.
  public var coerced = false
  public init() {}

  public func infer(_ operands: Operands<UnaryOperand, Fact>) throws(ModelError) -> [Fact] {
    let x = try operands.one(.x)
    try require(x, "a floating-point number") { $0.isFloatingPoint }
    if let rank = x.shape?.count { _ = try place(rank) }
    return [Fact(type: x.type)]
  }

  /// The axis counted from the front; behind the last one, what is taken together is each element by itself.
  private func place(_ rank: Int) throws(ModelError) -> Int {
    coerced && axis == rank ? rank : try normalizedAxis(axis, rank: rank)
  }

  public func evaluate(_ operands: Operands<UnaryOperand, Tensor>) throws(ModelError) -> [Tensor] {
    let x = try operands.one(.x)
    let along = try place(x.rank)
    let outer = x.shape[..<along].reduce(1, *)
    let length = coerced ? x.shape[along...].reduce(1, *) : x.shape[along]
    let inner = coerced ? 1 : x.shape[(along + 1)...].reduce(1, *)
    let values = try x.doubles()
    var marks = [UInt8](repeating: 0, count: x.count)
    guard length > 0 else { return [x] }
    for block in 0..<outer {
      for column in 0..<inner {
        var best = block * length * inner + column
        for step in 1..<length {
          let place = (block * length + step) * inner + column
          if values[place] > values[best] { best = place }
        }
        marks[best] = 1
      }
    }
    return [try Tensor(.uint8, x.shape, elements: marks).converted(to: x.element)]
  }
}
