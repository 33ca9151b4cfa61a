import Bundle
import Diagnostics
import GraphIR
import LiteRTImport
import Lowerings
import NCNNImport
import ONNXImport
import OpenVINOImport
import Tensors

/// Opens a model: recognised by its content, mapped, checked, its operators understood as far as they are known.
///
/// A bundle is opened at the model inside it, every checksum compared. Throws `unrecognizedFormat` for anything else, and what the format's importer throws.
public func open(
  _ path: String, options: OpenOptions = OpenOptions(), sink: DiagnosticSink = DiagnosticSink()
) throws(ModelError) -> Model {
  let file = try FileMapping(path: path, copying: options.copyWeights)
  do throws(ModelError) {
    return try read(file, options: options, sink: sink)
  } catch {
    throw error.located(Place(file: path))
  }
}

/// `checksums`: whether those of a bundle are still to be compared.
func read(_ file: FileMapping, options: OpenOptions, sink: DiagnosticSink, checksums: Bool = true) throws(ModelError) -> Model {
  if BundleReader.isArchive(file.bytes) { return try readBundle(file, options: options, sink: sink, checksums: checksums) }
  if LiteRTImporter.recognizes(file.bytes) {
    let model = try LiteRTImporter.read(file, options: .init(sink: sink))
    try model.graph.verify()
    return model
  }
  if OpenVINOImporter.recognizes(file.bytes) {
    let model = try OpenVINOImporter.read(file, weights: FileMapping(path: file.path.withExtension("bin"), copying: options.copyWeights))
    try model.graph.verify()
    return model
  }
  if NCNNImporter.recognizes(file.bytes) {
    let model = try NCNNImporter.read(file, weights: FileMapping(path: file.path.withExtension("bin"), copying: options.copyWeights))
    try model.graph.verify()
    return model
  }
  guard ONNXImporter.recognizes(file.bytes) else {
    throw ModelError(
      .unrecognizedFormat, "is not a model that Ferry reads",
      notes: ["it reads ONNX and LiteRT models, OpenVINO's and ncnn's networks as far as it writes them, and its own bundles"])
  }
  var importing = ONNXImporter.Options(sink: sink)
  importing.copiesWeights = options.copyWeights
  importing.trustedFolders = options.trustedFolders
  let model = try ONNXImporter.read(file, options: importing)
  try model.graph.verify()
  return model
}

/// Opens the graph file of a bundle, whose weights are other entries.
private func readBundle(
  _ file: FileMapping, options: OpenOptions, sink: DiagnosticSink, checksums: Bool
) throws(ModelError) -> Model {
  let bundle = try BundleReader(file)
  if checksums { try bundle.verify() }
  let names = bundle.manifest.entries.map(\.path)
  var found: (name: String, read: Platform.Reader)?
  for platform in Platform.all {
    if let read = platform.read, let name = names.first(where: { $0.hasSuffix("." + platform.fileExtension) }) { found = (name, read) }
  }
  guard let (name, read) = found else { throw ModelError(.unrecognizedFormat, "is a bundle without a model that Ferry reads") }
  var payload: [WrittenFile] = []
  for name in names { payload.append(WrittenFile(name: name, content: try bundle.content(of: name))) }
  var model = try read(payload, name, sink)
  model.sources = [file.path]
  return model
}

extension String {
  /// The path with another extension.
  fileprivate func withExtension(_ wanted: String) -> String {
    guard let dot = lastIndex(of: "."), !self[dot...].contains("/") else { return self + "." + wanted }
    return String(self[...dot]) + wanted
  }
}

/// Reads a model whose files are parts of mapped files, as those of a bundle are.
func readPayload(_ files: [WrittenFile], graph name: String, sink: DiagnosticSink) throws(ModelError) -> Model {
  var importing = ONNXImporter.Options(sink: sink)
  var graph: FileMapping?
  for file in files {
    guard let (mapping, range) = file.content.mappedRange else { continue }
    let part = try FileMapping(part: range, of: mapping, path: file.name)
    if file.name == name { graph = part } else { importing.givenFiles[file.name] = part }
  }
  guard let graph else { throw ModelError(.missingFile, "has no entry \(name)") }
  let model = try ONNXImporter.read(graph, options: importing)
  try model.graph.verify()
  return model
}
