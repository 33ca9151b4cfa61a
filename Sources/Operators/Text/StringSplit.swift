import Diagnostics
import GraphIR
import Tensors

/// Each string cut at every `delimiter`, or without one at runs of blanks: `[…, parts]`, filled up with empty strings; and
/// the number of parts of each. After `maxsplit` cuts, the rest stays whole.
public struct StringSplit: Evaluable {
  public typealias Operand = UnaryOperand
  public static let name = "StringSplit"
  public static let since = 20
  public static let results: [Arity] = [.one, .one]
  public static let attributes: [AttributeSpec<Self>] = [.string("delimiter", \.delimiter), .optionalInt("maxsplit", \.maxsplit)]
  public var delimiter: String?
  public var maxsplit: Int?
  public init() {}

  public func infer(_ operands: Operands<UnaryOperand, Fact>) throws(ModelError) -> [Fact] {
    let x = try operands.one(.x)
    try require(x, "a string") { $0 == .string }
    return [.tensor(.string, x.shape.map { $0 + [.unknown] }), .tensor(.int64, x.shape)]
  }

  public func evaluate(_ operands: Operands<UnaryOperand, Tensor>) throws(ModelError) -> [Tensor] {
    let x = try operands.one(.x)
    guard let strings = x.strings else { throw ModelError(.typeMismatch, "\(x.element.rawValue) where strings are expected") }
    let mark = Array((delimiter ?? "").utf8)
    let limit = maxsplit.flatMap { $0 < 0 ? nil : $0 } ?? Int.max
    let parts = strings.map { mark.isEmpty ? words($0, limit) : pieces($0, mark, limit) }
    let width = parts.map(\.count).max() ?? 0
    try checkedCount(.int64, x.shape + [width])
    let padded = parts.flatMap { $0 + [[UInt8]](repeating: [], count: width - $0.count) }
    return [
      try Tensor(strings: padded, shape: x.shape + [width]), try Tensor.integers(parts.map(\.count)).reshaped(to: x.shape),
    ]
  }

  private func pieces(_ text: [UInt8], _ mark: [UInt8], _ limit: Int) -> [[UInt8]] {
    var (result, start, at): ([[UInt8]], Int, Int) = ([], 0, 0)
    while at + mark.count <= text.count, result.count < limit {
      guard text[at..<at + mark.count].elementsEqual(mark) else {
        at += 1
        continue
      }
      result.append(Array(text[start..<at]))
      at += mark.count
      start = at
    }
    return result + [Array(text[start...])]
  }

  /// Blanks at both ends go.
  private func words(_ text: [UInt8], _ limit: Int) -> [[UInt8]] {
    func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0d).contains(byte) }
    var (result, rest): ([[UInt8]], ArraySlice<UInt8>) = ([], text.drop(while: isBlank))
    while !rest.isEmpty {
      if result.count == limit {
        while let last = rest.last, isBlank(last) { rest.removeLast() }
        return result + [Array(rest)]
      }
      let word = rest.prefix { !isBlank($0) }
      result.append(Array(word))
      rest = rest[word.endIndex...].drop(while: isBlank)
    }
    return result
  }
}
