internal import CONNXProto
internal import CProtobufC
import Diagnostics
import GraphIR
import Tensors

/// Reads attributes; what they say beyond their values is collected to be carried.
struct AttributeReader {
  private let context: ReadContext
  /// By `attribute/NAME`, followed by the part: `t`, `tensors/INDEX`, `sparse_tensor/values`, `tp`, …
  private(set) var fields: [String: [[UInt8]]] = [:]

  init(_ context: ReadContext) { self.context = context }

  /// The attribute's name, and its graphs when it holds any.
  mutating func graphs(
    _ proto: UnsafeMutablePointer<Onnx__AttributeProto>, _ reader: GraphReader, _ captures: inout CaptureScope?
  ) throws(ModelError) -> (name: String, graphs: NestedGraphs?) {
    let name = try context.identifier(proto.pointee.name, "attribute")
    guard !name.isEmpty else { throw ModelError(.invalidGraph, "an attribute has no name") }
    let attribute = proto.pointee
    guard attribute.ref_attr_name.len == 0 else { return (name, nil) }
    func read(_ graph: UnsafeMutablePointer<Onnx__GraphProto>, _ path: String) throws(ModelError) -> GraphScope {
      let owner = captures ?? CaptureScope(outer: reader.scope)
      captures = owner
      return try GraphReader.read(graph, context, opsets: reader.opsets, path: "\(reader.scope.path)/\(path)", owner: owner)
    }
    switch Self.kind(of: attribute) {
    case ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__GRAPH:
      guard let graph = attribute.g else { throw ModelError(.malformed, "the attribute lacks its graph", at: Place(attribute: name)) }
      carryRest(of: attribute, name)
      return (name, .one(try read(graph, name)))
    case ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__GRAPHS:
      carryRest(of: attribute, name)
      var graphs: [GraphScope] = []
      for (index, graph) in Messages(attribute.graphs, attribute.n_graphs).enumerated() {
        graphs.append(try read(graph, "\(name)[\(index)]"))
      }
      return (name, .list(graphs))
    default: return (name, nil)
    }
  }

  /// The value of an attribute that holds no graph.
  mutating func value(_ proto: UnsafeMutablePointer<Onnx__AttributeProto>, _ name: String) throws(ModelError) -> AttributeValue {
    carryRest(of: proto.pointee, name)
    do throws(ModelError) {
      return try read(proto.pointee, name)
    } catch {
      throw error.located(Place(attribute: name))
    }
  }

  private mutating func read(_ attribute: Onnx__AttributeProto, _ name: String) throws(ModelError) -> AttributeValue {
    let kind = Self.kind(of: attribute)
    if attribute.ref_attr_name.len > 0 {
      return .reference(try context.identifier(attribute.ref_attr_name, "reference"), kind: Int(kind.rawValue))
    }
    switch kind {
    case ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__FLOAT: return .float(attribute.f)
    case ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__INT: return .int(attribute.i)
    case ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__STRING: return .string(FieldBytes(attribute.s).array)
    case ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__FLOATS:
      return .floats(Array(UnsafeBufferPointer(start: attribute.floats, count: attribute.n_floats)))
    case ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__INTS:
      return .ints(Array(UnsafeBufferPointer(start: attribute.ints, count: attribute.n_ints)))
    case ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__STRINGS:
      return .strings(UnsafeBufferPointer(start: attribute.strings, count: attribute.n_strings).map { FieldBytes($0).array })
    case ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__TENSOR: return .tensor(try tensor(attribute.t, "\(name)/t"))
    case ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__TENSORS:
      var tensors: [Tensor] = []
      for (index, proto) in Messages(attribute.tensors, attribute.n_tensors).enumerated() {
        tensors.append(try tensor(proto, "\(name)/tensors/\(index)"))
      }
      return .tensors(tensors)
    case ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__SPARSE_TENSOR: return .sparse(try sparse(attribute.sparse_tensor, "\(name)/sparse_tensor"))
    case ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__SPARSE_TENSORS:
      var tensors: [SparseTensor] = []
      for (index, proto) in Messages(attribute.sparse_tensors, attribute.n_sparse_tensors).enumerated() {
        tensors.append(try sparse(proto, "\(name)/sparse_tensors/\(index)"))
      }
      return .sparses(tensors)
    case ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__TYPE_PROTO: return .type(try type(attribute.tp, "\(name)/tp"))
    case ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__TYPE_PROTOS:
      var types: [ValueType] = []
      for (index, proto) in Messages(attribute.type_protos, attribute.n_type_protos).enumerated() {
        types.append(try type(proto, "\(name)/type_protos/\(index)"))
      }
      return .types(types)
    default: throw Self.unreadable(kind)
    }
  }

  private static func unreadable(_ kind: Onnx__AttributeProto__AttributeType) -> ModelError {
    kind.rawValue == 0
      ? ModelError(.malformed, "the attribute has no value") : ModelError(.unsupported, "attribute kind \(kind.rawValue) is not known")
  }

  /// What the attribute holds; before IR version 2 only the field that is set told.
  private static func kind(of attribute: Onnx__AttributeProto) -> Onnx__AttributeProto__AttributeType {
    if attribute.type.rawValue != 0 { return attribute.type }
    if attribute.has_f != 0 { return ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__FLOAT }
    if attribute.has_i != 0 { return ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__INT }
    if attribute.has_s != 0 { return ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__STRING }
    if attribute.t != nil { return ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__TENSOR }
    if attribute.g != nil { return ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__GRAPH }
    if attribute.sparse_tensor != nil { return ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__SPARSE_TENSOR }
    if attribute.tp != nil { return ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__TYPE_PROTO }
    let lists = [
      (attribute.n_floats, ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__FLOATS), (attribute.n_ints, ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__INTS),
      (attribute.n_strings, ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__STRINGS),
      (attribute.n_tensors, ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__TENSORS),
      (attribute.n_graphs, ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__GRAPHS),
      (attribute.n_sparse_tensors, ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__SPARSE_TENSORS),
      (attribute.n_type_protos, ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__TYPE_PROTOS),
    ]
    return lists.first { $0.0 > 0 }?.1 ?? ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__UNDEFINED
  }

  // MARK: - Parts

  private mutating func tensor(_ proto: UnsafeMutablePointer<Onnx__TensorProto>?, _ part: String) throws(ModelError) -> Tensor {
    guard let proto else { throw ModelError(.malformed, "the attribute lacks its tensor") }
    fields["attribute/\(part)"] = context.remainder(of: proto, keepingName: true).map { [$0] }
    return try TensorReader.read(proto, context)
  }

  private mutating func sparse(_ proto: UnsafeMutablePointer<Onnx__SparseTensorProto>?, _ part: String) throws(ModelError) -> SparseTensor {
    guard let proto else { throw ModelError(.malformed, "the attribute lacks its sparse tensor") }
    if let values = proto.pointee.values {
      fields["attribute/\(part)/values"] = context.remainder(of: values, keepingName: true).map { [$0] }
    }
    if let indices = proto.pointee.indices {
      fields["attribute/\(part)/indices"] = context.remainder(of: indices, keepingName: true).map { [$0] }
    }
    var rest = proto.pointee
    rest.values = nil
    rest.indices = nil
    rest.n_dims = 0
    fields["attribute/\(part)"] = serialized(rest).nonEmpty.map { [$0] }
    return try context.sparseTensor(proto)
  }

  private mutating func type(_ proto: UnsafeMutablePointer<Onnx__TypeProto>?, _ part: String) throws(ModelError) -> ValueType {
    guard let proto else { throw ModelError(.malformed, "the attribute lacks its type") }
    var reader = TypeReader(context)
    let type = try reader.read(proto)
    if !reader.isExact { fields["attribute/\(part)"] = [serialized(proto.pointee)] }
    guard let type else { throw ModelError(.malformed, "the attribute's type does not say of what kind it is") }
    return type
  }

  /// Carries everything but the name, the kind and the value.
  private mutating func carryRest(of attribute: Onnx__AttributeProto, _ name: String) {
    if attribute.has_doc_string == 0, attribute.base.n_unknown_fields == 0, attribute.hasOneValue { return }
    var rest = attribute
    rest.has_name = 0
    rest.has_type = 0
    rest.has_ref_attr_name = 0
    if attribute.ref_attr_name.len == 0 {
      switch Self.kind(of: attribute) {
      case ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__FLOAT: rest.has_f = 0
      case ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__INT: rest.has_i = 0
      case ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__STRING: rest.has_s = 0
      case ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__TENSOR: rest.t = nil
      case ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__GRAPH: rest.g = nil
      case ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__FLOATS: rest.n_floats = 0
      case ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__INTS: rest.n_ints = 0
      case ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__STRINGS: rest.n_strings = 0
      case ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__TENSORS: rest.n_tensors = 0
      case ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__GRAPHS: rest.n_graphs = 0
      case ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__SPARSE_TENSOR: rest.sparse_tensor = nil
      case ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__SPARSE_TENSORS: rest.n_sparse_tensors = 0
      case ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__TYPE_PROTO: rest.tp = nil
      case ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__TYPE_PROTOS: rest.n_type_protos = 0
      default: break
      }
    }
    let bytes = serialized(rest)
    if !bytes.isEmpty { fields["attribute/\(name)"] = [bytes] }
  }
}

extension Onnx__AttributeProto {
  /// True when at most one of the fields for values is set.
  fileprivate var hasOneValue: Bool {
    var set = 0
    if has_f != 0 { set += 1 }
    if has_i != 0 { set += 1 }
    if has_s != 0 { set += 1 }
    if t != nil { set += 1 }
    if g != nil { set += 1 }
    if tp != nil { set += 1 }
    if sparse_tensor != nil { set += 1 }
    if n_floats + n_ints + n_strings > 0 { set += 1 }
    if n_tensors + n_graphs + n_type_protos + n_sparse_tensors > 0 { set += 1 }
    return set <= 1
  }
}
