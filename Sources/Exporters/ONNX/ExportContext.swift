import Diagnostics
import GraphIR
import Lowerings

/// What all parts of writing one model share.
final class ExportContext {
  let sink: DiagnosticSink
  let formatVersion: Int
  /// The file that takes the large tensors; `nil` when they stay in the model.
  var weights: WeightsFile?
  /// Domains that nodes made by rules need although the model does not import them.
  private(set) var missingOpsets: [(domain: String, version: Int)] = []

  init(formatVersion: Int, weights: WeightsFile?, sink: DiagnosticSink) {
    self.formatVersion = formatVersion
    self.weights = weights
    self.sink = sink
  }

  /// Checks that the file says the version that an operator was made for. `imports` are those in force around the node.
  func check(_ op: ForeignOperator, origin: Provenance, imports: [(domain: String, version: Int)]) throws(ModelError) {
    if let known = imports.first(where: { $0.domain == op.domain }) ?? missingOpsets.first(where: { $0.domain == op.domain }) {
      guard known.version != op.version else { return }
      let set = op.domain.isEmpty ? "the standard operator set" : "operator set \"\(op.domain)\""
      throw ModelError(.notExpressible, "the operator is of version \(op.version) of \(set); the model is of version \(known.version)")
    }
    // A source that imports nothing is written back so.
    if case .derived = origin { missingOpsets.append((op.domain, op.version)) }
  }

  // MARK: - What messages have in common

  func write(
    documentation: [UInt8]?, _ documentationField: Int, metadata: [(key: [UInt8], value: [UInt8])], _ metadataField: Int,
    to encoder: inout ProtoEncoder
  ) throws(ModelError) {
    if let documentation { encoder.text(documentationField, documentation) }
    for (key, value) in metadata {
      try encoder.message(metadataField) { entry in
        entry.text(WireFields.Entry.key, key)
        entry.text(WireFields.Entry.value, value)
      }
    }
  }

  func write(_ opsets: [(domain: String, version: Int)], _ field: Int, to encoder: inout ProtoEncoder) throws(ModelError) {
    for (domain, version) in opsets {
      try encoder.message(field) { opset in
        opset.text(WireFields.Opset.domain, domain)
        opset.integer(WireFields.Opset.version, Int64(version))
      }
    }
  }
}
