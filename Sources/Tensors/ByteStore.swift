import Diagnostics

/// Where a tensor's bytes are: in a mapped file, in memory, or still to be computed. Immutable and shared.
public final class ByteStore: Sendable {
  enum Backing: ~Copyable, Sendable {
    case mapped(FileMapping, Range<Int>)
    case owned(OwnedBytes)
    /// The computation, and how many kernels it runs each time.
    case deferred(@Sendable () throws(ModelError) -> Tensor, kernels: Int)
  }

  private let backing: Backing
  public let byteCount: Int

  init(_ backing: consuming Backing, byteCount: Int) {
    self.backing = backing
    self.byteCount = byteCount
  }

  /// True when reading computes.
  public var isDeferred: Bool { kernelCount > 0 }

  /// How many kernels run each time the bytes are read; 0 for bytes that are there.
  public var kernelCount: Int {
    switch backing {
    case .deferred(_, let kernels): kernels
    default: 0
    }
  }

  /// The file range behind the bytes, when they are mapped.
  public var mappedRange: (file: FileMapping, range: Range<Int>)? {
    switch backing {
    case .mapped(let file, let range): (file, range)
    default: nil
    }
  }

  /// Of bytes in memory of our own.
  var ownedAddress: UnsafeRawPointer? {
    switch backing {
    case .owned(let bytes): UnsafeRawPointer(bytes.buffer.baseAddress)
    default: nil
    }
  }

  /// Lends the bytes for the duration of `body`. Deferred bytes are computed now and dropped afterwards.
  ///
  /// Throws what `body` or the deferred computation throws.
  public func withUnsafeBytes<R>(_ body: (UnsafeRawBufferPointer) throws(ModelError) -> R) throws(ModelError) -> R {
    switch backing {
    case .mapped(let file, let range):
      return try body(UnsafeRawBufferPointer(rebasing: file.bytes[range]))
    case .owned(let bytes):
      return try body(UnsafeRawBufferPointer(rebasing: bytes.buffer[..<bytes.count]))
    case .deferred(let compute, _):
      let tensor = try Arena.aside(compute)
      guard tensor.byteCount == byteCount else {
        throw ModelError(.internalInvariant, "a deferred constant gave \(tensor.byteCount) bytes instead of \(byteCount)")
      }
      return try tensor.withUnsafeBytes(body)
    }
  }
}
