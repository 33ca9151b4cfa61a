import Ferry

/// What a person reads after a conversion.
enum Summary {
  static func text(of report: ConversionReport) -> String {
    var lines = [
      "\(report.source) → \(report.output ?? "nothing written (dry run)")",
      "  nodes  \(report.before.nodes) → \(report.after.nodes)",
      "  bytes  \(bytes(report.before.bytes)) → \(bytes(report.after.bytes))",
    ]
    lines += rewrites(report.rewrites)
    lines.append("  check  " + verification(report.verification))
    let total = report.seconds.values.reduce(0, +)
    lines.append("  time   \(fixed(total, 2)) s")
    return lines.joined(separator: "\n")
  }

  /// One line a rule: how often it applied, and what that saved.
  private static func rewrites(_ rewrites: [ConversionReport.Rewrite]) -> [String] {
    func padded(_ text: String, _ width: Int) -> String { String(repeating: " ", count: max(0, width - text.count)) + text }
    let width = rewrites.map(\.rule.count).max() ?? 0
    return rewrites.map { rewrite in
      let name = rewrite.rule + String(repeating: " ", count: width - rewrite.rule.count)
      let size = (rewrite.bytesSaved < 0 ? "+" : "-") + bytes(abs(rewrite.bytesSaved))
      let nodes = (rewrite.nodesSaved < 0 ? "+" : "-") + "\(abs(rewrite.nodesSaved))"
      let apart = rewrite.difference.flatMap { difference in
        let place = difference.place == .outputs ? " in the outputs" : ""
        return difference.absolute > 0 ? "rounds differently, by up to \(scientific(difference.absolute))" + place : nil
      }
      let saved = [rewrite.nodesSaved == 0 ? "" : "\(nodes) nodes", rewrite.bytesSaved == 0 ? "" : size, apart ?? ""].filter { !$0.isEmpty }
      return "  \(name) \(padded("×\(rewrite.count)", 6))  \(saved.joined(separator: ", "))"
    }
  }

  private static func verification(_ verification: Verification) -> String {
    let reasons = verification.notes.isEmpty ? "" : " (\(verification.notes.joined(separator: "; ")))"
    switch verification.outcome {
    case .notRun: return "not run" + reasons
    case .equal:
      let worst = verification.outputs.map(\.maxAbsolute).max() ?? 0
      if let proof = verification.proof {
        let numbers = proof.windows == 0 ? "" : ", \(proof.byNumber) by number in \(proof.windows) rewritten parts, largest difference \(scientific(worst))"
        return "equal: of \(proof.values) values, \(proof.byStructure) by structure" + numbers + reasons
      }
      let steps = verification.outputs.compactMap(\.steps).max()
      let itself = steps.map { "; roundings to steps move the source itself by up to \(scientific($0))" } ?? ""
      return "equal on \(verification.samples) inputs, largest difference \(scientific(worst))" + itself + reasons
    case .different:
      let bad = verification.outputs.filter { !$0.isEqual }.map { output in
        "\(output.name): " + (output.structural ?? "\(output.mismatches) of \(output.count) elements, up to \(scientific(output.maxAbsolute))")
      }
      return "DIFFERENT: " + bad.joined(separator: "; ") + reasons
    }
  }

  static func bytes(_ count: Int) -> String {
    let units = ["B", "KiB", "MiB", "GiB", "TiB"]
    var value = Double(count)
    var unit = 0
    while value >= 1024, unit < units.count - 1 {
      value /= 1024
      unit += 1
    }
    return unit == 0 ? "\(count) B" : "\(fixed(value, 1)) \(units[unit])"
  }

  static func fixed(_ value: Double, _ digits: Int) -> String {
    guard value.isFinite else { return "\(value)" }
    var scale = 1.0
    for _ in 0..<digits { scale *= 10 }
    let scaled = Int((value * scale).rounded())
    let fraction = String(abs(scaled) % Int(scale))
    let padded = String(repeating: "0", count: max(0, digits - fraction.count)) + fraction
    return "\(scaled < 0 ? "-" : "")\(abs(scaled) / Int(scale))" + (digits > 0 ? "." + padded : "")
  }

  static func scientific(_ value: Double) -> String {
    guard value.isFinite, value != 0 else { return "\(value == 0 ? "0" : "\(value)")" }
    var exponent = 0
    var mantissa = abs(value)
    while mantissa >= 10 { mantissa /= 10; exponent += 1 }
    while mantissa < 1 { mantissa *= 10; exponent -= 1 }
    return "\(value < 0 ? "-" : "")\(fixed(mantissa, 1))e\(exponent)"
  }
}
