internal import CONNXProto
internal import CProtobufC
import Diagnostics
import GraphIR
import Tensors

/// Reads one node, as an operator known only by its name.
struct NodeReader {
  private let reader: GraphReader
  private let context: ReadContext
  private let proto: UnsafeMutablePointer<Onnx__NodeProto>
  /// What the node carries, by the field it comes from; attributes as `attribute/NAME`.
  private var fields: [String: [[UInt8]]] = [:]

  init(_ reader: GraphReader, _ proto: UnsafeMutablePointer<Onnx__NodeProto>) {
    self.reader = reader
    context = reader.context
    self.proto = proto
  }

  /// Adds the node to the graph. Returns false when it uses one of the `undefined` values: results of its own and of nodes after it.
  consuming func addNode(results: Range<Int>, undefined: Range<Int>) throws(ModelError) -> Bool {
    let node = proto.pointee
    guard node.op_type.len > 0 else { throw ModelError(.invalidGraph, "the node does not say which operator it is") }
    let name = try context.identifier(node.name, "node name")
    let domain = try context.domain(node.domain)
    var captures: CaptureScope?
    let op = ForeignOperator(
      domain: domain, name: try context.identifier(node.op_type, "operator"),
      overload: try context.identifier(node.overload, "overload"), version: context.version(of: domain, in: reader.opsets),
      attributes: try attributes(&captures))
    let captured = captures?.values ?? []

    var operands: [ValueID?] = []
    operands.reserveCapacity(node.n_input + captured.count)
    var isOrdered = true
    for input in UnsafeBufferPointer(start: node.input, count: node.n_input) {
      let operand = try operand(FieldBytes(input))
      operands.append(operand)
      if let operand, undefined.contains(operand.index) { isOrdered = false }
    }
    for value in captured {
      operands.append(value)
      if undefined.contains(value.index) { isOrdered = false }
    }
    reader.scope.graph.addNode(op, operands, producing: results.map { ValueID($0) }, name: name, carried: carried(node))
    return isOrdered
  }

  private func operand(_ name: FieldBytes) throws(ModelError) -> ValueID? {
    if name.isEmpty { return nil }
    if let id = try reader.scope.resolve(name, context) { return id }
    throw ModelError(.missingValue, "nothing gives this operand a value", at: Place(value: name.lossyText))
  }

  private mutating func carried(_ node: Onnx__NodeProto) -> Carried? {
    if node.n_device_configurations > 0 || node.base.n_unknown_fields > 0 {
      var rest = node
      rest.n_input = 0
      rest.n_output = 0
      rest.has_name = 0
      rest.has_op_type = 0
      rest.n_attribute = 0
      rest.has_doc_string = 0
      rest.has_domain = 0
      rest.has_overload = 0
      rest.n_metadata_props = 0
      fields["NodeProto"] = [serialized(rest)]
    }
    if node.has_doc_string == 0, node.n_metadata_props == 0, fields.isEmpty { return nil }
    return context.carried(
      documentation: node.has_doc_string == 0 ? nil : node.doc_string,
      metadata: Messages(node.metadata_props, node.n_metadata_props), fields: fields,
      in: "node \"\(FieldBytes(node.name).lossyText)\"")
  }

  // MARK: - Attributes

  private mutating func attributes(_ captures: inout CaptureScope?) throws(ModelError) -> [NamedAttribute] {
    let list = Messages(proto.pointee.attribute, proto.pointee.n_attribute)
    if list.isEmpty { return [] }
    var attributes = AttributeReader(context)
    var result: [NamedAttribute] = []
    result.reserveCapacity(list.count)
    var nested: [(attribute: Int, graphs: NestedGraphs)] = []
    for attribute in list {
      let (name, graphs) = try attributes.graphs(attribute, reader, &captures)
      if let graphs { nested.append((result.count, graphs)) }
      guard !result.contains(where: { $0.name == name }) else {
        throw ModelError(.duplicateName, "the attribute is given twice", at: Place(attribute: name))
      }
      result.append(NamedAttribute(name, graphs == nil ? try attributes.value(attribute, name) : .graphs([])))
    }
    for (index, graphs) in nested {  // only now is it known what all of them capture
      result[index].value = try graphs.value { (scope) throws(ModelError) in
        try scope.addCaptures(through: (captures?.values.count ?? 0) - 1, context)
      }
    }
    fields = attributes.fields
    return result
  }
}

/// The graphs of one attribute, while their captures are not yet complete.
enum NestedGraphs {
  case one(GraphScope)
  case list([GraphScope])

  func value(completing complete: (GraphScope) throws(ModelError) -> Void) throws(ModelError) -> AttributeValue {
    switch self {
    case .one(let scope):
      try complete(scope)
      return .graph(scope.graph)
    case .list(let scopes):
      for scope in scopes { try complete(scope) }
      return .graphs(scopes.map(\.graph))
    }
  }
}
