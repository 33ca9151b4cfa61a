import Diagnostics
import GraphIR
import Tensors

/// `a` with its bits moved by `b` places; bits pushed out are lost, and a shift by all bits or more, or by a negative number, leaves none.
///
/// To the left, zeros come in; to the right, zeros for unsigned and copies of the sign for signed integers.
public struct BitShift: Evaluable {
  public typealias Operand = BinaryOperand
  public enum Direction: String, CaseIterable, Sendable {
    case left = "LEFT"
    case right = "RIGHT"
  }
  public static let name = "BitShift"
  public static let since = 28
  public static let attributes: [AttributeSpec<Self>] = [.choice("direction", \.direction)]
  public var direction = Direction.left
  public init() {}

  public func infer(_ operands: Operands<BinaryOperand, Fact>) throws(ModelError) -> [Fact] {
    let (a, b) = try (operands.one(.a), operands.one(.b))
    try require(a, "an integer") { $0.isInteger }
    return [try inferBroadcast([a, b])]
  }

  public func evaluate(_ operands: Operands<BinaryOperand, Tensor>) throws(ModelError) -> [Tensor] {
    let (a, b) = try (operands.one(.a), operands.one(.b))
    let shape = try broadcast([a.shape, b.shape])
    try checkedCount(a.element, shape)
    guard a.element == b.element else { throw ModelError(.typeMismatch, "\(a.element.rawValue) shifted by \(b.element.rawValue)") }
    let (x, y) = (try a.expanded(to: shape), try b.expanded(to: shape))
    switch a.element {
    case .uint64: return [try shifted(x, y, UInt64.self)]
    case .uint32: return [try shifted(x, y, UInt32.self)]
    case .uint16: return [try shifted(x, y, UInt16.self)]
    case .uint8: return [try shifted(x, y, UInt8.self)]
    case .int64: return [try shifted(x, y, Int64.self)]
    case .int32: return [try shifted(x, y, Int32.self)]
    case .int16: return [try shifted(x, y, Int16.self)]
    case .int8: return [try shifted(x, y, Int8.self)]
    default: throw ModelError(.unsupported, "shifts of \(a.element.rawValue)")
    }
  }

  private func shifted<T: FixedWidthInteger & BitwiseCopyable>(_ a: Tensor, _ b: Tensor, _ type: T.Type) throws(ModelError) -> Tensor {
    try a.withElements(as: T.self) { (x) throws(ModelError) in
      try b.withElements(as: T.self) { (y) throws(ModelError) in
        try Tensor(a.element, a.shape, filling: T.self) { to in
          for index in 0..<to.count {
            let places = y[index] < 0 ? T.max : y[index]
            to[index] = direction == .left ? x[index] << places : x[index] >> places
          }
        }
      }
    }
  }
}
