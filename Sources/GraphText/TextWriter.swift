import Diagnostics
import GraphIR

/// Collects text, and hands it on in pieces when there is somebody to take it.
struct TextWriter {
  private var bytes: [UInt8] = []
  private var lineStart = 0
  private let sink: (([UInt8]) throws(ModelError) -> Void)?
  private var failure: ModelError?
  private static let pieceSize = 1 << 16

  init(sink: (([UInt8]) throws(ModelError) -> Void)?) { self.sink = sink }

  var text: String { String(decoding: bytes, as: UTF8.self) }

  mutating func put(_ text: String) { bytes.append(contentsOf: text.utf8) }
  mutating func put(_ text: StaticString) {
    text.withUTF8Buffer { bytes.append(contentsOf: $0) }
  }
  mutating func put(byte: UInt8) { bytes.append(byte) }
  mutating func put(hex byte: UInt8) { Spelling.appendHex(byte, to: &bytes) }
  mutating func put(word: String) { put(Spelling.word(word)) }
  mutating func put(quoted text: String) { Spelling.appendQuoted(Array(text.utf8), to: &bytes) }
  mutating func put(quoted text: [UInt8]) { Spelling.appendQuoted(text, to: &bytes) }

  mutating func list<Item>(_ items: some Sequence<Item>, _ put: (inout Self, Item) -> Void) {
    var isFirst = true
    for item in items {
      if !isFirst { self.put(", ") }
      isFirst = false
      put(&self, item)
    }
  }

  /// Spaces up to the column, at least `minimum`.
  mutating func pad(to column: Int, minimum: Int) {
    let width = bytes.count - lineStart
    bytes.append(contentsOf: repeatElement(UInt8(ascii: " "), count: max(column - width, minimum)))
  }

  mutating func newLine(indent: Int) {
    bytes.append(UInt8(ascii: "\n"))
    if bytes.count > Self.pieceSize { flush() }
    lineStart = bytes.count
    bytes.append(contentsOf: repeatElement(UInt8(ascii: " "), count: 2 * indent))
  }

  mutating func finish() throws(ModelError) {
    flush()
    if let failure { throw failure }
  }

  private mutating func flush() {
    guard let sink, failure == nil else { return }
    do throws(ModelError) { try sink(bytes) } catch { failure = error }
    bytes.removeAll(keepingCapacity: true)
  }
}
