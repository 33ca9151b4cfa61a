import Bundle
import Diagnostics
import FoundationEssentials
import Tensors
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

@Suite struct OutputTests {
  let scratch = Scratch()
  let graph = ArtifactFile(name: "m.onnx", content: ByteRope(noise(5_000)), role: .graph)

  func expectFailure(_ code: ModelError.Code, _ body: () throws -> Void, sourceLocation: SourceLocation = #_sourceLocation) {
    let error = #expect(throws: ModelError.self, sourceLocation: sourceLocation, performing: body)
    #expect(error?.code == code, "\(String(describing: error))", sourceLocation: sourceLocation)
    #expect(error?.place.file?.contains(".ferry-") == false, sourceLocation: sourceLocation)
  }

  @Test func anExistingFileIsReplaced() throws {
    _ = try scratch.write("m.onnx", [1])
    try writeArtifacts([graph], to: .bare(path: scratch("m.onnx")), manifest: head())
    #expect(try bytes(of: scratch("m.onnx")) == noise(5_000))
  }

  @Test(arguments: ["in.onnx", "link.onnx", "hard.onnx"]) func theInputIsNotReplaced(name: String) throws {
    let input = try scratch.write("in.onnx", noise(50))
    symlink("in.onnx", scratch("link.onnx"))
    link(input, scratch("hard.onnx"))
    let identity = try #require(FileIdentity(path: input))
    var file = graph
    file.name = name
    expectFailure(.wouldOverwriteInput) {
      try writeArtifacts([file], to: .bare(path: scratch(name)), manifest: head(), protecting: [identity])
    }
    expectFailure(.wouldOverwriteInput) {
      try writeArtifacts([file], to: .bundle(path: scratch(name)), manifest: head(), protecting: [identity])
    }
    #expect(try bytes(of: input) == noise(50))
  }

  @Test func aSidecarThatIsTheInputIsNotReplaced() throws {
    let identity = try #require(FileIdentity(path: scratch.write("m.data", noise(50))))
    let sidecar = ArtifactFile(name: "m.data", content: ByteRope([1]), role: .weights)
    expectFailure(.wouldOverwriteInput) {
      try writeArtifacts([graph, sidecar], to: .bare(path: scratch("m.onnx")), manifest: head(), protecting: [identity])
    }
    #expect(scratch.listing == ["m.data"])
  }

  @Test func placesWhereNothingCanBe() throws {
    expectFailure(.io) { try writeArtifacts([graph], to: .bare(path: scratch("no/m.onnx")), manifest: head()) }
    expectFailure(.io) { try writeArtifacts([graph], to: .bundle(path: "/proc/m.zip"), manifest: head()) }
    expectFailure(.io) { try writeArtifacts([graph], to: .folder(path: "/proc/m/"), manifest: head()) }
    mkdir(scratch("m.onnx"), 0o777)
    expectFailure(.io) { try writeArtifacts([graph], to: .bare(path: scratch("m.onnx")), manifest: head()) }
    mkfifo(scratch("fifo.zip"), 0o666)
    expectFailure(.io) { try writeArtifacts([graph], to: .bundle(path: scratch("fifo.zip")), manifest: head()) }
  }

  @Test func aFullDisk() throws {
    let full = try OutputFile(existing: "/dev/full")
    let error = #expect(throws: ModelError.self) {
      try noise(10).withUnsafeBytes { bytes in try full.write(bytes) }
      try full.flush()
    }
    #expect(error?.code == .io)
    #expect(error?.message.contains("No space left") == true)
  }

  @Test func aFolderWithSomethingInItNeedsForce() throws {
    mkdir(scratch("out"), 0o777)
    try writeArtifacts(artifacts(), to: .folder(path: scratch("out")), manifest: head())
    expectFailure(.io) { try writeArtifacts(artifacts(), to: .folder(path: scratch("out")), manifest: head()) }
    _ = try scratch.write("out/mine", [1])
    try writeArtifacts(
      artifacts(weights: ByteRope([7])), to: .folder(path: scratch("out")), manifest: head(), force: true)
    #expect(try bytes(of: scratch("out/data/weights.bin")) == [7])
    #expect(try bytes(of: scratch("out/mine")) == [1])
    #expect(!scratch.listing.contains { $0.contains(".ferry-") })
  }

  @Test func theFormFollowsTheName() {
    #expect(OutputForm(path: "a.zip") == .bundle(path: "a.zip"))
    #expect(OutputForm(path: "a/") == .folder(path: "a/"))
    #expect(OutputForm(path: "a.onnx") == .bare(path: "a.onnx"))
    #expect(OutputForm(path: "a.mlpackage/") == .package(path: "a.mlpackage/"))
    #expect(OutputForm(path: scratch.path) == .folder(path: scratch.path))
  }

  /// A process of its own is needed for the signal itself; here what its handler calls.
  @Test func filesAtOddNamesAreRefused() {
    for name in ["../x", "/x", "a\nb", "manifest.json"] {
      let file = ArtifactFile(name: name, content: ByteRope([1]), role: .graph)
      #expect(throws: ModelError.self) { try writeArtifacts([file], to: .bundle(path: scratch("m.zip")), manifest: head()) }
    }
    #expect(scratch.listing.isEmpty)
  }
}
