import Profiles

/// One thing that models are converted to.
public struct TargetDescription: Sendable, Encodable {
  public var name: String
  public var summary: String
  public var details: String
}

extension TargetDescription {
  /// The ending of the file that holds the graph, without the dot.
  public var fileExtension: String { Platform.all.first { $0.name == name }?.fileExtension ?? name }
}

/// The profiles that come with Ferry. Throws what a shipped profile that is wrong throws.
public func shippedProfiles() throws -> [HardwareProfile] { try ProfileLibrary.names.compactMap { try ProfileLibrary.shipped($0) } }

/// A shipped profile, or the user's own by its path; `nil` for the name of a format. Throws `malformed` with line and column.
public func profile(_ target: String) throws -> HardwareProfile? {
  if case .profile(let path) = Target(target) { return try ProfileLibrary.read(path: path) }
  return try ProfileLibrary.shipped(target)
}

/// Every format that is written, by name.
public let targets: [TargetDescription] = [
  TargetDescription(
    name: "onnx", summary: "ONNX, for ONNX Runtime and whatever else reads .onnx",
    details: """
      Writes the operator set and IR version of the source, unless something cannot be expressed there; then the lowest
      that can, and a warning says so. Weights go to a file beside the model when the source has them there, or when the
      model would exceed 2 GB; in a bundle they always do, so that they can be mapped from inside the archive.
      """),
  TargetDescription(
    name: "openvino", summary: "OpenVINO's intermediate representation, for its runtime on processors, graphics and NPUs",
    details: """
      Writes NAME.xml and NAME.bin, version 11, with layers of the operator sets 1 to 16. Open sizes stay open. Quantisation \
      becomes FakeQuantize and conversions, 4-bit weights stay 4-bit.
      """),
  TargetDescription(
    name: "litert", summary: "LiteRT (TensorFlow Lite), for its runtime on phones and microcontrollers",
    details: """
      Writes NAME.tflite, schema version 3, of built-in operators, channels last inside. Inputs and outputs keep the order of \
      axes that the source has. Quantisation between QuantizeLinear and DequantizeLinear becomes integer kernels.
      """),
  TargetDescription(
    name: "ncnn", summary: "ncnn, for its runtime on phones and small boards",
    details: """
      Writes NAME.param and NAME.bin. A network runs one sample: the batch, an input's open first axis, is 1 and left out, and so is \
      any first axis of size 1. Other open sizes stay open as far as layers follow them. Computed with 32-bit floats; integers that \
      select rows of a table are 32-bit integers, others floats.
      """),
]
