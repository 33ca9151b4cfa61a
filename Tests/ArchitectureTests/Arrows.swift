import Foundation

/// Who may import whom.
struct Arrows: Equatable {
  var targets: [String: Set<String>] = [:]

  /// The fenced block `arrows` of ARCHITECTURE.md: lines `A, B -> C, D`, to be read "A and B may import C and D and nothing else".
  static func declared() throws -> Arrows {
    var arrows = Arrows()
    var isInside = false
    for line in try Repository.text(of: "ARCHITECTURE.md").split(separator: "\n") {
      if line.hasPrefix("```") {
        isInside = line == "```arrows"
      } else if isInside {
        let sides = line.split(separator: "->", maxSplits: 1).map { side in side.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) } }
        for name in sides[0] { arrows.targets[name, default: []].formUnion(sides.count > 1 ? sides[1] : []) }
      }
    }
    return arrows
  }

  /// The dependencies in Package.swift, and the folder of every target.
  static func inManifest() throws -> (arrows: Arrows, folders: [String: String]) {
    struct Manifest: Decodable {
      var targets: [Target]
    }
    struct Target: Decodable {
      var name: String
      var path: String?
      var dependencies: [Dependency]
    }
    struct Dependency: Decodable {
      var byName: [Part?]?
      var product: [Part?]?
      var target: [Part?]?
      var name: String? { (byName ?? product ?? target)?.first.flatMap { $0?.name } }
    }
    /// A name, or conditions that don't matter here.
    struct Part: Decodable {
      var name: String?
      init(from decoder: any Decoder) throws { name = try? decoder.singleValueContainer().decode(String.self) }
    }
    // A scratch folder of its own, because `swift test` holds the lock of the usual one; always the same, because its lock file stays.
    let scratch = Repository.root.appending(path: ".build/dump-package")
    let text = try Repository.output(of: ["swift", "package", "--scratch-path", scratch.path, "dump-package"])
    let manifest = try JSONDecoder().decode(Manifest.self, from: text)
    var result = (arrows: Arrows(), folders: [String: String]())
    for target in manifest.targets {
      result.arrows.targets[target.name] = Set(target.dependencies.compactMap(\.name))
      result.folders[target.name] = target.path ?? "Sources/\(target.name)"
    }
    return result
  }
}

/// One `import` line.
struct Import {
  var path: String
  var line: Int
  var module: String
  var isInternal: Bool

  static func all(in path: String) throws -> [Import] {
    let keywords: Set = ["public", "package", "internal", "fileprivate", "private", "import", "struct", "class", "enum", "protocol", "func", "var", "let", "typealias"]
    return try Repository.text(of: path).split(separator: "\n", omittingEmptySubsequences: false).enumerated().compactMap { number, line in
      var words = line.split(separator: " ").filter { !$0.hasPrefix("@") }
      if let comment = words.firstIndex(where: { $0.hasPrefix("//") }) { words.removeSubrange(comment...) }
      guard let at = words.firstIndex(of: "import"), words[..<at].allSatisfy({ keywords.contains(String($0)) }) else { return nil }
      let rest = words[words.index(after: at)...].drop { keywords.contains(String($0)) }
      guard let module = rest.first?.split(separator: ".").first else { return nil }
      return Import(path: path, line: number + 1, module: String(module), isInternal: words[..<at].contains("internal"))
    }
  }
}
