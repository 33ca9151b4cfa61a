internal import CSystem
import Diagnostics
import Tensors

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// A file being written: small writes gather in 1 MiB, long ones go to the system from where they lie.
///
/// The system is told to write to the disk as the file grows, so that the final `fsync` waits for little. A file that nobody reads
/// back leaves the cache once it is on the disk: fresh pages for it cost more than its writing, and somebody else's would go.
package final class OutputFile {
  private static let gather = 1 << 20
  private static let writebackStep = (first: 1 << 20, last: 16 << 20)
  /// Longest single write. Linux keeps a file in folios as large as the write and its alignment allow: whole ones of this size cost
  /// half the time of single pages, those of 2 MiB four times as much.
  private static let piece = 512 << 10

  let path: String
  private let descriptor: Int32
  private var buffer: OwnedBytes
  private var buffered = 0
  /// Where the buffer's first byte belongs in the file.
  private var start = 0
  private var handedToDisk = 0
  private var dropped = 0
  private let staysInCache: Bool
  private var isClosed = false

  /// Where the next byte goes.
  var position: Int { start + buffered }

  /// Creates the file; it must not exist. Throws `io`.
  convenience init(creating path: String, staysInCache: Bool) throws(ModelError) {
    try self.init(opening: path, flags: O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, staysInCache: staysInCache)
  }

  /// Opens an existing file for writing from its start: devices and pipes, which are not renamed into place. Throws `io`.
  package convenience init(existing path: String) throws(ModelError) {
    try self.init(opening: path, flags: O_WRONLY, staysInCache: true)
  }

  private init(opening path: String, flags: Int32, staysInCache: Bool) throws(ModelError) {
    self.path = path
    self.staysInCache = staysInCache
    buffer = OwnedBytes(uninitialized: Self.gather)
    descriptor = open(path, flags | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else {
      isClosed = true
      throw ioFailure("cannot be created", path)
    }
  }

  deinit { if !isClosed { close(descriptor) } }

  /// Throws `io`, for a full disk too.
  package func write(_ bytes: UnsafeRawBufferPointer) throws(ModelError) {
    guard bytes.count < Self.gather else {
      try flush()
      try store(bytes)
      return
    }
    var rest = bytes
    while rest.count > 0 {
      let count = min(rest.count, Self.gather - buffered)
      let target = UnsafeMutableRawBufferPointer(rebasing: buffer.buffer[buffered..<buffered + count])
      target.copyMemory(from: UnsafeRawBufferPointer(rebasing: rest[..<count]))
      buffered += count
      rest = UnsafeRawBufferPointer(rebasing: rest[count...])
      if buffered == Self.gather { try flush() }
    }
  }

  /// Continues at another byte of the file.
  func seek(to offset: Int) throws(ModelError) {
    guard offset != position else { return }
    try flush()
    start = offset
  }

  package func flush() throws(ModelError) {
    guard buffered > 0 else { return }
    let count = buffered
    buffered = 0
    try store(UnsafeRawBufferPointer(rebasing: buffer.buffer[..<count]))
  }

  /// Everything on the disk, and the descriptor closed.
  func finish() throws(ModelError) {
    try flush()
    guard fsync(descriptor) == 0 else { throw ioFailure("cannot be written", path) }
    isClosed = true
    guard close(descriptor) == 0 else { throw ioFailure("cannot be written", path) }
  }

  private func store(_ bytes: UnsafeRawBufferPointer) throws(ModelError) {
    var done = 0
    while done < bytes.count, let base = bytes.baseAddress {
      let count = min(bytes.count - done, Self.piece - start % Self.piece)
      Self.populate(base + done, count)
      let got = pwrite(descriptor, base + done, count, off_t(start))
      if got < 0 && errno == EINTR { continue }
      guard got > 0 else { throw ioFailure("cannot be written", path) }
      done += got
      start += got
    }
    handToDisk()
  }

  /// Maps the pages of a mapped file: a write that meets a missing one goes on in single pages. Failing is the write's to report.
  private static func populate(_ bytes: UnsafeRawPointer, _ count: Int) {
    #if os(Linux)
      let offset = Int(bitPattern: bytes) % 4096
      madvise(UnsafeMutableRawPointer(mutating: bytes - offset), count + offset, MADV_POPULATE_READ)
    #endif
  }

  private func handToDisk() {
    #if os(Linux)
      // Small files have little time in which the disk could work beside us.
      let step = min(max(handedToDisk, Self.writebackStep.first), Self.writebackStep.last)
      guard start - handedToDisk >= step else { return }
      // Dirty pages are not dropped by this advice: their writing begins.
      posix_fadvise(descriptor, off_t(handedToDisk), off_t(start - handedToDisk), POSIX_FADV_DONTNEED)
      // What is two steps behind is on the disk by now, or nearly: waiting for it keeps the disk busy with what follows.
      let behind = handedToDisk - 2 * Self.writebackStep.last
      if !staysInCache, behind > dropped {
        _ = write_back(descriptor, Int64(dropped), Int64(behind - dropped))  // a failure is `fsync`'s to report
        posix_fadvise(descriptor, off_t(dropped), off_t(behind - dropped), POSIX_FADV_DONTNEED)
        dropped = behind
      }
      handedToDisk = start
    #endif
  }
}

/// The system's last error as ours, with the file it happened to.
func ioFailure(_ what: String, _ path: String) -> ModelError {
  ModelError(.io, "\(what): \(String(cString: strerror(errno)))", at: Place(file: path))
}
