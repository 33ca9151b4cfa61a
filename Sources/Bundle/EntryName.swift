import Diagnostics

/// The names of files in bundles and folders: relative paths with `/`, that mean the same everywhere.
enum EntryName {
  static let manifest = "manifest.json"

  /// Throws `outsideFolder` for a name that leads elsewhere, `malformed` for one that not every system can hold.
  static func check(_ name: String) throws(ModelError) {
    let shown = "\"\(name.debugDescription.dropFirst().dropLast().prefix(200))\""
    guard !name.isEmpty, name.utf8.count <= 512 else { throw ModelError(.malformed, "an entry's name is empty or too long") }
    guard !name.utf8.contains(where: { $0 < 0x20 || $0 == 0x7F }) else {
      throw ModelError(.malformed, "the entry name \(shown) has a control character")
    }
    guard !name.hasPrefix("/"), !name.utf8.contains(UInt8(ascii: "\\")), !name.utf8.contains(UInt8(ascii: ":")) else {
      throw ModelError(.outsideFolder, "the entry \(shown) is not a relative path")
    }
    for part in name.split(separator: "/", omittingEmptySubsequences: false) {
      guard part != ".." else { throw ModelError(.outsideFolder, "the entry \(shown) leads out of its folder") }
      guard !part.isEmpty, part != ".", part.utf8.count <= 255 else {
        throw ModelError(.malformed, "the entry name \(shown) is not a plain path")
      }
    }
  }

  /// Throws `duplicateName` when two names are one file, on a file system that ignores case too.
  static func checkDistinct(_ names: [String]) throws(ModelError) {
    var seen: Set<String> = []
    for name in names where !seen.insert(name.lowercased()).inserted {
      throw ModelError(.duplicateName, "there are two entries \"\(name)\"")
    }
  }
}

extension StringProtocol {
  var lastComponent: String { String(split(separator: "/").last ?? "") }

  /// The folder that the path names something in; `.` for a bare name.
  var parentFolder: String {
    let path = trimmingSlashes()
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  /// The path of `name` in this folder.
  func appending(_ name: String) -> String { self == "." ? name : "\(self)/\(name)" }

  /// `a/b/c` gives `a`, `a/b`.
  var parents: [String] {
    indices.filter { self[$0] == "/" }.map { String(self[..<$0]) }
  }

  func trimmingSlashes() -> String {
    var path = self[...]
    while path.count > 1, path.hasSuffix("/") { path = path.dropLast() }
    return String(path)
  }
}
