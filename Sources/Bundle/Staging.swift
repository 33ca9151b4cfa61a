import Diagnostics
import Tensors

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Files that are written under temporary names and then appear under their own, all of them or none.
///
/// Whoever drops a staging without `commit` leaves nothing behind.
final class Staging {
  private enum Kind {
    /// Hidden files in the folder of the final ones.
    case beside
    /// A hidden folder beside the one it will become.
    case newFolder
    /// A hidden folder inside one that exists; its files are moved out one by one.
    case intoFolder
  }

  private let kind: Kind
  /// Where the files will be, and where they are until then.
  private let folder: String
  private let stage: String
  private var files: [(temporary: String, final: String, slot: Int?)] = []
  private var folders: [(path: String, slot: Int?)] = []
  /// Whether the files stay in the system's cache, to be read before the commit.
  private let staysInCache: Bool

  /// For files of the existing folder `folder`.
  init(filesIn folder: String, staysInCache: Bool) {
    kind = .beside
    self.staysInCache = staysInCache
    self.folder = folder
    stage = folder
  }

  /// For a folder that appears whole. One that exists keeps its other files, and must be empty unless `force`.
  ///
  /// Throws `io`.
  init(folder path: String, force: Bool, staysInCache: Bool) throws(ModelError) {
    self.staysInCache = staysInCache
    folder = path.trimmingSlashes()
    var status = stat()
    if stat(folder, &status) == 0 {
      guard status.st_mode & S_IFMT == S_IFDIR else { throw ModelError(.io, "is not a folder", at: Place(file: path)) }
      let isFree = try Self.isEmpty(folder)
      guard force || isFree else {
        throw ModelError(.io, "is a folder with something in it", at: Place(file: path), notes: ["--force writes into it"])
      }
      kind = .intoFolder
      stage = folder + "/" + Self.temporaryName("")
    } else {
      kind = .newFolder
      stage = folder.parentFolder.appending(Self.temporaryName(folder.lastComponent))
    }
    try makeFolder(stage)
  }

  deinit { abandon() }

  /// Starts the file that will be `name`, a relative path that `EntryName.check` accepts. Throws `io`.
  func create(_ name: String) throws(ModelError) -> OutputFile {
    let final = finalPath(of: name)
    let temporary: String
    if kind == .beside {
      temporary = final.parentFolder.appending(Self.temporaryName(final.lastComponent))
    } else {
      temporary = stage + "/" + name
      try makeFolders(of: name)
    }
    let slot = TemporaryFiles.note(temporary)
    do {
      let file = try OutputFile(creating: temporary, staysInCache: staysInCache)
      files.append((temporary, final, slot))
      return file
    } catch {
      TemporaryFiles.forget(slot)
      throw error.renamed(to: final)
    }
  }

  /// The path at which the file `name` can be read before the commit.
  func temporaryPath(of name: String) -> String? {
    files.first { $0.final == finalPath(of: name) }?.temporary
  }

  func finalPath(of name: String) -> String { folder.appending(name) }

  /// Gives the files their names, in the order of their creation. They have been `finish`ed.
  func commit() throws(ModelError) {
    switch kind {
    case .newFolder:
      for made in folders.reversed() { try Self.sync(made.path) }
      guard rename(stage, folder) == 0 else { throw ioFailure("cannot be created", folder) }
      for file in files { TemporaryFiles.forget(file.slot) }
      for made in folders { TemporaryFiles.forget(made.slot) }
      files = []
      folders = []
      try Self.sync(folder.parentFolder)
    case .beside, .intoFolder:
      while let file = files.first {
        try makeParents(of: file.final)
        guard rename(file.temporary, file.final) == 0 else { throw ioFailure("cannot be created", file.final) }
        TemporaryFiles.forget(file.slot)
        files.removeFirst()
        if kind == .intoFolder { try Self.sync(file.final.parentFolder) }
      }
      abandon()
      try Self.sync(folder)
    }
  }

  private func abandon() {
    for file in files {
      unlink(file.temporary)
      TemporaryFiles.forget(file.slot)
    }
    for made in folders.reversed() {
      rmdir(made.path)
      TemporaryFiles.forget(made.slot)
    }
    files = []
    folders = []
  }

  private func makeFolder(_ path: String) throws(ModelError) {
    let slot = TemporaryFiles.note(path)
    guard mkdir(path, 0o777) == 0 else {
      let failure = ioFailure("cannot be created", folder)
      TemporaryFiles.forget(slot)
      throw failure
    }
    folders.append((path, slot))
  }

  private func makeFolders(of name: String) throws(ModelError) {
    for parent in name.parents where !folders.contains(where: { $0.path == stage + "/" + parent }) {
      try makeFolder(stage + "/" + parent)
    }
  }

  private func makeParents(of final: String) throws(ModelError) {
    guard kind == .intoFolder else { return }
    for parent in final.dropFirst(folder.count + 1).parents {
      let path = folder + "/" + parent
      if mkdir(path, 0o777) != 0 && errno != EEXIST { throw ioFailure("cannot be created", path) }
    }
  }

  private static func temporaryName(_ name: String) -> String {
    ".\(name).ferry-\(getpid())-\(UInt32.random(in: 0...UInt32.max))"
  }

  private static func isEmpty(_ path: String) throws(ModelError) -> Bool {
    guard let folder = opendir(path) else { throw ioFailure("cannot be read", path) }
    defer { closedir(folder) }
    var count = 0
    while readdir(folder) != nil { count += 1 }
    return count <= 2
  }

  /// A rename is on the disk only when its folder is.
  private static func sync(_ path: String) throws(ModelError) {
    let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw ioFailure("cannot be written", path) }
    defer { close(descriptor) }
    if fsync(descriptor) != 0 && errno != EINVAL { throw ioFailure("cannot be written", path) }
  }
}

extension ModelError {
  /// A failure of a temporary file told with the name that the user gave.
  func renamed(to path: String) -> ModelError {
    var copy = self
    copy.place.file = path
    return copy
  }
}
