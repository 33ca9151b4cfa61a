import Diagnostics
import GraphIR
import Operators
import Retargeting
import Tensors

/// What recurrent layers have in common.
private protocol RecurrentWritable: NCNNWritable {
  var activations: [[UInt8]]? { get }
  var clip: Float? { get }
  var direction: RecurrentDirection { get }
  var batchFirst: Bool { get }
  var layerType: String { get }
  /// For each gate of ncnn, in its order, the gate of ONNX.
  var gates: [Int] { get }
  var defaultActivations: [String] { get }
  /// Operands of initial states, hidden first.
  var states: [Int] { get }
  /// The bias of one direction, `[4 or 1, hidden]`, from ONNX's two.
  func bias(_ input: [Float], _ recurrent: [Float], _ hidden: Int) -> [Float]
  /// Why this form of the layer has none there.
  func formLimits(_ node: SubjectNode) -> Rejection?
}

extension RecurrentWritable {
  var directions: Int { direction == .bidirectional ? 2 : 1 }

  func dataOperands(_ node: SubjectNode) -> [Int] { [0] + states }

  func limits(_ node: SubjectNode) -> Rejection? {
    guard let shape = node.operand(0)?.shape, shape.count == 3 else { return Rejection(.rank, "a sequence of unknown rank") }
    guard shape[batchFirst ? 0 : 1] == 1 else {
      let name = node.graph.inputs.first.map { node.graph[$0].name } ?? "x"
      return Rejection(.dynamicShape, "a batch of \(shape[batchFirst ? 0 : 1]): ncnn runs one sample at a time", remedy: "fix the batch to 1 with --shape \(name)=…")
    }
    guard node.operand(1)?.constant != nil, node.operand(2)?.constant != nil, node.operand(3).map({ $0.constant != nil }) ?? true else {
      return Rejection(.operand, "weights that are computed when the model runs")
    }
    if node.operand(4) != nil { return Rejection(.operand, "sequences of different lengths") }
    if clip != nil { return Rejection(.attribute, "clip") }
    let wanted = (0..<directions).flatMap { _ in defaultActivations }
    if let activations, activations.map({ String(decoding: $0, as: UTF8.self).lowercased() }) != wanted { return Rejection(.attribute, "activations of another kind") }
    return formLimits(node)
  }

  func formLimits(_ node: SubjectNode) -> Rejection? { nil }

  func write(_ node: SubjectNode, _ out: LayerWriter) throws(ModelError) -> [Blob?] {
    guard let shape = node.operand(0)?.shape, let weight = node.operand(1)?.constant, let recurrent = node.operand(2)?.constant else {
      throw ModelError(.notExpressible, "no weights")
    }
    let hidden = recurrent.shape[2]
    let steps = shape[batchFirst ? 1 : 0]
    var inputs = [try out.operand(0, as: [steps, shape[2]])]
    let stateSizes = [Dim.number(directions), .number(hidden)]
    if states.contains(where: { node.operand($0) != nil }) {
      for state in states { inputs.append(try initial(node, state, stateSizes, out)) }
    }
    let code = direction == .bidirectional ? 2 : direction == .reverse ? 1 : 0
    let parameters: [(key: Int, value: Parameter)] = [(0, .int(hidden)), (1, .int(weight.count)), (2, .int(code))]
    let isLong = (1..<node.resultCount).contains { node.isUsed(result: $0) }
    var sizes: [[Dim]] = [[steps, Dim.number(hidden * directions)]]
    if isLong { for _ in states { sizes.append(stateSizes) } }
    let (input, state) = (try arranged(weight, hidden), try arranged(recurrent, hidden))
    let bias = try biases(node.operand(3)?.constant, hidden)
    let weights: [Weight] = [.tagged(input), .tagged(bias), .tagged(state)]
    let results = out.layer(layerType, inputs, parameters, weights: weights, outputs: sizes)
    var blobs: [Blob?] = []
    for index in 0..<node.resultCount {
      blobs.append(node.isUsed(result: index) && index < results.count ? try out.reshape(results[index], to: out.sizes(of: node.result(index))) : nil)
    }
    return blobs
  }

  private func initial(_ node: SubjectNode, _ index: Int, _ sizes: [Dim], _ out: LayerWriter) throws(ModelError) -> Blob {
    if node.operand(index) != nil { return try out.operand(index, as: sizes) }
    let numbers = sizes.compactMap(\.number)
    return try out.constant(Tensor(.float32, numbers, elements: [Float](repeating: 0, count: numbers.reduce(1, *))), sizes)
  }

  /// `[directions, gates · hidden, …]` with the gates in ncnn's order.
  private func arranged(_ tensor: Tensor, _ hidden: Int) throws(ModelError) -> Tensor {
    let (gates, columns, directions) = (gates, tensor.shape[2], directions)
    return try Tensor(deferring: .float32, tensor.shape) { () throws(ModelError) in
      let values = try tensor.floats()
      let block = hidden * columns
      var result: [Float] = []
      result.reserveCapacity(values.count)
      for direction in 0..<directions {
        for gate in gates {
          let start = (direction * gates.count + gate) * block
          result.append(contentsOf: values[start..<start + block])
        }
      }
      return try Tensor(.float32, tensor.shape, elements: result)
    }
  }

  private func biases(_ tensor: Tensor?, _ hidden: Int) throws(ModelError) -> Tensor {
    let half = gates.count * hidden
    let values = try tensor?.floats() ?? [Float](repeating: 0, count: directions * 2 * half)
    var result: [Float] = []
    for direction in 0..<directions {
      let start = direction * 2 * half
      result += bias(Array(values[start..<start + half]), Array(values[start + half..<start + 2 * half]), hidden)
    }
    return try Tensor(.float32, [result.count], elements: result)
  }

  /// Both biases as one, gate by gate.
  fileprivate func summed(_ input: [Float], _ recurrent: [Float], _ hidden: Int, _ gates: [Int]) -> [Float] {
    gates.flatMap { gate in (gate * hidden..<(gate + 1) * hidden).map { input[$0] + recurrent[$0] } }
  }
}

extension LSTM: RecurrentWritable {
  fileprivate var layerType: String { "LSTM" }
  /// Input, forget, output, cell; in ONNX input, output, forget, cell.
  fileprivate var gates: [Int] { [0, 2, 1, 3] }
  fileprivate var defaultActivations: [String] { ["sigmoid", "tanh", "tanh"] }
  fileprivate var states: [Int] { [Operand.initial.rawValue, Operand.initialCell.rawValue] }

  fileprivate func bias(_ input: [Float], _ recurrent: [Float], _ hidden: Int) -> [Float] { summed(input, recurrent, hidden, gates) }

  fileprivate func formLimits(_ node: SubjectNode) -> Rejection? {
    if inputForget { return Rejection(.attribute, "coupled input and forget gates") }
    return node.operand(Operand.peephole) != nil ? Rejection(.operand, "peephole weights") : nil
  }
}

extension GRU: RecurrentWritable {
  fileprivate var layerType: String { "GRU" }
  /// Reset, update, new; in ONNX update, reset, new.
  fileprivate var gates: [Int] { [1, 0, 2] }
  fileprivate var defaultActivations: [String] { ["sigmoid", "tanh"] }
  fileprivate var states: [Int] { [Operand.initial.rawValue] }

  /// Of the new state the recurrent bias stands apart: the reset gate goes over it.
  fileprivate func bias(_ input: [Float], _ recurrent: [Float], _ hidden: Int) -> [Float] {
    summed(input, recurrent, hidden, [1, 0]) + input[(2 * hidden)...] + recurrent[(2 * hidden)...]
  }

  fileprivate func formLimits(_ node: SubjectNode) -> Rejection? {
    linearBeforeReset ? nil : Rejection(.attribute, "linear_before_reset 0: ncnn resets behind the product")
  }
}

extension RNN: RecurrentWritable {
  fileprivate var layerType: String { "RNN" }
  fileprivate var gates: [Int] { [0] }
  fileprivate var defaultActivations: [String] { ["tanh"] }
  fileprivate var states: [Int] { [Operand.initial.rawValue] }
  fileprivate func bias(_ input: [Float], _ recurrent: [Float], _ hidden: Int) -> [Float] { summed(input, recurrent, hidden, gates) }
}
