import Foundation

/// Runs a script of `Tests/Oracles` in its environment; what it printed, and whether it was content.
func ask(_ script: String, _ arguments: [String]) throws -> (isContent: Bool, text: String) {
  let top = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
  let process = Process()
  process.executableURL = top.appending(path: ".venv-oracles/bin/python")
  process.arguments = [top.appending(path: "Tests/Oracles/\(script)").path] + arguments
  process.currentDirectoryURL = top
  let pipe = Pipe()
  process.standardOutput = pipe
  process.standardError = pipe
  try process.run()
  let text = String(decoding: try pipe.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
  process.waitUntilExit()
  return (process.terminationStatus == 0, text)
}
