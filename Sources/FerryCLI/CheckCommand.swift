import ArgumentParser
import Ferry
import Retargeting

struct CheckCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract: "Tell what a target takes of a model, and what not, without writing anything.",
    discussion: "Exit status 4 when something is not supported.")

  @Argument(help: "The model to read.", completion: .file())
  var model: String

  @Option(help: "What would be written: a target of `ferry targets`, or the path of a profile.")
  var to: String

  @Flag(help: "Take the model as it is, node by node.")
  var noOptimize = false

  @OptionGroup var shaping: ShapingFlags

  @OptionGroup var opening: OpeningFlags

  @Flag(help: "Print one JSON object on standard output.")
  var json = false

  func run() async throws {
    var options = ConversionOptions()
    options.optimize = !noOptimize
    try shaping.apply(to: &options)
    let report = try await Ferry.check(model, to: Target(to), options: options, opening: opening.options)
    if json { Shell.printJSON(report) } else { print(Self.text(of: report)) }
    if !report.isSupported { throw Shell.ExitStatus(code: 4) }
  }

  static func text(of report: CheckReport) -> String {
    let coverage = report.coverage
    let verdict = coverage.isComplete ? "can be written" : "cannot be written, for \(coverage.unsupportedText)"
    var lines = ["\(report.source) → \(report.target): \(coverage.nodes) nodes, \(verdict)"]
    if !coverage.unsupported.isEmpty { lines.append("unsupported") }
    lines += coverage.unsupported.flatMap { ["  \($0.operator) ×\($0.count) [\($0.reason.rawValue)] \($0.detail)"] + notes($0) }
    if !coverage.replaced.isEmpty { lines.append("written in other words") }
    lines += coverage.replaced.map { "  \($0.operator) ×\($0.count) [\($0.reason.rawValue)] \($0.detail): \($0.replacedBy ?? "")" }
    return lines.joined(separator: "\n")
  }

  private static func notes(_ finding: Coverage.Finding) -> [String] {
    (finding.remedy.map { ["    instead: \($0)"] } ?? []) + ["    at: " + finding.nodes.joined(separator: ", ")]
  }
}
