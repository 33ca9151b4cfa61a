import ArgumentParser
import Diagnostics
import Ferry

struct ExplainCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "explain", abstract: "Tell which rewrites apply to a model, and why others do not.",
    discussion: "Optimises the model and writes nothing. Without --rule, a reason is listed with its first nodes only.")

  @Argument(help: "The model to read.", completion: .file())
  var model: String

  @Option(help: ArgumentHelp("Tell of this rule alone, and of every node.", valueName: "name"))
  var rule: String?

  @Flag(help: "Print one JSON object on standard output.")
  var json = false

  @OptionGroup var opening: OpeningFlags

  func run() async throws {
    let bar = ProgressBar()
    defer { bar.finish() }
    let explanation = try await Ferry.explain(model, rule: rule, opening: opening.options, progress: { bar.update($0) })
    bar.finish()
    for warning in explanation.warnings { Shell.printError("\(warning.severity): \(warning.message)") }
    if json { Shell.printJSON(explanation) } else { print(text(of: explanation)) }
  }

  private func text(of explanation: Explanation) -> String {
    let limit = rule == nil ? 3 : Int.max
    var lines = ["applied"]
    for entry in explanation.applied {
      lines.append("  \(entry.rule) ×\(entry.count), \(entry.nodesSaved) nodes saved" + list(entry.nodes, limit))
    }
    if explanation.applied.isEmpty { lines.append("  nothing") }
    lines.append("not applied")
    var last = ""
    for refusal in explanation.refused {
      if refusal.rule != last { lines.append("  \(refusal.rule)") }
      last = refusal.rule
      let nodes = refusal.nodes.map { place in
        "\(place.node ?? "") (\(place.operatorName ?? "?"))" + (place.value.map { ", value \($0)" } ?? "")
      }
      lines.append("    \(refusal.reason) ×\(nodes.count)" + list(nodes, limit))
    }
    if explanation.refused.isEmpty { lines.append("  nothing") }
    return lines.joined(separator: "\n")
  }

  private func list(_ names: [String], _ limit: Int) -> String {
    guard !names.isEmpty else { return "" }
    let more = names.count > limit ? ", …" : ""
    return ": " + names.prefix(limit).joined(separator: "; ") + more
  }
}
