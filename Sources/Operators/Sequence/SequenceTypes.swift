import Diagnostics
import GraphIR
import Tensors

extension Fact {
  /// The type of a sequence's items, when it is known. Throws `typeMismatch` for a value that is no sequence.
  func itemType() throws(ModelError) -> ValueType? {
    switch type {
    case nil: return nil
    case .sequence(let item): return item
    case let other?: throw ModelError(.typeMismatch, "\(other) where a sequence is expected")
    }
  }
}

extension RuntimeValue {
  /// Throws `typeMismatch` for anything but a sequence.
  func requireSequence() throws(ModelError) -> [RuntimeValue] {
    guard case .sequence(let items) = self else { throw ModelError(.typeMismatch, "a \(kind) is given, a sequence is expected") }
    return items
  }
}

/// What is true of the items of two sequences, or of one sequence and a further item.
func commonItem(_ a: ValueType?, _ b: ValueType?) -> ValueType? {
  guard let a else { return b }
  guard let b else { return a }
  return a == b ? a : common(Fact(type: a), Fact(type: b)).type
}

/// The place of an item that an integer tensor names, counted from the end when negative. `inclusive` allows the place after the last.
func sequencePlace(_ position: RuntimeValue, count: Int, inclusive: Bool = false) throws(ModelError) -> Int {
  let tensor = try position.requireTensor()
  guard tensor.count == 1, let given = try tensor.integers().first else {
    throw ModelError(.typeMismatch, "a position of shape \(tensor.shape)")
  }
  let last = inclusive ? count : count - 1
  guard given >= -count, given <= last else { throw ModelError(.invalidGraph, "position \(given) of a sequence of \(count)") }
  return given < 0 ? given + count : given
}
