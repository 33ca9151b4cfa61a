/// Swift source with comments and string literals blanked, line by line where they were.
struct SourceText {
  let code: String

  init(_ source: String) { code = String(decoding: Self.blanked(Array(source.utf8)), as: UTF8.self) }

  private static func blanked(_ source: [UInt8]) -> [UInt8] {
    var (result, at) = (source, 0)
    while at < source.count {
      let end = endOfBlank(source, at)
      for index in at..<end where result[index] != UInt8(ascii: "\n") { result[index] = UInt8(ascii: " ") }
      at = max(end, at + 1)
    }
    return result
  }

  /// Where the comment or literal that begins at `start` ends; `start` when none begins there.
  private static func endOfBlank(_ source: [UInt8], _ start: Int) -> Int {
    let rest = source[start...]
    if rest.starts(with: "//".utf8) { return rest.firstIndex(of: UInt8(ascii: "\n")) ?? source.count }
    if rest.starts(with: "/*".utf8) { return skip(source, start + 2, to: "*/") }
    if rest.starts(with: "\"\"\"".utf8) { return skip(source, start + 3, to: "\"\"\"") }
    if rest.starts(with: "\"".utf8) { return skip(source, start + 1, to: "\"") }
    return start
  }

  /// After `terminator`; escapes are stepped over, interpolations with their own literals too.
  private static func skip(_ source: [UInt8], _ start: Int, to terminator: String) -> Int {
    var at = start
    while at < source.count {
      if source[at...].starts(with: terminator.utf8) { return at + terminator.utf8.count }
      if terminator != "*/", source[at] == UInt8(ascii: "\\"), at + 1 < source.count {
        at = source[at + 1] == UInt8(ascii: "(") ? endOfInterpolation(source, at + 2) : at + 2
      } else {
        at += 1
      }
    }
    return source.count
  }

  private static func endOfInterpolation(_ source: [UInt8], _ start: Int) -> Int {
    var (at, depth) = (start, 1)
    while at < source.count, depth > 0 {
      let end = endOfBlank(source, at)
      if end > at {
        at = end
        continue
      }
      if source[at] == UInt8(ascii: "(") { depth += 1 }
      if source[at] == UInt8(ascii: ")") { depth -= 1 }
      at += 1
    }
    return at
  }

  /// Functions and initializers with bodies: the name, the line they begin on, and how many lines they take.
  var functions: [(name: String, line: Int, length: Int)] {
    let lines = code.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    return lines.indices.compactMap { index in
      guard let name = Self.declaredFunction(lines[index]), let end = Self.endOfBody(lines, index) else { return nil }
      return (name, index + 1, end - index + 1)
    }
  }

  private static func declaredFunction(_ line: String) -> String? {
    let words = line.split(separator: " ")
    for (index, word) in words.enumerated() {
      if word == "func" { return words.dropFirst(index + 1).first.map { String($0.prefix { $0 != "(" && $0 != "<" }) } }
      if ["init(", "init?(", "init<", "deinit"].contains(where: word.hasPrefix) { return "init" }
      guard word.first?.isLetter == true || word.hasPrefix("@"), !["return", "let", "var", "try", "case", "if", "guard"].contains(word) else { return nil }
    }
    return nil
  }

  /// The line of the brace that closes the body; `nil` when there is none, as in a protocol.
  private static func endOfBody(_ lines: [String], _ start: Int) -> Int? {
    var (parentheses, braces, hasBody) = (0, 0, false)
    for index in start..<lines.count {
      if index > start, !hasBody, parentheses == 0, declaredFunction(lines[index]) != nil { return nil }
      for character in lines[index] {
        switch character {
        case "(", "[": parentheses += 1
        case ")", "]": parentheses -= 1
        case "{" where hasBody || parentheses == 0: (hasBody, braces) = (true, braces + 1)
        case "}" where hasBody || parentheses == 0: braces -= 1
        default: continue
        }
        if braces < 0 { return nil }
        if hasBody, braces == 0 { return index }
      }
    }
    return nil
  }
}
