import Bundle
import Diagnostics
import GraphIR
import LiteRTExport
import LiteRTImport
import OpenVINOExport
import Passes
import Retargeting
import Tensors

/// How one format is written, and how what was written is read back.
struct Platform: Sendable {
  var name: String
  /// Of the file that holds the graph, without the dot.
  var fileExtension: String
  /// `nil` for ONNX, which takes whatever was read.
  var contract: (any TargetPlatform)?
  /// Opens what was written, so that it can be run beside the source; `nil` where nobody here reads it.
  var read: (@Sendable (_ files: [WrittenFile], _ graph: String, _ sink: DiagnosticSink) throws(ModelError) -> Model)?

  /// Every format that is written.
  static let all: [Platform] = [
    Platform(name: "onnx", fileExtension: "onnx", contract: nil, read: readPayload),
    Platform(name: "openvino", fileExtension: "xml", contract: OpenVINOTarget(), read: nil),
    Platform(name: "litert", fileExtension: "tflite", contract: LiteRTTarget(assigningLayouts: AssignLayouts()), read: readLiteRT),
  ]

  static func named(_ name: String) throws(ModelError) -> Platform {
    guard let platform = all.first(where: { $0.name == name }) else {
      throw ModelError(.usage, "there is no target \(name)", notes: ["there are: " + targets.map(\.name).joined(separator: ", ")])
    }
    return platform
  }
}

/// Reads a LiteRT file that has just been written.
private func readLiteRT(_ files: [WrittenFile], graph name: String, sink: DiagnosticSink) throws(ModelError) -> Model {
  guard let file = files.first(where: { $0.name == name }), let (mapping, range) = file.content.mappedRange else {
    throw ModelError(.missingFile, "has no file \(name)")
  }
  let model = try LiteRTImporter.read(FileMapping(part: range, of: mapping, path: name), options: .init(sink: sink))
  try model.graph.verify()
  return model
}
