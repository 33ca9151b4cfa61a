import Ferry

/// What a person reads after `inspect`.
enum InspectionText {
  static func text(of inspection: Inspection) -> String {
    var lines = ["\(inspection.file)", "  format      \(inspection.format)"]
    if let bundle = inspection.bundle { lines += self.bundle(bundle) }
    if let model = inspection.model { lines += self.model(model) }
    return lines.joined(separator: "\n")
  }

  private static func bundle(_ bundle: Inspection.Bundle) -> [String] {
    ["  made by     Ferry \(bundle.ferry)", "  from        \(bundle.source)", "  target      \(bundle.target)"]
      + bundle.entries.map { "  entry       \($0.path)  \(Summary.bytes($0.size))  sha256 \($0.sha256.prefix(16))… matches" }
      + [bundle.verification.map { "  verified    \($0)" } ?? "  verified    not when it was made"]
  }

  private static func model(_ model: Inspection.Model) -> [String] {
    var lines: [String] = []
    lines.append("  opsets      " + model.opsets.map { "\($0.domain.isEmpty ? "ai.onnx" : $0.domain) \($0.version)" }.joined(separator: ", "))
    if let producer = model.producer { lines.append("  producer    \(producer)") }
    for input in model.inputs { lines.append("  input       \(input.name): \(input.type)") }
    for output in model.outputs { lines.append("  output      \(output.name): \(output.type)") }
    lines.append("  nodes       \(model.nodes)" + (model.functions > 0 ? ", \(model.functions) functions" : ""))
    let operators = model.operators.map { "\($0.name) \($0.count)" }.joined(separator: ", ")
    lines.append("  operators   \(operators)")
    lines.append("  parameters  \(model.parameters) in \(model.constants) constants, \(Summary.bytes(model.parameterBytes))")
    let sizes = model.assumedSizes.isEmpty ? "" : " with " + model.assumedSizes.map { "\($0.name)=\($0.size)" }.joined(separator: ", ")
    let (open, bound) = (model.unmeasuredValues, model.unmeasuredValues > 0 ? "at least " : "")
    if let macs = model.multiplyAccumulates { lines.append("  arithmetic  \(bound)\(count(macs)) multiply-accumulates\(sizes)") }
    if let peak = model.peakActivationBytes { lines.append("  activations \(bound)\(Summary.bytes(peak)) at the peak\(sizes)") }
    if open > 0 { lines.append("              the size of \(open) value\(open == 1 ? "" : "s") is not known, and not counted") }
    if !model.unsupported.isEmpty {
      lines.append("  foreign     " + model.unsupported.map { "\($0.name) \($0.count)" }.joined(separator: ", "))
    }
    return lines
  }

  private static func count(_ number: Int) -> String {
    let units = ["", " k", " M", " G", " T"]
    var value = Double(number)
    var unit = 0
    while value >= 1000, unit < units.count - 1 {
      value /= 1000
      unit += 1
    }
    return unit == 0 ? "\(number)" : Summary.fixed(value, 2) + units[unit]
  }
}
