import Diagnostics
import Ferry
import FoundationEssentials

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// One conversion of a batch.
struct BatchJob: Sendable {
  var model: String
  /// `same` for the format of the model.
  var target: String
  var output: String
  /// For the child process.
  var arguments: [String]
}

/// Everything that a batch is to do, in an order that does not depend on the file system.
struct BatchPlan {
  private(set) var jobs: [BatchJob] = []

  init(models: String, output: String, targets: [String], isBundle: Bool, options: [String]) throws(ModelError) {
    let folder = output.hasSuffix("/") ? String(output.dropLast()) : output
    let found = try Self.isFolder(models) ? Self.models(in: models, except: folder) : Self.models(listedIn: models)
    guard !found.isEmpty else { throw ModelError(.missingFile, "there are no models", at: Place(file: models)) }
    var taken: [String: String] = [:]
    for target in targets.isEmpty ? ["same"] : targets {
      for (path, name) in found {
        let place = targets.count > 1 ? "\(folder)/\(target)/\(name)" : "\(folder)/\(name)"
        let ending = Ferry.targets.first { $0.name == target }?.fileExtension ?? "onnx"
        let file = place + "." + (isBundle ? "zip" : ending)
        if let other = taken.updateValue(path, forKey: file) {
          throw ModelError(.usage, "two models would be written to one file", at: Place(file: file), notes: ["\(other) and \(path)"])
        }
        let arguments = ["convert", path, "-o", file, "--json"] + (target == "same" ? [] : ["--to", target]) + options
        jobs.append(BatchJob(model: path, target: target, output: file, arguments: arguments))
      }
    }
  }

  private static func isFolder(_ path: String) -> Bool {
    var isFolder = false
    return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && isFolder
  }

  /// Models by path, with the names that they are written under.
  private static func models(in folder: String, except output: String) throws(ModelError) -> [(path: String, name: String)] {
    let paths: [String]
    // A folder may be given by a link, which is not followed by itself.
    let place = realpath(folder, nil)
    defer { free(place) }
    do { paths = try FileManager.default.subpathsOfDirectory(atPath: place.map { String(cString: $0) } ?? folder) } catch {
      throw ModelError(.io, "the folder cannot be read", at: Place(file: folder))
    }
    let root = folder.hasSuffix("/") ? folder : folder + "/"
    return paths.sorted().compactMap { path in
      let whole = root + path
      guard let name = stem(path), !whole.hasPrefix(output + "/") else { return nil }
      return (whole, name)
    }
  }

  /// The paths in a text file, each once, relative to its folder; empty lines and those that begin with `#` are left out, and so is the
  /// space around a path.
  private static func models(listedIn file: String) throws(ModelError) -> [(path: String, name: String)] {
    guard let data = FileManager.default.contents(atPath: file) else { throw ModelError(.missingFile, "cannot be read", at: Place(file: file)) }
    let text = String(decoding: data, as: UTF8.self)
    let folder = file.contains("/") ? String(file[...(file.lastIndex(of: "/") ?? file.startIndex)]) : ""
    var seen = Set<String>()
    let lines = text.split(whereSeparator: \.isNewline).map(trimmed).filter { !$0.isEmpty && !$0.hasPrefix("#") && seen.insert($0).inserted }
    let short = lines.map { line in String(line.split(separator: "/").last ?? "") }
    return zip(lines, short).map { line, name in
      let isUnique = short.count { $0 == name } == 1
      let written = isUnique ? name : line.split(separator: "/").filter { $0 != ".." && $0 != "." }.joined(separator: "_")
      return (line.hasPrefix("/") ? line : folder + line, stem(written) ?? written)
    }
  }

  private static func trimmed(_ line: Substring) -> String {
    var line = line
    while line.first?.isWhitespace == true { line.removeFirst() }
    while line.last?.isWhitespace == true { line.removeLast() }
    return String(line)
  }

  /// The name without the ending of a model; `nil` for other files.
  private static func stem(_ path: String) -> String? {
    for ending in [".onnx", ".zip"] where path.lowercased().hasSuffix(ending) && path.utf8.count > ending.utf8.count {
      return String(path.dropLast(ending.count))
    }
    return nil
  }
}
