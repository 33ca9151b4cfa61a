import Foundation
import GraphIR
import Testing

import Operators

@Suite struct RegistryTests {
  private static let sources = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("Sources/Operators")

  @Test func everyOperatorInTheSourcesIsRegistered() throws {
    let registered = Set(registeredOperators.map { $0.name })
    let files = try #require(FileManager.default.enumerator(at: Self.sources, includingPropertiesForKeys: nil))
    var found = 0
    for case let file as URL in files where file.pathExtension == "swift" {
      let text = try String(contentsOf: file, encoding: .utf8)
      for match in text.matches(of: /static let name = "(\w+)"/) {
        found += 1
        #expect(registered.contains(String(match.1)), "\(match.1) of \(file.lastPathComponent) is missing in Registry.swift")
      }
    }
    #expect(found == registeredOperators.count)
  }

  @Test func theRegistryIsSorted() {
    for (domain, types) in Dictionary(grouping: registeredOperators, by: { $0.domain }) {
      let names = types.map { "\($0)" }
      #expect(names == names.sorted(), "\(domain)")
    }
  }

  @Test func familiesAreComplete() {
    for type in registeredOperators {
      #expect(elementwiseBinaries.contains { $0 == type } == (type is any ElementwiseBinary.Type), "\(type.name)")
      #expect(reductions.contains { $0 == type } == (type is any Reduction.Type), "\(type.name)")
    }
  }

  @Test func attributesAreListedInAlphabeticalOrderAndOnce() {
    for type in registeredOperators {
      let names = attributeNames(type)
      #expect(names == Array(Set(names)).sorted(), "\(type.name)")
    }
  }

  private func attributeNames<Op: Operator>(_ type: Op.Type) -> [String] { Op.attributes.map(\.name) }
}
