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
    /// Shapes for which there is no operation, and why.
    var refused: (shapes: [Shape], reason: String)?
    /// Whether the last run was our own kernel's.
    var isOwn = false
  }

  init(_ operation: FastOperation) { self.operation = operation }

  deinit { state.withLock { fn_dnn_forget($0.made) } }

  enum Outcome {
    case notTried, done, own
    case refused(String)
  }

  /// Of the last run that came so far as to ask.
  var outcome: Outcome {
    state.withLock { state in
      if state.isOwn { return .own }
      if let refused = state.refused { return .refused(refused.reason) }
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

  /// Plain kernels do it for `reason`, whatever the library would say.
  func refuse(_ reason: String) {
    state.withLock { state in
      state.isOwn = false
      state.refused = ([], reason)
    }
  }

  /// The result; `nil` when plain kernels have to do it. `mayReuse`: whether the second operand may be overwritten.
  func run(_ operands: [PackedArray], mayReuse: Bool) -> PackedArray? {
    guard let operands = arranged(operands) else {
      refuse("operands of \(operands.map { "\($0.shape)" }.joined(separator: " and ")) broadcast both ways")
      return nil
    }
    let shapes = operands.map(\.shape)
    let handles = operands.map { Optional($0.handle) }
    let count = Int32(handles.count)
    return state.withLock { state -> PackedArray? in
      state.isOwn = false
      if state.refused?.shapes == shapes { return nil }
      do throws(FastRefusal) {
        if state.made == nil || fn_dnn_fits(state.made, handles, count) == 0 {
          fn_dnn_forget(state.made)
          state.made = nil
          state.made = try operation.make(operands)
        }
      } catch {
        state.refused = (shapes, error.reason)
        return nil
      }
      state.refused = nil
      guard let result = PackedArray(fn_dnn_run(state.made, handles, count, mayReuse ? 1 : 0)) else {
        state.refused = (shapes, "oneDNN failed, or there was no memory")
        return nil
      }
      return result
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
