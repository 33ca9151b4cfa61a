import Bundle
import Diagnostics
import FoundationEssentials
import Testing

@Suite struct HostileBundleTests {
  let scratch = Scratch()

  func manifest(_ entries: [(String, [UInt8])]) throws -> [UInt8] {
    let listed = try entries.map { name, content in
      var sha = try SHA256()
      content.withUnsafeBytes { sha.update($0) }
      return try Manifest.Entry(path: name, size: content.count, sha256: sha.finish())
    }
    let json = try listed.map { String(decoding: try JSONEncoder().encode($0), as: UTF8.self) }.joined(separator: ",")
    return Array(
      """
      {"schema": 1, "ferry": "0.1.0", "source": {"format": "onnx", "files": []}, "target": "onnx", "inputs": [], "outputs": [],
       "passes": [], "entries": [\(json)]}
      """.utf8)
  }

  /// A bundle of one file whose archive entry is changed by `edit`.
  func bundle(_ name: String = "a.bin", listed: String? = nil, _ edit: (inout RawZip) -> Void = { _ in }) throws -> String {
    let content = noise(100)
    var zip = RawZip(entries: [
      RawZip.Entry(name, content), RawZip.Entry("manifest.json", try manifest([(listed ?? name, content)])),
    ])
    edit(&zip)
    return try scratch.write("m.zip", zip.bytes)
  }

  @Test func aSoundArchiveMadeByHandIsRead() throws {
    try BundleReader(path: bundle()).verify()
  }

  @Test(arguments: [
    "../a", "a/../../b", "/etc/a", "..", "C:/a", "a\\b", "..\\a",
  ]) func namesThatLeadElsewhere(name: String) throws {
    try expectRefused(bundle(name), .outsideFolder)
  }

  @Test(arguments: ["a//b", "./a", "a/.", "a\u{1}b", "folder/", ""]) func namesThatAreNotPlain(name: String) throws {
    try expectRefused(bundle(name), .malformed)
  }

  @Test func aNameCutByNUL() throws {
    try expectRefused(bundle("a\0b", listed: "a"), .malformed)
  }

  @Test func links() throws {
    try expectRefused(bundle { $0.entries[0].mode = 0o120777 }, .outsideFolder)
    try expectRefused(bundle { $0.entries[0].mode = 0o020666 }, .outsideFolder)
  }

  @Test func twoEntriesOfOneName() throws {
    try expectRefused(bundle { $0.entries.insert($0.entries[0], at: 0) }, .duplicateName)
    try expectRefused(bundle { $0.entries.insert(RawZip.Entry("A.BIN", noise(100)), at: 0) }, .duplicateName)
  }

  @Test func entriesThatTheManifestDoesNotList() throws {
    try expectRefused(bundle { $0.entries.insert(RawZip.Entry("more", [1]), at: 0) }, .malformed)
  }

  @Test func filesThatTheArchiveDoesNotHave() throws {
    try expectRefused(bundle { $0.entries.removeFirst() }, .malformed)
  }

  @Test func noManifestOrNotAtTheEnd() throws {
    try expectRefused(bundle { $0.entries.removeLast() }, .malformed)
    try expectRefused(bundle { $0.entries.swapAt(0, 1) }, .malformed)
  }

  @Test(arguments: ["", "{", "[]", "{\"schema\": 1}", "{\"schema\": \"x\"}"])
  func manifestsThatAreNone(text: String) throws {
    try expectRefused(bundle { $0.entries[1].content = Array(text.utf8) }, .malformed)
  }

  @Test func aManifestNestedWithoutEnd() throws {
    try expectRefused(bundle { $0.entries[1].content = [UInt8](repeating: UInt8(ascii: "["), count: 1_000_000) }, .malformed)
  }

  @Test func aManifestOfLaterTimes() throws {
    try expectRefused(bundle { $0.entries[1].content = Array("{\"schema\": 2}".utf8) }, .unsupported)
  }

  @Test func sizesThatAreNotTrue() throws {
    try expectRefused(bundle { $0.entries[0].size = 99 }, .malformed)
    try expectRefused(bundle { $0.entries[0].content += [0] }, .malformed)
  }

  /// 4 GiB promised by a hundred bytes, and a method that nothing here reads.
  @Test func bombsAndForeignMethods() throws {
    try expectRefused(bundle { ($0.entries[0].method, $0.entries[0].size) = (8, 0xFFFF_FFF0) }, .limitExceeded)
    try expectRefused(bundle { $0.entries[0].method = 14 }, .unsupported)
  }

  @Test func tooManyEntries() throws {
    let path = try bundle { zip in zip.entries = (0..<10_001).map { RawZip.Entry("f\($0)", []) } + zip.entries }
    expectRefused(path, .limitExceeded)
  }

  @Test func bytesThatNoEntryOwns() throws {
    try expectRefused(bundle { $0.gap = [1, 2, 3] }, .malformed)
  }

  @Test func aLocalHeaderOfAnotherName() throws {
    try expectRefused(bundle { $0.entries[0].localName = Array("b.bin".utf8) }, .malformed)
  }

  @Test func notAnArchive() throws {
    try expectRefused(scratch.write("x", noise(1_000)), .unrecognizedFormat)
    try expectRefused(scratch.write("y", []), .unrecognizedFormat)
  }

  /// Every flipped bit in a sound bundle is noticed, or changes nothing that is read.
  @Test func tamperedBytesAreNeverServed() throws {
    try writeBundle(scratch("m.zip"))
    let sound = try bytes(of: scratch("m.zip"))
    let original = try BundleReader(path: scratch("m.zip")).manifest
    let payload = try #require(payloadOffsets(sound)["data/weights.bin"])
    var positions = Array(stride(from: 0, to: sound.count, by: 4_001))
    positions += [payload, payload + 200_000]
    positions += (sound.count - 700)..<sound.count
    for position in positions {
      var tampered = sound
      tampered[position] ^= 0x10
      let path = try scratch.write("t.zip", tampered)
      do throws(ModelError) {
        let bundle = try BundleReader(path: path)
        try bundle.verify()
        #expect(bundle.manifest == original, "byte \(position)")
        #expect(!(payload..<payload + 200_001).contains(position))
      } catch {
        #expect(error.exitStatus == 3 || error.exitStatus == 4, "byte \(position): \(error)")
      }
    }
  }

  @Test func tamperedPayloadsNameTheEntry() throws {
    try writeBundle(scratch("m.zip"))
    var archive = try bytes(of: scratch("m.zip"))
    archive[try #require(payloadOffsets(archive)["data/weights.bin"]) + 7] ^= 1
    let path = try scratch.write("t.zip", archive)
    let error = #expect(throws: ModelError.self) { try BundleReader(path: path).unpack(to: scratch("out")) }
    #expect(error?.message.contains("data/weights.bin") == true)
    #expect(scratch.listing == ["m.zip", "t.zip"])
  }

  @Test func truncatedArchives() throws {
    try writeBundle(scratch("m.zip"))
    let sound = try bytes(of: scratch("m.zip"))
    for count in [4, 30, 100, sound.count / 2, sound.count - 23, sound.count - 22, sound.count - 1] {
      let path = try scratch.write("t.zip", Array(sound.prefix(count)))
      let error = #expect(throws: ModelError.self) { try BundleReader(path: path) }
      #expect(error?.exitStatus == 3, "\(count) bytes: \(String(describing: error))")
    }
  }
}
