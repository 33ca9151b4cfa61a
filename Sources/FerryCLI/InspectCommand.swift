import ArgumentParser
import Ferry

struct InspectCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect",
    abstract: "Tell what a model or bundle is: format, inputs, operators, parameters, arithmetic.",
    discussion: "Of a bundle, every entry is read and its checksum compared.")

  @Argument(help: "A model or a bundle.", completion: .file())
  var file: String

  @Flag(help: "Print the graph in readable form.")
  var graph = false

  @Flag(help: "Print one JSON object on standard output.")
  var json = false

  @OptionGroup var opening: OpeningFlags

  func validate() throws {
    if graph && json { throw ValidationError("--graph and --json exclude each other") }
  }

  func run() async throws {
    let bar = ProgressBar()
    defer { bar.finish() }
    if graph {
      try await Ferry.printGraph(of: file, opening: opening.options) { print($0, terminator: "") }
      return
    }
    let inspection = try await Ferry.inspect(file, opening: opening.options, progress: { bar.update($0) })
    bar.finish()
    for warning in inspection.warnings { Shell.printError("\(warning.severity): \(warning.message)") }
    if json { Shell.printJSON(inspection) } else { print(InspectionText.text(of: inspection)) }
  }
}
