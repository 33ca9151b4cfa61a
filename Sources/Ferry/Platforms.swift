import Bundle
import Diagnostics
import GraphIR
import LiteRTExport
import LiteRTImport
import NCNNExport
import NCNNImport
import OpenVINOExport
import OpenVINOImport
import Passes
import Profiles
import Retargeting
import Tensors

/// How one format is written, and how what was written is read back.
struct Platform: Sendable {
  typealias Reader = @Sendable (_ files: [WrittenFile], _ graph: String, _ sink: DiagnosticSink) throws(ModelError) -> Model

  var name: String
  /// Of the file that holds the graph, without the dot.
  var fileExtension: String
  /// `nil` for ONNX, which takes whatever was read.
  var contract: (any TargetPlatform)?
  /// Opens what was written, so that it can be run beside the source; `nil` where nobody here reads it.
  var read: Reader?
  /// What a model must be before it is compared with what was written: with a batch of 1 where the format has none, with inputs and
  /// outputs as the format has them. Types have been inferred, and must be again.
  var narrow: (@Sendable (inout Graph) throws(ModelError) -> Void)?
  /// Gives what was read the source's inputs and outputs, where the format's are others. Types of the source have been inferred.
  var adopt: (@Sendable (_ result: inout Graph, _ source: Graph) throws(ModelError) -> Void)?
  /// What one kind of hardware takes of the format.
  var profile: HardwareProfile?

  /// Bytes that folding constants may add: few where operands may be computed, up to a file's usual limit where they must be constants.
  var growthLimit: Int? { contract?.takesComputedOperands ?? true ? nil : 1 << 31 }

  /// As the target is called: by the profile's name, if there is one.
  var title: String { profile?.name ?? name }

  /// Every format that is written.
  static let all: [Platform] = [
    Platform(name: "onnx", fileExtension: "onnx", contract: nil, read: readPayload),
    Platform(
      name: "openvino", fileExtension: "xml", contract: OpenVINOTarget(), read: readOpenVINO,
      narrow: { (graph) throws(ModelError) in try graph.recastPorts(for: OpenVINOTarget()) }),
    Platform(
      name: "litert", fileExtension: "tflite", contract: LiteRTTarget(layouts: Pipelines.layouts), read: readLiteRT,
      narrow: { (graph) throws(ModelError) in try graph.recastPorts(for: LiteRTTarget(layouts: Pipelines.layouts)) }),
    Platform(
      name: "ncnn", fileExtension: "param", contract: NCNNTarget(), read: readNCNN,
      narrow: { (graph) throws(ModelError) in graph.bindBatch() },
      adopt: { (result, source) throws(ModelError) in try result.adoptPorts(of: source) }),
  ]

  /// The network and the weights beside it.
  private static func readOpenVINO(_ files: [WrittenFile], graph: String, sink: DiagnosticSink) throws(ModelError) -> Model {
    let (network, weights) = try networkAndWeights(files, graph)
    return try OpenVINOImporter.read(network, weights: weights)
  }

  private static func readNCNN(_ files: [WrittenFile], graph: String, sink: DiagnosticSink) throws(ModelError) -> Model {
    let (network, weights) = try networkAndWeights(files, graph)
    return try NCNNImporter.read(network, weights: weights)
  }

  private static func networkAndWeights(_ files: [WrittenFile], _ graph: String) throws(ModelError) -> (FileMapping, FileMapping) {
    guard let network = files.first(where: { $0.name == graph }), let weights = files.first(where: { $0.name.hasSuffix(".bin") }) else {
      throw ModelError(.missingFile, "has no entry \(graph), or no weights")
    }
    return (try network.mapping(), try weights.mapping())
  }

  /// A format, or the hardware that a shipped profile is about.
  static func named(_ name: String) throws(ModelError) -> Platform {
    if let platform = all.first(where: { $0.name == name }) { return platform }
    guard let profile = try ProfileLibrary.shipped(name) else {
      let known = all.map(\.name) + ProfileLibrary.names
      throw ModelError(.usage, "there is no target \(name)", notes: ["there are: " + known.joined(separator: ", "), "or the path of a profile"])
    }
    return try of(profile)
  }

  static func of(_ profile: HardwareProfile) throws(ModelError) -> Platform {
    guard var platform = all.first(where: { $0.name == profile.format }) else {
      throw ModelError(.usage, "\(profile.name): this Ferry does not write \(profile.format)")
    }
    platform.profile = profile
    return platform
  }

  /// Without a name, the format whose files end as `output` does.
  static func resolve(_ target: Target, output: String = "") throws(ModelError) -> Platform {
    switch target {
    case .same: try named(all.first { output.lowercased().hasSuffix("." + $0.fileExtension) }?.name ?? "onnx")
    case .named(let name): try named(name)
    case .profile(let path): try of(ProfileLibrary.read(path: path))
    }
  }
}

extension WrittenFile {
  /// The file's bytes: a part of what it was written into, or in memory where it was deflated.
  func mapping() throws(ModelError) -> FileMapping {
    if let (mapping, range) = content.mappedRange { return try FileMapping(part: range, of: mapping, path: name) }
    return FileMapping(bytes: try content.gathered(), path: name)
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
