import Bundle
import Diagnostics
import FoundationEssentials
import Synchronization
import Tensors
import Testing

@Suite struct RoundTripTests {
  let scratch = Scratch()

  @Test func aBundleGivesBackItsFiles() throws {
    try writeBundle(scratch("m.zip"))
    let bundle = try BundleReader(path: scratch("m.zip"))
    try bundle.verify()
    for file in artifacts() {
      #expect(try bundle.content(of: file.name).gathered() == file.content.gathered())
    }
    #expect(bundle.manifest.entries.map(\.path) == ["data/weights.bin", "labels.txt", "model.onnx"])
    #expect(scratch.listing == ["m.zip"])
  }

  @Test func storedPayloadsAreMappedAndAligned() throws {
    try writeBundle(scratch("m.zip"))
    let bundle = try BundleReader(path: scratch("m.zip"))
    let offsets = try payloadOffsets(bytes(of: scratch("m.zip")))
    for name in ["data/weights.bin", "model.onnx"] {
      let mapped = try #require(try bundle.content(of: name).mappedRange)
      #expect(mapped.range.lowerBound % 64 == 0)
      #expect(mapped.range.lowerBound == offsets[name])
    }
    #expect(try bundle.content(of: "labels.txt").mappedRange == nil)
  }

  /// Every padding from none to the longest occurs.
  @Test func payloadsAreAlignedAfterEntriesOfAnySize() throws {
    let files = (0..<70).map { ArtifactFile(name: "f\($0 + 10)", content: ByteRope(noise($0)), role: .weights) }
    try writeBundle(scratch("m.zip"), files)
    let offsets = try payloadOffsets(bytes(of: scratch("m.zip")))
    #expect(offsets.count == 71)
    #expect(offsets.allSatisfy { $0.key == "manifest.json" || $0.value % 64 == 0 })
    try BundleReader(path: scratch("m.zip")).verify()
  }

  @Test func twoWritesAreByteEqual() throws {
    try writeBundle(scratch("a.zip"))
    try writeBundle(scratch("b.zip"), artifacts().reversed())
    #expect(try bytes(of: scratch("a.zip")) == bytes(of: scratch("b.zip")))
  }

  @Test func anUnpackedBundleIsTheFolderForm() throws {
    try writeBundle(scratch("m.zip"))
    try writeArtifacts(artifacts(), to: .folder(path: scratch("folder/")), manifest: head())
    try BundleReader(path: scratch("m.zip")).unpack(to: scratch("unpacked"))
    let names = ["data/weights.bin", "labels.txt", "manifest.json", "model.onnx"]
    for name in names { #expect(try bytes(of: scratch("folder/\(name)")) == bytes(of: scratch("unpacked/\(name)"))) }
    #expect(scratch.listing.filter { $0.hasPrefix("unpacked/") }.sorted() == (names + ["data"]).map { "unpacked/" + $0 }.sorted())
    #expect(!scratch.listing.contains { $0.contains(".ferry-") })
  }

  @Test func bareFilesHaveNoManifest() throws {
    try writeArtifacts(artifacts().filter { !$0.name.contains("/") }, to: .bare(path: scratch("model.onnx")), manifest: head())
    #expect(scratch.listing == ["labels.txt", "model.onnx"])
  }

  @Test func theManifestSaysWhatWasReadAndVerified() throws {
    let source = try FileMapping(path: scratch.write("abc.onnx", Array("abc".utf8)))
    let found = Manifest.Verification(
      mode: "sampled", samples: 3, passed: true,
      outputs: [.init(name: "y", maxAbsolute: 1e-6, maxRelative: .infinity, cosine: 1)])
    try writeArtifacts(
      artifacts(), to: .bundle(path: scratch("m.zip")), manifest: head(sources: [.init(name: "abc.onnx", mapping: source)]),
      beforeSeal: { _ in found })
    let manifest = try BundleReader(path: scratch("m.zip")).manifest
    #expect(manifest.verification == found)
    #expect(manifest.source.files.first?.sha256 == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
  }

  /// A file that nobody reads back leaves the cache while it grows; what is on the disk is the same.
  @Test(arguments: ["model.onnx", "m.zip"]) func largeFilesNeedNotStayInTheCache(name: String) throws {
    let weights = noise(90 << 20)
    let files = [ArtifactFile(name: "model.onnx", content: ByteRope(weights), role: .graph)]
    try writeArtifacts(files, to: OutputForm(path: scratch(name)), manifest: head(), readsBack: false)
    let written = try FileMapping(path: scratch(name))
    let range = name == "model.onnx" ? 0..<weights.count : 64..<64 + weights.count
    #expect(written.bytes[range].elementsEqual(weights))
  }

  /// What is verified is what lies on the disk, in every form.
  @Test(arguments: ["model.onnx", "folder/", "m.zip"]) func beforeSealReadsTheWrittenBytes(name: String) throws {
    let expected = artifacts().filter { name != "model.onnx" || !$0.name.contains("/") }
    let calls = Atomic(0)
    try writeArtifacts(expected, to: OutputForm(path: scratch(name)), manifest: head(), beforeSeal: { payload throws(ModelError) in
      calls.add(1, ordering: .relaxed)
      for file in payload {
        let original = expected.first { $0.name == file.name }
        #expect(try file.content.gathered() == original?.content.gathered())
        #expect(file.content.mappedRange != nil || file.name == "labels.txt")
      }
      #expect(payload.count == expected.count)
      return nil
    })
    #expect(calls.load(ordering: .relaxed) == 1)
  }

  @Test(arguments: ["model.onnx", "folder/", "m.zip"]) func failingVerificationLeavesNothing(name: String) {
    let files = artifacts().filter { name != "model.onnx" || !$0.name.contains("/") }
    let error = #expect(throws: ModelError.self) {
      try writeArtifacts(files, to: OutputForm(path: scratch(name)), manifest: head(), beforeSeal: { _ throws(ModelError) in throw ModelError(.different, "differs") })
    }
    #expect(error?.code == .different)
    #expect(scratch.listing.isEmpty)
  }

  @Test(arguments: ["model.onnx", "folder/", "m.zip"]) func interruptionLeavesNothing(name: String) {
    let files = artifacts().filter { name != "model.onnx" || !$0.name.contains("/") }
    let error = #expect(throws: ModelError.self) {
      try writeArtifacts(
        files, to: OutputForm(path: scratch(name)), manifest: head(),
        progress: { _ throws(ModelError) in throw ModelError(.interrupted, "interrupted") })
    }
    #expect(error?.code == .interrupted)
    #expect(scratch.listing.isEmpty)
  }
}
