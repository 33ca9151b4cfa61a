import Foundation
import Passes
import Testing

@Suite struct CoverageTests {
  /// Every rule is shown to apply, and shown not to.
  @Test func everyRuleIsTestedBothWays() throws {
    let folder = URL(filePath: #filePath).deletingLastPathComponent()
    var sources: [String: String] = [:]
    let files = try #require(FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil))
    for case let file as URL in files where file.pathExtension == "swift" {
      sources[file.deletingPathExtension().lastPathComponent] = try String(contentsOf: file, encoding: .utf8)
    }
    for name in Set(Pipelines.standard.names + Pipelines.cleanUp.names).sorted() {
      guard let text = sources[name + "Tests"] else {
        Issue.record("\(name) has no \(name)Tests.swift")
        continue
      }
      let calls = text.split(whereSeparator: \.isWhitespace).joined()
      #expect(calls.contains("expectRewrite(\(name)("), "no test shows that \(name) applies")
      #expect(calls.contains("expectUnchanged(\(name)("), "no test shows where \(name) does not apply")
    }
  }
}
