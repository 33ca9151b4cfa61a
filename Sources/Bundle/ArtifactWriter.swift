import Diagnostics
import Tensors

/// A file of the payload as it lies on the disk, before anything has its final name.
package struct WrittenFile: Sendable {
  package var name: String
  /// The bytes that were written: a mapping of the temporary file or of its place in the unfinished archive; deflated text in memory.
  package var content: ByteRope

  package init(name: String, content: ByteRope) {
    self.name = name
    self.content = content
  }
}

/// Receives the bytes written so far; what it throws ends the work and leaves nothing behind.
package typealias WriteProgress = (Int) throws(ModelError) -> Void

/// Writes the files of an artefact, all or none, in the form asked for.
///
/// In every form the order is: the payload is written under temporary names; `beforeSeal` is called once with it, and reads what
/// is really on the disk; the manifest follows, if the form has one, with what `beforeSeal` gave; everything is fsynced; then the
/// names appear, weights first and graphs last. What `beforeSeal` or `progress` throws leaves nothing behind, and neither does an
/// interruption after `TemporaryFiles.removeWhenInterrupted`. Mappings given to `beforeSeal` may outlive it.
///
/// In the bare form one of `files` bears the name that the user gave; the others lie beside it.
///
/// - `readsBack`: whether `beforeSeal` reads much of the payload; if not, large files do not stay in the system's cache.
/// - `protecting`: the files that the input refers to; an output that is one of them is refused.
/// - `force`: a folder may have something in it; what is not written stays.
/// - Throws: `wouldOverwriteInput`, `io`, `duplicateName`, and what deferred tensors throw.
package func writeArtifacts(
  _ files: [ArtifactFile], to form: OutputForm, manifest head: ManifestHead, protecting inputs: [FileIdentity] = [],
  force: Bool = false, readsBack: Bool = true, progress: @escaping WriteProgress = { _ in },
  beforeSeal: @escaping ([WrittenFile]) throws(ModelError) -> Manifest.Verification? = { _ in nil }
) throws(ModelError) {
  for file in files {
    try EntryName.check(file.name)
    guard !form.hasManifest || file.name.lowercased() != EntryName.manifest else {
      throw ModelError(.duplicateName, "an exported file is named \(EntryName.manifest)")
    }
  }
  try EntryName.checkDistinct(files.map(\.name))
  if case .bare(let path) = form, !files.contains(where: { $0.name == path.lastComponent }) {
    throw ModelError(.internalInvariant, "no exported file is named \(path.lastComponent)", at: Place(file: path))
  }
  try form.check(names: files.map(\.name), protecting: inputs)
  let work = ArtifactWriter(files, head: head, progress: progress, beforeSeal: beforeSeal)
  do {
    switch form {
    case .bare(let path): try work.writeFiles(Staging(filesIn: path.parentFolder, staysInCache: readsBack), withManifest: false)
    case .folder(let path): try work.writeFiles(Staging(folder: path, force: force, staysInCache: readsBack), withManifest: true)
    case .package(let path): try work.writeFiles(Staging(folder: path, force: force, staysInCache: readsBack), withManifest: false)
    case .bundle(let path): try work.writeBundle(path, staysInCache: readsBack)
    }
  } catch {
    throw error.located(Place(file: form.path))
  }
}

private final class ArtifactWriter {
  private let files: [ArtifactFile]
  private let head: ManifestHead
  private let progress: WriteProgress
  private let beforeSeal: ([WrittenFile]) throws(ModelError) -> Manifest.Verification?
  private var written = 0

  init(
    _ files: [ArtifactFile], head: ManifestHead, progress: @escaping WriteProgress,
    beforeSeal: @escaping ([WrittenFile]) throws(ModelError) -> Manifest.Verification?
  ) {
    self.files = files
    self.head = head
    self.progress = progress
    self.beforeSeal = beforeSeal
  }

  private func advance(_ count: Int) throws(ModelError) {
    written += count
    try progress(written)
  }

  // MARK: Files

  func writeFiles(_ staging: Staging, withManifest: Bool) throws(ModelError) {
    let ordered = files.enumerated().sorted { ($0.element.role.rawValue, $0.offset) < ($1.element.role.rawValue, $1.offset) }
    let sourceDigests = try FileDigests(withManifest ? head.sourceFiles.map(\.mapping) : [])
    let hashing = withManifest ? try HashingThread() : nil
    var entries: [Manifest.Entry] = []
    var payload: [WrittenFile] = []
    for (_, file) in ordered {
      let digest = try write(file, staging, hashing)
      if let digest { entries.append(Manifest.Entry(path: file.name, size: file.content.byteCount, sha256: digest)) }
      if let path = staging.temporaryPath(of: file.name) {
        let mapping = try FileMapping(path: path)
        payload.append(WrittenFile(name: file.name, content: ByteRope(mapping, 0..<mapping.bytes.count)))
      }
    }
    let verification = try beforeSeal(payload)
    if withManifest {
      let bytes = try manifest(entries, sourceDigests, verification)
      try writeOut(ByteRope(bytes), to: staging.create(EntryName.manifest), hashing: nil)
    }
    try staging.commit()
  }

  private func write(_ file: ArtifactFile, _ staging: Staging, _ hashing: HashingThread?) throws(ModelError) -> String? {
    do {
      try writeOut(file.content, to: staging.create(file.name), hashing: hashing)
      return try hashing?.finish()
    } catch {
      guard error.code == .io, error.place.file != nil else { throw error }
      throw error.renamed(to: staging.finalPath(of: file.name))
    }
  }

  private func writeOut(_ content: ByteRope, to output: OutputFile, hashing: HashingThread?) throws(ModelError) {
    // A run is lent until the reader's next call or its end, so the thread is done with it before either.
    let reader = try ByteRopeReader(content)
    defer { hashing?.wait() }
    while let run = try reader.next() {
      hashing?.begin(run)
      try output.write(run)
      hashing?.wait()
      try advance(run.count)
    }
    try output.finish()
  }

  private func manifest(
    _ entries: [Manifest.Entry], _ sources: FileDigests, _ verification: Manifest.Verification?
  ) throws(ModelError) -> [UInt8] {
    let sorted = entries.sorted { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
    return try Manifest(head, digests: sources.results(), entries: sorted, verification: verification).encoded()
  }

  // MARK: Bundle

  func writeBundle(_ path: String, staysInCache: Bool) throws(ModelError) {
    guard files.count < BundleLimits.entries else { throw ModelError(.limitExceeded, "\(files.count) files in one bundle") }
    let staging = Staging(filesIn: path.parentFolder, staysInCache: staysInCache)
    let name = path.lastComponent
    let output = try staging.create(name)
    guard let temporary = staging.temporaryPath(of: name) else { return }
    do {
      try fillBundle(output, at: temporary)
      try output.finish()
    } catch {
      throw error.place.file == temporary ? error.renamed(to: path) : error
    }
    try staging.commit()
  }

  private func fillBundle(_ output: OutputFile, at path: String) throws(ModelError) {
    let sourceDigests = try FileDigests(head.sourceFiles.map(\.mapping))
    let hashing = try HashingThread()
    let zip = try ZipWriter(output)
    var placed: [(file: ArtifactFile, payload: Int?, source: EntrySource)] = []
    var offset = 0
    for (file, isDeflated) in ZipLayout.ordered(files) {
      let slot = isDeflated ? nil : ZipLayout.slot(at: offset, name: file.name, size: file.content.byteCount)
      let source = EntrySource(
        file.content, hashing: hashing,
        willBegin: { () throws(ModelError) in
          guard let slot, output.position != slot.payload else { return }
          throw ModelError(.internalInvariant, "libzip put \"\(file.name)\" at \(output.position), not at \(slot.payload)")
        },
        didRead: { [self] (count) throws(ModelError) in try advance(count) })
      try zip.add(file.name, source, isDeflated: isDeflated, padding: slot?.padding)
      placed.append((file, slot?.payload, source))
      if let slot { offset = slot.payload + file.content.byteCount }
    }
    let manifest = LateSource(isDue: { placed.allSatisfy { $0.source.digest != nil } }) { [self] () throws(ModelError) in
      try output.flush()
      let verification = try beforeSeal(payload(placed, at: path))
      return try self.manifest(placed.map { placed in
        Manifest.Entry(path: placed.file.name, size: placed.file.content.byteCount, sha256: placed.source.digest ?? "")
      }, sourceDigests, verification)
    }
    try zip.add(EntryName.manifest, manifest, isDeflated: true)
    try zip.close()
  }

  private func payload(
    _ placed: [(file: ArtifactFile, payload: Int?, source: EntrySource)], at path: String
  ) throws(ModelError) -> [WrittenFile] {
    let archive = try FileMapping(path: path)
    return placed.map { placed in
      guard let start = placed.payload else { return WrittenFile(name: placed.file.name, content: placed.file.content) }
      let range = start..<start + placed.file.content.byteCount
      return WrittenFile(name: placed.file.name, content: ByteRope(archive, range))
    }
  }
}
