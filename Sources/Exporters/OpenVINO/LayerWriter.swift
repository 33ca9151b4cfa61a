import Diagnostics
import GraphIR
import Operators
import Retargeting
import Tensors

/// Adds the layers of one graph, node by node.
final class LayerWriter {
  let shared: NetworkParts
  private(set) var network = Network()
  /// Where the present node's operands come from, and what its layers are called.
  private var operands: [Wire?] = []
  private var nodeName = ""
  /// With the tensor, because an identity means nothing once its tensor is gone.
  private var constants: [TensorIdentity: (tensor: Tensor, wire: Wire)] = [:]

  init(_ shared: NetworkParts) { self.shared = shared }

  /// What the layer is called in which the present node draws at random.
  var drawsName: String { nodeName + "/draws" }

  func begin(_ name: String, operands: [Wire?]) {
    nodeName = name
    self.operands = operands
  }

  // MARK: Operands

  func operandIfPresent(_ index: Int) -> Wire? { index < operands.count ? operands[index] : nil }
  func operandIfPresent(_ slot: some OperandSlot) -> Wire? { operandIfPresent(slot.rawValue) }

  func operand(_ slot: some OperandSlot) throws(ModelError) -> Wire { try operand(slot.rawValue) }

  func operand(_ index: Int) throws(ModelError) -> Wire {
    guard let wire = operandIfPresent(index) else { throw ModelError(.missingValue, "operand \(index) is missing") }
    return wire
  }

  /// All operands that are present.
  var allOperands: [Wire] { operands.compactMap { $0 } }

  /// A wire, or another that is made in its place.
  func present(_ wire: Wire?, else make: () throws(ModelError) -> Wire) throws(ModelError) -> Wire {
    if let wire { return wire }
    return try make()
  }

  /// An operand of one element as a scalar, or another wire in its place.
  func scalarOperand(_ index: Int, else make: () throws(ModelError) -> Wire) throws(ModelError) -> Wire {
    if let wire = operandIfPresent(index) { return try asScalar(wire) }
    return try make()
  }

  // MARK: Layers

  /// A layer with any number of outputs.
  func layer(_ layer: Layer) -> [Wire] {
    var layer = layer
    layer.name = shared.uniqueName(layer.name.isEmpty ? nodeName : layer.name)
    network.layers.append(layer)
    let id = network.layers.count - 1
    return layer.outputs.enumerated().map { Wire(layer: id, port: $0, element: $1.element, shape: $1.shape) }
  }

  /// A layer with one output.
  func layer(
    _ type: String, _ opset: Int, _ inputs: [Wire], _ data: [(String, String)] = [], gives element: ElementType, _ shape: [Dim]?
  ) -> Wire {
    let wires = layer(
      Layer(name: "", type: type, opset: opset, data: data, inputs: inputs, outputs: [.init(element: element, shape: shape)]))
    return wires[0]
  }

  /// A layer with one output, which is as the node's first result.
  func layer(_ type: String, _ opset: Int, _ inputs: [Wire], _ data: [(String, String)] = [], as fact: Fact) -> Wire {
    layer(type, opset, inputs, data, gives: fact.element ?? inputs.first?.element ?? .float32, fact.shape)
  }

  /// An element-wise layer of two operands that are broadcast.
  func binary(_ type: String, _ a: Wire, _ b: Wire, gives element: ElementType? = nil) -> Wire {
    var data = [("auto_broadcast", "numpy")]
    if type == "Divide" { data.append(("m_pythondiv", "false")) }
    return layer(type, 1, [a, b], data, gives: element ?? a.element, Self.broadcast(a.shape, b.shape))
  }

  private static func broadcast(_ a: [Dim]?, _ b: [Dim]?) -> [Dim]? {
    guard let a, let b else { return nil }
    let count = max(a.count, b.count)
    return (0..<count).map { index -> Dim in
      let (i, j) = (index - (count - a.count), index - (count - b.count))
      guard i >= 0 else { return b[j] }
      guard j >= 0 else { return a[i] }
      if a[i] == 1 { return b[j] }
      if b[j] == 1 || a[i] == b[j] { return a[i] }
      return a[i].number != nil ? a[i] : b[j].number != nil ? b[j] : .unknown
    }
  }

  func names(of wire: Wire) -> [String] { network.layers[wire.layer].outputs[wire.port].names }
  func setNames(_ names: [String], of wire: Wire) { network.layers[wire.layer].outputs[wire.port].names = names }

  // MARK: Constants

  /// A constant, once for each tensor.
  func constant(_ tensor: Tensor, name: String = "") throws(ModelError) -> Wire {
    if let known = constants[tensor.identity] { return known.wire }
    let name = name.isEmpty ? nodeName + "/const" : name
    let shape = tensor.shape.map(Dim.number)
    let wire: Wire
    if shared.settings.halvesWeights, tensor.element == .float32, tensor.byteCount >= 1024, try tensor.fitsHalf() {
      let half = try stored(tensor.converted(to: .float16), name: name + "_compressed")
      wire = layer(
        Layer(
          name: name, type: "Convert", opset: 1, data: [("destination_type", "f32")], inputs: [half],
          outputs: [.init(element: .float32, shape: shape)], isDecompression: true))[0]
    } else {
      wire = try stored(tensor, name: name)
    }
    constants[tensor.identity] = (tensor, wire)
    return wire
  }

  /// Weights of four bits that stand for normal floats, as the runtime's plugins take them compressed.
  func normalFloats(_ codes: Tensor) throws(ModelError) -> Wire {
    let stored = try stored(codes, name: nodeName + "/codes", as: ("nf4", "NF4"))
    return layer(
      Layer(
        name: "", type: "Convert", opset: 1, data: [("destination_type", "f32")], inputs: [stored],
        outputs: [.init(element: .float32, shape: stored.shape)], isDecompression: true))[0]
  }

  /// `element` replaces OpenVINO's name of the tensor's element type.
  func stored(_ tensor: Tensor, name: String, as element: (type: String, precision: String)? = nil) throws(ModelError) -> Wire {
    let bytes = try tensor.strings.map { (strings) throws(ModelError) in try Tensor(packing: strings) } ?? tensor
    let offset = try shared.weights.offset(of: bytes)
    let shape = tensor.shape.map(Dim.number)
    let data = [
      ("element_type", element?.type ?? tensor.element.openVINO?.type ?? "undefined"), ("shape", Optional(shape).openVINO),
      ("offset", String(offset)), ("size", String(bytes.byteCount)),
    ]
    return layer(
      Layer(
        name: name, type: "Const", opset: 1, data: data,
        outputs: [.init(element: tensor.element, precision: element?.precision, shape: shape)]))[0]
  }

  func integers(_ values: [Int]) throws(ModelError) -> Wire { try constant(Tensor.integers(values)) }
  func integer(_ value: Int) throws(ModelError) -> Wire { try constant(Tensor.scalar(value)) }

  /// A scalar of the given element type.
  func scalar(_ value: Double, _ element: ElementType) throws(ModelError) -> Wire {
    try constant(Tensor(.float64, [], elements: [value]).converted(to: element))
  }

  // MARK: Small steps

  func convert(_ wire: Wire, to element: ElementType) -> Wire {
    guard wire.element != element else { return wire }
    return layer("Convert", 1, [wire], [("destination_type", element.openVINO?.type ?? "undefined")], gives: element, wire.shape)
  }

  /// A number becomes a truth value by comparison with zero. The runtime rounds to the nearest power of two.
  func cast(_ wire: Wire, to element: ElementType, saturating: Bool, _ rounding: ExponentRounding) throws(ModelError) -> Wire {
    if element == .bool, wire.element != .bool { return binary("NotEqual", wire, try scalar(0, wire.element), gives: .bool) }
    var x = wire
    if element == .float8e8m0, wire.element.isFloatingPoint, wire.element != element, rounding != .nearest {
      x = convert(wire, to: .float32)
      let nearest = convert(convert(x, to: element), to: .float32)
      let isOff = binary(rounding == .up ? "Less" : "Greater", nearest, x, gives: .bool)
      let next = binary("Multiply", nearest, try scalar(rounding == .up ? 2 : 0.5, .float32))
      x = layer("Select", 1, [isOff, next, nearest], [("auto_broadcast", "numpy")], gives: .float32, x.shape)
    }
    return saturating ? try saturated(x, to: element) : convert(x, to: element)
  }

  /// A conversion in which infinities become the greatest number of a narrow float, of which the runtime makes NaN. `Clamp` would make
  /// a number of NaN.
  func saturated(_ wire: Wire, to element: ElementType) throws(ModelError) -> Wire {
    guard let greatest = element.greatestSmallFloat, wire.element.isFloatingPoint, wire.element != element else { return convert(wire, to: element) }
    var held = wire
    for bound in [greatest, -greatest] {
      let limit = try scalar(bound, wire.element)
      // `Greater` holds for NaN on some processors.
      let isBeyond = bound > 0 ? binary("Less", limit, held, gives: .bool) : binary("Less", held, limit, gives: .bool)
      held = layer("Select", 1, [isBeyond, limit, held], [("auto_broadcast", "numpy")], gives: wire.element, wire.shape)
    }
    return convert(held, to: element)
  }

  func reshape(_ wire: Wire, to target: Wire, shape: [Dim]?, specialZero: Bool = false) -> Wire {
    layer("Reshape", 1, [wire, target], [("special_zero", String(specialZero))], gives: wire.element, shape)
  }

  /// `wire` under a shape of numbers, one of which may be -1.
  func reshape(_ wire: Wire, _ sizes: [Int]) throws(ModelError) -> Wire {
    try reshape(wire, to: integers(sizes), shape: sizes.map { $0 < 0 ? .unknown : .number($0) })
  }

  func reduce(_ type: String, _ wire: Wire, axes: [Int], keep: Bool) throws(ModelError) -> Wire {
    let shape = wire.shape.map { shape in shape.indices.compactMap { axes.contains($0) ? (keep ? 1 : nil) : shape[$0] } }
    let opset = type == "ReduceL1" || type == "ReduceL2" ? 4 : 1
    return try layer(type, opset, [wire, integers(axes)], [("keep_dims", String(keep))], gives: wire.element, shape)
  }

  /// The sizes of `wire` as 64-bit integers.
  func sizes(of wire: Wire) throws(ModelError) -> Wire {
    if let fixed = wire.shape?.compactMap(\.number), fixed.count == wire.rank { return try integers(fixed) }
    return layer("ShapeOf", 3, [wire], [("output_type", "i64")], gives: .int64, wire.rank.map { [.number($0)] })
  }

  /// Elements `positions` of a vector; a scalar for one position with `scalar`.
  func elements(_ positions: [Int], of vector: Wire, scalar: Bool = false) throws(ModelError) -> Wire {
    let indices = try scalar ? integer(positions.first ?? 0) : integers(positions)
    return try layer(
      "Gather", 8, [vector, indices, integer(0)], [("batch_dims", "0")], gives: vector.element, scalar ? [] : [.number(positions.count)])
  }

  func slice(_ wire: Wire, from start: Int, to end: Int, step: Int = 1, axis: Int, shape: [Dim]?) throws(ModelError) -> Wire {
    try layer("Slice", 8, [wire, integers([start]), integers([end]), integers([step]), integers([axis])], gives: wire.element, shape)
  }

  func concat(_ wires: [Wire], axis: Int, shape: [Dim]?) -> Wire {
    layer("Concat", 1, wires, [("axis", String(axis))], gives: wires.first?.element ?? .float32, shape)
  }

  func unsqueeze(_ wire: Wire, _ axis: Int) throws(ModelError) -> Wire {
    var shape = wire.shape
    if axis >= 0, axis <= shape?.count ?? -1 { shape?.insert(1, at: axis) }
    return try layer("Unsqueeze", 1, [wire, integers([axis])], gives: wire.element, shape)
  }

  func squeeze(_ wire: Wire, _ axis: Int) throws(ModelError) -> Wire {
    var shape = wire.shape
    if axis >= 0, axis < shape?.count ?? 0 { shape?.remove(at: axis) }
    return try layer("Squeeze", 1, [wire, integers([axis])], gives: wire.element, shape)
  }

  /// A value of one element as a scalar, whatever its rank.
  func asScalar(_ wire: Wire) throws(ModelError) -> Wire {
    if wire.shape?.isEmpty == true { return wire }
    return try reshape(wire, to: integers([]), shape: [])
  }
}

extension Tensor {
  /// Strings as OpenVINO stores them: their number, where each begins and the last one ends, as 32-bit integers; then all of them.
  ///
  /// Throws `notExpressible` for 2 GiB and more.
  fileprivate init(packing strings: [[UInt8]]) throws(ModelError) {
    let size = strings.reduce(0) { $0 + $1.count }
    guard let count = Int32(exactly: strings.count), size <= Int(Int32.max) else { throw ModelError(.notExpressible, "2 GiB of strings") }
    var bytes: [UInt8] = []
    func append(_ number: Int32) { for shift in [0, 8, 16, 24] { bytes.append(UInt8(truncatingIfNeeded: number >> Int32(shift))) } }
    append(count)
    var end: Int32 = 0
    append(end)
    for string in strings {
      end += Int32(string.count)
      append(end)
    }
    for string in strings { bytes += string }
    self = try Tensor(.uint8, [bytes.count], elements: bytes)
  }
}

extension Bool {
  var text: String { self ? "true" : "false" }
}

extension [Int] {
  /// As OpenVINO writes lists.
  var text: String { map(String.init).joined(separator: ", ") }
}
