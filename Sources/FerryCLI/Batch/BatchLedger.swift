import Diagnostics
import Ferry
import FoundationEssentials

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// The result of one conversion of a batch: one line of `results.jsonl`.
struct BatchRecord: Codable, Sendable {
  struct File: Codable, Sendable, Equatable {
    var path: String
    var size: Int
    /// Seconds since 1970.
    var modified: Double
  }

  var schema = 1
  var model: String
  var target: String
  var output: String
  /// Of the model's content, the options and Ferry's version.
  var key: String
  /// `done`, `different`, `refused`, `invalid`, `failed`, `crashed` or `timeout`.
  var outcome: String
  /// The exit status, or 128 and the number of the signal.
  var status: Int32
  var seconds: Double
  var nodesBefore: Int?
  var nodesAfter: Int?
  var bytesBefore: Int?
  var bytesAfter: Int?
  var verification: String?
  var message: String?
  /// The files that the model was read from.
  var sources: [File] = []

  var isDone: Bool { outcome == "done" }

  /// What another attempt would not change.
  var isFinal: Bool { ["done", "different", "refused", "invalid"].contains(outcome) }

  /// True while the record still says what a new attempt would.
  func holds(for key: String) -> Bool {
    guard self.key == key, isFinal else { return false }
    if isDone, !FileManager.default.fileExists(atPath: output) { return false }
    return sources.allSatisfy { File(path: $0.path) == $0 }
  }
}

extension BatchRecord.File {
  init?(path: String) {
    var status = stat()
    guard stat(path, &status) == 0 else { return nil }
    #if canImport(Glibc)
      let time = status.st_mtim
    #else
      let time = status.st_mtimespec
    #endif
    self.init(path: path, size: Int(status.st_size), modified: Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9)
  }
}

/// The file that a batch appends its results to, and what earlier runs left in such files.
final class BatchLedger {
  private let descriptor: Int32
  private var known: [String: BatchRecord] = [:]
  let folder: String
  private let path: String

  /// Without `resumes`, begins an empty file. Each part of the work has a file of its own.
  init(folder: String, shard: Shard, resumes: Bool) throws(ModelError) {
    self.folder = folder
    path = "\(folder)/\(shard.ledgerName)"
    descriptor = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | (resumes ? 0 : O_TRUNC), 0o644)
    guard descriptor >= 0 else { throw ModelError(.io, "cannot be written", at: Place(file: path)) }
    guard resumes else { return }
    for name in (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [] where Self.isLedger(name) { read("\(folder)/\(name)") }
    // A line that was cut off by the end of an earlier run.
    var last: UInt8 = 0
    let end = lseek(descriptor, 0, SEEK_END)
    if end > 0, pread(descriptor, &last, 1, end - 1) == 1, last != UInt8(ascii: "\n") { try write("\n") }
  }

  deinit { close(descriptor) }

  private static func isLedger(_ name: String) -> Bool { name.hasPrefix("results") && name.hasSuffix(".jsonl") }

  private func read(_ path: String) {
    guard let data = FileManager.default.contents(atPath: path) else { return }
    for line in data.split(separator: UInt8(ascii: "\n")) {
      guard let record = try? JSONDecoder().decode(BatchRecord.self, from: Data(line)) else { continue }
      known[record.output] = record
    }
  }

  /// The result of an earlier run, when it still holds.
  func record(for job: BatchJob, key: String) -> BatchRecord? {
    guard let record = known[job.output], record.holds(for: key) else { return nil }
    return record
  }

  /// Appends a line, in one piece. Returns it. Throws `io` when it cannot be written.
  @discardableResult
  func append(_ record: BatchRecord) throws(ModelError) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    guard let data = try? encoder.encode(record) else { return "" }
    let line = String(decoding: data, as: UTF8.self)
    try write(line + "\n")
    return line
  }

  private func write(_ text: String) throws(ModelError) {
    var rest = Array(text.utf8)[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { bytes in
        #if canImport(Glibc)
          Glibc.write(descriptor, bytes.baseAddress, bytes.count)
        #else
          Darwin.write(descriptor, bytes.baseAddress, bytes.count)
        #endif
      }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { throw ModelError(.io, "cannot be written: \(String(cString: strerror(errno)))", at: Place(file: path)) }
      rest = rest.dropFirst(count)
    }
  }
}
