import Diagnostics

/// A `.param` file as lines of words. Nothing in it is trusted: sizes are held against the file, numbers against their range.
struct ParamText {
  enum Value: Equatable {
    case int(Int)
    case float(Float)
    case list([Float])
    case text(String)
  }

  struct Line {
    var number: Int
    var type: String
    var name: String
    var inputs: [String]
    var outputs: [String]
    var parameters: [Int: Value]
  }

  private(set) var lines: [Line] = []

  static let magic = "7767517"
  /// Layers, and blobs of one layer, at most.
  private static let limit = 1 << 20

  /// Throws `malformed`, with the line's number, for anything else than layers as the first lines announce them.
  init(_ bytes: UnsafeRawBufferPointer) throws(ModelError) {
    guard let text = String(validating: bytes, as: UTF8.self), !text.contains("\0") else { throw ModelError(.malformed, "is not text in UTF-8") }
    let rows = text.split(separator: "\n", omittingEmptySubsequences: false)
    guard rows[0].split(whereSeparator: \.isWhitespace).first.map(String.init) == Self.magic else { throw Self.fault(1, "the first line is not \(Self.magic)") }
    let counts = rows.count > 1 ? rows[1].split(whereSeparator: \.isWhitespace).compactMap { Int($0) } : []
    guard counts.count == 2, counts[0] > 0, counts[0] <= min(rows.count, Self.limit), counts[1] > 0, counts[1] <= Self.limit else {
      throw Self.fault(2, "expected the numbers of layers and blobs")
    }
    for (index, row) in rows.enumerated().dropFirst(2) {
      let words = row.split(whereSeparator: \.isWhitespace)
      if !words.isEmpty { lines.append(try Self.line(index + 1, words)) }
    }
    guard lines.count == counts[0] else { throw Self.fault(2, "\(counts[0]) layers are announced, \(lines.count) follow") }
    guard Set(lines.flatMap(\.outputs)).count == counts[1] else { throw Self.fault(2, "\(counts[1]) blobs are announced, others follow") }
  }

  static func fault(_ line: Int, _ message: String) -> ModelError { ModelError(.malformed, "line \(line): \(message)") }

  private static func line(_ number: Int, _ words: [Substring]) throws(ModelError) -> Line {
    guard words.count >= 4, let inputs = Int(words[2]), let outputs = Int(words[3]), inputs >= 0, outputs >= 0, inputs <= words.count,
      outputs <= words.count, 4 + inputs + outputs <= words.count
    else { throw fault(number, "expected a type, a name, two counts and as many blobs") }
    let blobs = words[4..<4 + inputs + outputs].map(String.init)
    var parameters: [Int: Value] = [:]
    for word in words[(4 + inputs + outputs)...] {
      let (key, value) = try parameter(number, word)
      guard parameters.updateValue(value, forKey: key) == nil else { throw fault(number, "parameter \(key) is there twice") }
    }
    return Line(
      number: number, type: String(words[0]), name: String(words[1]), inputs: Array(blobs.prefix(inputs)), outputs: Array(blobs.dropFirst(inputs)),
      parameters: parameters)
  }

  private static func parameter(_ line: Int, _ word: Substring) throws(ModelError) -> (Int, Value) {
    guard let equals = word.firstIndex(of: "="), let key = Int(word[..<equals]) else { throw fault(line, "\"\(word)\" is no parameter") }
    let text = word[word.index(after: equals)...]
    if key <= -23300, key > -23400 { return (-23300 - key, .list(try list(line, text))) }
    guard (0..<100).contains(key) else { throw fault(line, "there is no parameter \(key)") }
    if text.first == "\"", text.last == "\"", text.count >= 2 { return (key, .text(String(text.dropFirst().dropLast()))) }
    if let number = Int(text), Int32(exactly: number) != nil { return (key, .int(number)) }
    guard let number = Float(text), number.isFinite else { throw fault(line, "\"\(text)\" is no number") }
    return (key, .float(number))
  }

  private static func list(_ line: Int, _ text: Substring) throws(ModelError) -> [Float] {
    let parts = text.split(separator: ",", omittingEmptySubsequences: false)
    guard let count = parts.first.flatMap({ Int($0) }), count == parts.count - 1 else { throw fault(line, "\"\(text)\" is no list behind its length") }
    var values: [Float] = []
    for part in parts.dropFirst() {
      guard let number = Float(part), number.isFinite else { throw fault(line, "\"\(part)\" is no number") }
      values.append(number)
    }
    return values
  }
}
