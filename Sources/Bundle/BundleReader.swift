internal import CZip
import Diagnostics
import Tensors

/// An existing bundle. Opening it checks its structure against its manifest; `verify` checks every byte.
///
/// Refused are archives that are cut or inconsistent, with bytes that no entry owns, with encrypted entries, links or folders,
/// two entries of one name, names that lead out of a folder, more text than `BundleLimits` allows, without a manifest at
/// the end, or with entries other than the manifest's.
package final class BundleReader {
  package let path: String
  package let manifest: Manifest
  private let mapping: FileMapping
  private let archive: OpaquePointer
  private let entries: [ArchiveEntry]

  /// Throws `missingFile`, `io`, `unrecognizedFormat`, `truncated`, `malformed`, `duplicateName`, `outsideFolder`, `limitExceeded`.
  package convenience init(path: String) throws(ModelError) {
    try self.init(FileMapping(path: path))
  }

  package init(_ mapping: FileMapping) throws(ModelError) {
    let opened: (archive: OpaquePointer, entries: [ArchiveEntry], manifest: Manifest)
    do {
      opened = try Self.examine(mapping)
    } catch {
      throw error.located(Place(file: mapping.path))
    }
    self.mapping = mapping
    path = mapping.path
    archive = opened.archive
    entries = opened.entries
    manifest = opened.manifest
  }

  deinit { zip_discard(archive) }

  /// True for what begins as a zip archive does.
  package static func isArchive(_ bytes: UnsafeRawBufferPointer) -> Bool { bytes.prefix(4).elementsEqual([0x50, 0x4B, 3, 4]) }

  /// The content of one entry: of a stored one a range of the mapped archive, of a deflated one its bytes.
  ///
  /// Not compared with the manifest's digest; see `verify`. Throws `missingFile`, `malformed`.
  package func content(of name: String) throws(ModelError) -> ByteRope {
    guard let entry = entries.first(where: { $0.name == name }) else {
      throw ModelError(.missingFile, "has no entry \"\(name)\"", at: Place(file: path))
    }
    if !entry.isDeflated { return ByteRope(mapping, entry.payload) }
    var bytes: [UInt8] = []
    try read(entry) { (run) throws(ModelError) in bytes.append(contentsOf: run) }
    return ByteRope(bytes)
  }

  /// Reads every entry and compares checksum and SHA-256. Throws `malformed` with the first entry that differs.
  package func verify(progress: WriteProgress = { _ in }) throws(ModelError) {
    var done = 0
    for entry in manifest.entries {
      try readChecked(entry) { (run) throws(ModelError) in
        done += run.count
        try progress(done)
      }
    }
  }

  /// Lends the content of an entry, and then throws `malformed` when it was not what the manifest says.
  func readChecked(_ expected: Manifest.Entry, _ body: (UnsafeRawBufferPointer) throws(ModelError) -> Void) throws(ModelError) {
    guard let entry = entries.first(where: { $0.name == expected.path }) else {
      throw ModelError(.missingFile, "has no entry \"\(expected.path)\"", at: Place(file: path))
    }
    let hashing = try HashingThread()
    try read(entry) { (run) throws(ModelError) in
      hashing.begin(run)
      defer { hashing.wait() }
      try body(run)
    }
    guard try hashing.finish() == expected.sha256 else {
      throw ModelError(.malformed, "the entry \"\(entry.name)\" is not what the manifest says: its SHA-256 differs", at: Place(file: path))
    }
  }

  /// The manifest's own bytes.
  func manifestBytes() throws(ModelError) -> [UInt8] { try content(of: EntryName.manifest).gathered() }

  private func read(
    _ entry: ArchiveEntry, _ body: (UnsafeRawBufferPointer) throws(ModelError) -> Void
  ) throws(ModelError) {
    do {
      try entry.read(archive, body)
      mapping.release(entry.payload)
    } catch {
      throw error.located(Place(file: path))
    }
  }

  private static func examine(
    _ mapping: FileMapping
  ) throws(ModelError) -> (archive: OpaquePointer, entries: [ArchiveEntry], manifest: Manifest) {
    guard isArchive(mapping.bytes) else { throw ModelError(.unrecognizedFormat, "is not a bundle: it is no zip archive") }
    let archive = try open(mapping)
    do {
      let entries = try ArchiveEntry.list(archive, mapping.bytes)
      let manifest = try readManifest(archive, entries)
      try compare(entries.dropLast(), manifest.entries)
      return (archive, entries, manifest)
    } catch {
      zip_discard(archive)
      throw error
    }
  }

  private static func open(_ mapping: FileMapping) throws(ModelError) -> OpaquePointer {
    var problem = zip_error_t()
    zip_error_init(&problem)
    defer { zip_error_fini(&problem) }
    guard let source = zip_source_buffer_create(mapping.bytes.baseAddress, UInt64(mapping.bytes.count), 0, &problem) else {
      throw ModelError(.internalInvariant, "libzip cannot make a source")
    }
    guard let archive = zip_open_from_source(source, ZIP_RDONLY | ZIP_CHECKCONS, &problem) else {
      let reason = String(cString: zip_error_strerror(&problem))
      let code = zip_error_code_zip(&problem)
      zip_source_free(source)
      if code == ZIP_ER_EXISTS { throw ModelError(.duplicateName, "there are two entries of one name") }
      let isCut = code == ZIP_ER_NOZIP || code == ZIP_ER_EOF
      throw ModelError(isCut ? .truncated : .malformed, isCut ? "the archive has no end: it is cut" : "the archive is damaged: \(reason)")
    }
    return archive
  }

  private static func readManifest(_ archive: OpaquePointer, _ entries: [ArchiveEntry]) throws(ModelError) -> Manifest {
    guard let last = entries.last, last.name == EntryName.manifest else {
      let isThere = entries.contains { $0.name == EntryName.manifest }
      throw ModelError(.malformed, isThere ? "\(EntryName.manifest) is not the last entry" : "is not a bundle: it has no \(EntryName.manifest)")
    }
    guard last.size <= BundleLimits.manifest else { throw ModelError(.limitExceeded, "the manifest takes \(last.size) bytes") }
    var bytes: [UInt8] = []
    try last.read(archive) { (run) throws(ModelError) in bytes.append(contentsOf: run) }
    return try Manifest(decoding: bytes)
  }

  /// The archive has exactly the files that the manifest lists.
  private static func compare(_ found: ArraySlice<ArchiveEntry>, _ listed: [Manifest.Entry]) throws(ModelError) {
    try EntryName.checkDistinct(listed.map(\.path))
    let sizes = Dictionary(listed.map { ($0.path, $0.size) }, uniquingKeysWith: { first, _ in first })
    for entry in found {
      guard let size = sizes[entry.name] else { throw ModelError(.malformed, "the entry \"\(entry.name)\" is not in the manifest") }
      guard size == entry.size else {
        throw ModelError(.malformed, "the entry \"\(entry.name)\" has \(entry.size) bytes; the manifest says \(size)")
      }
    }
    let names = Set(found.map(\.name))
    if let missing = listed.first(where: { !names.contains($0.path) }) {
      throw ModelError(.malformed, "the manifest's file \"\(missing.path)\" is missing")
    }
  }
}
