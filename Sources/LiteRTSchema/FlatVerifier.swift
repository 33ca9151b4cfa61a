import Diagnostics

/// Checks a FlatBuffers file before anything is read: every offset, vtable, length and union tag that the schema knows.
///
/// Tables may be shared between several referrers, which makes a small file stand for a huge tree; so the number of tables
/// visited is limited by the file's size. The schema has no recursive table, so nesting is bounded by it.
package struct FlatVerifier {
  private let bytes: UnsafeRawBufferPointer
  private var tablesLeft: Int
  private var path: [String] = []

  /// Throws `truncated`, `malformed` or `limitExceeded` with the offset of the offence.
  package static func verify(_ bytes: UnsafeRawBufferPointer, root layout: TableLayout) throws(ModelError) {
    guard bytes.count >= 8 else { throw ModelError(.truncated, "\(bytes.count) bytes are too few for a model") }
    var verifier = FlatVerifier(bytes)
    let root = bytes.unsigned(UInt32.self, at: 0) ?? 0
    verifier.path = [layout.name]
    try verifier.table(root, layout)
  }

  private init(_ bytes: UnsafeRawBufferPointer) {
    self.bytes = bytes
    tablesLeft = max(1024, bytes.count / 4)
  }

  private func fault(_ what: String, at position: Int) -> ModelError {
    ModelError(.malformed, "\(path.joined(separator: ".")): \(what)", at: Place(byteOffset: max(0, min(position, bytes.count))))
  }

  private mutating func table(_ position: Int, _ layout: TableLayout) throws(ModelError) {
    tablesLeft -= 1
    guard tablesLeft >= 0 else { throw ModelError(.limitExceeded, "more tables than a file of \(bytes.count) bytes can hold") }
    guard let back = bytes.signed(Int32.self, at: position) else { throw fault("the table lies outside the file", at: position) }
    let vtable = position - back
    guard let size = bytes.unsigned(UInt16.self, at: vtable), let length = bytes.unsigned(UInt16.self, at: vtable + 2),
      size >= 4, size % 2 == 0, vtable + size <= bytes.count
    else { throw fault("the table's list of fields lies outside the file", at: position) }
    guard length >= 4, position + length <= bytes.count else { throw fault("the table ends outside the file", at: position) }
    let table = FlatTable(bytes, at: position)
    for field in layout.fields {
      guard let place = table.place(field.id) else { continue }
      path.append("\(field.id)")
      defer { path.removeLast() }
      try content(field, place, table, end: position + length)
    }
  }

  private mutating func content(_ field: any FlatField, _ place: Int, _ table: FlatTable, end: Int) throws(ModelError) {
    switch field.content {
    case .scalar(let width):
      guard place + width <= end else { throw fault("the number lies outside its table", at: place) }
    case .text: _ = try vector(place, elementBytes: 1)
    case .vector(let width): _ = try vector(place, elementBytes: width)
    case .table(let layout): try self.table(target(place), layout)
    case .tables(let layout):
      let (start, count) = try vector(place, elementBytes: 4)
      for index in 0..<count { try self.table(target(start + 4 * index), layout) }
    case .union(let members):
      let tag = table.place(field.id - 1).flatMap { bytes.unsigned(UInt8.self, at: $0) } ?? 0
      guard tag > 0, tag <= members.count else { return }
      try self.table(target(place), members[tag - 1])
    }
  }

  private func target(_ place: Int) throws(ModelError) -> Int {
    guard let offset = bytes.unsigned(UInt32.self, at: place), offset > 0 else { throw fault("the offset lies outside the file", at: place) }
    return place + offset
  }

  private func vector(_ place: Int, elementBytes: Int) throws(ModelError) -> (start: Int, count: Int) {
    let start = try target(place)
    guard let count = bytes.unsigned(UInt32.self, at: start), start + 4 + count * elementBytes <= bytes.count else {
      throw fault("the list lies outside the file", at: start)
    }
    return (start + 4, count)
  }
}
