import Tensors

extension ONNXImporter {
  /// Whether the bytes look like an ONNX model, possibly a truncated one.
  ///
  /// True when every field on the outermost level, up to the graph, is one of a model's and of the right wire type, and the
  /// graph in turn begins with one of a graph's.
  package static func recognizes(_ bytes: UnsafeRawBufferPointer) -> Bool {
    var fields = FieldWalk(bytes)
    var hasVersionOrOpset = false
    for _ in 0..<256 {
      guard let field = fields.next() else { return false }
      switch (field.number, field.wireType) {
      case (1, 0):
        guard field.value < 1 << 16 else { return false }
        hasVersionOrOpset = true
      case (5, 0): break
      case (8, 2): hasVersionOrOpset = true
      case (2, 2), (3, 2), (4, 2), (6, 2), (14, 2), (20, 2), (25, 2), (26, 2): break
      case (7, 2): return looksLikeGraph(field.content) && (hasVersionOrOpset || fields.next().map { [1, 8].contains($0.number) } ?? false)
      default: return false
      }
    }
    return false
  }

  private static func looksLikeGraph(_ bytes: UnsafeRawBufferPointer) -> Bool {
    var fields = FieldWalk(bytes)
    guard let first = fields.next() else { return bytes.isEmpty }
    return first.wireType == 2 && [1, 2, 5, 10, 11, 12, 13, 14, 15, 16].contains(first.number)
  }
}

/// The fields of one serialised message, without looking into them.
private struct FieldWalk {
  struct Field {
    var number: UInt64
    var wireType: UInt64
    /// Of a number; the length of anything else.
    var value: UInt64
    /// Cut where the input ends.
    var content: UnsafeRawBufferPointer
  }

  private var rest: UnsafeRawBufferPointer

  init(_ bytes: UnsafeRawBufferPointer) { rest = bytes }

  /// `nil` at the end and where no field can be.
  mutating func next() -> Field? {
    guard let tag = varint(), tag >> 3 > 0 else { return nil }
    let empty = UnsafeRawBufferPointer(start: nil, count: 0)
    switch tag & 7 {
    case 0: return varint().map { Field(number: tag >> 3, wireType: 0, value: $0, content: empty) }
    case 2:
      guard let length = varint() else { return nil }
      let content = UnsafeRawBufferPointer(rebasing: rest.prefix(Int(clamping: length)))
      rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(content.count))
      return Field(number: tag >> 3, wireType: 2, value: length, content: content)
    default: return nil
    }
  }

  private mutating func varint() -> UInt64? {
    var value: UInt64 = 0
    for (index, byte) in rest.prefix(10).enumerated() {
      value |= UInt64(byte & 0x7f) << UInt64(7 * index)
      if byte < 0x80 {
        rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(index + 1))
        return value
      }
    }
    return nil
  }
}
