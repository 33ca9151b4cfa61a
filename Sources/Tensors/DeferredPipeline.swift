import Diagnostics

/// Produces deferred tensors in order, several at a time, ahead of the one that reads them.
///
/// No more bytes are in flight than the largest tensor has, or `budget` where that is more. A producing thread lends its bytes
/// and waits until they were read: nothing is copied, and what was read is dropped at once.
final class DeferredPipeline: Sendable {
  private struct State {
    var started = 0
    var inFlight = 0
    var lent: [Int: Result<UnsafeRawBufferPointer, ModelError>] = [:]
    var returned = 0
    var isStopped = false
  }

  private let tensors: [Tensor]
  private let limit: Int
  private let monitor = Monitor(State())
  private let threads: Monitor<[WorkerThread]>

  init(_ tensors: [Tensor], budget: Int = 32 << 20) throws(ModelError) {
    self.tensors = tensors
    limit = max(budget, tensors.map(\.byteCount).max() ?? 0)
    threads = Monitor([])
    for _ in 0..<min(WorkerThread.processorCount, tensors.count) {
      do {
        let thread = try WorkerThread { [self] in produce() }
        threads.change { $0.append(thread) }
      } catch {
        stop()
        throw error
      }
    }
  }

  /// The bytes of tensor `index`, valid until `giveBack(index)`. Tensors are taken in order.
  func take(_ index: Int) throws(ModelError) -> UnsafeRawBufferPointer {
    try monitor.wait { $0.lent[index] }.get()
  }

  func giveBack(_ index: Int) {
    monitor.change {
      $0.lent[index] = nil
      $0.returned = index + 1
    }
  }

  /// Ends the threads; bytes that were lent are no longer valid.
  func stop() {
    monitor.change { $0.isStopped = true }
    for thread in threads.change({ $0 }) { thread.join() }
    threads.change { $0 = [] }
  }

  private func produce() {
    while let index = claim() {
      do {
        try tensors[index].withUnsafeBytes { (bytes) throws(ModelError) in
          monitor.change { $0.lent[index] = .success(bytes) }
          monitor.wait { state in state.returned > index || state.isStopped ? () : nil }
        }
      } catch {
        monitor.change { $0.lent[index] = .failure(error) }
      }
      monitor.change { $0.inFlight -= tensors[index].byteCount }
    }
  }

  /// The next tensor to produce, as soon as there is room for it; `nil` when there is none left.
  private func claim() -> Int? {
    monitor.wait { state -> Int?? in
      guard !state.isStopped, state.started < tensors.count else { return .some(nil) }
      let size = tensors[state.started].byteCount
      guard state.inFlight + size <= limit else { return nil }
      state.inFlight += size
      state.started += 1
      return state.started - 1
    }
  }
}
