/// Anchors and aliases in YAML: a few lines of them stand for more nodes than any memory holds, and a parser follows them all.
enum YAMLReferences {
  /// Line and column, from 1, of the first `&name` or `*name` that stands where one may.
  ///
  /// Quotes and comments are not told apart, since a text can be made to look like either: there, too, such a word is refused.
  static func first(in text: String) -> (line: Int, column: Int)? {
    var (line, column) = (1, 0)
    var previous = UInt8(ascii: "\n")
    var marker: (line: Int, column: Int)?
    for byte in text.utf8 {
      if let marker, !byte.isYAMLSpace { return marker }
      column += 1
      let mayBegin = previous.isYAMLSpace || "[{,:".utf8.contains(previous)
      marker = mayBegin && (byte == UInt8(ascii: "&") || byte == UInt8(ascii: "*")) ? (line, column) : nil
      if byte == UInt8(ascii: "\n") { (line, column) = (line + 1, 0) }
      previous = byte
    }
    return nil
  }
}

extension UInt8 {
  fileprivate var isYAMLSpace: Bool { self == 0x20 || self == 0x09 || self == 0x0A || self == 0x0D }
}
