import Diagnostics
import Evaluation
import GraphIR
import Tensors

extension Graph {
  /// Runs the graph. Throws `unsupported` for what cannot be run.
  public func evaluated(_ inputs: [Tensor]) throws(ModelError) -> [Tensor] { try Executor(self).run(inputs) }

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
