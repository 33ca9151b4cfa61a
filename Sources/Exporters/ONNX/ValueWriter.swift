import Diagnostics
import GraphIR
import Lowerings
import Operators
import Tensors

extension ONNXExporter {
  /// A value as a serialised `TensorProto`, `SequenceProto`, `OptionalProto` or `MapProto`, whichever fits it.
  /// Throws `notExpressible` for a sequence of values of different kinds.
  package static func write(_ value: RuntimeValue, name: String) throws(ModelError) -> ByteRope {
    var encoder = ProtoEncoder()
    try ValueWriter().write(value, name: name, to: &encoder)
    return encoder.rope
  }
}

private struct ValueWriter {
  /// Numbers by which ONNX tells what a sequence or an optional holds.
  private enum Kind: Int64 { case undefined = 0, tensor, sparseTensor, sequence, map, optional }
  private let context = ExportContext(formatVersion: 0, weights: nil, sink: DiagnosticSink())

  private func kind(of value: RuntimeValue) -> Kind {
    switch value {
    case .tensor: .tensor
    case .sequence: .sequence
    case .optional: .optional
    case .map: .map
    }
  }

  func write(_ value: RuntimeValue, name: String?, to encoder: inout ProtoEncoder) throws(ModelError) {
    typealias Field = WireFields.Held
    switch value {
    case .tensor(let tensor): try context.write(tensor, name: name, carried: nil, to: &encoder)
    case .sequence(let items):
      if let name { encoder.text(Field.name, name) }
      let kind = items.first.map(kind) ?? .undefined
      encoder.integer(Field.kind, kind.rawValue)
      for item in items {
        guard self.kind(of: item) == kind else { throw ModelError(.notExpressible, "a sequence of values of different kinds") }
        try encoder.message(field(kind)) { (message) throws(ModelError) in try write(item, name: nil, to: &message) }
      }
    case .optional(let held):
      if let name { encoder.text(Field.name, name) }
      encoder.integer(Field.kind, (held.map(kind) ?? .undefined).rawValue)
      guard let held else { return }
      try encoder.message(field(kind(of: held))) { (message) throws(ModelError) in try write(held, name: nil, to: &message) }
    case .map(let keys, let values): try write(keys, values, name: name, to: &encoder)
    }
  }

  private func field(_ kind: Kind) -> Int {
    switch kind {
    case .undefined, .tensor: WireFields.Held.tensor
    case .sparseTensor: WireFields.Held.sparse
    case .sequence: WireFields.Held.sequence
    case .map: WireFields.Held.map
    case .optional: WireFields.Held.optional
    }
  }

  private func write(_ keys: Tensor, _ values: [RuntimeValue], name: String?, to encoder: inout ProtoEncoder) throws(ModelError) {
    typealias Field = WireFields.Map
    if let name { encoder.text(Field.name, name) }
    encoder.integer(Field.keyType, Int64(keys.element.onnxCode))
    if let strings = keys.strings {
      for key in strings { encoder.text(Field.stringKeys, key) }
    } else {
      for key in try keys.integers() { encoder.integer(Field.keys, Int64(key)) }
    }
    try encoder.message(Field.values) { (message) throws(ModelError) in try write(.sequence(values), name: nil, to: &message) }
  }
}
