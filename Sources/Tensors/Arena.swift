import Diagnostics
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// The memory of one run of a graph: one block in which results lie at places planned beforehand, and whatever else is asked for.
///
/// Kernels know nothing of it: bytes that a thread asks for within `expecting` lie at an expected place when they have its size and
/// nobody holds any of it, and have a block of their own otherwise. So a plan that is wrong costs memory, never a result. The block
/// lives as long as any bytes in it.
package final class Arena: Sendable {
  /// Where a result is to lie in the block. `count` is its size.
  package struct Place: Sendable, Equatable {
    package var offset: Int
    package var count: Int

    package init(offset: Int, count: Int) {
      self.offset = offset
      self.count = count
    }

    fileprivate var end: Int { offset + max(count, 1) }
  }

  private struct State: @unchecked Sendable {
    /// Places held, by offset; they do not overlap. Two hold one place while a result is written over its operand.
    var held: [(place: Place, holders: Int)] = []
    var expected: [Place] = []
    var overwritable: UnsafeRawPointer?
    var outside = 0
    var highest = 0
    var mostOutside = 0
  }

  private nonisolated(unsafe) let block: UnsafeMutableRawBufferPointer
  private let state = Mutex(State())

  /// `nil` when there is no memory for the block.
  package init?(byteCount: Int) {
    guard let block = OwnedBytes.reserve(byteCount) else { return nil }
    self.block = block
  }

  deinit { OwnedBytes.free(block) }

  /// The most bytes of the block that were in use, and the most beside it whenever `note` was called.
  package var usage: (block: Int, outside: Int) { state.withLock { ($0.highest, $0.mostOutside) } }

  /// Looks at what is held beside the block now.
  package func note() { state.withLock { $0.mostOutside = max($0.mostOutside, $0.outside) } }

  /// Runs `body`, whose results are to lie at `places`. `overwritable` is the address of an operand that nobody needs any more: a
  /// result expected where it lies is written over it.
  ///
  /// Throws what `body` throws.
  package func expecting<R>(
    _ places: [Place], overwritable: UnsafeRawPointer? = nil, _ body: () throws(ModelError) -> R
  ) throws(ModelError) -> R {
    let before = state.withLock { state in
      let before = (state.expected, state.overwritable)
      (state.expected, state.overwritable) = (places, overwritable)
      return before
    }
    let around = Self.current
    Self.current = self
    defer {
      Self.current = around
      state.withLock { ($0.expected, $0.overwritable) = before }
    }
    return try body()
  }

  /// Runs `body` as if there were no arena: for bytes that are no result.
  package static func aside<R>(_ body: () throws(ModelError) -> R) throws(ModelError) -> R {
    guard let around = current else { return try body() }
    current = nil
    defer { current = around }
    return try body()
  }

  /// Whether `place` is where `address` says.
  package func holds(_ address: UnsafeRawPointer, at place: Place?) -> Bool {
    guard let place, let base = block.baseAddress else { return false }
    return UnsafeRawPointer(base + place.offset) == address
  }

  /// Whether a result of so many bytes has a place here.
  func expects(_ count: Int) -> Bool { state.withLock { $0.expected.contains { $0.count == count } } }

  /// Whether nobody holds any of `place`.
  package func isFree(_ place: Place) -> Bool {
    state.withLock { state in
      let index = state.held.partition { $0.place.end > place.offset }
      return index == state.held.count || state.held[index].place.offset >= place.end
    }
  }

  // MARK: - The arena of a thread

  private static let key: pthread_key_t = {
    var key = pthread_key_t()
    pthread_key_create(&key, nil)
    return key
  }()

  /// Not retained: it is set while `expecting` runs, whose caller holds it.
  static var current: Arena? {
    get { pthread_getspecific(key).map { Unmanaged<Arena>.fromOpaque($0).takeUnretainedValue() } }
    set { pthread_setspecific(key, newValue.map { UnsafeRawPointer(Unmanaged.passUnretained($0).toOpaque()) }) }
  }

  // MARK: - Giving out

  /// An expected place of `count` bytes; `nil` for none, and then the bytes count as outside until they are released.
  func take(_ count: Int, mayOverwrite: Bool) -> UnsafeMutableRawBufferPointer? {
    state.withLock { state in
      for place in state.expected where place.count == count && place.end <= block.count {
        let index = state.held.partition { $0.place.end > place.offset }
        if index == state.held.count || state.held[index].place.offset >= place.end {
          state.held.insert((place, 1), at: index)
        } else if mayOverwrite, state.held[index].place == place, state.held[index].holders == 1, let base = block.baseAddress,
          state.overwritable == UnsafeRawPointer(base + place.offset)
        {
          state.held[index].holders = 2
        } else {
          continue
        }
        state.highest = max(state.highest, place.end)
        return UnsafeMutableRawBufferPointer(rebasing: block[place.offset..<place.offset + count])
      }
      state.outside += count
      return nil
    }
  }

  func release(_ buffer: UnsafeMutableRawBufferPointer, _ count: Int, isInside: Bool) {
    state.withLock { state in
      guard isInside else {
        state.outside -= count
        return
      }
      guard let start = buffer.baseAddress, let base = block.baseAddress else { return }
      let offset = UnsafeRawPointer(start) - UnsafeRawPointer(base)
      let index = state.held.partition { $0.place.offset >= offset }
      guard index < state.held.count else { return }
      state.held[index].holders -= 1
      if state.held[index].holders == 0 { state.held.remove(at: index) }
    }
  }
}

extension Array {
  /// The first index from which on `isBehind` holds, which it does for no element before.
  fileprivate func partition(_ isBehind: (Element) -> Bool) -> Int {
    var (low, high) = (0, count)
    while low < high {
      let middle = (low + high) / 2
      if isBehind(self[middle]) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
