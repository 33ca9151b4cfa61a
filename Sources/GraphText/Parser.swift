import Diagnostics
import GraphIR
import Tensors

/// Reads the text form: recursive descent straight over the bytes. See Text.swift for the grammar.
struct Parser {
  let text: [UInt8]
  var position = 0
  let resolver: ConstantResolver?
  /// See `DimReader.nextOpen`.
  var nextOpen: Int?
  var opsets: [(domain: String, version: Int)] = []
  /// Bytes that `random` and `splat` may still ask for, since the length of the text does not bound them.
  var generatedBytesLeft = 1 << 30
  private var depth = 0

  static let depthLimit = 64
  /// Words that may follow a statement; operators of these names are quoted.
  static let keywords: Set<String> = ["const", "carrying", "from", "by", "as", "former"]

  static func parse<Result>(
    _ text: String, _ resolver: ConstantResolver?, _ read: (inout Parser) throws(ModelError) -> Result
  ) throws(ModelError) -> Result {
    var parser = Parser(text: Array(text.utf8), resolver: resolver)
    do throws(ModelError) {
      let result = try read(&parser)
      parser.skipSpace()
      guard parser.byte == nil else { throw parser.failure("expected the end of the text") }
      return result
    } catch {
      throw parser.located(error)
    }
  }

  private init(text: [UInt8], resolver: ConstantResolver?) {
    self.text = text
    self.resolver = resolver
  }

  private func located(_ error: ModelError) -> ModelError {
    var line = 1
    var column = 1
    for byte in text.prefix(position) {
      if byte == UInt8(ascii: "\n") {
        line += 1
        column = 1
      } else if byte & 0xc0 != 0x80 {
        column += 1
      }
    }
    return ModelError(error.code, "line \(line), column \(column): \(error.message)", at: error.place, notes: error.notes)
  }

  func failure(_ message: String) -> ModelError { ModelError(.malformed, message) }

  /// The failure, blamed on an earlier place.
  mutating func failure(_ message: String, at position: Int) -> ModelError {
    self.position = position
    return failure(message)
  }

  /// Runs `read` one level deeper. Throws `limitExceeded` when that is too deep.
  mutating func nested<Result>(_ read: (inout Parser) throws(ModelError) -> Result) throws(ModelError) -> Result {
    guard depth < Self.depthLimit else { throw ModelError(.limitExceeded, "nested more than \(Self.depthLimit) levels deep") }
    depth += 1
    defer { depth -= 1 }
    return try read(&self)
  }
}

// MARK: - Words and marks

extension Parser {
  var byte: UInt8? { position < text.count ? text[position] : nil }

  mutating func skipSpace() {
    while let byte {
      switch byte {
      case UInt8(ascii: " "), UInt8(ascii: "\n"), UInt8(ascii: "\t"), UInt8(ascii: "\r"): position += 1
      case UInt8(ascii: "/") where position + 1 < text.count && text[position + 1] == byte:
        while let byte = self.byte, byte != UInt8(ascii: "\n") { position += 1 }
      default: return
      }
    }
  }

  /// True, and past it, when the text goes on with the mark.
  mutating func accept(_ mark: StaticString) -> Bool {
    skipSpace()
    return mark.withUTF8Buffer { mark in
      guard position + mark.count <= text.count else { return false }
      for offset in mark.indices where text[position + offset] != mark[offset] { return false }
      position += mark.count
      return true
    }
  }

  mutating func expect(_ mark: StaticString) throws(ModelError) {
    if !accept(mark) { throw failure("expected \"\(mark)\"") }
  }

  /// True, and past it, when the text goes on with exactly that word.
  mutating func accept(word: StaticString) -> Bool {
    let start = position
    guard accept(word) else { return false }
    if let byte, Spelling.continuesWord(byte) {
      position = start
      return false
    }
    return true
  }

  mutating func expect(word: StaticString) throws(ModelError) {
    if !accept(word: word) { throw failure("expected \"\(word)\"") }
  }

  /// Items separated by commas, up to and past `close`.
  mutating func list(until close: StaticString, _ item: (inout Parser) throws(ModelError) -> Void) throws(ModelError) {
    if accept(close) { return }
    repeat { try item(&self) } while accept(",")
    try expect(close)
  }

  mutating func word() -> String? {
    skipSpace()
    guard let byte, Spelling.startsWord(byte) else { return nil }
    return wordCharacters()
  }

  mutating func wordCharacters() -> String {
    let start = position
    while let byte, Spelling.continuesWord(byte) { position += 1 }
    return String(decoding: text[start..<position], as: UTF8.self)
  }

  /// A word or a string.
  mutating func name(_ what: String) throws(ModelError) -> String {
    skipSpace()
    if byte == UInt8(ascii: "\"") { return try string() }
    guard let word = word(), word != "_" else { throw failure("expected \(what)") }
    return word
  }

  mutating func byteString() throws(ModelError) -> [UInt8] {
    skipSpace()
    guard let content = Spelling.readQuoted(text, at: &position) else { throw failure("expected a string") }
    return content
  }

  mutating func string() throws(ModelError) -> String {
    skipSpace()
    let start = position
    guard let string = String(validating: try byteString(), as: UTF8.self) else {
      throw failure("expected a string in UTF-8", at: start)
    }
    return string
  }
}

// MARK: - Numbers

extension Parser {
  enum Number {
    case integer(String)
    case float(String)
    case bits(UInt64)
  }

  /// A number of any spelling, `nil` when the text does not go on with one.
  mutating func number() throws(ModelError) -> Number? {
    skipSpace()
    let start = position
    if byte == UInt8(ascii: "-") { position += 1 }
    if accept(word: "inf") || accept(word: "nan") { return .float(String(decoding: text[start..<position], as: UTF8.self)) }
    guard let first = byte, Spelling.isDigit(first) else {
      position = start
      return nil
    }
    if position == start, first == UInt8(ascii: "0"), position + 1 < text.count, text[position + 1] == UInt8(ascii: "x") {
      return .bits(try hexadecimal())
    }
    digits()
    var isFloat = false
    if byte == UInt8(ascii: ".") {
      isFloat = true
      position += 1
      digits()
    }
    if let mark = byte, mark | 0x20 == UInt8(ascii: "e") {
      isFloat = true
      position += 1
      if byte == UInt8(ascii: "-") || byte == UInt8(ascii: "+") { position += 1 }
      digits()
    }
    let spelling = String(decoding: text[start..<position], as: UTF8.self)
    return isFloat ? .float(spelling) : .integer(spelling)
  }

  private mutating func digits() {
    while let byte, Spelling.isDigit(byte) { position += 1 }
  }

  private mutating func hexadecimal() throws(ModelError) -> UInt64 {
    position += 2
    let start = position
    var bits: UInt64 = 0
    while let byte, let digit = Spelling.hexValue(byte), position - start < 16 {
      bits = bits << 4 | UInt64(digit)
      position += 1
    }
    if position == start { throw failure("expected hexadecimal digits") }
    return bits
  }

  mutating func integer<Integer: FixedWidthInteger>(_ type: Integer.Type = Int.self) throws(ModelError) -> Integer {
    skipSpace()
    let start = position
    guard case .integer(let spelling)? = try number() else { throw failure("expected an integer", at: start) }
    guard let value = Integer(spelling) else { throw failure("the integer is out of range", at: start) }
    return value
  }
}
