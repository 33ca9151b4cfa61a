internal import CONNXProto
internal import CProtobufC
import Diagnostics
import GraphIR
import Lowerings
import Tensors

/// Reads types of values.
struct TypeReader {
  let context: ReadContext
  /// False once something was met that `ValueType` does not hold: the type is then carried verbatim, too.
  private(set) var isExact = true

  init(_ context: ReadContext) { self.context = context }

  /// `nil` when the type does not say of what kind the value is.
  mutating func read(_ proto: UnsafeMutablePointer<Onnx__TypeProto>) throws(ModelError) -> ValueType? {
    let type = proto.pointee
    if type.has_denotation != 0 || type.base.n_unknown_fields > 0 { isExact = false }
    switch type.value_case {
    case ONNX__TYPE_PROTO__VALUE_TENSOR_TYPE:
      guard let tensor = type.tensor_type?.pointee else { return unstated() }
      if tensor.base.n_unknown_fields > 0 { isExact = false }
      return try tensorType(tensor.elem_type, tensor.shape).map(ValueType.tensor) ?? unstated()
    case ONNX__TYPE_PROTO__VALUE_SPARSE_TENSOR_TYPE:
      guard let tensor = type.sparse_tensor_type?.pointee else { return unstated() }
      if tensor.base.n_unknown_fields > 0 { isExact = false }
      return try tensorType(tensor.elem_type, tensor.shape).map(ValueType.sparseTensor) ?? unstated()
    case ONNX__TYPE_PROTO__VALUE_SEQUENCE_TYPE:
      guard let sequence = type.sequence_type?.pointee else { return unstated() }
      return .sequence(try item(sequence.elem_type, sequence.base))
    case ONNX__TYPE_PROTO__VALUE_OPTIONAL_TYPE:
      guard let optional = type.optional_type?.pointee else { return unstated() }
      return .optional(try item(optional.elem_type, optional.base))
    case ONNX__TYPE_PROTO__VALUE_MAP_TYPE:
      guard let map = type.map_type?.pointee, let key = try element(map.key_type) else { return unstated() }
      return .map(key: key, value: try item(map.value_type, map.base))
    case ONNX__TYPE_PROTO__VALUE_OPAQUE_TYPE:
      guard let opaque = type.opaque_type?.pointee else { return unstated() }
      if opaque.base.n_unknown_fields > 0 { isExact = false }
      return .opaque(
        domain: try context.identifier(opaque.domain, "opaque type"), name: try context.identifier(opaque.name, "opaque type"))
    default: return unstated()
    }
  }

  private mutating func unstated() -> ValueType? {
    isExact = false
    return nil
  }

  private mutating func item(_ proto: UnsafeMutablePointer<Onnx__TypeProto>?, _ base: ProtobufCMessage) throws(ModelError) -> ValueType? {
    if base.n_unknown_fields > 0 { isExact = false }
    guard let proto else { return nil }
    return try read(proto)
  }

  private func element(_ code: Int32) throws(ModelError) -> ElementType? {
    if code == 0 { return nil }
    guard let element = ElementType(onnxCode: Int64(code)) else {
      throw ModelError(.unsupported, "element type number \(code) is not known")
    }
    return element
  }

  private mutating func tensorType(
    _ code: Int32, _ shape: UnsafeMutablePointer<Onnx__TensorShapeProto>?
  ) throws(ModelError) -> TensorType? {
    guard let element = try element(code) else { return nil }
    guard let shape = shape?.pointee else { return TensorType(element, nil) }
    if shape.base.n_unknown_fields > 0 { isExact = false }
    var dims: [Dim] = []
    dims.reserveCapacity(shape.n_dim)
    for dim in Messages(shape.dim, shape.n_dim) { dims.append(try read(dim.pointee)) }
    return TensorType(element, dims)
  }

  private mutating func read(_ dim: Onnx__TensorShapeProto__Dimension) throws(ModelError) -> Dim {
    if dim.has_denotation != 0 || dim.base.n_unknown_fields > 0 { isExact = false }
    switch dim.value_case {
    case ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_VALUE:
      if let size = Int(exactly: dim.dim_value), size >= 0 { return .number(size) }
      // Exporters write -1 for a size that is open.
      isExact = false
      return context.anonymousDim()
    case ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_PARAM:
      let (named, isExact) = try context.dim(named: dim.dim_param)
      if !isExact { self.isExact = false }
      return named
    default:
      return context.anonymousDim()
    }
  }
}
