import ArgumentParser
import Ferry

struct UnpackCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "unpack", abstract: "Extract a bundle into a folder, checking every checksum.")

  @Argument(help: "The bundle.", completion: .file())
  var bundle: String

  @Option(name: [.customShort("o"), .long], help: "The folder to create.", completion: .directory)
  var output: String

  @Flag(help: "Write into a folder that has something in it.")
  var force = false

  @Flag(help: "Print one JSON object on standard output.")
  var json = false

  func run() async throws {
    let bar = ProgressBar()
    defer { bar.finish() }
    let result = try await Ferry.unpack(bundle, to: output, force: force, progress: { bar.update($0) })
    bar.finish()
    if json {
      Shell.printJSON(result)
    } else {
      for entry in result.entries { print("\(entry.sha256.prefix(12))  \(entry.path)  \(Summary.bytes(entry.size))") }
    }
  }
}
