import Diagnostics
import GraphIR
import Operators
import Tensors

/// How many kernels reading a deferred constant may run; beyond that it is computed at once.
///
/// A recipe runs anew for every reading, so that recipes which use each other twice would double with each step.
private let kernelLimit = 64

/// The result of a single-result operator on constants: its type at once, its elements when they are read.
///
/// Throws `notExpressible` when the result's shape does not follow from the operands' types.
public func deferred<Op: Evaluable>(_ op: Op, _ operands: Tensor?...) throws(ModelError) -> Tensor {
  guard let result = try deferredResults(op, operands, resultCount: 1).first else {
    throw ModelError(.internalInvariant, "\(op.name) gave no result")
  }
  return result
}

/// The results of an operator on constants: their types at once, their elements when they are read.
///
/// Throws `notExpressible` when a result's shape does not follow from the operands' types.
package func deferredResults(_ op: any Evaluable, _ operands: [Tensor?], resultCount: Int) throws(ModelError) -> [Tensor] {
  let facts = try op.inferFacts(operands.map { $0.map(Fact.init(constant:)) }, resultCount: resultCount)
  let kernels = operands.reduce(1) { $0 + ($1?.kernelCount ?? 0) }
  var results: [Tensor] = []
  for index in 0..<resultCount {
    guard index < facts.count, let type = facts[index].type?.tensorType, let shape = type.fixedShape else {
      throw ModelError(.notExpressible, "the shape of \(op.name) does not follow from its operands")
    }
    let limit = kernels > kernelLimit ? Int.max : 16_384
    results.append(
      try Tensor(deferring: type.element, shape, eagerBelow: limit, kernels: kernels) { () throws(ModelError) in
        let tensors = try op.evaluateTensors(operands, resultCount: resultCount)
        guard index < tensors.count else { throw ModelError(.internalInvariant, "\(op.name) gave no result \(index)") }
        return tensors[index]
      })
  }
  return results
}
