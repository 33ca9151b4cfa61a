import Tensors

/// Where libzip puts what, known before it does.
enum ZipLayout {
  static let alignment = 64
  /// Android's `zipalign` field: two bytes of alignment, then zeros.
  static let paddingField: UInt16 = 0xD935
  /// 1980-01-01 00:00:00, the first moment that a zip can name.
  static let dosDate: UInt16 = 1 << 5 | 1
  /// A regular file, `rw-r--r--`.
  static let attributes: UInt32 = 0o100644 << 16

  private static let localHeader = 30
  private static let fieldHeader = 4
  private static let zip64Field = 20

  struct Slot: Equatable {
    /// Data of the padding field; `nil` when the payload is aligned without one.
    var padding: [UInt8]?
    /// Offset of the payload in the archive.
    var payload: Int
  }

  /// The place of a stored entry of `size` bytes whose local header begins at `start`.
  static func slot(at start: Int, name: String, size: Int) -> Slot {
    let zip64 = size >= Int(UInt32.max) ? zip64Field : 0
    let bare = start + localHeader + name.utf8.count + zip64
    var missing = (alignment - bare % alignment) % alignment
    guard missing > 0 else { return Slot(padding: nil, payload: bare) }
    if missing < fieldHeader + 2 { missing += alignment }
    var padding = [UInt8](repeating: 0, count: missing - fieldHeader)
    padding[0] = UInt8(alignment)
    return Slot(padding: padding, payload: bare + missing)
  }

  /// The order of entries: stored ones, whose offsets are known beforehand, then deflated ones; each sorted by name.
  static func ordered(_ files: [ArtifactFile]) -> [(file: ArtifactFile, isDeflated: Bool)] {
    let sorted = files.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
    var budget = BundleLimits.deflatedTotal
    let marked = sorted.map { file -> (file: ArtifactFile, isDeflated: Bool) in
      let size = file.content.byteCount
      let isDeflated = file.isText && size > 0 && size <= min(budget, BundleLimits.deflatedEntry)
      if isDeflated { budget -= size }
      return (file, isDeflated)
    }
    return marked.filter { !$0.isDeflated } + marked.filter(\.isDeflated)
  }
}

/// What a bundle may ask of who reads it. The writer stays within: text beyond these sizes is stored.
enum BundleLimits {
  static let entries = 10_000
  /// Bytes that one deflated entry, and all of them, may become.
  static let deflatedEntry = 64 << 20
  static let deflatedTotal = 256 << 20
  static let manifest = 16 << 20
}
