/// Zip archives made by hand, so that they can be wrong.
struct RawZip {
  struct Entry {
    var name: [UInt8]
    var content: [UInt8]
    var size: UInt32?
    var method: UInt16 = 0
    var mode: UInt32 = 0o100644
    /// What the local header calls the entry.
    var localName: [UInt8]?

    init(_ name: String, _ content: [UInt8], size: UInt32? = nil, method: UInt16 = 0, mode: UInt32 = 0o100644, localName: [UInt8]? = nil) {
      self.name = Array(name.utf8)
      self.content = content
      self.size = size
      self.method = method
      self.mode = mode
      self.localName = localName
    }
  }

  var entries: [Entry]
  /// Bytes between the last entry and the directory.
  var gap: [UInt8] = []

  var bytes: [UInt8] {
    var body: [UInt8] = []
    var directory: [UInt8] = []
    for entry in entries {
      let common =
        le16(20) + le16(0) + le16(entry.method) + le16(0) + le16(33) + le32(crc32(entry.content))
        + le32(UInt32(entry.content.count)) + le32(entry.size ?? UInt32(entry.content.count)) + le16(UInt16(entry.name.count)) + le16(0)
      directory += [0x50, 0x4B, 1, 2] + le16(3 << 8 | 20) + common + le16(0) + le16(0) + le16(0)
      directory += le32(entry.mode << 16) + le32(UInt32(body.count)) + entry.name
      body += [0x50, 0x4B, 3, 4] + common + (entry.localName ?? entry.name) + entry.content
    }
    let start = UInt32(body.count + gap.count)
    let count = UInt16(entries.count)
    let end = [0x50, 0x4B, 5, 6] + le16(0) + le16(0) + le16(count) + le16(count) + le32(UInt32(directory.count)) + le32(start) + le16(0)
    return body + gap + directory + end
  }

  private func le16(_ value: UInt16) -> [UInt8] { [UInt8(value & 255), UInt8(value >> 8)] }
  private func le32(_ value: UInt32) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) } }

  private func crc32(_ bytes: [UInt8]) -> UInt32 {
    var crc: UInt32 = ~0
    for byte in bytes {
      crc ^= UInt32(byte)
      for _ in 0..<8 { crc = crc >> 1 ^ (crc & 1 == 1 ? 0xEDB8_8320 : 0) }
    }
    return ~crc
  }
}

/// Offset of each entry's payload, read from the local headers of a sound archive.
func payloadOffsets(_ archive: [UInt8]) -> [String: Int] {
  func number(_ at: Int, _ width: Int) -> Int { (0..<width).reduce(0) { $0 | Int(archive[at + $1]) << ($1 * 8) } }
  var offsets: [String: Int] = [:]
  var at = 0
  while archive[at..<at + 4].elementsEqual([0x50, 0x4B, 3, 4]) {
    let nameEnd = at + 30 + number(at + 26, 2)
    let payload = nameEnd + number(at + 28, 2)
    offsets[String(decoding: archive[at + 30..<nameEnd], as: UTF8.self)] = payload
    at = payload + number(at + 18, 4)
  }
  return offsets
}
