import Diagnostics
import GraphIR
import Operators
import Tensors

extension Graph {
  /// Runs the graph with the operators' reference kernels, node by node. Throws `unsupported` for what has none.
  public func evaluated(_ inputs: [Tensor], captures outer: [Tensor?] = []) throws(ModelError) -> [Tensor] {
    var tensors: [ValueID: Tensor] = [:]
    for (id, tensor) in zip(self.inputs, inputs) { tensors[id] = tensor }
    for (id, tensor) in zip(captures, outer) { tensors[id] = tensor }
    for id in valueIDs { if let tensor = self[id].constant { tensors[id] = tensor } }
    for id in try topologicalOrder() {
      let node = self[id]
      let operands = node.operands.map { $0.flatMap { tensors[$0] } }
      let results: [Tensor]
      do throws(ModelError) {
        results = try Self.results(of: node, operands)
      } catch {
        throw error.located(place(of: id))
      }
      for (result, tensor) in zip(node.results, results) { tensors[result] = tensor }
    }
    let results = outputs.compactMap { tensors[$0] }
    guard results.count == outputs.count else { throw ModelError(.missingValue, "an output was not computed") }
    return results
  }

  private static func results(of node: Node, _ operands: [Tensor?]) throws(ModelError) -> [Tensor] {
    if node.op.name == "If", let condition = operands.first ?? nil, node.op.graphs.count == 2 {
      let branch = node.op.graphs[try condition.integers() == [0] ? 1 : 0]
      return try branch.evaluated([], captures: Array(operands.suffix(node.captureCount)))
    }
    guard let op = node.op as? any Evaluable else { throw ModelError(.unsupported, "\(node.op.name) has no reference kernel") }
    return try op.evaluateTensors(operands, resultCount: node.results.count)
  }

  /// Tensors for the inputs: symbols get sizes from `sizes` in order of appearance.
  public func randomInputs(seed: UInt64, sizes: [Int]) throws(ModelError) -> [Tensor] {
    var symbols: [String: Int] = [:]
    var tensors: [Tensor] = []
    for (index, id) in inputs.enumerated() {
      guard let type = self[id].type?.tensorType, let dims = type.shape else { throw ModelError(.unsupported, "an input of unknown type") }
      var shape: Shape = []
      for dim in dims {
        for symbol in dim.symbols.sorted() where symbols[symbol] == nil { symbols[symbol] = sizes[symbols.count % sizes.count] }
        shape.append(dim.evaluated(with: symbols) ?? 1)
      }
      tensors.append(try .random(type.element, shape, seed: seed &+ UInt64(index)))
    }
    return tensors
  }
}
