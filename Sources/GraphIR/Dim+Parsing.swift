import Diagnostics

extension Dim {
  /// Reads what `description` writes: `3`, `N`, `2*h+1`, `floor(h, 2)`, `"any name"`, `?7`. Throws `malformed`.
  ///
  /// A bare `?` is an open size of its own, other than all that the text names.
  public init(parsing text: String) throws(ModelError) {
    var reader = DimReader(Array(text.utf8))
    do throws(ModelError) {
      self = try reader.expression()
      reader.skipSpace()
      guard reader.position == reader.text.count else { throw reader.failure("expected an operation") }
    } catch {
      throw ModelError(.malformed, "\(error.message) at byte \(reader.position) of dimension \(Spelling.quoted(text))")
    }
  }
}

/// Reads dimensions out of a longer text.
///
///     dim    = ["-"] term { ("+" | "-") term } ;
///     term   = factor { "*" factor } ;
///     factor = digits | symbol | ("floor" | "max" | "min") "(" dim "," dim ")" | "(" dim ")" ;
///     symbol = word | string | "?" [ word-characters ] ;
package struct DimReader {
  package let text: [UInt8]
  package var position: Int
  /// The number of the next open size; found when the first is needed.
  package var nextOpen: Int?
  private var depth = 0
  static let depthLimit = 32

  package init(_ text: [UInt8], at position: Int = 0, nextOpen: Int? = nil) {
    self.text = text
    self.position = position
    self.nextOpen = nextOpen
  }

  func failure(_ message: String) -> ModelError { ModelError(.malformed, message) }

  private var byte: UInt8? { position < text.count ? text[position] : nil }

  mutating func skipSpace() {
    while let byte, byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") || byte == UInt8(ascii: "\n") { position += 1 }
  }

  private mutating func accept(_ wanted: Unicode.Scalar) -> Bool {
    skipSpace()
    guard byte == UInt8(ascii: wanted) else { return false }
    position += 1
    return true
  }

  private mutating func expect(_ wanted: Unicode.Scalar) throws(ModelError) {
    if !accept(wanted) { throw failure("expected \"\(wanted)\"") }
  }

  package mutating func expression() throws(ModelError) -> Dim {
    depth += 1
    defer { depth -= 1 }
    guard depth <= Self.depthLimit else { throw failure("the dimension is nested too deeply") }
    var sum = try term(isNegative: accept("-"))
    while true {
      if accept("+") {
        sum = sum + (try term(isNegative: false))
      } else if accept("-") {
        sum = sum + (try term(isNegative: true))
      } else {
        return sum
      }
    }
  }

  private mutating func term(isNegative: Bool) throws(ModelError) -> Dim {
    skipSpace()
    var product: Dim
    if let byte, Spelling.isDigit(byte) {
      product = .number(try number(isNegative: isNegative))
    } else {
      product = try factor()
      if isNegative { product = product * -1 }
    }
    while accept("*") { product = product * (try factor()) }
    return product
  }

  private mutating func factor() throws(ModelError) -> Dim {
    skipSpace()
    guard let byte else { throw failure("expected a dimension") }
    if Spelling.isDigit(byte) { return .number(try number(isNegative: false)) }
    if byte == UInt8(ascii: "\"") { return .symbol(try quotedName()) }
    if byte == UInt8(ascii: "?") { return .symbol(openName()) }
    if accept("(") {
      let inner = try expression()
      try expect(")")
      return inner
    }
    guard Spelling.startsWord(byte) else { throw failure("expected a dimension") }
    let name = word()
    guard let operation = Self.operations[name], accept("(") else { return .symbol(name) }
    let first = try expression()
    try expect(",")
    let second = try expression()
    try expect(")")
    return operation(first, second)
  }

  private static let operations: [String: @Sendable (Dim, Dim) -> Dim] = [
    "floor": { $0.floorDivided(by: $1) }, "max": { .maximum($0, $1) }, "min": { .minimum($0, $1) },
  ]

  private mutating func number(isNegative: Bool) throws(ModelError) -> Int {
    var value = 0
    while let byte, Spelling.isDigit(byte) {
      let (shifted, first) = value.multipliedReportingOverflow(by: 10)
      let digit = Int(byte - 48)
      let (next, second) = isNegative ? shifted.subtractingReportingOverflow(digit) : shifted.addingReportingOverflow(digit)
      guard !first, !second else { throw failure("the number is too large") }
      value = next
      position += 1
    }
    return value
  }

  private mutating func word() -> String {
    let start = position
    while let byte, Spelling.continuesWord(byte) { position += 1 }
    return String(decoding: text[start..<position], as: UTF8.self)
  }

  private mutating func quotedName() throws(ModelError) -> String {
    guard let bytes = Spelling.readQuoted(text, at: &position), let name = String(validating: bytes, as: UTF8.self) else {
      throw failure("expected a string in UTF-8")
    }
    return name
  }

  private mutating func openName() -> String {
    position += 1
    if let byte, Spelling.continuesWord(byte), byte != UInt8(ascii: ".") { return "?" + word() }
    let number = nextOpen ?? Self.largestOpen(in: text) + 1
    nextOpen = number + 1
    return "?\(number)"
  }

  private static func largestOpen(in text: [UInt8]) -> Int {
    var largest = 0
    var index = 0
    while let mark = text[index...].firstIndex(of: UInt8(ascii: "?")) {
      index = mark + 1
      var number = 0
      while index < text.count, Spelling.isDigit(text[index]), number < 1 << 50 {
        number = number * 10 + Int(text[index] - 48)
        index += 1
      }
      largest = max(largest, number)
    }
    return largest
  }
}
