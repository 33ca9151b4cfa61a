import Diagnostics
import GraphIR
import Operators
import Tensors

/// The result of a single-result operator on constants: its type at once, its elements when they are read.
///
/// Throws `notExpressible` when the result's shape does not follow from the operands' types.
public func deferred<Op: Evaluable>(_ op: Op, _ operands: Tensor?...) throws(ModelError) -> Tensor {
  let facts = try op.inferFacts(operands.map { $0.map(Fact.init(constant:)) }, resultCount: 1)
  guard let type = facts.first?.type?.tensorType, let shape = type.fixedShape else {
    throw ModelError(.notExpressible, "the shape of \(op.name) does not follow from its operands")
  }
  return try Tensor(deferring: type.element, shape) { () throws(ModelError) in
    guard let result = try op.evaluateTensors(operands, resultCount: 1).first else {
      throw ModelError(.internalInvariant, "\(op.name) gave no result")
    }
    return result
  }
}
