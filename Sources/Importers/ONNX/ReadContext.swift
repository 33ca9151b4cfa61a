internal import CONNXProto
internal import CProtobufC
import Diagnostics
import GraphIR
import Tensors

/// What all parts of reading one model share.
final class ReadContext {
  let file: FileMapping
  let sink: DiagnosticSink
  let externalFiles: ExternalFiles
  /// The model's `ir_version`.
  var formatVersion = 0
  private var anonymousCount = 0
  private var dimsByName = NameTable<Dim>()
  private var anonymousByName: [String: Dim] = [:]
  private var domainsWithoutVersion: Set<String> = []
  /// How many more captures may be made: graphs side by side in one node share theirs, so that a hostile file could
  /// ask for the product of both counts.
  private var captureBudget: Int

  init(file: FileMapping, options: ONNXImporter.Options) {
    self.file = file
    sink = options.sink
    externalFiles = ExternalFiles(modelPath: file.path, options: options)
    captureBudget = max(1 << 16, file.bytes.count)
  }

  /// The size that a name stands for; `isExact` is false when the name is not the size's own.
  func dim(named data: ProtobufCBinaryData) throws(ModelError) -> (dim: Dim, isExact: Bool) {
    if let known = dimsByName[FieldBytes(data)] { return (known, true) }
    let name = try identifier(data, "dimension")
    // Exporters write a bare ? for every open size; two of them need not be equal.
    if name.isEmpty || name == "?" { return (anonymousDim(), false) }
    if name.hasPrefix("?") { return (anonymousDim(named: name), false) }
    let dim = Dim.symbol(name)
    dimsByName.define(FieldBytes(data), as: dim)
    return (dim, true)
  }

  /// A size that the model leaves open.
  func anonymousDim() -> Dim {
    anonymousCount += 1
    return .symbol("?\(anonymousCount)")
  }

  /// The size for a symbol whose name looks like one of ours: open too, but the same wherever the name stands.
  func anonymousDim(named name: String) -> Dim {
    if let dim = anonymousByName[name] { return dim }
    let dim = anonymousDim()
    anonymousByName[name] = dim
    return dim
  }

  func spendCaptures(_ count: Int) throws(ModelError) {
    captureBudget -= count
    guard captureBudget >= 0 else {
      throw ModelError(.limitExceeded, "nested graphs use more outer values than a file of this size can justify")
    }
  }

  /// The version of a domain, given the imports in force. A domain without an import counts as version 1.
  func version(of domain: String, in opsets: [(domain: String, version: Int)]) -> Int {
    if let version = opsets.first(where: { $0.domain == domain })?.version { return version }
    if domainsWithoutVersion.insert(domain).inserted {
      let name = domain.isEmpty ? "the standard operator set" : "operator set \"\(domain)\""
      sink.warn("the model does not say which version of \(name) it uses; 1 is assumed", at: Place(file: file.path))
    }
    return 1
  }

  /// Where in the file `pointer` points to, when it does.
  func offset(of pointer: UnsafeRawPointer?) -> Int? {
    guard let pointer, let start = file.bytes.baseAddress, pointer >= start, pointer < start + file.bytes.count else { return nil }
    return pointer - start
  }

  /// The name in a field. Throws `malformed` when it is not UTF-8 or holds a NUL.
  func identifier(_ data: ProtobufCBinaryData, _ role: @autoclosure () -> String) throws(ModelError) -> String {
    let name = FieldBytes(data)
    if let text = name.text { return text }
    let reason = name.bytes.contains(0) ? "holds a NUL" : "is not UTF-8"
    throw ModelError(
      .malformed, "\(role()) \"\(name.lossyText.replacing("\0", with: "\\0"))\" \(reason)",
      at: Place(byteOffset: offset(of: data.data)))
  }

  /// The operator set's domain; the standard one goes by two names.
  func domain(_ data: ProtobufCBinaryData) throws(ModelError) -> String {
    if data.len == 0 { return "" }
    let name = try identifier(data, "operator set")
    return name == "ai.onnx" ? "" : name
  }

  func opsets(_ imports: Messages<Onnx__OperatorSetIdProto>) throws(ModelError) -> [(domain: String, version: Int)] {
    var opsets: [(domain: String, version: Int)] = []
    for entry in imports {
      let domain = try domain(entry.pointee.domain)
      let version = Int(entry.pointee.version)
      if let known = opsets.first(where: { $0.domain == domain }) {
        if known.version == version { continue }
        throw ModelError(.duplicateName, "operator set \"\(domain)\" is imported as version \(known.version) and as \(version)")
      }
      guard version > 0 else { throw ModelError(.malformed, "operator set \"\(domain)\" has version \(version)") }
      opsets.append((domain, version))
    }
    return opsets
  }
}
