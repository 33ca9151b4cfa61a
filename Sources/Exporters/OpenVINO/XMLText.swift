/// XML while it is written, one element a line.
struct XMLText {
  private(set) var bytes: [UInt8] = []
  private var depth = 0

  mutating func line(_ text: String) {
    bytes.append(contentsOf: repeatElement(UInt8(ascii: "\t"), count: depth))
    bytes.append(contentsOf: text.utf8)
    bytes.append(UInt8(ascii: "\n"))
  }

  mutating func open(_ tag: String, _ attributes: [(String, String)] = []) {
    line("<\(tag)\(Self.text(attributes))>")
    depth += 1
  }

  mutating func close(_ tag: String) {
    depth -= 1
    line("</\(tag)>")
  }

  mutating func element(_ tag: String, _ attributes: [(String, String)] = []) { line("<\(tag)\(Self.text(attributes)) />") }
  mutating func element(_ tag: String, text: String) { line("<\(tag)>\(Self.escaped(text))</\(tag)>") }

  private static func text(_ attributes: [(String, String)]) -> String {
    attributes.map { " \($0)=\"\(escaped($1))\"" }.joined()
  }

  /// Characters that XML 1.0 cannot hold become U+FFFD.
  private static func escaped(_ text: String) -> String {
    guard text.utf8.contains(where: { $0 < 0x20 || $0 == 0x22 || $0 == 0x26 || $0 == 0x3C || $0 == 0x3E || $0 == 0xEF }) else { return text }
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      case "\n", "\t", "\r": result += "&#\(scalar.value);"
      case "\u{0}"..."\u{1F}", "\u{FFFE}", "\u{FFFF}": result += "\u{FFFD}"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }
}
