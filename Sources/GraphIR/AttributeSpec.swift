import Diagnostics
import Tensors

/// One attribute of an operator: its name in the format and how it is read from and written to the struct.
///
/// Declared once, it feeds the importers, the exporters, the text form and equality.
public struct AttributeSpec<Op>: Sendable {
  public let name: String
  /// What `set` accepts, in the words of error messages.
  public let expected: String
  /// True when an integer stands for an element type in formats that have no such attribute kind.
  public let isElementType: Bool
  /// `nil` for an optional attribute that is absent.
  public let get: @Sendable (Op) -> AttributeValue?
  let assign: @Sendable (inout Op, AttributeValue) -> Bool
  private var isChoice: Bool { expected.hasPrefix(Self.choices) }
  private static var choices: String { "one of " }
  private static var truth: String { "0 or 1" }

  public func set(_ op: inout Op, _ value: AttributeValue) throws(ModelError) {
    guard assign(&op, value) else {
      throw ModelError(.typeMismatch, refusal(of: value), at: Place(attribute: name), notes: ["expected \(expected)"])
    }
  }

  /// A value of the right kind is shown.
  private func refusal(of value: AttributeValue) -> String {
    switch value {
    case .string(let bytes) where isChoice: "unknown value \"\(String(decoding: bytes.prefix(64), as: UTF8.self))\""
    case .int(let number) where expected == Self.truth: "unknown value \(number)"
    default: "\(value.kindName) of an unknown or wrong kind"
    }
  }

  init(
    _ name: String, _ expected: String, isElementType: Bool = false,
    get: @escaping @Sendable (Op) -> AttributeValue?, assign: @escaping @Sendable (inout Op, AttributeValue) -> Bool
  ) {
    self.name = name
    self.expected = expected
    self.isElementType = isElementType
    self.get = get
    self.assign = assign
  }
}

public typealias AttributePath<Op, Value> = WritableKeyPath<Op, Value> & Sendable

extension AttributeSpec {
  public static func int(_ name: String, _ path: any AttributePath<Op, Int>) -> Self {
    Self(name, "an integer", get: { .int(Int64($0[keyPath: path])) }) { op, value in
      guard case .int(let number) = value else { return false }
      op[keyPath: path] = Int(number)
      return true
    }
  }

  public static func optionalInt(_ name: String, _ path: any AttributePath<Op, Int?>) -> Self {
    Self(name, "an integer", get: { $0[keyPath: path].map { .int(Int64($0)) } }) { op, value in
      guard case .int(let number) = value else { return false }
      op[keyPath: path] = Int(number)
      return true
    }
  }

  /// A truth value, stored as 0 or 1.
  public static func bool(_ name: String, _ path: any AttributePath<Op, Bool>) -> Self {
    Self(name, truth, get: { .int($0[keyPath: path] ? 1 : 0) }) { op, value in
      guard case .int(let number) = value, number == 0 || number == 1 else { return false }
      op[keyPath: path] = number == 1
      return true
    }
  }

  public static func float(_ name: String, _ path: any AttributePath<Op, Float>) -> Self {
    Self(name, "a float", get: { .float($0[keyPath: path]) }) { op, value in
      guard case .float(let number) = value else { return false }
      op[keyPath: path] = number
      return true
    }
  }

  public static func optionalFloat(_ name: String, _ path: any AttributePath<Op, Float?>) -> Self {
    Self(name, "a float", get: { $0[keyPath: path].map { .float($0) } }) { op, value in
      guard case .float(let number) = value else { return false }
      op[keyPath: path] = number
      return true
    }
  }

  /// One of an enumeration's raw values.
  public static func choice<Choice: RawRepresentable<String> & CaseIterable & Sendable>(
    _ name: String, _ path: any AttributePath<Op, Choice>
  ) -> Self {
    let expected = choices + Choice.allCases.map(\.rawValue).joined(separator: ", ")
    return Self(name, expected, get: { .string($0[keyPath: path].rawValue) }) { op, value in
      guard case .string(let bytes) = value, let text = String(validating: bytes, as: UTF8.self),
        let choice = Choice(rawValue: text)
      else { return false }
      op[keyPath: path] = choice
      return true
    }
  }

  public static func string(_ name: String, _ path: any AttributePath<Op, String?>) -> Self {
    Self(name, "a UTF-8 string", get: { $0[keyPath: path].map { .string($0) } }) { op, value in
      guard case .string(let bytes) = value, let text = String(validating: bytes, as: UTF8.self) else { return false }
      op[keyPath: path] = text
      return true
    }
  }

  public static func element(_ name: String, _ path: any AttributePath<Op, ElementType>) -> Self {
    Self(name, "an element type", isElementType: true, get: { .element($0[keyPath: path]) }) { op, value in
      guard case .element(let element) = value else { return false }
      op[keyPath: path] = element
      return true
    }
  }

  public static func optionalElement(_ name: String, _ path: any AttributePath<Op, ElementType?>) -> Self {
    Self(name, "an element type", isElementType: true, get: { $0[keyPath: path].map { .element($0) } }) { op, value in
      guard case .element(let element) = value else { return false }
      op[keyPath: path] = element
      return true
    }
  }

  public static func ints(_ name: String, _ path: any AttributePath<Op, [Int]?>) -> Self {
    Self(name, "integers", get: { $0[keyPath: path].map { .ints($0.map(Int64.init)) } }) { op, value in
      guard case .ints(let numbers) = value else { return false }
      op[keyPath: path] = numbers.map(Int.init)
      return true
    }
  }

  public static func floats(_ name: String, _ path: any AttributePath<Op, [Float]?>) -> Self {
    Self(name, "floats", get: { $0[keyPath: path].map { .floats($0) } }) { op, value in
      guard case .floats(let numbers) = value else { return false }
      op[keyPath: path] = numbers
      return true
    }
  }

  public static func strings(_ name: String, _ path: any AttributePath<Op, [[UInt8]]?>) -> Self {
    Self(name, "strings", get: { $0[keyPath: path].map { .strings($0) } }) { op, value in
      guard case .strings(let strings) = value else { return false }
      op[keyPath: path] = strings
      return true
    }
  }

  public static func tensor(_ name: String, _ path: any AttributePath<Op, Tensor?>) -> Self {
    Self(name, "a tensor", get: { $0[keyPath: path].map { .tensor($0) } }) { op, value in
      guard case .tensor(let tensor) = value else { return false }
      op[keyPath: path] = tensor
      return true
    }
  }

  public static func graph(_ name: String, _ path: any AttributePath<Op, Graph>) -> Self {
    Self(name, "a graph", get: { .graph($0[keyPath: path]) }) { op, value in
      guard case .graph(let graph) = value else { return false }
      op[keyPath: path] = graph
      return true
    }
  }

  /// Any other kind, by closures.
  public static func custom(
    _ name: String, expected: String, get: @escaping @Sendable (Op) -> AttributeValue?,
    set: @escaping @Sendable (inout Op, AttributeValue) -> Bool
  ) -> Self {
    Self(name, expected, get: get, assign: set)
  }
}
