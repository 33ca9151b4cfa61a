import Foundation
import Passes
import Testing

@Suite struct CoverageTests {
  private let tests: [String: String]

  init() throws { tests = try Self.sources(under: URL(filePath: #filePath).deletingLastPathComponent()) }

  private static func sources(under folder: URL) throws -> [String: String] {
    var sources: [String: String] = [:]
    let files = try #require(FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil))
    for case let file as URL in files where file.pathExtension == "swift" {
      sources[file.deletingPathExtension().lastPathComponent] = try String(contentsOf: file, encoding: .utf8)
    }
    return sources
  }

  /// Every rule that is declared is in a pipeline, so that the next test asks for it.
  @Test func everyDeclaredRuleIsInAPipeline() throws {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    let declaration = /struct (\w+): (?:\w+, )*(?:RewriteRule|NodeRule|GraphPass)\b/
    let declared = try Self.sources(under: root.appending(path: "Sources/Passes")).values.flatMap { text in
      text.matches(of: declaration).map { String($0.1) }
    }
    // Runs for `--layout` alone.
    let onRequest: Set = ["ReorderPorts"]
    #expect(Set(declared) == Set(Pipelines.allNames).union(onRequest))
  }

  /// Every rule is shown to apply, and shown not to. `expectRewrite` requires the rule by this name to have been recorded.
  @Test func everyRuleIsTestedBothWays() throws {
    for name in Pipelines.allNames {
      guard let text = tests[name + "Tests"] else {
        Issue.record("\(name) has no \(name)Tests.swift")
        continue
      }
      let calls = text.replacing(/\/\/.*/, with: "").split(whereSeparator: \.isWhitespace).joined()
      #expect(calls.contains("expectRewrite(\(name)("), "no test shows that \(name) applies")
      #expect(calls.contains("expectUnchanged(\(name)("), "no test shows where \(name) does not apply")
    }
  }
}

extension Pipelines {
  fileprivate static var allNames: [String] { Set(standard.names + cleanUp.names).sorted() }
}
