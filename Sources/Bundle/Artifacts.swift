import Diagnostics
import Tensors

/// One file that an exporter made.
package struct ArtifactFile: Sendable {
  /// Weights get their names first, graphs last: whoever finds the graph finds the weights.
  package enum Role: Int, Sendable, CaseIterable { case weights, companion, graph }

  /// Relative to the output's folder, with `/`.
  package var name: String
  package var content: ByteRope
  package var role: Role
  /// Text is deflated in a bundle; anything else is stored, 64-byte aligned.
  package var isText: Bool

  package init(name: String, content: ByteRope, role: Role, isText: Bool = false) {
    self.name = name
    self.content = content
    self.role = role
    self.isText = isText
  }
}

/// What the manifest says and the writer cannot know.
package struct ManifestHead: Sendable {
  package struct SourceFile: Sendable {
    /// The name alone, without the folder it was in.
    package var name: String
    package var mapping: FileMapping

    package init(name: String, mapping: FileMapping) {
      self.name = name
      self.mapping = mapping
    }
  }

  package var sourceFormat: String
  /// The files of the source, the one the user named first; they are hashed while the output is written.
  package var sourceFiles: [SourceFile]
  package var target: String
  package var inputs: [Manifest.Port]
  package var outputs: [Manifest.Port]
  package var passes: [String]
  package var recipe: String?

  package init(
    sourceFormat: String, sourceFiles: [SourceFile], target: String, inputs: [Manifest.Port], outputs: [Manifest.Port],
    passes: [String], recipe: String? = nil
  ) {
    self.sourceFormat = sourceFormat
    self.sourceFiles = sourceFiles
    self.target = target
    self.inputs = inputs
    self.outputs = outputs
    self.passes = passes
    self.recipe = recipe
  }
}

/// Where the files of an artefact go.
package enum OutputForm: Sendable, Equatable {
  /// The files themselves, in the folder of `path`; no manifest.
  case bare(path: String)
  /// A folder of the files and a manifest.
  case folder(path: String)
  /// A folder that is itself the artefact (`.mlpackage`): no manifest.
  case package(path: String)
  /// A zip of the files and a manifest.
  case bundle(path: String)

  /// What `-o path` asks for: `.zip` a bundle, a trailing `/` or a folder that exists a folder, `.mlpackage` a package,
  /// anything else a bare file.
  package init(path: String) {
    let lower = path.trimmingSlashes().lowercased()
    if lower.hasSuffix(".mlpackage") {
      self = .package(path: path)
    } else if path.hasSuffix("/") || isFolder(path) {
      self = .folder(path: path)
    } else if lower.hasSuffix(".zip") {
      self = .bundle(path: path)
    } else {
      self = .bare(path: path)
    }
  }

  package var path: String {
    switch self {
    case .bare(let path), .folder(let path), .package(let path), .bundle(let path): path
    }
  }

  package var hasManifest: Bool {
    switch self {
    case .folder, .bundle: true
    case .bare, .package: false
    }
  }

  /// Where files named `names` would be.
  func paths(of names: [String]) -> [String] {
    switch self {
    case .bundle(let path): [path]
    case .bare(let path): names.map(path.parentFolder.appending)
    case .folder(let path), .package(let path): (names + [EntryName.manifest]).map { path.trimmingSlashes() + "/" + $0 }
    }
  }

  /// Refuses, before any work, an output that would replace one of `inputs` (`wouldOverwriteInput`), that is something other
  /// than a regular file, or whose folder does not exist (`io`).
  ///
  /// `names`: the files' names, as far as they are known.
  package func check(names: [String], protecting inputs: [FileIdentity]) throws(ModelError) {
    for path in paths(of: names) {
      if let identity = FileIdentity(path: path), inputs.contains(identity) {
        throw ModelError(.wouldOverwriteInput, "is a file that the input refers to", at: Place(file: path))
      }
    }
    switch self {
    case .bare, .bundle:
      for path in paths(of: names) { try checkReplaceable(path) }
    case .folder, .package: break
    }
    let parent = path.parentFolder
    guard isFolder(parent) else { throw ModelError(.io, "cannot be created: there is no folder \(parent)", at: Place(file: path)) }
  }
}
