#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Bytes of our own, 64-byte aligned, unique while they are written and shared once they are frozen into a `Tensor`.
public struct OwnedBytes: ~Copyable, @unchecked Sendable {
  package let buffer: UnsafeMutableRawBufferPointer

  /// `count` zeroed bytes.
  public init(zeroed count: Int) {
    buffer = Self.allocate(count)
    if !Self.isMapped(count) { buffer.initializeMemory(as: UInt8.self, repeating: 0) }
    self.count = count
  }

  /// `count` bytes that the caller fills before anyone reads them.
  public init(uninitialized count: Int) {
    buffer = Self.allocate(count)
    self.count = count
  }

  public init(copying source: UnsafeRawBufferPointer) {
    self.init(uninitialized: source.count)
    if source.count > 0 { buffer.copyMemory(from: source) }
  }

  public init<T: BitwiseCopyable>(copyingElements values: [T]) {
    self.init(uninitialized: values.count * MemoryLayout<T>.stride)
    values.withUnsafeBytes { source in
      if source.count > 0 { buffer.copyMemory(from: source) }
    }
  }

  public let count: Int

  deinit {
    if Self.isMapped(count) {
      munmap(buffer.baseAddress, buffer.count)
    } else {
      buffer.deallocate()
    }
  }

  /// Large bytes are pages of their own, which go back to the system at once: the C allocator, asked for aligned blocks by several
  /// threads, keeps holes of many times their size.
  private static func isMapped(_ count: Int) -> Bool { count >= 1 << 20 }

  private static func allocate(_ count: Int) -> UnsafeMutableRawBufferPointer {
    guard isMapped(count) else { return .allocate(byteCount: max(count, 1), alignment: 64) }
    let start = mmap(nil, count, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
    precondition(start != nil && start != MAP_FAILED, "no memory for \(count) bytes")
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
