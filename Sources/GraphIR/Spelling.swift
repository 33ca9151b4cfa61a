/// How names and byte strings are written in the text form. Reading what these write gives the same bytes back.
package enum Spelling {
  /// Letters, digits, `_` and `.`, not beginning with a digit or a dot; `_` alone stands for what is absent.
  package static func isWord(_ text: String) -> Bool {
    var utf8 = text.utf8.makeIterator()
    guard let first = utf8.next(), startsWord(first), text != "_" else { return false }
    while let byte = utf8.next() { if !continuesWord(byte) { return false } }
    return true
  }

  package static func startsWord(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: "_") || (byte | 0x20 >= UInt8(ascii: "a") && byte | 0x20 <= UInt8(ascii: "z"))
  }

  package static func isDigit(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") }

  package static func continuesWord(_ byte: UInt8) -> Bool {
    startsWord(byte) || isDigit(byte) || byte == UInt8(ascii: ".")
  }

  /// The name itself when it is a word, otherwise in quotes.
  package static func word(_ text: String) -> String { isWord(text) ? text : quoted(text) }

  /// A symbol of the dimension algebra. Those that begin with a question mark are open sizes.
  package static func symbol(_ name: String) -> String {
    let rest = name.utf8.dropFirst()
    if name.utf8.first == UInt8(ascii: "?"), let next = rest.first, next != UInt8(ascii: "."), rest.allSatisfy(continuesWord) { return name }
    return word(name)
  }

  package static func quoted(_ text: String) -> String {
    var bytes: [UInt8] = []
    appendQuoted(Array(text.utf8), to: &bytes)
    return String(decoding: bytes, as: UTF8.self)
  }

  /// In quotes; what is not UTF-8, and control characters, as `\xNN`.
  package static func appendQuoted(_ text: [UInt8], to output: inout [UInt8]) {
    let isText = text.allSatisfy { $0 < 0x80 } || String(validating: text, as: UTF8.self) != nil
    output.append(UInt8(ascii: "\""))
    for byte in text {
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"): output.append(contentsOf: [UInt8(ascii: "\\"), byte])
      case UInt8(ascii: "\n"): output.append(contentsOf: "\\n".utf8)
      case UInt8(ascii: "\t"): output.append(contentsOf: "\\t".utf8)
      case 0x20..<0x7f: output.append(byte)
      case 0x80... where isText: output.append(byte)
      default:
        output.append(contentsOf: "\\x".utf8)
        appendHex(byte, to: &output)
      }
    }
    output.append(UInt8(ascii: "\""))
  }

  package static func appendHex(_ byte: UInt8, to output: inout [UInt8]) {
    output.append(hexDigit(byte >> 4))
    output.append(hexDigit(byte & 15))
  }

  private static func hexDigit(_ nibble: UInt8) -> UInt8 { nibble < 10 ? 48 + nibble : 87 + nibble }

  /// The value of a hexadecimal digit.
  package static func hexValue(_ digit: UInt8) -> UInt8? {
    switch digit {
    case 48...57: digit - 48
    case 65...70: digit - 55
    case 97...102: digit - 87
    default: nil
    }
  }

  /// Reads a quoted string that begins at `position`, and moves past it. `nil`, with the position at fault, when it is not one.
  package static func readQuoted(_ text: [UInt8], at position: inout Int) -> [UInt8]? {
    guard position < text.count, text[position] == UInt8(ascii: "\"") else { return nil }
    position += 1
    var content: [UInt8] = []
    while position < text.count {
      let byte = text[position]
      if byte == UInt8(ascii: "\"") {
        position += 1
        return content
      }
      if byte == UInt8(ascii: "\n") { return nil }
      if byte == UInt8(ascii: "\\") {
        guard let escaped = readEscape(text, at: &position) else { return nil }
        content.append(escaped)
      } else {
        content.append(byte)
        position += 1
      }
    }
    return nil
  }

  private static func readEscape(_ text: [UInt8], at position: inout Int) -> UInt8? {
    guard position + 1 < text.count else { return nil }
    switch text[position + 1] {
    case UInt8(ascii: "n"): position += 2; return UInt8(ascii: "\n")
    case UInt8(ascii: "t"): position += 2; return UInt8(ascii: "\t")
    case UInt8(ascii: "\""), UInt8(ascii: "\\"): position += 2; return text[position - 1]
    case UInt8(ascii: "x"):
      guard position + 3 < text.count, let high = hexValue(text[position + 2]), let low = hexValue(text[position + 3]) else { return nil }
      position += 4
      return high << 4 | low
    default: return nil
    }
  }
}
