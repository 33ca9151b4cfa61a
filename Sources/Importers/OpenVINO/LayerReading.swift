import Diagnostics
import GraphIR
import Operators
import Tensors

/// One layer, what feeds it, and how its attributes are read.
struct LayerReading {
  let layer: XMLNode
  let inputs: [ValueID]
  let network: NetworkReading

  init(_ layer: XMLNode, _ inputs: [ValueID], _ network: NetworkReading) {
    self.layer = layer
    self.inputs = inputs
    self.network = network
  }

  var type: String { layer.attributes["type"] ?? "" }
  var data: XMLNode? { layer.first("data") }

  // MARK: Attributes

  func text(_ key: String) -> String? { data?.attributes[key] }

  func integer(_ key: String, _ fallback: Int) throws(ModelError) -> Int {
    guard let text = text(key) else { return fallback }
    guard let value = Int(text) else { throw layer.fault("\(key)=\"\(text)\" is not a whole number") }
    return value
  }

  func float(_ key: String, _ fallback: Float) throws(ModelError) -> Float {
    guard let text = text(key) else { return fallback }
    guard let value = Float(text) else { throw layer.fault("\(key)=\"\(text)\" is not a number") }
    return value
  }

  func bool(_ key: String, _ fallback: Bool = false) -> Bool { text(key).map { $0 == "true" || $0 == "1" } ?? fallback }

  func integers(_ key: String) throws(ModelError) -> [Int]? {
    guard let text = text(key) else { return nil }
    var values: [Int] = []
    for part in text.split(separator: ",") {
      guard let value = Int(part.filter { $0 != " " }) else { throw layer.fault("\(key)=\"\(text)\" is not a list of whole numbers") }
      values.append(value)
    }
    return values
  }

  func element(_ key: String) throws(ModelError) -> ElementType {
    guard let name = text(key), let element = ElementType(openVINO: name) else {
      throw layer.fault("\(key)=\"\(text(key) ?? "")\" is not an element type that Ferry writes")
    }
    return element
  }

  func parameterType() throws(ModelError) -> ValueType {
    let element = try element("element_type")
    guard let text = text("shape"), text != "..." else { return .tensor(element, nil) }
    let dims = text.split(separator: ",").map { part -> Dim in Int(part.filter { $0 != " " }).flatMap { $0 < 0 ? nil : .number($0) } ?? .unknown }
    return .tensor(element, dims)
  }

  // MARK: Operands

  func input(_ index: Int) throws(ModelError) -> ValueID {
    guard index < inputs.count else { throw layer.fault("\(type) has \(inputs.count) inputs") }
    return inputs[index]
  }

  func fact(_ index: Int) throws(ModelError) -> Fact { network.graph.fact(try input(index)) }

  /// The numbers in an operand that is a constant.
  func constants(_ index: Int) throws(ModelError) -> [Int] {
    guard let values = try fact(index).integers else { throw layer.fault("input \(index) of \(type) is not a constant") }
    return values
  }

  func rank(_ index: Int) throws(ModelError) -> Int {
    guard let rank = try fact(index).shape?.count else { throw ModelError(.unsupported, "a \(type) of unknown rank") }
    return rank
  }

  func elementType(_ index: Int) throws(ModelError) -> ElementType {
    guard let element = try fact(index).element else { throw ModelError(.unsupported, "a \(type) of unknown element type") }
    return element
  }

  // MARK: Results

  func one(_ op: any Operator, _ operands: [ValueID?]) throws(ModelError) -> ValueID {
    try network.add(op, operands, named: layer.attributes["name"] ?? "")[0]
  }

  func make(_ op: any Operator, _ operands: [ValueID?]) throws(ModelError) -> [ValueID] { [try one(op, operands)] }

  /// A constant of one element of the type of an operand.
  func scalar(_ value: Double, like index: Int) throws(ModelError) -> ValueID {
    network.constant(try Tensor(.float64, [], elements: [value]).converted(to: elementType(index)))
  }

  /// The layer as nodes of the graph; one value for each output.
  func results() throws(ModelError) -> [ValueID] {
    if type == "Const" { return [try constant()] }
    if let values = try readElementwise() { return values }
    if let values = try readMovement() { return values }
    if let values = try readIndexing() { return values }
    if let values = try readReduction() { return values }
    if let values = try readNeural() { return values }
    if let values = try readSampling() { return values }
    if let values = try readQuantization() { return values }
    if let values = try readRandom() { return values }
    if let values = try readRecurrent() { return values }
    if let values = try readControl() { return values }
    throw ModelError(.unsupported, "Ferry does not read layers of type \(type)")
  }

  /// A tensor in the file of weights.
  private func constant() throws(ModelError) -> ValueID {
    let isNormal = text("element_type") == "nf4"
    let element = try isNormal ? .uint4 : element("element_type")
    guard let shape = try integers("shape") else { throw layer.fault("a constant without a shape") }
    let (offset, size) = (try integer("offset", -1), try integer("size", -1))
    let (end, overflows) = offset.addingReportingOverflow(size)
    guard offset >= 0, size >= 0, !overflows, end <= network.weights.bytes.count else {
      throw layer.fault("bytes \(offset) to \(end) lie outside the \(network.weights.bytes.count) of the weights")
    }
    let name = network.names.unique(layer.attributes["name"] ?? "")
    if isNormal { return try normalFloats(Tensor(.uint4, shape, mapped: network.weights, range: offset..<end), name) }
    guard element == .string else { return network.graph.addConstant(name, try Tensor(element, shape, mapped: network.weights, range: offset..<end)) }
    return network.graph.addConstant(name, try Tensor(strings: strings(in: offset..<end), shape: shape))
  }

  /// Codes of four bits, looked up.
  private func normalFloats(_ codes: Tensor, _ name: String) throws(ModelError) -> ValueID {
    let numbers: [Float] = [
      -1, -0.696_192_8, -0.525_073_05, -0.394_917_5, -0.284_441_38, -0.184_773_43, -0.091_050_036, 0, 0.079_580_3, 0.160_930_2, 0.246_112_3,
      0.337_915_24, 0.440_709_83, 0.562_617, 0.722_956_84, 1,
    ]
    var cast = Cast()
    cast.to = .int64
    let table = network.constant(try Tensor(.float32, [16], elements: numbers))
    return network.one(Gather(), [table, network.one(cast, [network.constant(codes)])], named: name)
  }

  /// Strings behind their number, and where each begins and the last one ends, which are 32-bit integers.
  private func strings(in range: Range<Int>) throws(ModelError) -> [[UInt8]] {
    let bytes = UnsafeRawBufferPointer(rebasing: network.weights.bytes[range])
    func number(_ index: Int) -> Int? {
      4 * index + 4 <= bytes.count ? Int(Int32(littleEndian: bytes.loadUnaligned(fromByteOffset: 4 * index, as: Int32.self))) : nil
    }
    guard let count = number(0), count >= 0, count < bytes.count / 4 else { throw layer.fault("strings without their lengths") }
    let text = bytes[(4 * (count + 2))...]
    var strings: [[UInt8]] = []
    for index in 0..<count {
      guard let start = number(index + 1), let end = number(index + 2), start >= 0, start <= end, end <= text.count else {
        throw layer.fault("string \(index) of \(count) lies outside the constant")
      }
      strings.append([UInt8](text[(text.startIndex + start)..<(text.startIndex + end)]))
    }
    return strings
  }
}
