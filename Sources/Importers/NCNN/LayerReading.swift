import Diagnostics
import GraphIR
import Operators
import Tensors

/// One layer, what feeds it, and how its parameters are read.
struct LayerReading {
  let line: ParamText.Line
  let inputs: [ValueID]
  let network: NetworkReading

  init(_ line: ParamText.Line, _ inputs: [ValueID], _ network: NetworkReading) {
    self.line = line
    self.inputs = inputs
    self.network = network
  }

  var type: String { line.type }

  // MARK: Parameters

  func int(_ key: Int, _ fallback: Int = 0) throws(ModelError) -> Int {
    switch line.parameters[key] {
    case nil: return fallback
    case .int(let value)?: return value
    default: throw ModelError(.malformed, "parameter \(key) is not a whole number")
    }
  }

  /// A whole number of at least `low`.
  func size(_ key: Int, _ fallback: Int = 0, atLeast low: Int = 1) throws(ModelError) -> Int {
    let value = try int(key, fallback)
    guard value >= low, value < 1 << 30 else { throw ModelError(.malformed, "parameter \(key) is \(value)") }
    return value
  }

  func float(_ key: Int, _ fallback: Float) throws(ModelError) -> Float {
    switch line.parameters[key] {
    case nil: return fallback
    case .int(let value)?: return Float(value)
    case .float(let value)?: return value
    default: throw ModelError(.malformed, "parameter \(key) is not a number")
    }
  }

  func floats(_ key: Int) throws(ModelError) -> [Float]? {
    guard let value = line.parameters[key] else { return nil }
    guard case .list(let values) = value else { throw ModelError(.malformed, "parameter \(key) is not a list") }
    return values
  }

  func ints(_ key: Int) throws(ModelError) -> [Int]? {
    guard let values = try floats(key) else { return nil }
    let numbers = values.compactMap { Int(exactly: $0) }
    guard numbers.count == values.count else { throw ModelError(.malformed, "parameter \(key) is not a list of whole numbers") }
    return numbers
  }

  func text(_ key: Int) throws(ModelError) -> String? {
    guard let value = line.parameters[key] else { return nil }
    guard case .text(let text) = value else { throw ModelError(.malformed, "parameter \(key) is not text") }
    return text
  }

  /// The sizes of a Mat from its `w`, `h`, `d` and `c`, outermost first; -1 is not known.
  func matSizes() throws(ModelError) -> [Dim] {
    let keys = line.parameters[11] != nil ? [2, 11, 1, 0] : line.parameters[2] != nil ? [2, 1, 0] : line.parameters[1] != nil ? [1, 0] : [0]
    var sizes: [Dim] = []
    for key in keys {
      let size = try int(key)
      guard size > 0 || size == -1 else { throw ModelError(.malformed, "a Mat of size \(size)") }
      sizes.append(size > 0 ? .number(size) : .unknown)
    }
    return sizes
  }

  // MARK: Operands

  func input(_ index: Int = 0) throws(ModelError) -> ValueID {
    guard index < inputs.count else { throw ModelError(.malformed, "\(type) has \(inputs.count) inputs") }
    return inputs[index]
  }

  func rank(_ value: ValueID) throws(ModelError) -> Int {
    guard let rank = network.graph.fact(value).shape?.count else { throw ModelError(.unsupported, "a \(type) of unknown rank") }
    return rank
  }

  func axis(_ value: Int, _ input: ValueID) throws(ModelError) -> Int {
    let rank = try rank(input)
    let axis = value < 0 ? value + rank : value
    guard (0..<rank).contains(axis) else { throw ModelError(.malformed, "axis \(value) of a Mat of \(rank) axes") }
    return axis
  }

  // MARK: Results

  func one(_ op: any Operator, _ operands: [ValueID?]) throws(ModelError) -> ValueID { try network.one(op, operands) }
  func scalar(_ value: Float) throws(ModelError) -> ValueID { network.constant(try Tensor.scalar(value)) }

  func unsqueezed(_ value: ValueID, _ axis: Int = 0) throws(ModelError) -> ValueID { try one(Unsqueeze(), [value, network.integers([axis])]) }
  func squeezed(_ value: ValueID, _ axis: Int = 0) throws(ModelError) -> ValueID { try one(Squeeze(), [value, network.integers([axis])]) }

  /// The layer as nodes of the graph; one value for each output.
  func results() throws(ModelError) -> [ValueID] {
    switch type {
    case "MemoryData": return [try memoryData()]
    case "Split", "Noop":
      let value = try input()
      var copies: [ValueID] = []
      for _ in line.outputs { copies.append(try one(Identity(), [value])) }
      return copies
    default: break
    }
    if let value = try readElementwise() { return [value] }
    if let values = try readMovement() { return values }
    if let value = try readProduct() { return [value] }
    if let value = try readAttention() { return [value] }
    if let value = try readWindow() { return [value] }
    if let value = try readNormalization() { return [value] }
    if let values = try readRecurrent() { return values }
    throw ModelError(.unsupported, "Ferry does not read layers of type \(type)")
  }

  private func memoryData() throws(ModelError) -> ValueID {
    let sizes = try matSizes().compactMap(\.number)
    guard line.parameters[0] != nil, try matSizes().count == sizes.count else { throw ModelError(.malformed, "a constant of unknown size") }
    return network.constant(try int(21, 1) == 0 ? network.weights.tagged(sizes) : network.weights.plain(sizes))
  }

  /// What a convolution or a product computes behind itself.
  func activated(_ value: ValueID) throws(ModelError) -> ValueID {
    let numbers = try floats(10) ?? []
    switch try int(9) {
    case 0: return value
    case 1: return try one(Relu(), [value])
    case 2 where numbers.count == 1:
      var op = LeakyRelu()
      op.alpha = numbers[0]
      return try one(op, [value])
    case 3 where numbers.count == 2: return try one(Clip(), [value, scalar(numbers[0]), scalar(numbers[1])])
    case 4: return try one(Sigmoid(), [value])
    case 5: return try one(Mish(), [value])
    case let other: throw ModelError(.unsupported, "activation \(other)")
    }
  }
}
