import Diagnostics
import GraphIR
import Tensors

/// An operator with a plain reference kernel: correct for every shape and element type that it accepts, fast enough to check by.
public protocol Evaluable: Operator {
  /// The results for tensors whose types satisfied `infer`; as many as the operator declares, or `operands.resultCount` if more.
  ///
  /// Throws `typeMismatch` or `invalidGraph` for values that make no sense (an index out of range), `unsupported` for an
  /// element type without a kernel.
  func evaluate(_ operands: Operands<Operand, Tensor>) throws(ModelError) -> [Tensor]
}

extension Evaluable {
  /// `evaluate` for callers that do not know the operator.
  package func evaluateTensors(_ tensors: [Tensor?], resultCount: Int) throws(ModelError) -> [Tensor] {
    // An empty tensor may have sizes whose product cannot be told; no kernel has to expect them.
    for case let tensor? in tensors { try checkedCount(.bool, tensor.shape.map { max($0, 1) }, limit: 1 << 44) }
    return try evaluate(Operands(tensors, resultCount: resultCount))
  }
}

/// An operator whose one result has the bytes of its first operand, under another shape.
public protocol ViewsOperand: Evaluable {}

/// An operator whose kernel for 32-bit floats reads each element of a full-sized operand before it writes that of the result, so that the
/// result may lie where the operand does.
public protocol OverwritesOperand: Evaluable {}
