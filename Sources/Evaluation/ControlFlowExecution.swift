import Diagnostics
import GraphIR
import Operators
import Tensors

extension Executor {
  func runGraphs(
    of node: Node, _ operands: [Tensor?], captures: [Tensor?], steps: inout Int
  ) throws(ModelError) -> [Tensor] {
    throw ModelError(.unsupported, "the operator cannot be run")
  }
}
