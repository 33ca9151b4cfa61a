import Diagnostics
import GraphIR
import Tensors

/// `b` appended to `a`, broadcast against each other.
public struct StringConcat: Evaluable {
  public typealias Operand = BinaryOperand
  public static let name = "StringConcat"
  public static let since = 20
  public init() {}

  public func infer(_ operands: Operands<BinaryOperand, Fact>) throws(ModelError) -> [Fact] {
    let (a, b) = try (operands.one(.a), operands.one(.b))
    for fact in [a, b] { try require(fact, "a string") { $0 == .string } }
    return [try inferBroadcast([a, b], element: .string)]
  }

  public func evaluate(_ operands: Operands<BinaryOperand, Tensor>) throws(ModelError) -> [Tensor] {
    let (a, b) = try (operands.one(.a), operands.one(.b))
    let shape = try broadcast([a.shape, b.shape])
    try checkedCount(.int64, shape)
    guard let x = try a.expanded(to: shape).strings, let y = try b.expanded(to: shape).strings else {
      throw ModelError(.typeMismatch, "\(a.element.rawValue) and \(b.element.rawValue) where strings are expected")
    }
    let total = zip(x, y).reduce(0) { $0 + $1.0.count + $1.1.count }
    guard total <= byteLimit else { throw ModelError(.limitExceeded, "strings of \(total) bytes") }
    return [try Tensor(strings: zip(x, y).map { $0 + $1 }, shape: shape)]
  }
}
