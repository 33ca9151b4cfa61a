import Diagnostics
import Tensors

extension BundleReader {
  /// Extracts every entry and the manifest into the folder `path`, hashes checked on the way; all or nothing.
  ///
  /// `force`: the folder may have something in it; what is not in the bundle stays.
  /// Throws `malformed` for content that is not the manifest's, `io`.
  package func unpack(
    to path: String, force: Bool = false, progress: @escaping WriteProgress = { _ in }
  ) throws(ModelError) {
    let form = OutputForm.folder(path: path)
    let identity = FileIdentity(path: self.path)
    try form.check(names: manifest.entries.map(\.path), protecting: identity.map { [$0] } ?? [])
    let staging = try Staging(folder: path, force: force, staysInCache: true)
    var done = 0
    for entry in manifest.entries {
      let output = try staging.create(entry.path)
      try readChecked(entry) { (run) throws(ModelError) in
        try output.write(run)
        done += run.count
        try progress(done)
      }
      try output.finish()
    }
    let output = try staging.create(EntryName.manifest)
    let bytes = ByteRope(try manifestBytes())
    try bytes.forEachRun { (run) throws(ModelError) in try output.write(run) }
    try output.finish()
    try staging.commit()
  }
}
