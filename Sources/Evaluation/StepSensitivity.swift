import Diagnostics
import GraphIR
import Operators
import Tensors

/// How far the results of a graph that rounds to steps move by themselves, when what it rounds moves in its last digits.
///
/// Where activations are quantised, two right computations of one model need not agree: a difference in the last digit of a float makes
/// one of a whole step where a number lies between two, and that goes on through the graph. So results are held against those of the
/// graph itself, with everything that is rounded multiplied by `1 ± 2⁻¹⁸`: about what another order of summation changes. Where it computes
/// with floats of 16 bits, which others may round in other places, every such result is multiplied by `1 ± 2⁻¹²`.
public struct StepSensitivity: Sendable {
  private let graph: Graph
  private let inputs: [RuntimeValue?]
  private let iterationLimit: Int
  /// What two right results may be apart, in those of the graph itself.
  private static let allowance = 4.0

  /// `nil` where nothing that is computed is rounded to steps or to halves.
  public init?(_ graph: Graph, inputs: [RuntimeValue?], iterationLimit: Int) {
    guard graph.roundsToSteps || graph.computesInHalves else { return nil }
    (self.graph, self.inputs, self.iterationLimit) = (graph, inputs, iterationLimit)
  }

  /// The agreements of `actual` with the graph's own outputs `expected`, those settled that are no further apart than the graph moves by
  /// itself. All by the outputs' places. Throws what running throws.
  public func settled(_ agreements: [Agreement], actual: [Tensor?], expected: [Tensor?]) throws(ModelError) -> [Agreement] {
    let open = agreements.indices.filter { !agreements[$0].isEqual && agreements[$0].structural == nil }
    guard !open.isEmpty else { return agreements }
    var moved = [(norm: Double, most: Double)](repeating: (0, 0), count: agreements.count)
    for (seed, factor) in [1 + 0x1p-18, 1 - 0x1p-18, 1 + 0x1.8p-18, 1 - 0x1.8p-18].enumerated() {
      let outputs = try nudged(by: Float(factor), seed: UInt64(seed))
      for index in open {
        guard let expected = expected[index], let other = outputs[index].tensor, let found = try difference(other, expected) else { continue }
        moved[index] = (max(moved[index].norm, found.norm), max(moved[index].most, found.most))
      }
    }
    var result = agreements
    for index in open {
      guard let a = actual[index], let b = expected[index], let found = try difference(a, b), found.norm <= Self.allowance * moved[index].norm
      else { continue }
      result[index].isEqual = true
      result[index].steps = moved[index].most
    }
    return result
  }

  /// The outputs with every number that is rounded to steps multiplied by `factor` before, and halves jittered.
  private func nudged(by factor: Float, seed: UInt64) throws(ModelError) -> [RuntimeValue] {
    var copy = graph
    try copy.nudgeSteps(by: factor)
    try copy.computeHalvesAsFloats(jitter: seed)
    return try Executor(copy, iterationLimit: iterationLimit).run(values: inputs)
  }

  private func difference(_ a: Tensor, _ b: Tensor) throws(ModelError) -> (norm: Double, most: Double)? {
    guard a.shape == b.shape, a.element.isFloatingPoint || a.element.isInteger else { return nil }
    let (x, y) = (try a.doubles(), try b.doubles())
    var (square, most) = (0.0, 0.0)
    for index in x.indices where x[index].isFinite && y[index].isFinite {
      let apart = abs(x[index] - y[index])
      square += apart * apart
      most = max(most, apart)
    }
    return (square.squareRoot(), most)
  }
}

extension Graph {
  /// Whether a number that is computed or given is rounded to steps somewhere, in graphs within the graph too.
  fileprivate var roundsToSteps: Bool {
    nodeIDs.contains { id in
      if steppedOperand(of: id) != nil { return true }
      return graphs(of: id).contains(where: \.roundsToSteps)
    }
  }

  /// Nodes that quantise constants make what they make.
  private func steppedOperand(of id: NodeID) -> Int? {
    guard let op = self[id].op as? any RoundsToSteps, op.steppedOperand < self[id].operands.count,
      self[id].operands[op.steppedOperand] != nil, self[id].operands.contains(where: { $0.map { constant($0) == nil } ?? false })
    else { return nil }
    return op.steppedOperand
  }

  fileprivate mutating func nudgeSteps(by factor: Float) throws(ModelError) {
    for id in Array(nodeIDs) {
      if ownsGraphs(id) {
        try updateGraphs(of: id) { (graphs) throws(ModelError) in
          for index in graphs.indices { try graphs[index].nudgeSteps(by: factor) }
        }
      }
      guard let index = steppedOperand(of: id), let operand = self[id].operands[index] else { continue }
      if let tensor = constant(operand) {
        setOperand(id, index, to: addConstant("", try tensor.nudged(by: factor)))
        continue
      }
      guard let type = self[operand].type?.tensorType, type.element == .float32 || type.element == .float64 else { continue }
      let number = addConstant("", try Tensor.scalar(factor).converted(to: type.element))
      let product = addNode(Mul(), [operand, number], results: [("", .tensor(type))])
      setOperand(id, index, to: self[product].results[0])
    }
  }
}

extension Tensor {
  fileprivate func nudged(by factor: Float) throws(ModelError) -> Tensor {
    try Mul().evaluate(Operands([self, Tensor.scalar(factor).converted(to: element)]))[0]
  }
}
