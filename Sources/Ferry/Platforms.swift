import Bundle
import Diagnostics
import GraphIR
import OpenVINOExport
import OpenVINOImport
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
    Platform(name: "openvino", fileExtension: "xml", contract: OpenVINOTarget(), read: readOpenVINO),
  ]

  /// The network and the weights beside it.
  private static func readOpenVINO(_ files: [WrittenFile], graph: String, sink: DiagnosticSink) throws(ModelError) -> Model {
    guard let network = files.first(where: { $0.name == graph }), let weights = files.first(where: { $0.name.hasSuffix(".bin") }) else {
      throw ModelError(.missingFile, "has no entry \(graph), or no weights")
    }
    return try OpenVINOImporter.read(network.mapping(), weights: weights.mapping())
  }

  static func named(_ name: String) throws(ModelError) -> Platform {
    guard let platform = all.first(where: { $0.name == name }) else {
      throw ModelError(.usage, "there is no target \(name)", notes: ["there are: " + targets.map(\.name).joined(separator: ", ")])
    }
    return platform
  }
}

extension WrittenFile {
  /// The file's bytes: a part of what it was written into, or in memory where it was deflated.
  func mapping() throws(ModelError) -> FileMapping {
    if let (mapping, range) = content.mappedRange { return try FileMapping(part: range, of: mapping, path: name) }
    return FileMapping(bytes: try content.gathered(), path: name)
  }
}
