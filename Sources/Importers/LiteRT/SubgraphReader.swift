import Diagnostics
import GraphIR
import LiteRTSchema
import Operators
import Tensors

/// Turns the steps of one subgraph into nodes.
///
/// A tensor has two sides: as stored (integers, when it is quantised) and as the real numbers that it stands for. Each side is
/// made when something asks for it.
final class SubgraphReader {
  let file: ModelFile
  let source: SourceSubgraph
  let assembly: Assembly
  let variables: Variables
  /// Subgraphs being read, this one included: a call back into them would never end.
  let open: [Int]
  private var stored: [Int: ValueID] = [:]
  private var real: [Int: ValueID] = [:]
  private var constants: [Int: Tensor] = [:]
  /// Tensors of complex numbers whose values are pairs of floats.
  private(set) var pairs: Set<Int> = []
  /// Names of the variables that resource tensors refer to.
  var handles: [Int: String] = [:]

  init(_ file: ModelFile, _ index: Int, _ assembly: Assembly, _ variables: Variables, open: [Int]) throws(ModelError) {
    guard file.subgraphs.indices.contains(index) else {
      throw ModelError(.invalidGraph, "calls subgraph \(index) of \(file.subgraphs.count)")
    }
    guard !open.contains(index), open.count < 64 else { throw ModelError(.cycle, "subgraph \(index) calls itself") }
    self.file = file
    source = file.subgraphs[index]
    self.assembly = assembly
    self.variables = variables
    self.open = open + [index]
  }

  /// Adds every step, the subgraph's inputs standing for `inputs`; returns what stands for its outputs.
  func read(inputs: [ValueID]) throws(ModelError) -> [ValueID] {
    guard inputs.count == source.inputs.count else {
      throw ModelError(.invalidGraph, "\(inputs.count) values for the \(source.inputs.count) inputs of \"\(source.name)\"")
    }
    for (tensor, value) in zip(source.inputs, inputs) { stored[tensor] = value }
    for call in source.calls {
      assembly.base = call.outputs.first.map { source.tensors[$0].name } ?? call.name
      do throws(ModelError) {
        try file.countStep()
        try Mappings.add(call, self)
      } catch {
        throw error.located(Place(graph: source.name, node: assembly.base, operatorName: call.name))
      }
    }
    var outputs: [ValueID] = []
    for tensor in source.outputs {
      let value = try storedValue(of: tensor)
      guard !pairs.contains(tensor) else { throw ModelError(.unsupported, "an output of complex numbers", at: Place(value: try self.tensor(tensor).name)) }
      outputs.append(value)
    }
    return outputs
  }

  func tensor(_ index: Int) throws(ModelError) -> SourceTensor {
    guard source.tensors.indices.contains(index) else { throw ModelError(.invalidGraph, "an operand is missing") }
    return source.tensors[index]
  }

  // MARK: - Values

  /// The tensor's elements, when the file holds them.
  func constant(of index: Int) throws(ModelError) -> Tensor? {
    if let known = constants[index] { return known }
    guard stored[index] == nil else { return nil }
    let tensor = try tensor(index)
    guard let loaded = try file.elements(of: tensor) else { return nil }
    constants[index] = loaded
    return loaded
  }

  /// The value as it is stored. Throws `missingValue` for what nothing has computed.
  func storedValue(of index: Int) throws(ModelError) -> ValueID {
    if let known = stored[index] { return known }
    let tensor = try tensor(index)
    guard let elements = try constant(of: index) else {
      throw ModelError(.missingValue, "nothing computes this tensor", at: Place(value: tensor.name))
    }
    let value = assembly.constant(elements, tensor.name)
    stored[index] = value
    return value
  }

  /// The numbers that the value stands for.
  func realValue(of index: Int) throws(ModelError) -> ValueID {
    if let known = real[index] { return known }
    let value = try storedValue(of: index)
    guard let quantization = try tensor(index).quantization else { return value }
    let result = try dequantized(value, quantization)
    real[index] = result
    return result
  }

  func dequantized(_ value: ValueID, _ quantization: SourceQuantization) throws(ModelError) -> ValueID {
    var op = DequantizeLinear()
    op.axis = quantization.axis
    let (scale, zero) = try parameters(quantization, assembly.element(of: value) ?? .int8)
    return try assembly.emit(op, value, scale, zero)
  }

  /// Scale and zero point as constants. For 32-bit integers there can only be a zero point of 0, which is left out.
  private func parameters(_ quantization: SourceQuantization, _ element: ElementType) throws(ModelError) -> (ValueID, ValueID?) {
    let shape = quantization.scales.count == 1 ? [] : [quantization.scales.count]
    let scale = assembly.constant(try Tensor(.float32, shape, elements: quantization.scales), "\(assembly.base)/scale")
    if element == .int32, quantization.zeroPoints.allSatisfy({ $0 == 0 }) { return (scale, nil) }
    let zeros = try Tensor(.int64, shape, elements: quantization.zeroPoints.map(Int64.init)).converted(to: element)
    return (scale, assembly.constant(zeros, "\(assembly.base)/zero_point"))
  }

  /// Names the result of a step that works on stored values.
  func define(_ index: Int, _ value: ValueID) throws(ModelError) {
    let name = try tensor(index).name
    guard stored[index] == nil else { throw ModelError(.duplicateName, "two operators compute this tensor", at: Place(value: name)) }
    assembly.rename(value, to: name)
    stored[index] = value
  }

  /// Names the result of a step that gives complex numbers.
  func definePairs(_ index: Int, _ value: ValueID) throws(ModelError) {
    try define(index, value)
    pairs.insert(index)
  }

  /// Quantises the result of a step that computes with real numbers, where the tensor is quantised.
  func defineReal(_ index: Int, _ value: ValueID) throws(ModelError) {
    let tensor = try tensor(index)
    guard let quantization = tensor.quantization, let element = tensor.element else { return try define(index, value) }
    var op = QuantizeLinear()
    op.axis = quantization.axis
    let (scale, zero) = try parameters(quantization, element)
    if zero == nil { op.outputDtype = element }
    try define(index, try assembly.emit(op, value, scale, zero))
  }

  /// Limits a result to `low...high`, unless its quantisation cannot say anything beyond.
  func clamped(_ value: ValueID, _ low: Float?, _ high: Float?, for index: Int) throws(ModelError) -> ValueID {
    var (low, high) = (low, high)
    if let quantization = try tensor(index).quantization, quantization.scales.count == 1, let range = try tensor(index).element?.integerRange {
      let (scale, zero) = (quantization.scales[0], Float(quantization.zeroPoints[0]))
      if let bound = low, (Float(range.lowerBound) - zero) * scale > bound - scale / 2 { low = nil }
      if let bound = high, (Float(range.upperBound) - zero) * scale < bound + scale / 2 { high = nil }
    }
    if low == nil, high == nil { return value }
    if low == 0, high == nil { return try assembly.emit(Relu(), value) }
    let bounds = try [low, high].map { (bound) throws(ModelError) -> ValueID? in try bound.map { (x) throws(ModelError) in try assembly.scalar(x, like: value) } }
    return try assembly.emit(Clip(), value, bounds[0], bounds[1])
  }

  /// Applies the activation that an operator has fused into it.
  func activated(_ value: ValueID, _ code: Int, for index: Int) throws(ModelError) -> ValueID {
    guard let kind = Schema.ActivationFunctionType(rawValue: code) else { throw ModelError(.unsupported, "activation \(code)") }
    return switch kind {
    case .none: value
    case .relu: try clamped(value, 0, nil, for: index)
    case .reluN1To1: try clamped(value, -1, 1, for: index)
    case .relu6: try clamped(value, 0, 6, for: index)
    case .tanh: try assembly.emit(Tanh(), value)
    case .signBit: try assembly.emit(Cast(to: .float32), assembly.emit(Less(), value, assembly.scalar(0, like: value)))
    }
  }

  // MARK: - Operands of a step

  func index(_ call: SourceCall, _ input: Int) throws(ModelError) -> Int {
    guard call.inputs.indices.contains(input), call.inputs[input] >= 0 else { throw ModelError(.invalidGraph, "operand \(input) is missing") }
    return call.inputs[input]
  }

  func output(_ call: SourceCall, _ index: Int = 0) throws(ModelError) -> Int {
    guard call.outputs.indices.contains(index) else { throw ModelError(.invalidGraph, "result \(index) is missing") }
    return call.outputs[index]
  }

  func has(_ call: SourceCall, _ input: Int) -> Bool { call.inputs.indices.contains(input) && call.inputs[input] >= 0 }
  func stored(_ call: SourceCall, _ input: Int) throws(ModelError) -> ValueID { try storedValue(of: index(call, input)) }
  func real(_ call: SourceCall, _ input: Int) throws(ModelError) -> ValueID { try realValue(of: index(call, input)) }
  func optionalReal(_ call: SourceCall, _ input: Int) throws(ModelError) -> ValueID? { has(call, input) ? try real(call, input) : nil }

  /// An operand that must be known now: integers, as numbers.
  func integers(_ call: SourceCall, _ input: Int) throws(ModelError) -> [Int] {
    let index = try index(call, input)
    if let tensor = try constant(of: index) { return try tensor.integers() }
    if let known = assembly.graph.fact(try storedValue(of: index)).integers { return known }
    throw ModelError(.unsupported, "operand \(input) is computed while the model runs")
  }

  /// An operand that holds sizes: numbers, or what they are in terms of open sizes.
  func sizes(_ call: SourceCall, _ input: Int) throws(ModelError) -> [Dim] {
    let index = try index(call, input)
    if let tensor = try constant(of: index) { return try tensor.integers().map(Dim.number) }
    if let known = assembly.graph.fact(try storedValue(of: index)).elements { return known }
    throw ModelError(.unsupported, "operand \(input) is computed while the model runs")
  }

  /// An integer operand as 64-bit integers, as our operators want them.
  func wide(_ call: SourceCall, _ input: Int) throws(ModelError) -> ValueID {
    let index = try index(call, input)
    if let tensor = try constant(of: index) { return assembly.constant(try tensor.converted(to: .int64), try self.tensor(index).name) }
    let value = try storedValue(of: index)
    return assembly.element(of: value) == .int64 ? value : try assembly.emit(Cast(to: .int64), value)
  }

  /// True when moving elements from one tensor to another keeps their meaning.
  func sameQuantization(_ a: Int, _ b: Int) throws(ModelError) -> Bool { try tensor(a).quantization == tensor(b).quantization }
}

extension Cast {
  init(to element: ElementType) {
    self.init()
    to = element
  }
}

extension ElementType {
  /// The numbers that a narrow integer can hold.
  var integerRange: ClosedRange<Int>? {
    guard isInteger, bitWidth <= 32 else { return nil }
    return isSignedInteger ? -(1 << (bitWidth - 1))...(1 << (bitWidth - 1)) - 1 : 0...(1 << bitWidth) - 1
  }
}
