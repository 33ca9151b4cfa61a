import Diagnostics
import GraphIR
import LiteRTSchema
import Operators
import Retargeting
import Tensors

/// One subgraph while it is written: tensors and steps, in order.
final class SubgraphWriter {
  let tables: ModelTables
  let graph: Graph
  private(set) var tensors: [FlatObject] = []
  private var steps: [FlatObject] = []
  private var indices: [ValueID: Int] = [:]
  /// Constants of integers, by what they mean: one may stand for different numbers in different places.
  private var meanings: [Meaning: Int] = [:]
  private var uses: [KernelUse.Operand] = []
  /// What constants of our own have been added, by content.
  private var vectors: [[Int]: Int] = [:]
  /// The node being written.
  private(set) var node: SubjectNode?
  /// Activations that are fused into the nodes that feed them.
  let fusion: ActivationFusion
  let quantization: QuantizedTensors

  init(_ graph: Graph, _ tables: ModelTables) {
    self.graph = graph
    self.tables = tables
    fusion = ActivationFusion(graph)
    quantization = QuantizedTensors(graph, fusion)
  }

  private struct Meaning: Hashable {
    var value: ValueID
    var scales: [Float]
    var zeroPoints: [Int]
    var axis: Int
  }

  // MARK: - Tensors

  private func add(
    _ name: String, _ element: ElementType, _ shape: [Dim], buffer: Int = 0, quantization: QuantizedType? = nil
  ) throws(ModelError) -> Int {
    guard let code = element.litert else {
      throw ModelError(.notExpressible, "the format has no elements of \(element.rawValue)", at: Place(value: name))
    }
    for dim in shape where dim.number.map({ $0 > Int(Int32.max) }) ?? false {
      throw ModelError(.notExpressible, "an axis of size \(dim)", at: Place(value: name))
    }
    var object = FlatObject()
    object.set(Schema.Tensor.shape, shape.map { $0.number ?? 1 })
    object.set(Schema.Tensor.type, code.rawValue)
    object.set(Schema.Tensor.buffer, buffer)
    object.set(Schema.Tensor.name, name)
    object.set(Schema.Tensor.hasRank, true)
    if shape.contains(where: { $0.number == nil }) { object.set(Schema.Tensor.shapeSignature, shape.map { $0.number ?? -1 }) }
    if let quantization { object.set(Schema.Tensor.quantization, Self.table(of: quantization)) }
    tensors.append(object)
    uses.append(.init(element: element, rank: shape.count, shape: shape, scales: quantization?.scales ?? []))
    return tensors.count - 1
  }

  private static func table(of type: QuantizedType) -> FlatObject {
    var object = FlatObject()
    object.set(Schema.QuantizationParameters.scale, type.scales)
    object.set(Schema.QuantizationParameters.zeroPoint, type.zeroPoints)
    object.set(Schema.QuantizationParameters.quantizedDimension, type.scales.count > 1 ? type.axis : 0)
    return object
  }

  /// The tensor of a value; a constant's is added when it is first asked for.
  func tensor(_ value: ValueID) throws(ModelError) -> Int {
    if let known = indices[value] { return known }
    let entry = graph[value]
    guard let type = entry.type?.tensorType else {
      throw ModelError(.notExpressible, "a value whose type is not known", at: Place(value: entry.name))
    }
    let shape = type.shape ?? []
    let constant = graph.constant(value)
    if let constant, try isHalved(constant) {
      let index = try halved(constant, entry.name)
      indices[value] = index
      return index
    }
    let index = try add(
      entry.name, type.element, shape, buffer: constant.map { $0.hasContent ? tables.buffer($0) : 0 } ?? 0,
      quantization: quantization.storedType(of: value))
    indices[value] = index
    return index
  }

  /// A constant stored in half precision, with the step that widens it.
  private func halved(_ tensor: Tensor, _ name: String) throws(ModelError) -> Int {
    let narrow = try Tensor(deferring: .float16, tensor.shape) { () throws(ModelError) in try tensor.converted(to: .float16) }
    let half = try add("\(name)/half", .float16, narrow.shape.map(Dim.number), buffer: tables.buffer(narrow))
    let index = try add(name, .float32, narrow.shape.map(Dim.number))
    step(.dequantize, [half], [index], KernelOptions(Schema.DequantizeOptions.code))
    return index
  }

  private func isHalved(_ tensor: Tensor) throws(ModelError) -> Bool {
    guard tables.settings.halvesWeights, tensor.element == .float32, tensor.count >= 256 else { return false }
    return try tensor.fitsHalf()
  }

  /// Makes a value another name of a tensor.
  func alias(_ value: ValueID, _ tensor: Int) { indices[value] = tensor }

  func element(of tensor: Int) -> ElementType { uses[tensor].element }

  /// A tensor between the steps that stand for one node.
  func temporary(_ element: ElementType, _ shape: [Dim]) throws(ModelError) -> Int {
    try add("\(node.map { label($0) } ?? "value")/\(tensors.count)", element, shape)
  }

  func constant(_ tensor: Tensor, quantization: QuantizedType? = nil) throws(ModelError) -> Int {
    if quantization == nil, try isHalved(tensor) { return try halved(tensor, "constant/\(tensors.count)") }
    return try add(
      "constant/\(tensors.count)", tensor.element, tensor.shape.map(Dim.number),
      buffer: tensor.hasContent ? tables.buffer(tensor) : 0, quantization: quantization)
  }

  /// A vector of 32-bit integers, as most parameters are.
  func integers(_ values: [Int]) throws(ModelError) -> Int {
    if let known = vectors[values] { return known }
    let index = try constant(try Tensor(.int32, [values.count], elements: values.map { Int32(clamping: $0) }))
    vectors[values] = index
    return index
  }

  func scalar(_ value: Int) throws(ModelError) -> Int { try constant(try Tensor(.int32, [], elements: [Int32(clamping: value)])) }

  func number(_ value: Float, _ element: ElementType) throws(ModelError) -> Int {
    try constant(try Tensor.scalar(value).converted(to: element))
  }

  private func label(_ node: SubjectNode) -> String {
    let name = graph[node.id].name
    return name.isEmpty ? graph[graph[node.id].results[0]].name : name
  }

  // MARK: - The node's own

  /// The tensor of an operand, -1 when it is absent.
  func operand(_ index: Int) throws(ModelError) -> Int {
    guard let id = node?.id, index < graph[id].operands.count, let value = graph[id].operands[index] else { return -1 }
    let (stored, type) = quantization.operand(value, of: id)
    guard let type, graph.constant(stored) != nil else { return try tensor(stored) }
    return try constant(stored, meaning: type)
  }

  /// The tensor of a constant of integers that stand for real numbers in the given way.
  private func constant(_ value: ValueID, meaning type: QuantizedType) throws(ModelError) -> Int {
    let key = Meaning(value: value, scales: type.scales, zeroPoints: type.zeroPoints, axis: type.axis)
    if let known = meanings[key] { return known }
    guard let tensor = graph.constant(value) else { return try self.tensor(value) }
    let name = meanings.keys.contains { $0.value == value } ? "\(graph[value].name)/\(tensors.count)" : graph[value].name
    let index = try add(name, tensor.element, tensor.shape.map(Dim.number), buffer: tables.buffer(tensor), quantization: type)
    meanings[key] = index
    return index
  }

  /// The tensor of a result: of the activation that is fused into the node, where there is one.
  func result(_ index: Int = 0) throws(ModelError) -> Int {
    guard let id = node?.id, index < graph[id].results.count else { throw ModelError(.internalInvariant, "no result \(index)") }
    return try tensor(quantization.result(fusion.result(graph[id].results[index])))
  }

  func shape(ofOperand index: Int) -> [Dim] { node?.operand(index)?.shape ?? [] }
  func shape(ofResult index: Int) -> [Dim] { node?.result(index).shape ?? [] }
  func elementOfOperand(_ index: Int) -> ElementType { node?.operand(index)?.element ?? .float32 }

  /// An integer operand that must be of 32 bits: a constant is narrowed, anything else cast.
  func narrow(_ index: Int) throws(ModelError) -> Int {
    if let numbers = node?.operand(index)?.integers, (node?.operand(index)?.shape?.count ?? 1) <= 1 {
      return node?.operand(index)?.shape?.isEmpty ?? false ? try scalar(numbers[0]) : try integers(numbers)
    }
    let tensor = try operand(index)
    guard element(of: tensor) != .int32 else { return tensor }
    let narrow = try temporary(.int32, shape(ofOperand: index))
    step(.cast, [tensor], [narrow])
    return narrow
  }

  // MARK: - Steps

  /// `version` is what the options ask for; what the operands ask for is looked up.
  func step(_ code: Schema.BuiltinOperator, _ inputs: [Int], _ outputs: [Int], version: Int = 1, _ options: KernelOptions? = nil) {
    let use = KernelUse(code: code, inputs: inputs.filter { $0 >= 0 }.map { uses[$0] }, outputs: outputs.map { uses[$0] }, inputCount: inputs.count)
    var object = FlatObject()
    object.set(Schema.Operator.opcodeIndex, tables.code(code, version: max(version, use.version)))
    object.set(Schema.Operator.inputs, inputs)
    object.set(Schema.Operator.outputs, outputs)
    if let options { object.set(Schema.Operator.builtinOptions, options.tag, options.object) }
    steps.append(object)
  }

  /// A step whose options have a field for an activation, which is filled in when one is fused into the node.
  func fusedStep(
    _ code: Schema.BuiltinOperator, _ inputs: [Int], _ outputs: [Int], version: Int = 1, _ options: KernelOptions, _ field: IntField
  ) {
    var options = options
    if let id = node?.id, let activation = fusion.activation(of: id) { options.object.set(field, activation.rawValue) }
    step(code, inputs, outputs, version: version, options)
  }

  /// Writes every node; returns the subgraph's table.
  func write(name: String, inputs: [ValueID], outputs: [ValueID]) throws(ModelError) -> FlatObject {
    var object = FlatObject()
    let first = try inputs.map { (value) throws(ModelError) in try tensor(value) }
    for id in try graph.topologicalOrder() where !fusion.isFused(id) && !quantization.isAbsorbed(id) {
      let subject = SubjectNode(id, in: graph)
      if subject.op.heldTensor != nil { continue }
      node = subject
      guard let op = subject.op as? any LiteRTWritable else {
        throw ModelError(.internalInvariant, "the operator was not rejected but cannot be written", at: graph.place(of: id))
      }
      do throws(ModelError) { try op.write(subject, self) } catch { throw error.located(graph.place(of: id)) }
    }
    node = nil
    let last = try outputs.map { (value) throws(ModelError) in try tensor(value) }
    object.set(Schema.SubGraph.tensors, tensors)
    object.set(Schema.SubGraph.inputs, first)
    object.set(Schema.SubGraph.outputs, last)
    object.set(Schema.SubGraph.operators, steps)
    object.set(Schema.SubGraph.name, name)
    return object
  }
}

extension Tensor {
  /// Whether there is anything to store.
  fileprivate var hasContent: Bool { byteCount > 0 || (strings?.isEmpty == false) }
}

extension ElementType {
  /// The format's code; `nil` for types it has not.
  var litert: Schema.TensorType? {
    switch self {
    case .float32: .float32
    case .float16: .float16
    case .float64: .float64
    case .bfloat16: .bfloat16
    case .int8: .int8
    case .int16: .int16
    case .int32: .int32
    case .int64: .int64
    case .uint8: .uint8
    case .uint16: .uint16
    case .uint32: .uint32
    case .uint64: .uint64
    case .bool: .bool
    case .int4: .int4
    case .complex64: .complex64
    case .string: .string
    default: nil
    }
  }
}
