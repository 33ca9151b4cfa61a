import Diagnostics

/// Reads a rope once, from the start.
///
/// Large pieces are lent where they lie (a mapping, a tensor's memory), small ones are gathered. Deferred tensors are
/// produced by other threads ahead of the reader (see `DeferredPipeline`) and dropped once they were read.
package final class ByteRopeReader {
  /// A run is at most `longestRun` bytes; what is shorter than `direct` is gathered into runs of `gather` bytes.
  package static let longestRun = 8 << 20
  static let direct = 64 << 10
  static let gather = 1 << 20

  private let segments: [ByteRope.Segment]
  private let pipeline: DeferredPipeline?
  private var index = 0
  private var offset = 0
  private var deferredIndex = 0
  /// The bytes of the current segment, once known. They stay where they are until `leave`.
  private var current: UnsafeRawBufferPointer?
  private var scratch: OwnedBytes?
  private var isCurrentDone = false
  private var lastRun: (file: FileMapping, range: Range<Int>)?

  /// Throws `io` when no thread can be started.
  package init(_ rope: ByteRope) throws(ModelError) {
    segments = rope.segments
    let deferred = segments.compactMap { segment -> Tensor? in
      if case .tensor(let tensor) = segment, tensor.isDeferred { tensor } else { nil }
    }
    pipeline = deferred.isEmpty ? nil : try DeferredPipeline(deferred)
  }

  deinit { pipeline?.stop() }

  /// The next bytes, valid until the next call; `nil` at the end.
  ///
  /// Throws what producing a deferred tensor throws; the reader is of no use afterwards.
  package func next() throws(ModelError) -> UnsafeRawBufferPointer? {
    if let (file, range) = lastRun {
      file.release(range)
      lastRun = nil
    }
    if isCurrentDone { leave() }
    var gathered = 0
    while index < segments.count {
      let left = segments[index].byteCount - offset
      if left >= Self.direct, let bytes = try locate() {
        if gathered > 0 { break }
        return lend(bytes, min(left, Self.longestRun))
      }
      let count = min(left, Self.gather - gathered)
      try copy(count, to: gathered)
      gathered += count
      offset += count
      if count == left { leave() }
      if gathered == Self.gather { break }
    }
    guard gathered > 0, let buffer = scratch?.buffer else { return nil }
    return UnsafeRawBufferPointer(rebasing: buffer[..<gathered])
  }

  private func lend(_ bytes: UnsafeRawBufferPointer, _ count: Int) -> UnsafeRawBufferPointer {
    let run = UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + count])
    if case .mapped(let file, let range) = segments[index] {
      lastRun = (file, range.lowerBound + offset..<range.lowerBound + offset + count)
    }
    offset += count
    isCurrentDone = offset == bytes.count
    return run
  }

  /// The memory of the current segment; `nil` for what has no lasting address.
  private func locate() throws(ModelError) -> UnsafeRawBufferPointer? {
    if let current { return current }
    switch segments[index] {
    case .bytes, .zeros: return nil
    case .mapped(let file, let range): current = UnsafeRawBufferPointer(rebasing: file.bytes[range])
    case .tensor(let tensor):
      // The memory of a tensor that is not deferred lives as long as the tensor, and `segments` keeps it.
      current = try tensor.isDeferred ? pipeline?.take(deferredIndex) : tensor.withUnsafeBytes { $0 }
    }
    return current
  }

  private func copy(_ count: Int, to start: Int) throws(ModelError) {
    if scratch == nil { scratch = OwnedBytes(uninitialized: Self.gather) }
    guard count > 0, let buffer = scratch?.buffer else { return }
    let target = UnsafeMutableRawBufferPointer(rebasing: buffer[start..<start + count])
    switch segments[index] {
    case .zeros: target.initializeMemory(as: UInt8.self, repeating: 0)
    case .bytes(let bytes):
      bytes.withUnsafeBytes { target.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[offset..<offset + count])) }
    case .mapped, .tensor:
      if let bytes = try locate() {
        target.copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + count]))
      }
    }
  }

  private func leave() {
    if case .tensor(let tensor) = segments[index], tensor.isDeferred {
      pipeline?.giveBack(deferredIndex)
      deferredIndex += 1
    }
    index += 1
    offset = 0
    current = nil
    isCurrentDone = false
  }
}

extension ByteRope.Segment {
  var byteCount: Int {
    switch self {
    case .bytes(let bytes): bytes.count
    case .mapped(_, let range): range.count
    case .tensor(let tensor): tensor.byteCount
    case .zeros(let count): count
    }
  }
}
