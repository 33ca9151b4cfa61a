import Diagnostics
import Tensors

/// Reads a profile; every error names the line and the column.
struct ProfileReader {
  private static let sizeLimit = 1 << 20
  let formats: [String]

  /// Throws `malformed` for YAML that is no profile, `limitExceeded` for too much of it.
  func read(_ text: String) throws(ModelError) -> HardwareProfile {
    guard text.utf8.count <= Self.sizeLimit else { throw ModelError(.limitExceeded, "a profile of \(text.utf8.count) bytes") }
    let root = ProfileNode(try YAMLTree.read(text), "the profile")
    let keys = ["schema", "name", "summary", "format", "verified", "limits"]
    try root.checkKeys(keys)
    guard try root.required("schema").integer() == 1 else { throw try root.required("schema").fault("this Ferry reads schema 1") }
    let format = try root.required("format")
    guard formats.contains(try format.string()) else { throw format.fault("there is no format \(try format.string())", expected: formats) }
    let name = try root.required("name")
    guard try name.string().allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-") }), try !name.string().isEmpty else {
      throw name.fault("a name has letters, digits and hyphens")
    }
    var profile = HardwareProfile(
      name: try name.string(), summary: try root.required("summary").string(), format: try format.string(),
      isVerified: try root.required("verified").bool())
    if let limits = try root.optional("limits") {
      try readLimits(limits, into: &profile)
      try checkAgreement(limits, profile)
    }
    return profile
  }

  private func readLimits(_ limits: ProfileNode, into profile: inout HardwareProfile) throws(ModelError) {
    try limits.checkKeys(["opset", "static_shapes", "element_types", "operators", "rank", "inner_axes", "quantization", "layout", "size"])
    profile.opset = try limit(limits, "opset") { (node) throws(ModelError) in try node.integer(in: 1...1000) }
    profile.staticShapes = try limit(limits, "static_shapes") { (node) throws(ModelError) in try node.bool() }
    profile.rank = try limit(limits, "rank") { (node) throws(ModelError) in try node.integer(in: 0...64) }
    profile.innerAxes = try limit(limits, "inner_axes") { (node) throws(ModelError) in try node.integer(in: 1...64) }
    profile.size = try limit(limits, "size") { (node) throws(ModelError) in try node.integer(in: 1...Int.max) }
    profile.elementTypes = try limit(limits, "element_types") { (node) throws(ModelError) in try node.elementTypes() }
    profile.layout = try limit(limits, "layout") { (node) throws(ModelError) in try node.string(oneOf: ["nchw", "nhwc"]) }
    if let node = try limits.optional("operators") { profile.operators = try operators(node) }
    if let node = try limits.optional("quantization") { profile.quantization = try quantization(node, profile.elementTypes) }
  }

  /// `{value: …, source: …}`
  private func limit<Value>(
    _ limits: ProfileNode, _ key: String, _ read: (ProfileNode) throws(ModelError) -> Value
  ) throws(ModelError) -> HardwareProfile.Limit<Value>? {
    guard let node = try limits.optional(key) else { return nil }
    try node.checkKeys(["value", "source"])
    return HardwareProfile.Limit(value: try read(node.required("value")), source: try source(node))
  }

  private func operators(_ node: ProfileNode) throws(ModelError) -> HardwareProfile.Limit<HardwareProfile.Operators> {
    try node.checkKeys(["only", "without", "source"])
    let (only, without) = (try node.optional("only"), try node.optional("without"))
    if let only, without != nil { throw only.fault("\"only\" and \"without\" contradict each other") }
    guard let list = only ?? without else { throw node.fault("\"only\" or \"without\" is missing") }
    let value = HardwareProfile.Operators(isAllowList: only != nil, names: try list.operatorNames())
    return HardwareProfile.Limit(value: value, source: try source(node))
  }

  private func quantization(
    _ node: ProfileNode, _ elements: HardwareProfile.Limit<[String]>?
  ) throws(ModelError) -> HardwareProfile.Limit<HardwareProfile.Quantization> {
    try node.checkKeys(["required", "activations", "weights", "symmetric", "per_channel", "power_of_two_scales", "source"])
    var value = HardwareProfile.Quantization()
    for (key, path) in [
      ("required", \HardwareProfile.Quantization.isRequired), ("symmetric", \.isSymmetric), ("per_channel", \.allowsPerChannel),
      ("power_of_two_scales", \.powerOfTwoScales),
    ] {
      if let flag = try node.optional(key) { value[keyPath: path] = try flag.bool() }
    }
    for (key, path) in [("activations", \HardwareProfile.Quantization.activations), ("weights", \.weights)] {
      guard let list = try node.optional(key) else { continue }
      value[keyPath: path] = try list.elementTypes(among: Self.quantizedTypes)
      for name in value[keyPath: path] ?? [] where elements.map({ !$0.value.contains(name) }) ?? false {
        throw list.fault("\(name) is not among the element_types")
      }
    }
    return HardwareProfile.Limit(value: value, source: try source(node))
  }

  /// What tensors between `QuantizeLinear` and `DequantizeLinear` may be made of.
  private static let quantizedTypes: [ElementType] = [
    .uint2, .uint4, .uint8, .uint16, .int2, .int4, .int8, .int16, .float4e2m1, .float8e4m3fn, .float8e4m3fnuz, .float8e5m2, .float8e5m2fnuz,
  ]

  private func source(_ node: ProfileNode) throws(ModelError) -> String {
    let source = try node.required("source")
    guard try source.string().contains(where: { !$0.isWhitespace }) else { throw source.fault("says nothing") }
    return try source.string()
  }

  /// Limits that cannot all hold.
  private func checkAgreement(_ limits: ProfileNode, _ profile: HardwareProfile) throws(ModelError) {
    if let opset = try limits.optional("opset"), profile.format != "onnx" {
      throw opset.fault("the format \(profile.format) has no operator sets")
    }
    if let inner = profile.innerAxes, let rank = profile.rank, inner.value >= rank.value, let node = try limits.optional("inner_axes") {
      throw node.fault("\(inner.value) innermost axes limit nothing where tensors have up to \(rank.value)")
    }
    if profile.quantization?.value.isRequired == true, let types = profile.elementTypes?.value,
      !Self.quantizedTypes.contains(where: { types.contains($0.rawValue) }), let node = try limits.optional("element_types")
    {
      throw node.fault("quantization is required, and none of these is a quantised type", expected: Self.quantizedTypes.map(\.rawValue))
    }
  }
}
