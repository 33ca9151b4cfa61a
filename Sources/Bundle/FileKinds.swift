import Diagnostics

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

func isFolder(_ path: String) -> Bool {
  var status = stat()
  return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
}

/// Throws `io` for what a rename must not replace: folders and devices.
func checkReplaceable(_ path: String) throws(ModelError) {
  var status = stat()
  guard stat(path, &status) == 0, status.st_mode & S_IFMT != S_IFREG else { return }
  let what = status.st_mode & S_IFMT == S_IFDIR ? "is a folder" : "is not a regular file"
  throw ModelError(.io, "cannot be replaced: it \(what)", at: Place(file: path))
}
