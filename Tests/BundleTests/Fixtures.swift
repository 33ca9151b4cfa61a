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

/// A folder of its own for one test, gone afterwards.
final class Scratch {
  let path: String

  init() {
    path = FileManager.default.temporaryDirectory.path + "/ferry-bundle-\(UUID().uuidString)"
    try? FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func callAsFunction(_ name: String) -> String { path + "/" + name }

  func write(_ name: String, _ bytes: [UInt8]) throws -> String {
    try Data(bytes).write(to: URL(filePath: self(name)))
    return self(name)
  }

  /// Everything in the folder, hidden files too.
  var listing: [String] {
    ((try? FileManager.default.subpathsOfDirectory(atPath: path)) ?? []).sorted()
  }
}

func bytes(of path: String) throws -> [UInt8] { try Array(Data(contentsOf: URL(filePath: path))) }

/// Bytes that do not compress.
func noise(_ count: Int, seed: UInt64 = 1) -> [UInt8] {
  var state = seed &* 0x9E37_79B9_7F4A_7C15 | 1
  return (0..<count).map { _ in
    state ^= state << 13
    state ^= state >> 7
    state ^= state << 17
    return UInt8(truncatingIfNeeded: state >> 32)
  }
}

func head(sources: [ManifestHead.SourceFile] = []) -> ManifestHead {
  ManifestHead(
    sourceFormat: "onnx", sourceFiles: sources, target: "onnx", inputs: [Manifest.Port(name: "x", type: "f32[N,3]")],
    outputs: [Manifest.Port(name: "y", type: "f32[N,2]")], passes: ["RemoveIdentity"])
}

/// A model in three files: a graph, weights in a folder, and a text.
func artifacts(weights: ByteRope = ByteRope(noise(200_001))) -> [ArtifactFile] {
  [
    ArtifactFile(name: "model.onnx", content: ByteRope(noise(1_000, seed: 2)), role: .graph),
    ArtifactFile(name: "labels.txt", content: ByteRope(Array(repeatElement("cat\ndog\n", count: 500).joined().utf8)), role: .companion, isText: true),
    ArtifactFile(name: "data/weights.bin", content: weights, role: .weights),
  ]
}

func writeBundle(_ path: String, _ files: [ArtifactFile] = artifacts()) throws {
  try writeArtifacts(files, to: .bundle(path: path), manifest: head())
}

/// Expects that the bundle at `path` is refused, on opening or on verification, with `code`.
func expectRefused(_ path: String, _ code: ModelError.Code, sourceLocation: SourceLocation = #_sourceLocation) {
  let error = #expect(throws: ModelError.self, sourceLocation: sourceLocation) { try BundleReader(path: path).verify() }
  #expect(error?.code == code, "\(error.map(String.init(describing:)) ?? "")", sourceLocation: sourceLocation)
  #expect(error?.place.file == path, sourceLocation: sourceLocation)
}
