/// A table of a FlatBuffers file, read in place. Whoever holds the file's mapping keeps the bytes alive.
///
/// Every accessor is total: what is absent, or would lie outside the file, is the field's default or empty. So even a file that
/// changes under the mapping after `FlatVerifier` has passed it leads to no access outside.
package struct FlatTable {
  let bytes: UnsafeRawBufferPointer
  let position: Int

  init(_ bytes: UnsafeRawBufferPointer, at position: Int) {
    self.bytes = bytes
    self.position = position
  }

  /// The root table. The bytes must have passed `FlatVerifier`.
  package init(root bytes: UnsafeRawBufferPointer) {
    self.init(bytes, at: bytes.unsigned(UInt32.self, at: 0) ?? 0)
  }

  /// Where a field's inline value lies; `nil` when it is absent.
  func place(_ id: Int) -> Int? {
    guard let back = bytes.signed(Int32.self, at: position) else { return nil }
    let table = position - back
    guard let size = bytes.unsigned(UInt16.self, at: table), 6 + 2 * id <= size,
      let offset = bytes.unsigned(UInt16.self, at: table + 4 + 2 * id), offset > 0
    else { return nil }
    return position + offset
  }

  /// Where the value lies that a field refers to.
  private func target(_ id: Int) -> Int? {
    guard let place = place(id), let offset = bytes.unsigned(UInt32.self, at: place) else { return nil }
    return place + offset
  }

  private func vector(_ id: Int, elementBytes: Int) -> (start: Int, count: Int) {
    guard let start = target(id), let count = bytes.unsigned(UInt32.self, at: start), start + 4 + count * elementBytes <= bytes.count
    else { return (0, 0) }
    return (start + 4, count)
  }

  package func has(_ field: some FlatField) -> Bool { place(field.id) != nil }

  package subscript(field: IntField) -> Int {
    place(field.id).flatMap { bytes.integer(field.width, at: $0) } ?? field.fallback
  }

  package subscript(field: BoolField) -> Bool {
    place(field.id).flatMap { bytes.unsigned(UInt8.self, at: $0) }.map { $0 != 0 } ?? field.fallback
  }

  package subscript(field: FloatField) -> Float {
    place(field.id).flatMap { bytes.unsigned(UInt32.self, at: $0) }.map { Float(bitPattern: UInt32(truncatingIfNeeded: $0)) } ?? 0
  }

  /// The text; what is not UTF-8 in it is replaced.
  package subscript(field: TextField) -> String {
    let (start, count) = vector(field.id, elementBytes: 1)
    return String(decoding: UnsafeRawBufferPointer(rebasing: bytes[start..<start + count]), as: UTF8.self)
  }

  package subscript(field: IntsField) -> [Int] {
    let (start, count) = vector(field.id, elementBytes: field.width.bytes)
    return (0..<count).map { bytes.integer(field.width, at: start + $0 * field.width.bytes) ?? 0 }
  }

  package subscript(field: FloatsField) -> [Float] {
    let (start, count) = vector(field.id, elementBytes: 4)
    return (0..<count).map { Float(bitPattern: UInt32(truncatingIfNeeded: bytes.unsigned(UInt32.self, at: start + 4 * $0) ?? 0)) }
  }

  package subscript(field: TableField) -> FlatTable? { target(field.id).map { FlatTable(bytes, at: $0) } }

  package subscript(field: TablesField) -> [FlatTable] {
    let (start, count) = vector(field.id, elementBytes: 4)
    return (0..<count).map { index in
      let place = start + 4 * index
      return FlatTable(bytes, at: place + (bytes.unsigned(UInt32.self, at: place) ?? 0))
    }
  }

  /// The tag, 0 for none, and the table behind it.
  package subscript(field: UnionField) -> (tag: Int, table: FlatTable?) {
    let tag = place(field.id - 1).flatMap { bytes.unsigned(UInt8.self, at: $0) } ?? 0
    return (tag, tag == 0 ? nil : target(field.id).map { FlatTable(bytes, at: $0) })
  }

  /// Where the elements of a vector of bytes lie in the file.
  package func range(of field: IntsField) -> Range<Int> {
    let (start, count) = vector(field.id, elementBytes: field.width.bytes)
    return start..<start + count * field.width.bytes
  }
}

extension UnsafeRawBufferPointer {
  func unsigned<T: FixedWidthInteger & UnsignedInteger>(_ type: T.Type, at position: Int) -> Int? {
    guard position >= 0, position <= count - MemoryLayout<T>.size else { return nil }
    return Int(truncatingIfNeeded: T(littleEndian: loadUnaligned(fromByteOffset: position, as: T.self)))
  }

  func signed<T: FixedWidthInteger & SignedInteger>(_ type: T.Type, at position: Int) -> Int? {
    guard position >= 0, position <= count - MemoryLayout<T>.size else { return nil }
    return Int(truncatingIfNeeded: T(littleEndian: loadUnaligned(fromByteOffset: position, as: T.self)))
  }

  func integer(_ width: IntWidth, at position: Int) -> Int? {
    switch width {
    case .int8: signed(Int8.self, at: position)
    case .uint8: unsigned(UInt8.self, at: position)
    case .int16: signed(Int16.self, at: position)
    case .uint16: unsigned(UInt16.self, at: position)
    case .int32: signed(Int32.self, at: position)
    case .uint32: unsigned(UInt32.self, at: position)
    case .int64: signed(Int64.self, at: position)
    case .uint64: unsigned(UInt64.self, at: position)
    }
  }
}

extension FlatTable {
  /// A table of which every field is absent.
  package static var absent: FlatTable { FlatTable(UnsafeRawBufferPointer(start: nil, count: 0), at: 0) }
}
