import Diagnostics
import GraphIR
import Tensors

/// The upper or lower triangle of the last two axes, zeros elsewhere; the diagonal `k` above the main one still counts.
public struct Trilu: Evaluable {
  public enum Operand: Int, OperandSlot {
    case x, k
    public var arity: Arity { self == .x ? .one : .optional }
  }
  public static let name = "Trilu"
  public static let since = 14
  public static let attributes: [AttributeSpec<Self>] = [.bool("upper", \.upper)]
  public var upper = true
  public init() {}

  public func infer(_ operands: Operands<Operand, Fact>) throws(ModelError) -> [Fact] {
    let x = try operands.one(.x)
    try requireRank(x, 2..., "x")
    return [Fact(type: x.type)]
  }

  public func evaluate(_ operands: Operands<Operand, Tensor>) throws(ModelError) -> [Tensor] {
    let x = try operands.one(.x)
    guard x.rank >= 2 else { throw ModelError(.typeMismatch, "x has rank \(x.rank)") }
    let (rows, columns) = (x.shape[x.rank - 2], x.shape[x.rank - 1])
    let diagonal = min(max(try operands[.k]?.integers().first ?? 0, -rows - 1), columns + 1)
    try checkedCount(.bool, x.shape)
    let mask = (0..<rows * columns).map { index -> UInt8 in
      let offset = index % columns - index / columns
      return (upper ? offset >= diagonal : offset <= diagonal) ? 1 : 0
    }
    let kept = try Tensor(.bool, [rows, columns], elements: mask).expanded(to: x.shape)
    let nothing = try zero(x.element).expanded(to: x.shape)
    return try moving([x, nothing]) { (t) throws(ModelError) in [try select(kept, t[0], t[1])] }
  }
}
