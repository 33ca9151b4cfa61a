import Diagnostics
import GraphIR
import Operators
import Retargeting
import Rewriting
import Tensors

/// A recurrent layer over a whole sequence: batches come first there, and the gates in another order.
private protocol SequenceLayer: OpenVINOWritable {
  var activations: [[UInt8]]? { get }
  var activationAlpha: [Float]? { get }
  var activationBeta: [Float]? { get }
  var clip: Float? { get }
  var direction: RecurrentDirection { get }
  var batchFirst: Bool { get }
  static var layerType: String { get }
  static var defaultActivations: [String] { get }
  /// For each gate in OpenVINO's order, its place in ONNX's.
  static var gates: [Int] { get }
  /// How many of the operands behind `lengths` are states.
  static var stateCount: Int { get }
  /// The bias of OpenVINO's layer out of ONNX's two halves `[directions, gates · hidden]`.
  func bias(_ input: Wire, _ recurrent: Wire, hidden: Int, _ out: LayerWriter) throws(ModelError) -> Wire
  var moreData: [(String, String)] { get }
  func moreLimits(_ node: SubjectNode) -> Rejection?
}

extension SequenceLayer {
  func bias(_ input: Wire, _ recurrent: Wire, hidden: Int, _ out: LayerWriter) throws(ModelError) -> Wire {
    try out.reordered(out.binary("Add", input, recurrent), Self.gates, hidden: hidden)
  }
  var moreData: [(String, String)] { [] }
  func moreLimits(_ node: SubjectNode) -> Rejection? { nil }

  private var directions: Int { direction == .bidirectional ? 2 : 1 }

  /// The functions of one direction, which both must share.
  private var functions: [String]? {
    guard let activations else { return Self.defaultActivations }
    let names = activations.map { String(decoding: $0, as: UTF8.self).lowercased() }
    let count = Self.defaultActivations.count
    guard names.count == count * directions, names.allSatisfy({ ["sigmoid", "tanh", "relu"].contains($0) }) else { return nil }
    return directions == 1 || Array(names.prefix(count)) == Array(names.suffix(count)) ? Array(names.prefix(count)) : nil
  }

  private func hidden(_ node: SubjectNode) -> Int? { node.operand(2)?.shape?.last?.number }

  func limits(_ node: SubjectNode) -> Rejection? {
    if functions == nil || activationAlpha != nil || activationBeta != nil {
      return Rejection(.attribute, "activations other than sigmoid, tanh and relu, or others for each direction")
    }
    if hidden(node) == nil || node.operand(2)?.shape?.count != 3 { return Rejection(.dynamicShape, "recurrent weights of unknown size") }
    return moreLimits(node)
  }

  func write(_ node: SubjectNode, _ out: LayerWriter) throws(ModelError) -> [Wire] {
    let hidden = hidden(node) ?? 0
    let swap = [1, 0, 2]
    let x = try batchFirst ? out.operand(0) : out.transpose(out.operand(0), swap)
    var inputs = [x]
    for index in 0..<Self.stateCount { inputs.append(try state(5 + index, x, hidden, out)) }
    inputs.append(try lengths(x, out))
    inputs.append(try out.reordered(out.operand(1), Self.gates, hidden: hidden))
    inputs.append(try out.reordered(out.operand(2), Self.gates, hidden: hidden))
    inputs.append(try biases(x, hidden, out))
    let functions = self.functions ?? []
    let data = [
      ("direction", direction.rawValue), ("hidden_size", String(hidden)), ("activations", functions.joined(separator: ", ")),
      ("activations_alpha", ""), ("activations_beta", ""), ("clip", "\(clip ?? 0)"),
    ]
    let (batch, time) = (x.shape?[0] ?? .unknown, x.shape?[1] ?? .unknown)
    let state = Layer.Output(element: x.element, shape: [batch, .number(directions), .number(hidden)])
    let all = Layer.Output(element: x.element, shape: [batch, .number(directions), time, .number(hidden)])
    let wires = out.layer(
      Layer(
        name: "", type: Self.layerType, opset: 5, data: data + moreData, inputs: inputs,
        outputs: [all] + [Layer.Output](repeating: state, count: Self.stateCount)))
    var results = [try out.transpose(wires[0], batchFirst ? [0, 2, 1, 3] : [2, 1, 0, 3])]
    for wire in wires.dropFirst() { results.append(try batchFirst ? wire : out.transpose(wire, swap)) }
    return results
  }

  /// An initial state `[batch, directions, hidden]`; zeros when it is absent.
  private func state(_ index: Int, _ x: Wire, _ hidden: Int, _ out: LayerWriter) throws(ModelError) -> Wire {
    if let wire = out.operandIfPresent(index) { return try batchFirst ? wire : out.transpose(wire, [1, 0, 2]) }
    let batch = try out.elements([0], of: out.sizes(of: x))
    let sizes = out.concat([batch, try out.integers([directions, hidden])], axis: 0, shape: [3])
    let shape: [Dim] = [x.shape?[0] ?? .unknown, .number(directions), .number(hidden)]
    return out.layer("Broadcast", 3, [try out.scalar(0, x.element), sizes], [("mode", "numpy")], gives: x.element, shape)
  }

  private func lengths(_ x: Wire, _ out: LayerWriter) throws(ModelError) -> Wire {
    if let wire = out.operandIfPresent(4) { return wire }
    let sizes = try out.sizes(of: x)
    let (batch, time) = (try out.elements([0], of: sizes), try out.elements([1], of: sizes, scalar: true))
    return out.layer("Broadcast", 3, [time, batch], [("mode", "numpy")], gives: .int64, [x.shape?[0] ?? .unknown])
  }

  private func biases(_ x: Wire, _ hidden: Int, _ out: LayerWriter) throws(ModelError) -> Wire {
    let width = Self.gates.count * hidden
    guard let both = out.operandIfPresent(3) else {
      let zeros = try out.constant(
        Tensor(.float64, [directions, width], elements: [Double](repeating: 0, count: directions * width)).converted(to: x.element))
      return try bias(zeros, zeros, hidden: hidden, out)
    }
    let half = Layer.Output(element: both.element, shape: [.number(directions), .number(width)])
    let parts = out.layer(
      Layer(
        name: "", type: "Split", opset: 1, data: [("num_splits", "2")], inputs: [both, try out.integer(1)], outputs: [half, half]))
    return try bias(parts[0], parts[1], hidden: hidden, out)
  }
}

extension LayerWriter {
  fileprivate func transpose(_ wire: Wire, _ order: [Int]) throws(ModelError) -> Wire {
    let shape = wire.shape.flatMap { shape in shape.count == order.count ? order.map { shape[$0] } : nil }
    return try layer("Transpose", 1, [wire, integers(order)], gives: wire.element, shape)
  }

  /// The gates along axis 1 in another order.
  fileprivate func reordered(_ wire: Wire, _ order: [Int], hidden: Int) throws(ModelError) -> Wire {
    guard order != Array(order.indices) else { return wire }
    var shape = wire.shape
    if shape?.count ?? 0 > 1 { shape?[1] = .number(hidden) }
    let output = Layer.Output(element: wire.element, shape: shape)
    let parts = layer(
      Layer(
        name: "", type: "Split", opset: 1, data: [("num_splits", String(order.count))], inputs: [wire, try integer(1)],
        outputs: [Layer.Output](repeating: output, count: order.count)))
    return concat(order.map { parts[$0] }, axis: 1, shape: wire.shape)
  }
}

/// ONNX lists the gates as input, output, forget, cell; OpenVINO as forget, input, cell, output.
extension LSTM: SequenceLayer {
  static let layerType = "LSTMSequence"
  static let defaultActivations = ["sigmoid", "tanh", "tanh"]
  static let gates = [2, 0, 3, 1]
  static let stateCount = 2
  func moreLimits(_ node: SubjectNode) -> Rejection? {
    if inputForget { return Rejection(.attribute, "coupled input and forget gates") }
    guard let peephole = node.operand(Operand.peephole) else { return nil }
    let isZero = (try? peephole.constant?.doubles().allSatisfy { $0 == 0 }) ?? false
    return isZero ? nil : Rejection(.operand, "peepholes")
  }
}

extension GRU: SequenceLayer {
  static let layerType = "GRUSequence"
  static let defaultActivations = ["sigmoid", "tanh"]
  static let gates = [0, 1, 2]
  static let stateCount = 1
  var moreData: [(String, String)] { [("linear_before_reset", linearBeforeReset.text)] }

  /// Applied before the reset gate, the hidden gate's two biases stay apart.
  func bias(_ input: Wire, _ recurrent: Wire, hidden: Int, _ out: LayerWriter) throws(ModelError) -> Wire {
    guard linearBeforeReset else { return out.binary("Add", input, recurrent) }
    let width = input.shape?[0] ?? 1
    let shapes = [[width, .number(2 * hidden)], [width, .number(hidden)]]
    func parts(_ wire: Wire) throws(ModelError) -> [Wire] {
      out.layer(
        Layer(
          name: "", type: "VariadicSplit", opset: 1, inputs: [wire, try out.integer(1), try out.integers([2 * hidden, hidden])],
          outputs: shapes.map { .init(element: wire.element, shape: $0) }))
    }
    let (a, b) = (try parts(input), try parts(recurrent))
    return out.concat([out.binary("Add", a[0], b[0]), a[1], b[1]], axis: 1, shape: [width, .number(4 * hidden)])
  }
}

extension RNN: SequenceLayer {
  static let layerType = "RNNSequence"
  static let defaultActivations = ["tanh"]
  static let gates = [0]
  static let stateCount = 1
}
