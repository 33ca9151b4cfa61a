internal import CSystem
import Diagnostics
import FoundationEssentials

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Ferry itself, at work on one model in a process of its own, its output caught in files.
struct BatchProcess {
  enum End {
    case exit(Int32)
    case signal(Int32)
  }

  let id: pid_t
  let start = ContinuousClock.now
  /// Which of those at work at the same time it is.
  let place: Int
  private let outputPath: String
  private let errorPath: String

  /// Where what a process prints is caught.
  static func paths(folder: String, place: Int) -> [String] { ["\(folder)/\(place).json", "\(folder)/\(place).txt"] }

  /// Throws `io` when no process can be started.
  init(_ arguments: [String], folder: String, place: Int) throws(ModelError) {
    self.place = place
    let paths = Self.paths(folder: folder, place: place)
    (outputPath, errorPath) = (paths[0], paths[1])
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_addopen(&actions, 1, outputPath, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
    posix_spawn_file_actions_addopen(&actions, 2, errorPath, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
    let program = Self.executable
    var list: [UnsafeMutablePointer<CChar>?] = ([program] + arguments).map { strdup($0) } + [nil]
    var environment = ProcessInfo.processInfo.environment
    environment["SWIFT_BACKTRACE"] = "enable=no"
    environment[Self.parentVariable] = String(getpid())
    var variables: [UnsafeMutablePointer<CChar>?] = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
    defer { for pointer in list + variables { free(pointer) } }
    var child: pid_t = 0
    let failure = posix_spawn(&child, program, &actions, nil, &list, &variables)
    guard failure == 0 else {
      throw ModelError(.io, "no process can be started: \(String(cString: strerror(failure)))", at: Place(file: program))
    }
    id = child
  }

  /// Names the process that this one is not to outlive.
  private static let parentVariable = "FERRY_BATCH_PROCESS"

  /// In a process that a batch has started: from now on it is told to end when the batch is no more, however that ended.
  static func followParent() {
    guard let parent = ProcessInfo.processInfo.environment[parentVariable].flatMap({ pid_t($0) }) else { return }
    #if os(Linux)
      end_with_parent()
    #endif
    if getppid() != parent { exit(ModelError(.interrupted, "").exitStatus) }
  }

  /// The running program.
  private static let executable: String = {
    var buffer = [CChar](repeating: 0, count: 4096)
    let count = readlink("/proc/self/exe", &buffer, buffer.count - 1)
    return count > 0 ? String(decoding: buffer.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self) : CommandLine.arguments[0]
  }()

  /// How it ended; `nil` while it runs.
  func end() -> End? {
    var status: Int32 = 0
    guard waitpid(id, &status, WNOHANG) == id else { return nil }
    let signal = status & 0x7F
    return signal == 0 ? .exit((status >> 8) & 0xFF) : .signal(signal)
  }

  func kill() { _ = sendSignal(id, SIGKILL) }

  var seconds: Double {
    let time = (ContinuousClock.now - start).components
    return Double(time.seconds) + Double(time.attoseconds) * 1e-18
  }

  var output: Data { FileManager.default.contents(atPath: outputPath) ?? Data() }

  /// The last lines that it wrote to standard error.
  var complaint: String {
    let text = String(decoding: FileManager.default.contents(atPath: errorPath) ?? Data(), as: UTF8.self)
    let lines = text.split(separator: "\n").filter { !$0.hasPrefix("warning: ") && !$0.hasPrefix("note: ") }
    return String(lines.prefix(4).joined(separator: "\n").prefix(2000))
  }

  func removeFiles() {
    unlink(outputPath)
    unlink(errorPath)
  }
}

private func sendSignal(_ id: pid_t, _ signal: Int32) -> Int32 { kill(id, signal) }
