import Foundation
import Glibc

/// What one run of the program did.
struct Outcome {
  /// The exit status; 128 + the signal's number when a signal ended it.
  var status: Int32
  var output: String
  var errors: String
  var timedOut = false

  var crashed: Bool { status > 128 && status != 130 }
}

/// The program under test, which the build puts beside the tests.
enum FerryProcess {
  static let executable: String = {
    if let given = ProcessInfo.processInfo.environment["FERRY"] { return given }
    var folder = URL(filePath: (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? CommandLine.arguments[0])
    while folder.path != "/" {
      folder.deleteLastPathComponent()
      let candidate = folder.appending(path: "ferry").path
      if access(candidate, X_OK) == 0, !isFolder(candidate) { return candidate }
    }
    return "ferry"
  }()

  static func run(_ arguments: [String], in workspace: Workspace, limit: Duration = .seconds(120)) throws -> Outcome {
    try Child(["\(executable)"] + arguments, in: workspace).outcome(within: limit)
  }

  private static func isFolder(_ path: String) -> Bool {
    var folder: ObjCBool = false
    return FileManager.default.fileExists(atPath: path, isDirectory: &folder) && folder.boolValue
  }
}

/// A process with its output caught in files, so that no pipe can fill up.
struct Child {
  let process: pid_t
  private let output: String
  private let errors: String

  /// Starts `arguments`, the program first, looked up in the search path, in the workspace's folder.
  init(_ arguments: [String], in workspace: Workspace) throws {
    let number = UUID().uuidString
    (output, errors) = ("\(workspace.captures)/\(number).out", "\(workspace.captures)/\(number).err")
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_addopen(&actions, 1, output, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
    posix_spawn_file_actions_addopen(&actions, 2, errors, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
    // `env` changes the folder, which the C library's own way of starting a process cannot do everywhere, and becomes the program.
    var words: [UnsafeMutablePointer<CChar>?] =
      (["env", "--chdir=\(workspace.folder)"] + arguments).map { strdup($0) } + [nil]
    defer { words.forEach { free($0) } }
    var started: pid_t = 0
    let code = posix_spawnp(&started, "env", &actions, nil, &words, environ)
    guard code == 0 else { throw Failure(description: "\(arguments[0]) does not start: \(String(cString: strerror(code)))") }
    process = started
  }

  struct Failure: Error, CustomStringConvertible { var description: String }

  /// `nil` while it runs.
  private func exitStatus() -> Int32? {
    var status: Int32 = 0
    guard waitpid(process, &status, WNOHANG) == process else { return nil }
    return status & 0x7F == 0 ? (status >> 8) & 0xFF : 128 + status & 0x7F
  }

  /// Waits for the end; kills it when that takes too long.
  func outcome(within limit: Duration) throws -> Outcome {
    let deadline = ContinuousClock.now + limit
    var timedOut = false
    while true {
      if let status = exitStatus() {
        return Outcome(
          status: status, output: try String(decoding: contents(output), as: UTF8.self),
          errors: try String(decoding: contents(errors), as: UTF8.self), timedOut: timedOut)
      }
      if !timedOut, ContinuousClock.now > deadline {
        timedOut = true
        kill(process, SIGKILL)
      }
      usleep(1000)
    }
  }

  private func contents(_ path: String) throws -> Data { try Data(contentsOf: URL(filePath: path)) }
}
