import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Blocks of freed bytes, kept for the next ones of about their size: while a graph is run again and again, its results would
/// otherwise be pages that the system clears anew each time. Off until somebody asks for it.
package enum RecycledBlocks {
  /// Not worth it below, and not kept beyond.
  private static let smallest = 1 << 15
  private static let limit = 1 << 28

  private struct State: @unchecked Sendable {
    var blocks: [UnsafeMutableRawBufferPointer] = []
    var total = 0
  }
  private static let isOn = Atomic<Bool>(false)
  private static let state = Mutex(State())

  /// From now on in this process.
  package static func use() { isOn.store(true, ordering: .relaxed) }

  fileprivate static var isInUse: Bool { isOn.load(ordering: .relaxed) }

  /// True when the block is kept.
  fileprivate static func keep(_ block: UnsafeMutableRawBufferPointer) -> Bool {
    guard isInUse, block.count >= smallest else { return false }
    return state.withLock { state in
      guard state.total + block.count <= limit else { return false }
      state.blocks.append(block)
      state.total += block.count
      return true
    }
  }

  /// The smallest block kept that has room for `count` bytes and is not much larger.
  fileprivate static func take(_ count: Int) -> UnsafeMutableRawBufferPointer? {
    guard isInUse, count >= smallest else { return nil }
    return state.withLock { state in
      var best: Int?
      for (index, block) in state.blocks.enumerated() where block.count >= count && block.count - count <= count / 2 {
        if best.map({ block.count < state.blocks[$0].count }) ?? true { best = index }
      }
      guard let best else { return nil }
      state.blocks.swapAt(best, state.blocks.count - 1)
      let block = state.blocks.removeLast()
      state.total -= block.count
      return block
    }
  }
}

/// Bytes of our own, 64-byte aligned, unique while they are written and shared once they are frozen into a `Tensor`.
public struct OwnedBytes: ~Copyable, @unchecked Sendable {
  package let buffer: UnsafeMutableRawBufferPointer
  public let count: Int
  /// Whose memory it is, or who counts it.
  private let arena: Arena?
  private let isInside: Bool

  /// `count` zeroed bytes.
  public init(zeroed count: Int) {
    self.init(count, mayOverwrite: false)
    // New pages are zero, used ones are not.
    if isInside || !Self.isMapped(count) || RecycledBlocks.isInUse { buffer.initializeMemory(as: UInt8.self, repeating: 0) }
  }

  /// `count` bytes that the caller fills before anyone reads them.
  public init(uninitialized count: Int) { self.init(count, mayOverwrite: true) }

  private init(_ count: Int, mayOverwrite: Bool) {
    self.count = count
    arena = Arena.current
    let place = arena?.take(count, mayOverwrite: mayOverwrite)
    isInside = place != nil
    buffer = place ?? Self.allocate(count)
  }

  public init(copying source: UnsafeRawBufferPointer) {
    // A kernel may copy one operand, where it is not aligned, before it reads another.
    self.init(source.count, mayOverwrite: false)
    if source.count > 0 { buffer.copyMemory(from: source) }
  }

  public init<T: BitwiseCopyable>(copyingElements values: [T]) {
    self.init(uninitialized: values.count * MemoryLayout<T>.stride)
    values.withUnsafeBytes { source in
      if source.count > 0 { buffer.copyMemory(from: source) }
    }
  }

  deinit {
    arena?.release(buffer, count, isInside: isInside)
    if !isInside, !RecycledBlocks.keep(buffer) { Self.free(buffer) }
  }

  static func free(_ buffer: UnsafeMutableRawBufferPointer) {
    if isMapped(buffer.count) {
      munmap(buffer.baseAddress, buffer.count)
      MemoryRoom.giveBack(buffer.count)
    } else {
      buffer.deallocate()
    }
  }

  /// Large bytes are pages of their own, which go back to the system at once: the C allocator, asked for aligned blocks by several
  /// threads, keeps holes of many times their size.
  private static func isMapped(_ count: Int) -> Bool { count >= smallestMapped }

  static let smallestMapped = 1 << 20

  private static func allocate(_ count: Int) -> UnsafeMutableRawBufferPointer {
    if let block = RecycledBlocks.take(count) { return block }
    guard let block = reserve(count) else { preconditionFailure("no memory for \(count) bytes") }
    return block
  }

  /// Memory to be given back by `free`; `nil` when there is none.
  static func reserve(_ count: Int) -> UnsafeMutableRawBufferPointer? {
    guard isMapped(count) else { return .allocate(byteCount: max(count, 1), alignment: 64) }
    let start = mmap(nil, count, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
    guard let start, start != MAP_FAILED else { return nil }
    MemoryRoom.take(count)
    return UnsafeMutableRawBufferPointer(start: start, count: count)
  }

  public mutating func withUnsafeMutableBytes<R, E: Error>(
    _ body: (UnsafeMutableRawBufferPointer) throws(E) -> R
  ) throws(E) -> R {
    try body(UnsafeMutableRawBufferPointer(rebasing: buffer[..<count]))
  }

  @inlinable public mutating func withElements<T: BitwiseCopyable, R, E: Error>(
    as type: T.Type, _ body: (UnsafeMutableBufferPointer<T>) throws(E) -> R
  ) throws(E) -> R {
    try withUnsafeMutableBytes { (bytes) throws(E) in try body(bytes.bindMemory(to: T.self)) }
  }
}
