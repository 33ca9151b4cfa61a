import Profiles

/// What a person reads about a hardware profile: each limit with where it is written down.
enum ProfileText {
  static func text(of profile: HardwareProfile) -> String {
    var lines = ["\(profile.name): \(profile.summary)", "", "writes \(profile.format)"]
    lines.append(profile.isVerified ? "verified: what is written was run on it" : "not verified: nothing was run on it here")
    func add(_ text: String?, _ source: String?) {
      guard let text, let source else { return }
      lines += ["", text, "  source: \(source)"]
    }
    add(profile.opset.map { "ONNX operator set up to \($0.value)" }, profile.opset?.source)
    add(profile.staticShapes.flatMap { $0.value ? "every size must be a number" : nil }, profile.staticShapes?.source)
    add(profile.elementTypes.map { "element types: " + $0.value.joined(separator: ", ") }, profile.elementTypes?.source)
    add(profile.rank.map { "up to \($0.value) axes" }, profile.rank?.source)
    add(profile.innerAxes.map { "sizes above 1 in the \($0.value) innermost axes alone" }, profile.innerAxes?.source)
    add(profile.layout.map { "images lie as \($0.value)" }, profile.layout?.source)
    add(profile.operators.map { ($0.value.isAllowList ? "only: " : "without: ") + $0.value.names.joined(separator: ", ") }, profile.operators?.source)
    add(profile.quantization.map { text(of: $0.value) }, profile.quantization?.source)
    add(profile.size.map { "files of up to \($0.value) bytes" }, profile.size?.source)
    return lines.joined(separator: "\n")
  }

  private static func text(of quantization: HardwareProfile.Quantization) -> String {
    var parts = [quantization.isRequired ? "quantised throughout" : "quantised where the model is"]
    if let types = quantization.activations { parts.append("activations " + types.joined(separator: ", ")) }
    if let types = quantization.weights { parts.append("weights " + types.joined(separator: ", ")) }
    if quantization.isSymmetric { parts.append("zero points of zero") }
    if !quantization.allowsPerChannel { parts.append("one scale for a whole tensor") }
    if quantization.powerOfTwoScales { parts.append("scales that are powers of two") }
    return parts.joined(separator: "; ")
  }
}
