import Diagnostics
import GraphIR
import Tensors

/// The strings `[C]` or `[1, C]` without those in `stopwords`, the rest in lower or upper case. Nothing left gives one empty string.
public struct StringNormalizer: Evaluable {
  public typealias Operand = UnaryOperand
  public enum CaseChange: String, CaseIterable, Sendable {
    case none = "NONE"
    case lower = "LOWER"
    case upper = "UPPER"
  }
  public static let name = "StringNormalizer"
  public static let since = 10
  public static let attributes: [AttributeSpec<Self>] = [
    .choice("case_change_action", \.caseChange), .bool("is_case_sensitive", \.isCaseSensitive), .string("locale", \.locale),
    .strings("stopwords", \.stopwords),
  ]
  public var caseChange = CaseChange.none
  /// Whether the case of stopwords counts.
  public var isCaseSensitive = false
  /// The language whose rules for upper and lower case apply; those of Unicode apply to all.
  public var locale: String?
  public var stopwords: [[UInt8]]?
  public init() {}

  public func infer(_ operands: Operands<UnaryOperand, Fact>) throws(ModelError) -> [Fact] {
    let x = try operands.one(.x)
    try require(x, "a string") { $0 == .string }
    try requireRank(x, 1...2, "x")
    guard let shape = x.shape else { return [.tensor(.string, nil)] }
    let count = stopwords?.isEmpty ?? true ? shape[shape.count - 1] : .unknown
    return [.tensor(.string, shape.count == 1 ? [count] : [1, count])]
  }

  public func evaluate(_ operands: Operands<UnaryOperand, Tensor>) throws(ModelError) -> [Tensor] {
    let x = try operands.one(.x)
    guard let strings = x.strings, x.rank == 1 || (x.rank == 2 && x.shape[0] == 1) else {
      throw ModelError(.typeMismatch, "\(x.element.rawValue)\(x.shape) where a vector of strings is expected")
    }
    func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
    func key(_ bytes: [UInt8]) -> String { isCaseSensitive ? text(bytes) : text(bytes).lowercased() }
    let stopped = Set((stopwords ?? []).map(key))
    var kept = strings.filter { !stopped.contains(key($0)) }
    switch caseChange {
    case .none: break
    case .lower: kept = kept.map { Array(text($0).lowercased().utf8) }
    case .upper: kept = kept.map { Array(text($0).uppercased().utf8) }
    }
    if kept.isEmpty { kept = [[]] }
    return [try Tensor(strings: kept, shape: x.rank == 1 ? [kept.count] : [1, kept.count])]
  }
}
