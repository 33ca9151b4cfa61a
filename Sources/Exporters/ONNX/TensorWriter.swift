import Diagnostics
import GraphIR
import Lowerings
import Tensors

/// The file beside a model that holds its large tensors, each once.
struct WeightsFile {
  /// As the model refers to it: relative to the model's folder.
  let name: String
  /// Smaller tensors stay in the model.
  let threshold: Int
  private(set) var content = ByteRope()
  private var offsets: [Key: Int] = [:]

  private enum Key: Hashable {
    case mapped(ObjectIdentifier, Range<Int>)
    case stored(TensorIdentity)
  }

  init(name: String, threshold: Int) {
    self.name = name
    self.threshold = threshold
  }

  /// ONNX asks for page boundaries, so that readers can map a tensor; for small ones a cache line has to do.
  private static func alignment(of tensor: Tensor) -> Int { tensor.byteCount >= 1 << 20 ? 4096 : 64 }

  mutating func offset(of tensor: Tensor) -> Int {
    let key: Key =
      if let (file, range) = tensor.mappedRange { .mapped(ObjectIdentifier(file), range) } else { .stored(tensor.identity) }
    if let offset = offsets[key] { return offset }
    content.pad(toMultipleOf: Self.alignment(of: tensor))
    let offset = content.byteCount
    content.append(tensor)
    offsets[key] = offset
    return offset
  }
}

extension ExportContext {
  /// The fields of a tensor. `carried` are further ones, serialised.
  func write(_ tensor: Tensor, name: String?, carried: [UInt8]?, to encoder: inout ProtoEncoder, inline: Bool = false) throws(ModelError) {
    typealias Field = WireFields.Tensor
    for size in tensor.shape { encoder.integer(Field.dims, Int64(size)) }
    encoder.integer(Field.element, Int64(tensor.element.onnxCode))
    for string in tensor.strings ?? [] { encoder.text(Field.strings, string) }
    if let name { encoder.text(Field.name, name) }
    if let weights, !inline, tensor.element != .string, tensor.byteCount >= weights.threshold {
      try writeExternally(tensor, to: &encoder)
    } else if tensor.element != .string {
      encoder.elements(Field.raw, tensor)
    }
    encoder.serialized(carried)
  }

  private func writeExternally(_ tensor: Tensor, to encoder: inout ProtoEncoder) throws(ModelError) {
    guard let offset = weights?.offset(of: tensor), let name = weights?.name else { return }
    for (key, value) in [("location", name), ("offset", String(offset)), ("length", String(tensor.byteCount))] {
      try encoder.message(WireFields.Tensor.external) { entry in
        entry.text(WireFields.Entry.key, key)
        entry.text(WireFields.Entry.value, value)
      }
    }
    encoder.integer(WireFields.Tensor.location, 1)
  }

  func write(
    _ tensor: SparseTensor, name: String?, carried: Carried?, at part: String, to encoder: inout ProtoEncoder
  ) throws(ModelError) {
    try encoder.message(WireFields.Sparse.values) { (values) throws(ModelError) in
      try write(tensor.values, name: name, carried: carried?.field("\(part)/values"), to: &values, inline: true)
    }
    try encoder.message(WireFields.Sparse.indices) { (indices) throws(ModelError) in
      try write(tensor.indices, name: nil, carried: carried?.field("\(part)/indices"), to: &indices, inline: true)
    }
    for size in tensor.shape { encoder.integer(WireFields.Sparse.dims, Int64(size)) }
    encoder.serialized(carried?.field(part))
  }
}

extension Carried {
  /// The only serialised message of a field, when there is one.
  func field(_ name: String) -> [UInt8]? { fields[name]?.first }
}
