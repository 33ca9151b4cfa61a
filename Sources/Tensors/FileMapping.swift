import Diagnostics

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// A file's bytes, mapped read-only and shared by everything that points into it. Unmapped when the last user goes.
public final class FileMapping: @unchecked Sendable {
  /// The path as the user gave it, for messages.
  public let path: String
  /// Device and inode of the mapped file, by which an output that would overwrite it is recognised.
  public let identity: FileIdentity
  public let bytes: UnsafeRawBufferPointer
  private let isMapped: Bool
  /// What keeps the bytes alive when they are part of another mapping.
  private let owner: FileMapping?

  /// A part of another mapping under a path of its own, as a file within an archive.
  public init(part range: Range<Int>, of owner: FileMapping, path: String) throws(ModelError) {
    guard range.lowerBound >= 0, range.upperBound <= owner.bytes.count else {
      throw ModelError(.malformed, "bytes \(range) lie outside the file", at: Place(file: owner.path))
    }
    self.path = path
    self.owner = owner
    identity = owner.identity
    bytes = UnsafeRawBufferPointer(rebasing: owner.bytes[range])
    isMapped = false
  }

  /// Maps the regular file at `path`; with `copying`, reads it into memory instead, so that a later truncation is harmless.
  ///
  /// Throws `missingFile` or `io`.
  public convenience init(path: String, copying: Bool = false) throws(ModelError) {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw Self.failure(path, doing: "opened") }
    defer { close(descriptor) }
    try self.init(descriptor: descriptor, path: path, copying: copying)
  }

  /// Maps an already opened regular file. The descriptor stays the caller's.
  public init(descriptor: Int32, path: String, copying: Bool = false) throws(ModelError) {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw Self.failure(path, doing: "examined") }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw ModelError(.io, "is not a regular file", at: Place(file: path))
    }
    self.path = path
    owner = nil
    identity = FileIdentity(device: UInt64(status.st_dev), inode: UInt64(status.st_ino))
    let count = Int(status.st_size)
    guard count > 0 else {
      bytes = UnsafeRawBufferPointer(start: nil, count: 0)
      isMapped = false
      return
    }
    if copying {
      bytes = try Self.read(descriptor, count: count, path: path)
      isMapped = false
      return
    }
    guard let start = mmap(nil, count, PROT_READ, MAP_SHARED, descriptor, 0), start != MAP_FAILED else {
      throw Self.failure(path, doing: "mapped")
    }
    bytes = UnsafeRawBufferPointer(start: start, count: count)
    isMapped = true
  }

  /// Bytes that are in memory already, under the path that messages give them.
  public init(bytes content: [UInt8], path: String) {
    self.path = path
    owner = nil
    identity = FileIdentity(device: 0, inode: 0)
    isMapped = false
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: max(content.count, 1), alignment: 64)
    buffer.copyBytes(from: content)
    bytes = UnsafeRawBufferPointer(start: buffer.baseAddress, count: content.count)
  }

  deinit {
    guard owner == nil, let start = bytes.baseAddress else { return }
    if isMapped {
      munmap(UnsafeMutableRawPointer(mutating: start), bytes.count)
    } else {
      UnsafeMutableRawPointer(mutating: start).deallocate()
    }
  }

  /// Tells the system that a range will not be read again soon, so that it need not stay resident.
  public func release(_ range: Range<Int>) {
    guard isMapped, let start = bytes.baseAddress else { return }
    let page = 4096
    let first = (range.lowerBound + page - 1) / page * page
    let last = range.upperBound / page * page
    guard first < last else { return }
    madvise(UnsafeMutableRawPointer(mutating: start + first), last - first, MADV_DONTNEED)
  }

  private static func read(_ descriptor: Int32, count: Int, path: String) throws(ModelError) -> UnsafeRawBufferPointer {
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: count, alignment: 64)
    var done = 0
    while done < count, let base = buffer.baseAddress {
      let got = pread(descriptor, base + done, count - done, off_t(done))
      if got < 0 && errno == EINTR { continue }
      guard got > 0 else {
        buffer.deallocate()
        throw got < 0 ? failure(path, doing: "read") : ModelError(.truncated, "became shorter while it was read", at: Place(file: path))
      }
      done += got
    }
    return UnsafeRawBufferPointer(buffer)
  }

  private static func failure(_ path: String, doing verb: String) -> ModelError {
    let reason = String(cString: strerror(errno))
    return ModelError(errno == ENOENT ? .missingFile : .io, "cannot be \(verb): \(reason)", at: Place(file: path))
  }
}

/// What makes two paths the same file.
public struct FileIdentity: Hashable, Sendable {
  public var device: UInt64
  public var inode: UInt64

  public init(device: UInt64, inode: UInt64) {
    self.device = device
    self.inode = inode
  }

  /// The identity of the file that `path` leads to, links followed; `nil` when there is none.
  public init?(path: String) {
    var status = stat()
    guard stat(path, &status) == 0 else { return nil }
    self.init(device: UInt64(status.st_dev), inode: UInt64(status.st_ino))
  }
}
