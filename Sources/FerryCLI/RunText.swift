import Ferry

/// What a person reads after `run` and `compare`.
enum RunText {
  static func text(of report: RunReport) -> String {
    var lines = [report.model]
    for input in report.inputs { lines.append("  input   \(input.name): \(input.type)") }
    for output in report.outputs { lines.append("  output  \(output.name): \(output.type)" + (output.file.map { " → \($0)" } ?? "")) }
    if let latency = report.latency {
      lines.append(
        "  latency \(milliseconds(latency.medianSeconds)) median of \(latency.runs) "
          + "(\(milliseconds(latency.minimumSeconds)) to \(milliseconds(latency.maximumSeconds))), "
          + "\(Summary.fixed(latency.runsPerSecond, 1)) a second")
    } else if let run = report.seconds["run"] {
      lines.append("  time    \(milliseconds(run))")
    }
    for row in report.profile ?? [] {
      lines.append("  \(milliseconds(row.seconds))  \(row.steps) × \(row.operators), \(row.kernel)")
    }
    return lines.joined(separator: "\n")
  }

  static func text(of comparison: Comparison) -> String {
    var lines = ["\(comparison.a) ↔ \(comparison.b): \(comparison.isEqual ? "equal" : "DIFFERENT")"]
    for output in comparison.outputs {
      lines.append("  \(output.isEqual ? "equal    " : "DIFFERENT") \(output.name): " + (output.structural ?? figures(of: output)))
    }
    if let first = comparison.firstDivergence {
      let node = first.node.isEmpty ? first.operatorName : "\"\(first.node)\" (\(first.operatorName))"
      let origin = first.sources.isEmpty ? "" : ", made from " + first.sources.prefix(8).map { "\"\($0)\"" }.joined(separator: ", ")
      lines.append("  first difference: value \"\(first.value)\" of node \(node)\(origin), after \(first.agreedBefore) values that agree")
      lines.append("    \(first.agreement.structural ?? figures(of: first.agreement))")
    }
    return lines.joined(separator: "\n")
  }

  private static func figures(of agreement: Comparison.Figures) -> String {
    let top = agreement.topOne.map { ", top-1 \(Summary.fixed(100 * $0, 2)) %" } ?? ""
    if let ties = agreement.ties { return ties }
    let steps = agreement.steps.map { "; equal but for rounding to steps, which moves the first by up to \(short($0)) by itself" } ?? ""
    return "largest difference \(short(agreement.maxAbsolute)), relative \(short(agreement.maxRelative)), "
      + "cosine \(Summary.fixed(agreement.cosine, 6))\(top), \(agreement.mismatches) of \(agreement.count) outside the tolerance" + steps
  }

  private static func milliseconds(_ seconds: Double) -> String { Summary.fixed(seconds * 1000, 2) + " ms" }

  private static func short(_ value: Double) -> String { Summary.scientific(value) }
}
