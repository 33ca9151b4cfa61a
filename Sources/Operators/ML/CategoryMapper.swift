import Diagnostics
import GraphIR
import Tensors

/// Strings to integers or integers to strings, by two lists of equal length; a default for what is in neither.
public struct CategoryMapper: Evaluable {
  public typealias Operand = UnaryOperand
  public static let name = "CategoryMapper"
  public static let domain = "ai.onnx.ml"
  public static let since = 1
  public static let attributes: [AttributeSpec<Self>] = [
    .ints("cats_int64s", \.catsInt64s), .strings("cats_strings", \.catsStrings), .int("default_int64", \.defaultInt64),
    .string("default_string", \.defaultString),
  ]
  public var catsInt64s: [Int]?
  public var catsStrings: [[UInt8]]?
  public var defaultInt64 = -1
  public var defaultString: String? = "_Unused"
  public init() {}

  public func infer(_ operands: Operands<UnaryOperand, Fact>) throws(ModelError) -> [Fact] {
    let x = try operands.one(.x)
    try require(x, "a string or a 64-bit integer") { $0 == .string || $0 == .int64 }
    guard let element = x.element else { return [.unknown] }
    return [.tensor(element == .string ? .int64 : .string, x.shape)]
  }

  public func evaluate(_ operands: Operands<UnaryOperand, Tensor>) throws(ModelError) -> [Tensor] {
    let x = try operands.one(.x)
    let (integers, strings) = (catsInt64s ?? [], catsStrings ?? [])
    if x.element == .string {
      let keys = try Tensor(strings: strings, shape: [strings.count])
      return [try lookedUp(x, keys: keys, values: Tensor.integers(integers + [defaultInt64]))]
    }
    let values = try Tensor(strings: strings + [Array((defaultString ?? "").utf8)], shape: [strings.count + 1])
    return [try lookedUp(x, keys: Tensor.integers(integers), values: values)]
  }
}
