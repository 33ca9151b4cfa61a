import Foundation
import Glibc
import Testing

/// A folder of one test, removed with it.
final class Workspace: Sendable {
  private let root: String
  /// Where commands run and models lie.
  let folder: String
  /// Where the output of processes is caught, out of sight of the checks on `folder`.
  let captures: String

  init() throws {
    let top = FileManager.default.temporaryDirectory.path
    root = (top == "/" ? "" : top) + "/ferry-cli-\(UUID().uuidString)"
    folder = root + "/work"
    captures = root + "/captures"
    for path in [folder, captures] { try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true) }
  }

  deinit { try? FileManager.default.removeItem(atPath: root) }

  func path(_ name: String) -> String { "\(folder)/\(name)" }

  @discardableResult func write(_ bytes: [UInt8], to name: String) throws -> String {
    try Data(bytes).write(to: URL(filePath: path(name)))
    return name
  }

  func write(_ model: HostileModel, to name: String = "model.onnx") throws { try write(model.bytes, to: name) }

  func makeFolder(_ name: String) throws {
    try FileManager.default.createDirectory(atPath: path(name), withIntermediateDirectories: true)
  }

  func read(_ name: String) throws -> [UInt8] { try [UInt8](Data(contentsOf: URL(filePath: path(name)))) }

  func exists(_ name: String) -> Bool { FileManager.default.fileExists(atPath: path(name)) }

  /// Everything in the folder: kind, inode, links, times and, of files up to 1 MiB, contents.
  func snapshot() throws -> [String: String] {
    var entries: [String: String] = [:]
    for name in try FileManager.default.subpathsOfDirectory(atPath: folder) {
      var status = stat()
      guard lstat(path(name), &status) == 0 else { continue }
      let isFile = status.st_mode & S_IFMT == S_IFREG
      let content = isFile && status.st_size <= 1 << 20 ? Data(try read(name)).base64EncodedString() : ""
      let time = isFile ? "\(status.st_mtim.tv_sec).\(status.st_mtim.tv_nsec)" : ""
      entries[name] = "\(status.st_mode) \(status.st_ino) \(isFile ? status.st_nlink : 0) \(status.st_size) \(time) \(content)"
    }
    return entries
  }

  /// SHA-256 of a file of any size.
  func digest(of name: String) throws -> String {
    try Child(["sha256sum", name], in: self).outcome(within: .seconds(120)).output
  }
}

extension Workspace {
  /// Runs the program and expects a refusal: this status, one line of error that holds every one of `words`, notes under it,
  /// nothing on standard output, nothing changed or left in the folder.
  func expectRefusal(
    _ arguments: [String], status: Int32, saying words: [String], prefixed command: [String] = [],
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let before = try snapshot()
    let outcome =
      command.isEmpty
      ? try FerryProcess.run(arguments, in: self)
      : try Child(command + [FerryProcess.executable] + arguments, in: self).outcome(within: .seconds(120))
    let shown = Comment(rawValue: "ferry \(arguments.joined(separator: " "))\n\(outcome.errors.prefix(600))")
    #expect(!outcome.timedOut, shown, sourceLocation: sourceLocation)
    #expect(outcome.status == status, shown, sourceLocation: sourceLocation)
    #expect(outcome.output.isEmpty, shown, sourceLocation: sourceLocation)
    #expect(try snapshot() == before, "something was changed or left behind", sourceLocation: sourceLocation)
    expectOneError(outcome.errors, saying: words, shown, sourceLocation)
  }

  private func expectOneError(_ text: String, saying words: [String], _ shown: Comment, _ sourceLocation: SourceLocation) {
    let lines = text.split(separator: "\n").filter { !$0.hasPrefix("warning: ") }
    let message = lines.first.map(String.init) ?? ""
    #expect(message.contains("error: "), shown, sourceLocation: sourceLocation)
    #expect(message.utf8.count < 500, "the message is too long to be read", sourceLocation: sourceLocation)
    #expect(lines.dropFirst().allSatisfy { $0.hasPrefix("  note: ") }, shown, sourceLocation: sourceLocation)
    for word in words { #expect(message.contains(word), "expected \"\(word)\" in: \(message)", sourceLocation: sourceLocation) }
  }
}
