import ArgumentParser
import Ferry

struct DiffCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "diff", abstract: "Tell what changed between two models: nodes, attributes, weights by hash.",
    discussion: "Nodes are found by what they compute, by their neighbours and by name, so that other names are no difference. Exit status: 0 when there is no difference, 1 when there is one.")

  @Argument(help: "The model before.", completion: .file())
  var first: String

  @Argument(help: "The model after.", completion: .file())
  var second: String

  @Flag(help: "Print one JSON object on standard output.")
  var json = false

  @OptionGroup var opening: OpeningFlags

  func run() async throws {
    let difference = try await Ferry.difference(between: first, and: second, opening: opening.options)
    if json { Shell.printJSON(difference) } else { print(text(of: difference)) }
    if difference.isDifferent { throw Shell.ExitStatus(code: 1) }
  }

  private func text(of difference: GraphDifference) -> String {
    let renaming = difference.renamed > 0 ? ["\(difference.renamed) value\(difference.renamed == 1 ? "" : "s") by other names"] : []
    guard difference.isDifferent else { return (["no difference"] + renaming).joined(separator: "; ") }
    var lines: [String] = []
    for change in difference.changes {
      let sign =
        switch change.kind {
        case .added: "+"
        case .removed: "-"
        case .changed: "~"
        }
      let place = change.graph.contains("/") ? " in \(change.graph)" : ""
      let name = [change.operatorName.map { "\(change.what) \($0)" } ?? change.what, change.name].joined(separator: " ")
      if change.details.count == 1 {
        lines.append("\(sign) \(name)\(place): \(change.details[0])")
      } else {
        lines.append("\(sign) \(name)\(place)")
        lines += change.details.map { "    \($0)" }
      }
    }
    let counts = [GraphDifference.Change.Kind.added, .removed, .changed].map { kind in
      "\(difference.changes.count { $0.kind == kind }) \(kind.rawValue)"
    }
    return (lines + [(counts + renaming).joined(separator: ", ")]).joined(separator: "\n")
  }
}
