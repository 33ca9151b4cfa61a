import ArgumentParser
import Diagnostics
import Ferry

struct TargetsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "targets", abstract: "List what can be converted to, or explain one target.")

  @Argument(help: "A target to explain.")
  var name: String?

  @Flag(help: "Print one JSON object on standard output.")
  var json = false

  func run() throws {
    guard let name else {
      if json { return Shell.printJSON(["targets": Ferry.targets]) }
      for target in Ferry.targets { print("\(target.name)  \(target.summary)") }
      return
    }
    guard let target = Ferry.targets.first(where: { $0.name == name }) else {
      throw ModelError(
        .usage, "there is no target \(name)", notes: ["there are: " + Ferry.targets.map(\.name).joined(separator: ", ")])
    }
    if json { Shell.printJSON(target) } else { print("\(target.name): \(target.summary)\n\n\(target.details)") }
  }
}
