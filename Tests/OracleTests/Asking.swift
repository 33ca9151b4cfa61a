import Foundation

/// Runs a script of `Tests/Oracles` in its environment; what it printed, and whether it was content.
func ask(_ script: String, _ arguments: [String]) throws -> (isContent: Bool, text: String) {
  let top = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
  let process = Process()
  process.executableURL = top.appending(path: ".venv-oracles/bin/python")
  process.arguments = [top.appending(path: "Tests/Oracles/\(script)").path] + arguments
  process.currentDirectoryURL = top
  // A file, since a pipe's end can be seen too early while other tests start processes.
  let output = FileManager.default.temporaryDirectory.appending(path: "ferry-ask-\(UUID().uuidString)")
  defer { try? FileManager.default.removeItem(at: output) }
  try Data().write(to: output)
  let handle = try FileHandle(forWritingTo: output)
  process.standardOutput = handle
  process.standardError = handle
  try process.run()
  process.waitUntilExit()
  try handle.close()
  let text = String(decoding: try Data(contentsOf: output), as: UTF8.self)
  return (process.terminationStatus == 0, text)
}
