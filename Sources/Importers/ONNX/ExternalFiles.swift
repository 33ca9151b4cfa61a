internal import CONNXProto
internal import CProtobufC
import Diagnostics
import Tensors

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// The files beside a model that hold tensors: each mapped once, and only those inside the model's own folder or one that
/// the user trusts, links resolved.
final class ExternalFiles {
  private let folder: String
  private let trustedFolders: [String]
  private let copiesWeights: Bool
  private var byLocation: [String: FileMapping] = [:]
  private var byIdentity: [FileIdentity: FileMapping] = [:]
  /// Of the files opened, in order.
  private(set) var paths: [String] = []

  init(modelPath: String, options: ONNXImporter.Options) {
    let end = modelPath.lastIndex(of: "/")
    folder = end.map { $0 == modelPath.startIndex ? "/" : String(modelPath[..<$0]) } ?? "."
    trustedFolders = options.trustedFolders
    copiesWeights = options.copiesWeights
    byLocation = options.givenFiles
  }

  /// Throws `malformed`, `outsideFolder`, `missingFile`, `truncated` or `io`.
  func tensor(
    _ element: ElementType, _ shape: Shape, _ entries: Messages<Onnx__StringStringEntryProto>, _ context: ReadContext
  ) throws(ModelError) -> Tensor {
    let entries = try ExternalEntries(entries, context)
    guard let count = shape.elementCount, let expected = element.byteCount(elements: count) else {
      throw ModelError(.limitExceeded, "a tensor of \(element.rawValue)\(shape) is too large to address")
    }
    guard entries.length == nil || entries.length == expected else {
      throw ModelError(.malformed, "\(entries.length ?? 0) bytes of external data where \(element.rawValue)\(shape) takes \(expected)")
    }
    let file = try open(entries.location)
    guard entries.offset <= file.bytes.count, expected <= file.bytes.count - entries.offset else {
      throw ModelError(
        .truncated, "\(expected) bytes from \(entries.offset) on lie beyond the end of the file, which has \(file.bytes.count)",
        at: Place(file: file.path))
    }
    return try Tensor(element, shape, mapped: file, range: entries.offset..<entries.offset + expected)
  }

  private func open(_ location: String) throws(ModelError) -> FileMapping {
    if let file = byLocation[location] { return file }
    if location.hasPrefix("/") { throw outside(location, "is absolute", trusting: nil) }
    let path = folder + "/" + location
    guard let root = Self.resolved(folder) else { throw Self.failure(folder, errno) }
    guard let target = Self.resolved(path) else {
      let code = errno
      throw Self.climbsOut(location) ? outside(location, "leads out of the model's folder", trusting: nil) : Self.failure(path, code)
    }
    let trusted = trustedFolders.lazy.compactMap(Self.resolved).first { Self.relative(target, to: $0) != nil }
    guard let container = Self.relative(target, to: root) != nil ? root : trusted, let relative = Self.relative(target, to: container) else {
      throw outside(location, "leads out of the model's folder", trusting: target)
    }
    let descriptor = try Self.openBeneath(container, relative, path)
    defer { close(descriptor) }
    var status = stat()
    if fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_nlink > 1, trusted == nil {
      throw outside(location, "is a hard link, which may be a file from elsewhere", trusting: target)
    }
    let opened = try FileMapping(descriptor: descriptor, path: path, copying: copiesWeights)
    let file = byIdentity[opened.identity] ?? opened
    byIdentity[opened.identity] = file
    byLocation[location] = file
    paths.append(path)
    return file
  }

  private func outside(_ location: String, _ reason: String, trusting target: String?) -> ModelError {
    let parent = target?.lastIndex(of: "/").map { target?[..<$0] ?? "" }.map { $0.isEmpty ? "/" : String($0) }
    let hint = parent.map { "--trust-folder \($0) allows it" } ?? "--trust-folder DIR allows files of one more folder"
    return ModelError(.outsideFolder, "the external file \"\(location)\" \(reason)", notes: [hint])
  }

  /// Opens a file whose path holds no links, failing if one appears meanwhile.
  private static func openBeneath(_ folder: String, _ relative: String, _ path: String) throws(ModelError) -> Int32 {
    var current = openat(AT_FDCWD, folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    let parts = relative.split(separator: "/")
    for (index, part) in parts.enumerated() {
      guard current >= 0 else { break }
      let kind = index == parts.count - 1 ? O_NONBLOCK : O_DIRECTORY
      let next = openat(current, String(part), O_RDONLY | O_NOFOLLOW | O_CLOEXEC | kind)
      let code = errno
      close(current)
      errno = code
      current = next
    }
    guard current >= 0 else { throw failure(path, errno) }
    return current
  }

  private static func failure(_ path: String, _ code: Int32) -> ModelError {
    ModelError(
      code == ENOENT ? .missingFile : .io, "the external file cannot be opened: \(String(cString: strerror(code)))", at: Place(file: path))
  }

  private static func resolved(_ path: String) -> String? {
    guard let resolved = realpath(path, nil) else { return nil }
    defer { free(resolved) }
    return String(cString: resolved)
  }

  /// The rest of `path` within `folder`; `nil` when it is elsewhere.
  private static func relative(_ path: String, to folder: String) -> String? {
    if path == folder { return "" }
    let prefix = folder == "/" ? "/" : folder + "/"
    return path.hasPrefix(prefix) ? String(path.dropFirst(prefix.count)) : nil
  }

  private static func climbsOut(_ location: String) -> Bool {
    var depth = 0
    for part in location.split(separator: "/") where part != "." {
      depth += part == ".." ? -1 : 1
      if depth < 0 { return true }
    }
    return false
  }
}

/// The keys of one tensor's `external_data`.
private struct ExternalEntries {
  var location = ""
  var offset = 0
  var length: Int?

  init(_ entries: Messages<Onnx__StringStringEntryProto>, _ context: ReadContext) throws(ModelError) {
    var seen: Set<String> = []
    for entry in entries {
      let key = try context.identifier(entry.pointee.key, "external data key")
      guard seen.insert(key).inserted else { throw ModelError(.malformed, "external data gives \"\(key)\" twice") }
      switch key {
      case "location": location = try context.identifier(entry.pointee.value, "external location")
      case "offset": offset = try Self.number(entry.pointee.value, key, context)
      case "length": length = try Self.number(entry.pointee.value, key, context)
      case "checksum": break
      default: context.sink.warn("external data key \"\(key)\" is not known and ignored", at: Place(file: context.file.path))
      }
    }
    guard !location.isEmpty else { throw ModelError(.malformed, "external data does not say in which file") }
  }

  private static func number(_ data: ProtobufCBinaryData, _ key: String, _ context: ReadContext) throws(ModelError) -> Int {
    let text = try context.identifier(data, "external \(key)")
    guard text.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = Int(text) else {
      throw ModelError(.malformed, "external \(key) \"\(text)\" is not a number of bytes")
    }
    return number
  }
}
