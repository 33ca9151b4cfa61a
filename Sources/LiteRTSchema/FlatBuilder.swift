import Tensors

/// A table to be written: fields by number. Filled in any order; written in the order of numbers, so that equal content gives
/// equal bytes.
package struct FlatObject: Sendable {
  enum Entry: Sendable {
    case scalar([UInt8])
    case bytes([UInt8], elementBytes: Int, isText: Bool)
    case table(FlatObject)
    case tables([FlatObject])
    /// Content that is produced when the file is written, after everything else, on a boundary of 16 bytes.
    case payload(ByteRope)
  }
  fileprivate(set) var entries: [Int: Entry] = [:]

  package init() {}

  /// Defaults are left out, as FlatBuffers' own builder does.
  package mutating func set(_ field: IntField, _ value: Int) {
    guard value != field.fallback else { return }
    entries[field.id] = .scalar(littleEndian(value, field.width.bytes))
  }

  package mutating func set(_ field: BoolField, _ value: Bool) {
    guard value != field.fallback else { return }
    entries[field.id] = .scalar([value ? 1 : 0])
  }

  package mutating func set(_ field: FloatField, _ value: Float) {
    guard value != 0 || value.sign == .minus else { return }
    entries[field.id] = .scalar(littleEndian(Int(value.bitPattern), 4))
  }

  package mutating func set(_ field: TextField, _ value: String) {
    entries[field.id] = .bytes(Array(value.utf8), elementBytes: 1, isText: true)
  }

  package mutating func set(_ field: IntsField, _ values: [Int]) {
    entries[field.id] = .bytes(values.flatMap { littleEndian($0, field.width.bytes) }, elementBytes: field.width.bytes, isText: false)
  }

  package mutating func set(_ field: FloatsField, _ values: [Float]) {
    entries[field.id] = .bytes(values.flatMap { littleEndian(Int($0.bitPattern), 4) }, elementBytes: 4, isText: false)
  }

  package mutating func set(_ field: TableField, _ value: FlatObject) { entries[field.id] = .table(value) }
  package mutating func set(_ field: TablesField, _ values: [FlatObject]) { entries[field.id] = .tables(values) }

  package mutating func set(_ field: UnionField, _ tag: Int, _ value: FlatObject) {
    entries[field.id - 1] = .scalar([UInt8(truncatingIfNeeded: tag)])
    entries[field.id] = .table(value)
  }

  /// A vector of bytes that is not in memory.
  package mutating func set(_ field: IntsField, payload: ByteRope) { entries[field.id] = .payload(payload) }
}

private func littleEndian(_ value: Int, _ count: Int) -> [UInt8] {
  (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
}

/// Lays tables out from the root on: whoever refers comes before what it refers to, payloads come last.
package struct FlatBuilder {
  private var bytes: [UInt8] = []
  private var payloads: [(place: Int, content: ByteRope)] = []
  private var vtables: [[UInt8]: Int] = [:]

  /// The file whose root table is `root`, marked as one of a format: a model's, unless another of four letters is named.
  package static func file(root: FlatObject, identifier: String? = nil) -> ByteRope {
    var builder = FlatBuilder()
    builder.bytes = [0, 0, 0, 0] + (identifier.map { Array($0.utf8) } ?? Schema.identifier)
    builder.refer(from: 0, to: builder.write(root))
    return builder.finish()
  }

  private mutating func pad(to alignment: Int, offsetBy shift: Int = 0) {
    while (bytes.count + shift) % alignment != 0 { bytes.append(0) }
  }

  private mutating func refer(from place: Int, to target: Int) {
    bytes.replaceSubrange(place..<place + 4, with: littleEndian(target - place, 4))
  }

  /// Writes a table and what it refers to; returns its position.
  private mutating func write(_ object: FlatObject) -> Int {
    let fields = object.entries.sorted { $0.key < $1.key }
    let widest = fields.map { Self.inlineSize($0.value) }.max() ?? 4
    // Wide numbers first, so that no field needs padding before it.
    let placed = fields.sorted { (Self.inlineSize($0.value), $1.key) > (Self.inlineSize($1.value), $0.key) }
    var offsets: [Int: Int] = [:]
    var end = widest > 4 ? 8 : 4
    for (id, entry) in placed {
      offsets[id] = end
      end += Self.inlineSize(entry)
    }
    let vtable = writeVtable(offsets, fieldCount: (fields.last?.key ?? -1) + 1, tableSize: end)
    pad(to: max(widest, 4))
    let position = bytes.count
    bytes.append(contentsOf: littleEndian(position - vtable, 4))
    if widest > 4 { bytes.append(contentsOf: [0, 0, 0, 0]) }
    for (_, entry) in placed {
      if case .scalar(let value) = entry { bytes.append(contentsOf: value) } else { bytes.append(contentsOf: [0, 0, 0, 0]) }
    }
    for (id, entry) in fields { writeTarget(entry, referredFrom: position + (offsets[id] ?? 0)) }
    return position
  }

  private static func inlineSize(_ entry: FlatObject.Entry) -> Int {
    if case .scalar(let value) = entry { value.count } else { 4 }
  }

  /// A vtable may stand before or behind its tables; equal ones are shared.
  private mutating func writeVtable(_ offsets: [Int: Int], fieldCount: Int, tableSize: Int) -> Int {
    var content = littleEndian(4 + 2 * fieldCount, 2) + littleEndian(tableSize, 2)
    for id in 0..<fieldCount { content += littleEndian(offsets[id] ?? 0, 2) }
    if let known = vtables[content] { return known }
    pad(to: 2)
    let position = bytes.count
    bytes.append(contentsOf: content)
    vtables[content] = position
    return position
  }

  private mutating func writeTarget(_ entry: FlatObject.Entry, referredFrom place: Int) {
    switch entry {
    case .scalar: break
    case .table(let object): refer(from: place, to: write(object))
    case .tables(let objects):
      pad(to: 4)
      refer(from: place, to: bytes.count)
      bytes.append(contentsOf: littleEndian(objects.count, 4))
      let start = bytes.count
      bytes.append(contentsOf: [UInt8](repeating: 0, count: 4 * objects.count))
      for (index, object) in objects.enumerated() { refer(from: start + 4 * index, to: write(object)) }
    case .bytes(let content, let width, let isText):
      pad(to: max(width, 4), offsetBy: 4)
      refer(from: place, to: bytes.count)
      bytes.append(contentsOf: littleEndian(content.count / width, 4) + content)
      if isText { bytes.append(0) }
    case .payload(let content): payloads.append((place, content))
    }
  }

  private mutating func finish() -> ByteRope {
    var positions: [Int] = []
    var end = bytes.count
    for (_, content) in payloads {
      // The length stands right before the content, which begins on a multiple of 16.
      end = (end + 4 + 15) / 16 * 16 - 4
      positions.append(end)
      end += 4 + content.byteCount
    }
    for (index, position) in positions.enumerated() { refer(from: payloads[index].place, to: position) }
    var rope = ByteRope(bytes)
    for (index, (_, content)) in payloads.enumerated() {
      rope.append(zeros: positions[index] - rope.byteCount)
      rope.append(littleEndian(content.byteCount, 4))
      rope.append(content)
    }
    rope.pad(toMultipleOf: 16)
    return rope
  }
}
