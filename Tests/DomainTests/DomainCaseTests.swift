import Foundation
import Testing

/// Operators of `ai.onnx.ml` and `com.microsoft` against ONNX Runtime, each in several forms: `Tests/Oracles/make_domain_cases.py`.
@Suite struct DomainCaseTests {
  private let top = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  private func makeCases(in folder: URL) throws {
    let process = Process()
    process.executableURL = top.appending(path: ".venv-oracles/bin/python")
    process.arguments = [top.appending(path: "Tests/Oracles/make_domain_cases.py").path, folder.path]
    process.standardOutput = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    #expect(process.terminationStatus == 0, "ONNX Runtime refuses a case")
  }

  @Test func everyCaseGivesWhatTheRuntimeGives() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "ferry-domains-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    try makeCases(in: folder)
    let cases = try DomainCase.all(in: folder)
    #expect(cases.count >= 450)
    var decomposed = 0
    for one in cases {
      do {
        if try one.isDecomposed() { decomposed += 1 }
        let complaints = try one.complaints()
        #expect(complaints.isEmpty, "\(one.name): \(complaints.joined(separator: "; "))")
      } catch {
        Issue.record("\(one.name): \(error)")
      }
    }
    #expect(decomposed >= 180, "rules say fewer nodes in standard operators")
  }
}
