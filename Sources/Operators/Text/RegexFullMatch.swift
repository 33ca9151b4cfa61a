import Diagnostics
import GraphIR
import Tensors

/// Whether each string matches `pattern` from its first to its last character. See `RegularExpression` for what is understood.
public struct RegexFullMatch: Evaluable {
  public typealias Operand = UnaryOperand
  public static let name = "RegexFullMatch"
  public static let since = 20
  public static let attributes: [AttributeSpec<Self>] = [.string("pattern", \.pattern)]
  public var pattern: String?
  public init() {}

  public func infer(_ operands: Operands<UnaryOperand, Fact>) throws(ModelError) -> [Fact] {
    let x = try operands.one(.x)
    try require(x, "a string") { $0 == .string }
    return [.tensor(.bool, x.shape)]
  }

  public func evaluate(_ operands: Operands<UnaryOperand, Tensor>) throws(ModelError) -> [Tensor] {
    let x = try operands.one(.x)
    guard let strings = x.strings else { throw ModelError(.typeMismatch, "\(x.element.rawValue) where strings are expected") }
    let expression = try RegularExpression(pattern ?? "")
    return [try Tensor(.bool, x.shape, elements: strings.map { expression.matches(String(decoding: $0, as: UTF8.self)) ? UInt8(1) : 0 })]
  }
}
