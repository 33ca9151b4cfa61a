import Diagnostics
import GraphIR
import ONNXImport
import ONNXTestSupport
import Tensors
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Weights in files beside the model, and files that are no business of a model's.
@Suite struct ExternalDataTests {
  private let folder: Folder
  private static let payload: [UInt8] = (0..<64).map { UInt8($0) }

  init() throws { folder = try Folder() }

  private func model(_ entries: [(String, String)], shape: [Int] = [2]) throws -> String {
    try folder.write(ONNXBytes.model(ONNXBytes.relu(initializers: [ONNXBytes.external("w", shape, entries)])).bytes)
  }

  private func weight(_ model: Model) throws -> Tensor {
    try #require(model.graph.valueIDs.compactMap { model.graph[$0].constant }.first)
  }

  private func expect(
    _ code: ModelError.Code, _ entries: [(String, String)], trusting: [String] = [], _ location: SourceLocation = #_sourceLocation
  ) throws {
    var options = ONNXImporter.Options()
    options.trustedFolders = trusting
    let file = try model(entries)
    let error = try #require(throws: ModelError.self, sourceLocation: location) { try ONNXImporter.read(path: file, options: options) }
    #expect(error.code == code, "\(error)", sourceLocation: location)
    #expect(error.place.value == "w", sourceLocation: location)
    if code == .outsideFolder { #expect(error.notes.contains { $0.contains("--trust-folder") }, sourceLocation: location) }
  }

  @Test func mapsTheRange() throws {
    try folder.write(Self.payload, "w.bin")
    let file = try model([("location", "w.bin"), ("offset", "8"), ("length", "8")])
    let model = try ONNXImporter.read(path: file)
    let (mapping, range) = try #require(try weight(model).mappedRange)
    #expect(range == 8..<16 && mapping.path.hasSuffix("/w.bin"))
    #expect(model.sources == [file, folder.path + "/model/w.bin"])
  }

  @Test func readsLengthFromTheShapeAndWarnsOfUnknownKeys() throws {
    try folder.write(Self.payload, "w.bin")
    let sink = DiagnosticSink()
    let file = try model([("location", "./w.bin"), ("checksum", "00"), ("basepath", "/etc")])
    #expect(try weight(ONNXImporter.read(path: file, options: .init(sink: sink))).mappedRange?.range == 0..<8)
    #expect(sink.all.contains { $0.message.contains("basepath") })
  }

  @Test func refusesWrongEntries() throws {
    try folder.write(Self.payload, "w.bin")
    try expect(.malformed, [])
    try expect(.malformed, [("location", "")])
    try expect(.malformed, [("location", "w.bin"), ("location", "w.bin")])
    try expect(.malformed, [("location", "w.bin"), ("offset", "-1")])
    try expect(.malformed, [("location", "w.bin"), ("offset", "0x10")])
    try expect(.malformed, [("location", "w.bin"), ("length", "9")])
    try expect(.malformed, [("location", "w.bin"), ("offset", "99999999999999999999")])
    try expect(.malformed, [("location", "w\0.bin")])
    try expect(.truncated, [("location", "w.bin"), ("offset", "57")])
    try expect(.truncated, [("location", "w.bin"), ("offset", String(Int.max))])
    try expect(.missingFile, [("location", "none.bin")])
  }

  @Test func refusesPathsOutOfTheFolder() throws {
    try folder.write(Self.payload, "../outside.bin")
    try expect(.outsideFolder, [("location", "../outside.bin")])
    try expect(.outsideFolder, [("location", "../missing.bin")])
    try expect(.outsideFolder, [("location", folder.path + "/outside.bin")])
    try folder.link("link.bin", to: "../outside.bin")
    try expect(.outsideFolder, [("location", "link.bin")])
    try folder.link("up", to: "..")
    try expect(.outsideFolder, [("location", "up/outside.bin")])
    try folder.write(Self.payload, "own.bin")
    try folder.hardLink("hard.bin", to: "own.bin")
    try expect(.outsideFolder, [("location", "hard.bin")])
  }

  @Test func refusesWhatIsNoFile() throws {
    try expect(.io, [("location", ".")])
    #expect(mkfifo(folder.path + "/model/pipe", 0o600) == 0)
    try expect(.io, [("location", "pipe")])
    try folder.link("device", to: "/dev/zero")
    try expect(.outsideFolder, [("location", "device")])
    try expect(.io, [("location", "device")], trusting: ["/dev"])
  }

  @Test func followsLinksInsideAndIntoTrustedFolders() throws {
    try folder.write(Self.payload, "w.bin")
    try folder.link("inside.bin", to: "w.bin")
    _ = try ONNXImporter.read(path: model([("location", "inside.bin")]))
    try folder.write(Self.payload, "../outside.bin")
    try folder.link("link.bin", to: "../outside.bin")
    var options = ONNXImporter.Options()
    options.trustedFolders = [folder.path]
    _ = try ONNXImporter.read(path: model([("location", "link.bin")]), options: options)
  }

  @Test func takesFilesThatAreGiven() throws {
    let given = try folder.write(Self.payload, "elsewhere.bin")
    var options = ONNXImporter.Options()
    options.givenFiles = ["w.bin": try FileMapping(path: given)]
    _ = try ONNXImporter.read(path: model([("location", "w.bin")]), options: options)
  }
}
