import CNumerics
import Diagnostics
import GraphIR
import Operators
import Synchronization
import Tensors

/// A few neighbouring nodes that oneDNN computes at once, made for the shapes and layouts that it last met.
final class FastKernel: Sendable {
  private let operation: FastOperation
  private let state = Mutex(State())

  private struct State: @unchecked Sendable {
    var made: OpaquePointer?
    /// Shapes for which there is no operation.
    var refused: [Shape]?
    /// Whether the last run was our own kernel's.
    var isOwn = false
  }

  init(_ operation: FastOperation) { self.operation = operation }

  deinit { state.withLock { fn_dnn_forget($0.made) } }

  enum Outcome { case notTried, done, own, refused }

  /// Of the last run that came so far as to ask.
  var outcome: Outcome {
    state.withLock { state in
      if state.isOwn { return .own }
      if state.refused != nil { return .refused }
      return state.made == nil ? .notTried : .done
    }
  }

  /// Whether there is the library; asked for the first time, loads it.
  static let isAvailable = fn_dnn_open(Int32(clamping: WorkerThread.processorCount)) != 0

  /// True for an operation that is worth bringing its operands into a layout of their own for.
  var isHeavy: Bool {
    if case .convolve = operation.head { true } else { false }
  }

  /// True when it is our own kernel that does it, whatever the operands.
  var isProduct: Bool {
    if case .product = operation.head { true } else { false }
  }

  /// The result from row-major operands; `nil` when there is no kernel for several nodes at once.
  func runOwn(_ operands: [Tensor]) -> Tensor? {
    let result = operation.evaluate(operands)
    state.withLock { $0.isOwn = result != nil }
    return result
  }

  /// The result; `nil` when plain kernels have to do it. `mayReuse`: whether the second operand may be overwritten.
  func run(_ operands: [PackedArray], mayReuse: Bool) -> PackedArray? {
    guard let operands = arranged(operands) else { return nil }
    let handles = operands.map { Optional($0.handle) }
    let count = Int32(handles.count)
    return state.withLock { state -> PackedArray? in
      state.isOwn = false
      if state.refused == operands.map(\.shape) { return nil }
      if state.made == nil || fn_dnn_fits(state.made, handles, count) == 0 {
        fn_dnn_forget(state.made)
        state.made = operation.make(operands)
      }
      state.refused = state.made == nil ? operands.map(\.shape) : nil
      guard let made = state.made else { return nil }
      return PackedArray(fn_dnn_run(made, handles, count, mayReuse ? 1 : 0))
    }
  }

  /// Two operands of which one broadcasts: of equal rank, the larger one first.
  private func arranged(_ operands: [PackedArray]) -> [PackedArray]? {
    guard case .combine(_, let isCommutative) = operation.head, operands.count == 2 else { return operands }
    let rank = max(operands[0].shape.count, operands[1].shape.count)
    var raised: [PackedArray] = []
    for operand in operands {
      guard operand.shape.count < rank else {
        raised.append(operand)
        continue
      }
      let shape = [Int](repeating: 1, count: rank - operand.shape.count) + operand.shape
      guard let tensor = try? operand.tensor(), let view = PackedArray(tensor, as: shape) else { return nil }
      raised.append(view)
    }
    func covers(_ a: PackedArray, _ b: PackedArray) -> Bool { zip(a.shape, b.shape).allSatisfy { $0 == $1 || $1 == 1 } }
    if covers(raised[0], raised[1]) { return raised }
    return isCommutative && covers(raised[1], raised[0]) ? [raised[1], raised[0]] : nil
  }
}
