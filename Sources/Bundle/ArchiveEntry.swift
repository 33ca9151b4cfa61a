internal import CZip
import Diagnostics
import Tensors

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// One entry of an archive that is read, with the place of its bytes.
struct ArchiveEntry {
  var name: String
  var index: UInt64
  /// In bytes, uncompressed.
  var size: Int
  var isDeflated: Bool
  /// Where the entry's (compressed) bytes are in the archive.
  var payload: Range<Int>

  private static let localHeader = 30

  /// All entries, which lie back to back from the archive's first byte, in the order of its directory.
  ///
  /// Throws `limitExceeded`, `malformed`, `outsideFolder`, `duplicateName`, `unsupported`.
  static func list(_ archive: OpaquePointer, _ bytes: UnsafeRawBufferPointer) throws(ModelError) -> [ArchiveEntry] {
    let count = Int(zip_get_num_entries(archive, 0))
    guard count <= BundleLimits.entries else { throw ModelError(.limitExceeded, "the archive has \(count) entries") }
    var entries: [ArchiveEntry] = []
    var offset = 0
    var deflated = 0
    for index in 0..<count {
      let entry = try ArchiveEntry(archive, UInt64(index), bytes, at: offset)
      if entry.isDeflated { deflated += entry.size }
      guard deflated <= BundleLimits.deflatedTotal else {
        throw ModelError(.limitExceeded, "the archive's text would take more than \(BundleLimits.deflatedTotal >> 20) MiB")
      }
      offset = entry.payload.upperBound
      entries.append(entry)
    }
    guard offset + 4 <= bytes.count, bytes[offset..<offset + 4].elementsEqual([0x50, 0x4B, 1, 2]) else {
      throw ModelError(.malformed, "there are bytes between the entries and their directory", at: Place(byteOffset: offset))
    }
    try EntryName.checkDistinct(entries.map(\.name))
    return entries
  }

  private init(_ archive: OpaquePointer, _ index: UInt64, _ bytes: UnsafeRawBufferPointer, at start: Int) throws(ModelError) {
    var status = zip_stat_t()
    let needed = UInt64(ZIP_STAT_SIZE | ZIP_STAT_COMP_SIZE | ZIP_STAT_COMP_METHOD | ZIP_STAT_ENCRYPTION_METHOD)
    guard zip_stat_index(archive, index, zip_flags_t(ZIP_FL_ENC_RAW), &status) == 0, status.valid & needed == needed,
      let rawName = zip_get_name(archive, index, zip_flags_t(ZIP_FL_ENC_RAW)), let name = String(validatingCString: rawName)
    else { throw ModelError(.malformed, "entry \(index) of the archive has no readable description") }
    try EntryName.check(name)
    self.name = name
    self.index = index
    guard status.encryption_method == UInt16(ZIP_EM_NONE) else { throw ModelError(.unsupported, "the entry \"\(name)\" is encrypted") }
    try Self.checkKind(archive, index, name)
    let method = Int32(status.comp_method)
    guard method == ZIP_CM_STORE || method == ZIP_CM_DEFLATE else {
      throw ModelError(.unsupported, "the entry \"\(name)\" is compressed with method \(method)")
    }
    isDeflated = method == ZIP_CM_DEFLATE
    guard let size = Int(exactly: status.size), let packed = Int(exactly: status.comp_size), isDeflated || size == packed else {
      throw ModelError(.malformed, "the entry \"\(name)\" has impossible sizes")
    }
    guard !isDeflated || size <= BundleLimits.deflatedEntry else {
      throw ModelError(.limitExceeded, "the entry \"\(name)\" would take \(size) bytes")
    }
    self.size = size
    payload = try Self.locate(name, packed, bytes, at: start)
  }

  private static func checkKind(_ archive: OpaquePointer, _ index: UInt64, _ name: String) throws(ModelError) {
    var system: UInt8 = 0
    var attributes: UInt32 = 0
    guard zip_file_get_external_attributes(archive, index, 0, &system, &attributes) == 0 else { return }
    let kind = attributes >> 16 & UInt32(S_IFMT)
    guard system != UInt8(ZIP_OPSYS_UNIX) && system != UInt8(ZIP_OPSYS_OS_X) || kind == 0 || kind == UInt32(S_IFREG) else {
      throw ModelError(.outsideFolder, "the entry \"\(name)\" is a link or another special file")
    }
  }

  /// The payload of the entry whose local header is at `start`; libzip has compared that header with the directory.
  private static func locate(
    _ name: String, _ packed: Int, _ bytes: UnsafeRawBufferPointer, at start: Int
  ) throws(ModelError) -> Range<Int> {
    let place = Place(byteOffset: start)
    guard start + localHeader <= bytes.count, bytes[start..<start + 4].elementsEqual([0x50, 0x4B, 3, 4]) else {
      throw ModelError(.malformed, "the entry \"\(name)\" does not follow the one before it", at: place)
    }
    let nameLength = Int(bytes.loadUnaligned(fromByteOffset: start + 26, as: UInt16.self).littleEndian)
    let extraLength = Int(bytes.loadUnaligned(fromByteOffset: start + 28, as: UInt16.self).littleEndian)
    let payload = start + localHeader + nameLength + extraLength
    guard payload <= bytes.count, packed <= bytes.count - payload else {
      throw ModelError(.truncated, "the entry \"\(name)\" reaches beyond the end of the archive", at: place)
    }
    guard bytes[start + localHeader..<start + localHeader + nameLength].elementsEqual(name.utf8) else {
      throw ModelError(.malformed, "the entry \"\(name)\" has another name in its own header", at: place)
    }
    return payload..<payload + packed
  }

  /// Lends the content in runs of at most 1 MiB. Throws `malformed` when it is damaged.
  func read(_ archive: OpaquePointer, _ body: (UnsafeRawBufferPointer) throws(ModelError) -> Void) throws(ModelError) {
    guard let file = zip_fopen_index(archive, index, 0) else { throw damaged(zip_get_error(archive)) }
    defer { zip_fclose(file) }
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 64)
    defer { buffer.deallocate() }
    guard let base = buffer.baseAddress else { return }
    var done = 0
    while true {
      let got = Int(zip_fread(file, base, UInt64(buffer.count)))
      guard got >= 0 else { throw damaged(zip_file_get_error(file)) }
      if got == 0 { break }
      done += got
      guard done <= size else { break }
      try body(UnsafeRawBufferPointer(rebasing: buffer[..<got]))
    }
    guard done == size else { throw ModelError(.malformed, "the entry \"\(name)\" does not have the size it says") }
  }

  private func damaged(_ error: UnsafeMutablePointer<zip_error_t>) -> ModelError {
    ModelError(.malformed, "the entry \"\(name)\" is damaged: \(String(cString: zip_error_strerror(error)))")
  }
}
