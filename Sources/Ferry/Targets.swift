/// One thing that models are converted to.
public struct TargetDescription: Sendable, Encodable {
  public var name: String
  public var summary: String
  public var details: String
}

/// Every target, by name.
public let targets: [TargetDescription] = [
  TargetDescription(
    name: "onnx", summary: "ONNX, for ONNX Runtime and whatever else reads .onnx",
    details: """
      Writes the operator set and IR version of the source, unless something cannot be expressed there; then the lowest
      that can, and a warning says so. Weights go to a file beside the model when the source has them there, or when the
      model would exceed 2 GB; in a bundle they always do, so that they can be mapped from inside the archive.
      """)
]
