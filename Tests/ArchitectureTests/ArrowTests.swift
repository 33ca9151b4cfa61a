import Testing

/// Modules import what ARCHITECTURE.md allows; Package.swift depends on the same. The compiler checks neither.
@Suite struct ArrowTests {
  /// Parts of the toolchain, which every module may use.
  static let toolchain: Set = ["Swift", "Synchronization", "Dispatch", "Glibc", "Musl", "Darwin", "Foundation", "FoundationEssentials"]
  /// Read once: it takes the package manager a second.
  private static let manifestRead = Result { try Arrows.inManifest() }
  let declared: Arrows
  let manifest: (arrows: Arrows, folders: [String: String])

  init() throws {
    declared = try Arrows.declared()
    manifest = try Self.manifestRead.get()
  }

  private var ours: [String] { manifest.folders.filter { $0.value.hasPrefix("Sources/") }.keys.sorted() }

  @Test func manifestDependsOnWhatIsDeclared() {
    #expect(!ours.isEmpty)
    for target in ours {
      let (wanted, found) = (declared.targets[target], manifest.arrows.targets[target] ?? [])
      #expect(wanted != nil || found.isEmpty, "ARCHITECTURE.md draws no arrow from \(target)")
      #expect(found.subtracting(wanted ?? []).isEmpty, "\(target) depends on more than ARCHITECTURE.md allows")
      #expect((wanted ?? []).subtracting(found).isEmpty, "ARCHITECTURE.md draws an arrow that \(target) does not have")
    }
    #expect(Set(declared.targets.keys).subtracting(ours).isEmpty, "ARCHITECTURE.md speaks of a target that is not there")
  }

  @Test func importsFollowTheArrows() throws {
    for target in ours {
      for line in try Repository.files(under: manifest.folders[target] ?? "", suffix: ".swift").flatMap(Import.all) {
        let allowed = Self.toolchain.contains(line.module) || declared.targets[target]?.contains(line.module) == true
        #expect(allowed, "\(line.path):\(line.line): \(target) may not import \(line.module)")
      }
    }
  }

  /// A module that is not declared is found only when something else happened to be built before it.
  @Test func testsImportWhatTheyDependOn() throws {
    let known = Set(manifest.folders.keys)
    for (target, folder) in manifest.folders where folder.hasPrefix("Tests/") {
      let declared = manifest.arrows.targets[target] ?? []
      for line in try Repository.files(under: folder, suffix: ".swift").flatMap(Import.all) where known.contains(line.module) {
        #expect(declared.contains(line.module), "\(line.path):\(line.line): Package.swift has no arrow from \(target) to \(line.module)")
      }
    }
  }

  @Test func everyDependencyIsImported() throws {
    for target in ours where !target.hasPrefix("C") {
      let used = Set(try Repository.files(under: manifest.folders[target] ?? "", suffix: ".swift").flatMap(Import.all).map(\.module))
      let idle = (declared.targets[target] ?? []).subtracting(used)
      #expect(idle.isEmpty, "\(target) imports none of \(idle.sorted())")
    }
  }

  /// No C type may appear in a signature.
  @Test func cModulesAreImportedInternally() throws {
    let cModules = Set(ours.filter { $0.hasPrefix("C") && $0.dropFirst().first?.isUppercase == true }).subtracting(["CNumerics"])
    for line in try Repository.files(under: "Sources", suffix: ".swift").flatMap(Import.all) where cModules.contains(line.module) {
      #expect(line.isInternal, "\(line.path):\(line.line): say `internal import \(line.module)`")
    }
  }

  @Test func noModuleHasTheNameOfAType() throws {
    let modules = Set(ours)
    let declarations = ["struct", "class", "enum", "protocol", "actor", "typealias"]
    for path in try Repository.files(under: "Sources", suffix: ".swift") {
      for line in SourceText(try Repository.text(of: path)).code.split(separator: "\n") where line.first != " " {
        let words = line.split { !($0.isLetter || $0.isNumber || $0 == "_") }.map(String.init)
        guard let at = words.firstIndex(where: declarations.contains), at + 1 < words.count else { continue }
        #expect(!modules.contains(words[at + 1]), "\(path): a type has the name of the module \(words[at + 1])")
      }
    }
  }
}
