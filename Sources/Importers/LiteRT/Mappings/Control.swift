import Diagnostics
import GraphIR
import LiteRTSchema
import Operators
import Tensors

extension Mappings {
  static let control: [Schema.BuiltinOperator: Mapping] = [
    .if: branch, .while: loop, .call: callSubgraph, .callOnce: initialize, .varHandle: handle, .readVariable: read, .assignVariable: assign,
  ]

  /// A branch takes everything after the condition as captures.
  private static let branch: Mapping = { (call, reader) throws(ModelError) in
    typealias Field = Schema.IfOptions
    let options = call.options(Field.code)
    var operands: [ValueID?] = [try reader.stored(call, 0)]
    for input in call.inputs.dropFirst() { operands.append(try reader.storedValue(of: input)) }
    var op = If()
    op.thenBranch = try captured(options[Field.thenSubgraphIndex], operands.dropFirst().compactMap(\.self), reader)
    op.elseBranch = try captured(options[Field.elseSubgraphIndex], operands.dropFirst().compactMap(\.self), reader)
    try finish(op, operands, call, reader)
  }

  private static func captured(_ index: Int, _ values: [ValueID], _ reader: SubgraphReader) throws(ModelError) -> Graph {
    let assembly = Assembly(name: "branch_\(index)", sink: reader.assembly.sink, within: reader.assembly)
    var captures: [ValueID] = []
    for value in values {
      let outer = reader.assembly.graph[value]
      captures.append(assembly.graph.addCapture(assembly.unique(outer.name), outer.type))
    }
    let inner = try SubgraphReader(reader.file, index, assembly, Variables(), open: reader.open)
    try assembly.graph.setOutputs(outputs(inner.read(inputs: captures), assembly))
    return assembly.graph
  }

  /// The outputs of a nested graph: each a result of its own.
  private static func outputs(_ values: [ValueID], _ assembly: Assembly) throws(ModelError) -> [ValueID] {
    var results: [ValueID] = []
    var seen: Set<ValueID> = []
    for value in values {
      if case .result = assembly.graph[value].origin, seen.insert(value).inserted { results.append(value) } else {
        assembly.base = assembly.graph[value].name
        results.append(try assembly.emit(Identity(), value))
      }
    }
    return results
  }

  /// Adds a node with graphs and names its results.
  private static func finish(_ op: any ControlFlow, _ operands: [ValueID?], _ call: SourceCall, _ reader: SubgraphReader) throws(ModelError) {
    let own = op is If ? 1 : operands.count
    let facts = operands.prefix(own).map { $0.map(reader.assembly.graph.fact) }
    let bodies = op.graphs.map { graph in graph.outputs.map(graph.fact) }
    let inferred = try op.resultFacts(graphOutputs: bodies, operands: facts, resultCount: call.outputs.count)
    let results = try reader.assembly.emit(op, operands: operands, count: call.outputs.count)
    for (index, value) in zip(call.outputs, results) { try reader.define(index, value) }
    for (value, fact) in zip(results, inferred) { reader.assembly.graph.setType(value, to: fact.type) }
  }

  /// The condition is asked once before the loop and then at the end of every round.
  private static let loop: Mapping = { (call, reader) throws(ModelError) in
    typealias Field = Schema.WhileOptions
    let options = call.options(Field.code)
    var carried: [ValueID] = []
    for input in call.inputs { carried.append(try reader.storedValue(of: input)) }
    let first = try SubgraphReader(reader.file, options[Field.condSubgraphIndex], reader.assembly, Variables(), open: reader.open)
    let start = try first.read(inputs: carried)
    guard start.count == 1 else { throw ModelError(.invalidGraph, "a condition of \(start.count) values") }
    let assembly = Assembly(name: "body_\(options[Field.bodySubgraphIndex])", sink: reader.assembly.sink, within: reader.assembly)
    assembly.graph.addInput(assembly.unique("iteration"), .tensor(.int64, []))
    assembly.graph.addInput(assembly.unique("condition"), .tensor(.bool, []))
    var inputs: [ValueID] = []
    for (index, value) in carried.enumerated() {
      let name = assembly.unique(reader.assembly.graph[value].name)
      let type = reader.assembly.graph[value].type
      inputs.append(assembly.graph.addInput(name, try carriedType(type, options[Field.bodySubgraphIndex], index, name, reader)))
    }
    let body = try SubgraphReader(reader.file, options[Field.bodySubgraphIndex], assembly, Variables(), open: reader.open)
    let next = try body.read(inputs: inputs)
    let condition = try SubgraphReader(reader.file, options[Field.condSubgraphIndex], assembly, Variables(), open: reader.open)
    let again = try condition.read(inputs: next)
    var op = Loop()
    try assembly.graph.setOutputs(outputs(again + next, assembly))
    op.body = assembly.graph
    let truth = try reader.assembly.emit(Reshape(), start[0], reader.assembly.integers([]))
    try finish(op, [nil, truth] + carried, call, reader)
  }

  /// What a loop's body says of a carried value: a size that it leaves open may differ from the one before the loop.
  private static func carriedType(
    _ type: ValueType?, _ body: Int, _ index: Int, _ name: String, _ reader: SubgraphReader
  ) throws(ModelError) -> ValueType? {
    guard case .tensor(var tensor)? = type, let shape = tensor.shape, reader.file.subgraphs.indices.contains(body) else { return type }
    let source = reader.file.subgraphs[body]
    guard source.inputs.indices.contains(index), source.tensors.indices.contains(source.inputs[index]) else { return type }
    let signature = source.tensors[source.inputs[index]].signature
    guard signature.count == shape.count else { return type }
    tensor.shape = shape.indices.map { axis in
      signature[axis] == -1 && shape[axis].number != nil ? .symbol("axis \(axis) of \(name)") : shape[axis]
    }
    return .tensor(tensor)
  }

  private static let callSubgraph: Mapping = { (call, reader) throws(ModelError) in
    var inputs: [ValueID] = []
    for input in call.inputs { inputs.append(try reader.storedValue(of: input)) }
    let index = call.options(Schema.CallOptions.code)[Schema.CallOptions.subgraph]
    let inner = try SubgraphReader(reader.file, index, reader.assembly, reader.variables, open: reader.open)
    let results = try inner.read(inputs: inputs)
    guard results.count == call.outputs.count else { throw ModelError(.invalidGraph, "\(results.count) results for \(call.outputs.count)") }
    for (index, value) in zip(call.outputs, results) { try reader.define(index, value) }
  }

  // MARK: - Variables

  /// A subgraph that runs before the first run: what it assigns must be constants.
  private static let initialize: Mapping = { (call, reader) throws(ModelError) in
    let index = call.options(Schema.CallOnceOptions.code)[Schema.CallOnceOptions.initSubgraphIndex]
    let scratch = Assembly(name: "initialization", sink: reader.assembly.sink)
    let inner = try SubgraphReader(reader.file, index, scratch, Variables(), open: reader.open)
    for step in inner.source.calls {
      switch step.code {
      case .varHandle: try handle(step, inner)
      case .assignVariable:
        guard let name = inner.handles[try inner.index(step, 0)], let value = try inner.constant(of: inner.index(step, 1)) else {
          throw ModelError(.unsupported, "a variable that begins with a computed value")
        }
        reader.variables.setInitial(name, value)
      default: throw ModelError(.unsupported, "\(step.name) before the first run")
      }
    }
  }

  private static let handle: Mapping = { (call, reader) throws(ModelError) in
    typealias Field = Schema.VarHandleOptions
    let options = call.options(Field.code)
    let name = options[Field.sharedName]
    reader.handles[try reader.output(call)] = name.isEmpty ? "variable" : name
  }

  private static func variable(_ call: SourceCall, _ reader: SubgraphReader) throws(ModelError) -> String {
    guard let name = reader.handles[try reader.index(call, 0)] else { throw ModelError(.unsupported, "a variable chosen while the model runs") }
    guard reader.open.count == 1 else { throw ModelError(.unsupported, "a variable inside a branch or loop", at: Place(value: name)) }
    return name
  }

  private static let read: Mapping = { (call, reader) throws(ModelError) in
    let output = try reader.output(call)
    let value = try reader.variables.value(variable(call, reader), like: reader.tensor(output), in: reader.assembly)
    try reader.define(output, value)
  }

  private static let assign: Mapping = { (call, reader) throws(ModelError) in
    try reader.variables.assign(variable(call, reader), reader.stored(call, 1))
  }
}
