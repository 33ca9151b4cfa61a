import CProtoWire
import Foundation
import Testing

@Suite struct AgreementWithLibraryTests {
  @Test(arguments: Descriptors.all.indices) func randomMessagesReadAlike(_ index: Int) throws {
    let descriptor = Descriptors.all[index]
    for seed in 1...200 as ClosedRange<UInt64> {
      var source = RandomMessage(random: SeededGenerator(seed))
      let bytes = source.message(descriptor, depth: Int(seed % 6))
      let library = try #require(packedByLibrary(descriptor, bytes), "seed \(seed)")
      #expect(try Decoded(descriptor, bytes).packed == library, "seed \(seed)")
    }
  }

  @Test func defaultsAreApplied() throws {
    for descriptor in Descriptors.all where failure(descriptor, []) == nil {
      #expect(try Decoded(descriptor, []).packed == [])
      #expect(packedByLibrary(descriptor, []) == [])
    }
  }

  @Test func sampleModelsReadAlike() throws {
    let samples = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../Samples").standardized
    let files = FileManager.default.enumerator(at: samples, includingPropertiesForKeys: nil)?.compactMap { $0 as? URL } ?? []
    for file in files where file.pathExtension == "onnx" {
      let bytes = [UInt8](try Data(contentsOf: file))
      guard let library = packedByLibrary(Descriptors.model, bytes) else { continue }
      #expect(try Decoded(Descriptors.model, bytes).packed == library, "\(file.lastPathComponent)")
    }
  }
}
