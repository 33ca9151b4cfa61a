internal import CONNXProto
internal import CProtobufC
import Diagnostics
import GraphIR

extension GraphReader {
  /// Reads a function that the model defines.
  static func read(
    _ proto: UnsafeMutablePointer<Onnx__FunctionProto>, _ context: ReadContext, modelOpsets: [(domain: String, version: Int)]
  ) throws(ModelError) -> Function {
    let function = proto.pointee
    guard function.name.len > 0 else { throw ModelError(.invalidGraph, "a function has no name") }
    let name = try context.identifier(function.name, "function")
    do throws(ModelError) {
      let own = try context.opsets(Messages(function.opset_import, function.n_opset_import))
      let scope = GraphScope(name: name, path: name, owner: nil)
      try GraphReader(context, opsets: own.isEmpty ? modelOpsets : own, scope: scope).readBody(function)
      var attributes = AttributeReader(context)
      var defaults: [NamedAttribute] = []
      for attribute in Messages(function.attribute_proto, function.n_attribute_proto) {
        let name = try context.identifier(attribute.pointee.name, "attribute")
        defaults.append(NamedAttribute(name, try attributes.value(attribute, name)))
      }
      return Function(
        domain: try context.domain(function.domain), name: name, overload: try context.identifier(function.overload, "overload"),
        opsets: own,
        requiredAttributes: try context.identifiers(function.attribute, function.n_attribute, "attribute"),
        defaultAttributes: defaults, body: scope.graph, carried: context.carried(function, attributes.fields))
    } catch {
      throw error.located(Place(graph: name))
    }
  }

  private func readBody(_ function: Onnx__FunctionProto) throws(ModelError) {
    for input in UnsafeBufferPointer(start: function.input, count: function.n_input) {
      let id = scope.graph.addInput(try context.identifier(input, "function input"), nil)
      try scope.define(FieldBytes(input), as: id, context)
    }
    let nodes = MessageList(function.node, function.n_node)
    let results = try declareResults(nodes)
    try addValueInfo(MessageList(function.value_info, function.n_value_info))
    try addNodes(nodes, results)
    var outputs: [ValueID] = []
    for output in UnsafeBufferPointer(start: function.output, count: function.n_output) {
      let name = FieldBytes(output)
      guard let id = scope.ids[name] else {
        throw ModelError(.missingValue, "nothing computes this output", at: Place(value: name.lossyText))
      }
      outputs.append(id)
    }
    scope.graph.setOutputs(outputs)
    carryStrayInfos()
  }
}

extension ReadContext {
  fileprivate func identifiers(
    _ list: UnsafeMutablePointer<ProtobufCBinaryData>?, _ count: Int, _ role: String
  ) throws(ModelError) -> [String] {
    var names: [String] = []
    for data in UnsafeBufferPointer(start: list, count: count) { names.append(try identifier(data, role)) }
    return names
  }

  fileprivate func carried(_ function: Onnx__FunctionProto, _ attributes: [String: [[UInt8]]]) -> Carried? {
    var fields = attributes
    if function.base.n_unknown_fields > 0 {
      var rest = function
      rest.has_name = 0
      rest.n_input = 0
      rest.n_output = 0
      rest.n_attribute = 0
      rest.n_node = 0
      rest.has_doc_string = 0
      rest.n_opset_import = 0
      rest.has_domain = 0
      rest.n_attribute_proto = 0
      rest.n_value_info = 0
      rest.has_overload = 0
      rest.n_metadata_props = 0
      fields["FunctionProto"] = [serialized(rest)]
    }
    return carried(
      documentation: function.has_doc_string == 0 ? nil : function.doc_string,
      metadata: Messages(function.metadata_props, function.n_metadata_props), fields: fields,
      in: "function \"\(FieldBytes(function.name).lossyText)\"")
  }
}

/// Refuses functions that call themselves, directly or through others: they could never be inlined or run.
enum FunctionCalls {
  private struct Key: Hashable {
    var domain: String, name: String, overload: String
  }

  static func check(_ functions: [Function]) throws(ModelError) {
    var indices: [Key: Int] = [:]
    for (index, function) in functions.enumerated() {
      let key = Key(domain: function.domain, name: function.name, overload: function.overload)
      guard indices.updateValue(index, forKey: key) == nil else {
        throw ModelError(.duplicateName, "two functions of operator set \"\(function.domain)\" have the name", at: Place(graph: function.name))
      }
    }
    let calls = functions.map { callees(of: $0.body, indices) }
    var state = [UInt8](repeating: 0, count: functions.count)  // 0 new, 1 open, 2 done
    for root in functions.indices where state[root] == 0 {
      var stack = [(function: root, next: 0)]
      state[root] = 1
      while let (function, next) = stack.last {
        guard next < calls[function].count else {
          state[function] = 2
          stack.removeLast()
          continue
        }
        stack[stack.count - 1].next += 1
        let callee = calls[function][next]
        if state[callee] == 1 { throw ModelError(.cycle, "the function calls itself", at: Place(graph: functions[callee].name)) }
        if state[callee] == 2 { continue }
        state[callee] = 1
        stack.append((callee, 0))
      }
    }
  }

  private static func callees(of graph: Graph, _ indices: [Key: Int]) -> [Int] {
    var found: Set<Int> = []
    var graphs = [graph]
    while let graph = graphs.popLast() {
      for id in graph.nodeIDs {
        guard let op = graph[id].op as? ForeignOperator else { continue }
        if let index = indices[Key(domain: op.domain, name: op.name, overload: op.overload)] { found.insert(index) }
        graphs.append(contentsOf: op.graphs)
      }
    }
    return found.sorted()
  }
}
