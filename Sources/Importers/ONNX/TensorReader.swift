internal import CONNXProto
internal import CProtobufC
import Diagnostics
import GraphIR
import Lowerings
import Tensors

/// Reads tensors, leaving their bytes in the mapped file wherever they lie there as a tensor has them.
struct TensorReader {
  let context: ReadContext
  private let proto: Onnx__TensorProto
  private let element: ElementType
  private let shape: Shape
  private let count: Int
  private let byteCount: Int

  /// Throws `malformed`, `truncated`, `limitExceeded`, `unsupported`, or what opening an external file throws.
  static func read(_ proto: UnsafeMutablePointer<Onnx__TensorProto>, _ context: ReadContext) throws(ModelError) -> Tensor {
    try TensorReader(proto, context).tensor()
  }

  private init(_ pointer: UnsafeMutablePointer<Onnx__TensorProto>, _ context: ReadContext) throws(ModelError) {
    self.context = context
    proto = pointer.pointee
    guard let element = ElementType(onnxCode: Int64(proto.data_type)) else {
      throw proto.data_type == 0
        ? ModelError(.malformed, "the tensor has no element type")
        : ModelError(.unsupported, "element type number \(proto.data_type) is not known")
    }
    self.element = element
    var shape: Shape = []
    shape.reserveCapacity(proto.n_dims)
    for size in UnsafeBufferPointer(start: proto.dims, count: proto.n_dims) {
      guard let size = Int(exactly: size), size >= 0 else { throw ModelError(.malformed, "the tensor's size along axis \(shape.count) is \(size)") }
      shape.append(size)
    }
    self.shape = shape
    guard let count = shape.elementCount, let byteCount = element.byteCount(elements: count) else {
      throw ModelError(.limitExceeded, "a tensor of \(element.rawValue)\(shape) is too large to address")
    }
    self.count = count
    self.byteCount = byteCount
    if proto.segment != nil { throw ModelError(.unsupported, "tensors in segments are not supported") }
  }

  private func tensor() throws(ModelError) -> Tensor {
    let typed = try typedField()
    let isExternal = proto.data_location == ONNX__TENSOR_PROTO__DATA_LOCATION__EXTERNAL
    let raw = FieldBytes(proto.raw_data)
    guard [isExternal, !raw.isEmpty, typed != nil].count(where: { $0 }) <= 1 else {
      throw ModelError(.malformed, "the tensor's data is given twice")
    }
    if isExternal {
      guard element != .string else { throw ModelError(.malformed, "strings cannot be held in an external file") }
      return try context.externalFiles.tensor(element, shape, Messages(proto.external_data, proto.n_external_data), context)
    }
    if element == .string {
      guard raw.isEmpty else { throw ModelError(.malformed, "strings cannot be held in raw_data") }
      return try strings()
    }
    if !raw.isEmpty || count == 0 {
      return try tensor(of: UnsafeRawBufferPointer(raw.bytes))
    }
    guard typed != nil else { throw ModelError(.malformed, "\(element.rawValue)\(shape) has no data") }
    return try typedTensor()
  }

  /// The name of the one typed field that holds data. Throws `malformed` when it is not the element type's.
  private func typedField() throws(ModelError) -> String? {
    let fields = [
      ("float_data", proto.n_float_data), ("int32_data", proto.n_int32_data), ("string_data", proto.n_string_data),
      ("int64_data", proto.n_int64_data), ("double_data", proto.n_double_data), ("uint64_data", proto.n_uint64_data),
    ]
    let expected = Self.typedField(of: element)
    for (name, count) in fields where count > 0 && name != expected {
      throw ModelError(.malformed, "the tensor has data in \(name)", notes: ["\(element.rawValue) takes \(expected) or raw_data"])
    }
    return fields.contains { $0.0 == expected && $0.1 > 0 } ? expected : nil
  }

  private static func typedField(of element: ElementType) -> String {
    switch element {
    case .float32, .complex64: "float_data"
    case .float64, .complex128: "double_data"
    case .int64: "int64_data"
    case .uint32, .uint64: "uint64_data"
    case .string: "string_data"
    default: "int32_data"
    }
  }

  private func strings() throws(ModelError) -> Tensor {
    let strings = UnsafeBufferPointer(start: proto.string_data, count: proto.n_string_data)
    guard strings.count == count else { throw wrongSize("\(strings.count) strings") }
    return try Tensor(strings: strings.map { FieldBytes($0).array }, shape: shape)
  }

  /// The tensor whose packed elements are `bytes`: where they are, if that is the file, or else a copy.
  private func tensor(of bytes: UnsafeRawBufferPointer) throws(ModelError) -> Tensor {
    guard bytes.count == byteCount else { throw wrongSize("\(bytes.count) bytes", at: bytes.baseAddress) }
    if let start = context.offset(of: bytes.baseAddress) {
      return try Tensor(element, shape, mapped: context.file, range: start..<start + bytes.count)
    }
    return try Tensor(element, shape, bytes: OwnedBytes(copying: bytes))
  }

  private func typedTensor() throws(ModelError) -> Tensor {
    switch element {
    case .float32, .complex64:
      return try tensor(of: UnsafeRawBufferPointer(UnsafeBufferPointer(start: proto.float_data, count: proto.n_float_data)))
    case .float64, .complex128:
      return try tensor(of: UnsafeRawBufferPointer(UnsafeBufferPointer(start: proto.double_data, count: proto.n_double_data)))
    case .int64:
      return try tensor(of: UnsafeRawBufferPointer(UnsafeBufferPointer(start: proto.int64_data, count: proto.n_int64_data)))
    case .uint64:
      return try tensor(of: UnsafeRawBufferPointer(UnsafeBufferPointer(start: proto.uint64_data, count: proto.n_uint64_data)))
    case .int32:
      return try tensor(of: UnsafeRawBufferPointer(UnsafeBufferPointer(start: proto.int32_data, count: proto.n_int32_data)))
    case .uint32:
      let values = UnsafeBufferPointer(start: proto.uint64_data, count: proto.n_uint64_data)
      return try narrowed(values, to: UInt32.self) { UInt32(exactly: $0) }
    case .bool:
      return try narrowed(int32Values, to: UInt8.self) { $0 == 0 ? 0 : 1 }
    case .float6e2m3, .float6e3m2: return try sixBits()
    default:
      return element.bitWidth == 16
        ? try narrowed(int32Values, to: UInt16.self) { (-0x8000...0xffff).contains($0) ? UInt16(truncatingIfNeeded: $0) : nil }
        : try narrowed(int32Values, to: UInt8.self) { (-0x80...0xff).contains($0) ? UInt8(truncatingIfNeeded: $0) : nil }
    }
  }

  /// One entry an element, which the packed elements are made of.
  private func sixBits() throws(ModelError) -> Tensor {
    guard int32Values.count == count else { throw wrongSize("\(int32Values.count) entries") }
    var patterns: [UInt8] = []
    patterns.reserveCapacity(count)
    for value in int32Values {
      guard (0..<64).contains(value) else { throw ModelError(.malformed, "\(value) is no \(element.rawValue)") }
      patterns.append(UInt8(truncatingIfNeeded: value))
    }
    return try Tensor(element, shape, packing: patterns)
  }

  private var int32Values: UnsafeBufferPointer<Int32> { UnsafeBufferPointer(start: proto.int32_data, count: proto.n_int32_data) }

  /// Entries of a wider type, one for each `Narrow` of the packed elements.
  private func narrowed<Wide: FixedWidthInteger, Narrow: FixedWidthInteger & BitwiseCopyable>(
    _ values: UnsafeBufferPointer<Wide>, to type: Narrow.Type, _ convert: (Wide) -> Narrow?
  ) throws(ModelError) -> Tensor {
    guard values.count * MemoryLayout<Narrow>.size == byteCount else { throw wrongSize("\(values.count) entries") }
    var bytes = OwnedBytes(uninitialized: byteCount)
    try bytes.withElements(as: Narrow.self) { (target) throws(ModelError) in
      for (index, value) in values.enumerated() {
        guard let narrow = convert(value) else { throw ModelError(.malformed, "\(value) is no \(element.rawValue)") }
        target[index] = narrow
      }
    }
    return try Tensor(element, shape, bytes: bytes)
  }

  private func wrongSize(_ found: String, at start: UnsafeRawPointer? = nil) -> ModelError {
    let expected = element == .string ? "\(count)" : "\(byteCount) bytes"
    return ModelError(
      .malformed, "\(found) of data where \(element.rawValue)\(shape) takes \(expected)",
      at: Place(byteOffset: context.offset(of: start)))
  }
}

extension ReadContext {
  func sparseTensor(_ proto: UnsafeMutablePointer<Onnx__SparseTensorProto>) throws(ModelError) -> SparseTensor {
    let sparse = proto.pointee
    guard let values = sparse.values, let indices = sparse.indices else {
      throw ModelError(.malformed, "the sparse tensor lacks its \(sparse.values == nil ? "values" : "indices")")
    }
    var shape: Shape = []
    for size in UnsafeBufferPointer(start: sparse.dims, count: sparse.n_dims) {
      guard let size = Int(exactly: size), size >= 0 else {
        throw ModelError(.malformed, "the sparse tensor's size along axis \(shape.count) is \(size)")
      }
      shape.append(size)
    }
    guard shape.elementCount != nil else { throw ModelError(.limitExceeded, "a sparse tensor of \(shape) is too large to address") }
    let result = SparseTensor(
      values: try TensorReader.read(values, self), indices: try TensorReader.read(indices, self), shape: shape)
    let count = result.values.count
    guard result.values.rank == 1, result.indices.element == .int64,
      result.indices.shape == [count] || result.indices.shape == [count, shape.count]
    else {
      throw ModelError(
        .malformed, "sparse values \(result.values.shape) do not go with indices \(result.indices.element.rawValue)\(result.indices.shape)",
        notes: ["expected values [n] and indices i64[n] or i64[n,\(shape.count)]"])
    }
    return result
  }

  /// What a tensor says beyond its elements: its name, where that is not a value's, documentation, metadata, unknown fields.
  func remainder(of proto: UnsafeMutablePointer<Onnx__TensorProto>, keepingName: Bool) -> [UInt8]? {
    var rest = proto.pointee
    if !keepingName { rest.has_name = 0 }
    guard rest.has_name != 0 || rest.has_doc_string != 0 || rest.n_metadata_props > 0 || rest.base.n_unknown_fields > 0 else { return nil }
    rest.n_dims = 0
    rest.has_data_type = 0
    rest.n_float_data = 0
    rest.n_int32_data = 0
    rest.n_string_data = 0
    rest.n_int64_data = 0
    rest.has_raw_data = 0
    rest.n_double_data = 0
    rest.n_uint64_data = 0
    rest.n_external_data = 0
    rest.has_data_location = 0
    return serialized(rest).nonEmpty
  }
}

extension ReadContext {
  /// For what is carried as bytes: throws `unsupported` for a tensor whose data is in another file.
  func requireInline(_ tensors: UnsafeMutablePointer<Onnx__TensorProto>?...) throws(ModelError) {
    for tensor in tensors where tensor?.pointee.data_location == ONNX__TENSOR_PROTO__DATA_LOCATION__EXTERNAL {
      throw ModelError(.unsupported, "external data is not supported here")
    }
  }
}
