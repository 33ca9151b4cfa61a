import Foundation
import Testing

/// Size, names and traps: what a reviewer would say every time.
@Suite struct ShapeTests {
  /// Generated code is not read by people.
  static func isGenerated(_ path: String) -> Bool { path.contains(".pb-c.") || path.contains("/Generated/") }

  private func sources() throws -> [(path: String, text: String)] {
    let found = try [".swift", ".c", ".h"].flatMap { try Repository.files(under: "Sources", suffix: $0) }
      .filter { !Self.isGenerated($0) }.map { ($0, try Repository.text(of: $0)) }
    try #require(found.count > 20, "the sources were not found")
    return found
  }

  @Test func filesStayUnder400Lines() throws {
    for (path, text) in try sources() {
      let count = text.split(separator: "\n", omittingEmptySubsequences: false).count - 1
      #expect(count <= 400, "\(path) has \(count) lines")
    }
  }

  @Test func functionsStayUnder40Lines() throws {
    for (path, text) in try sources() where path.hasSuffix(".swift") {
      for function in SourceText(text).functions {
        #expect(function.length <= 40, "\(path):\(function.line): \(function.name) takes \(function.length) lines")
      }
    }
  }

  @Test func lengthsAreMeasuredRight() {
    let source = """
      protocol P { func requirement() -> Int }
      struct S {
        init(_ f: () -> Void = {}) { f() }
        func long(
          _ x: Int
        ) -> String {
          // } not this one
          let text = "} \\("}") {"
          return text
        }
        func next() {}
      }
      """
    let found = SourceText(source).functions.map { "\($0.name) \($0.line) \($0.length)" }
    #expect(found == ["init 3 1", "long 4 7", "next 11 1"])
  }

  @Test func namesSayWhatAThingIs() throws {
    for path in try Repository.files(under: "Sources", suffix: "") + Repository.files(under: "Tests", suffix: "") {
      let name = (path.split(separator: "/").last ?? "").lowercased()
      for empty in ["util", "helper", "manager"] {
        #expect(!name.contains(empty), "\(path): \"\(empty)\" says nothing")
      }
    }
  }

  @Test func nothingTraps() throws {
    for (path, text) in try sources() where path.hasSuffix(".swift") {
      let lines = SourceText(text).code.split(separator: "\n", omittingEmptySubsequences: false)
      for (number, line) in lines.enumerated() {
        for trap in ["fatalError(", "try!", "as! "] {
          #expect(!line.contains(trap), "\(path):\(number + 1): \(trap)")
        }
      }
    }
  }

  @Test func everyRuleHasTests() throws {
    let tests = Set(try Repository.files(under: "Tests/PassesTests", suffix: ".swift").map { $0.split(separator: "/").last.map(String.init) ?? "" })
    let declaration = #/struct (\w+): (?:RewriteRule|NodeRule|GraphPass)\b/#
    for path in try Repository.files(under: "Sources/Passes", suffix: ".swift") {
      for match in try Repository.text(of: path).matches(of: declaration) {
        #expect(tests.contains("\(match.1)Tests.swift"), "\(path): there is no \(match.1)Tests.swift")
        #expect(path.hasSuffix("/\(match.1).swift"), "\(path): \(match.1) belongs in a file of its own")
      }
    }
  }

  @Test func noFileKnowsOneMachine() throws {
    let listed = String(decoding: try Repository.output(of: ["git", "ls-files"]), as: UTF8.self).split(separator: "\n")
    let texts = [".swift", ".c", ".h", ".py", ".md", ".sh", ".yaml", ".json", ".tsv", ".txt"]
    let paths = listed.map(String.init).filter { path in texts.contains { path.hasSuffix($0) } || !path.contains(".") }
    let machine = #/(?:^|[\s"'(=:])/(?:work|farm|root|home|Users|opt/swift)/\w/#
    for path in paths where path != "Tests/ArchitectureTests/ShapeTests.swift" {
      guard let text = try? Repository.text(of: path) else { continue }
      for (number, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
        #expect(!line.contains(machine), "\(path):\(number + 1): a path of one machine")
      }
    }
  }
}
