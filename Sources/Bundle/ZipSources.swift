internal import CZip
import Diagnostics
import Tensors

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// What libzip calls back: the part of a source that differs from one to another. An error is kept and told to libzip as -1.
class ZipSource {
  private(set) var failure: ModelError?

  /// Answers one command; see `zip_source_function(3)`.
  func answer(_ command: zip_source_cmd_t, _ data: UnsafeMutableRawPointer?, _ length: Int) throws(ModelError) -> Int64 { 0 }

  /// Commands as a bit mask.
  var supported: Int64 { 0 }

  static func mask(_ commands: zip_source_cmd_t...) -> Int64 {
    commands.reduce(0) { $0 | Int64(1) << Int64($1.rawValue) }
  }

  fileprivate func call(_ command: zip_source_cmd_t, _ data: UnsafeMutableRawPointer?, _ length: Int) -> Int64 {
    switch command {
    case ZIP_SOURCE_SUPPORTS: return supported
    case ZIP_SOURCE_FREE: return 0
    case ZIP_SOURCE_ERROR:
      guard let data, length >= 8 else { return -1 }
      data.storeBytes(of: Int32(ZIP_ER_WRITE), as: Int32.self)
      data.storeBytes(of: Int32(failure == nil ? 0 : EIO), toByteOffset: 4, as: Int32.self)
      return 8
    default: break
    }
    guard failure == nil else { return -1 }
    do {
      return try answer(command, data, length)
    } catch {
      failure = error
      return -1
    }
  }

  /// A libzip source that calls this object, which must outlive it.
  func makeSource() throws(ModelError) -> OpaquePointer {
    let context = Unmanaged.passUnretained(self).toOpaque()
    let callback: zip_source_callback = { context, data, length, command in
      guard let context else { return -1 }
      return Unmanaged<ZipSource>.fromOpaque(context).takeUnretainedValue().call(command, data, Int(length))
    }
    guard let source = zip_source_function_create(callback, context, nil) else {
      throw ModelError(.internalInvariant, "libzip cannot make a source")
    }
    return source
  }

  static func fillStat(_ data: UnsafeMutableRawPointer?, size: Int?) -> Int64 {
    guard let status = data?.assumingMemoryBound(to: zip_stat_t.self) else { return -1 }
    zip_stat_init(status)
    if let size {
      status.pointee.valid = UInt64(ZIP_STAT_SIZE)
      status.pointee.size = UInt64(size)
    }
    return Int64(MemoryLayout<zip_stat_t>.size)
  }
}

/// The archive being written, as libzip sees it: our own file, so that its name, its errors and its `fsync` are ours.
final class ArchiveSink: ZipSource {
  private let file: OutputFile
  init(_ file: OutputFile) { self.file = file }

  override var supported: Int64 {
    Self.mask(
      ZIP_SOURCE_OPEN, ZIP_SOURCE_READ, ZIP_SOURCE_CLOSE, ZIP_SOURCE_STAT, ZIP_SOURCE_ERROR, ZIP_SOURCE_FREE, ZIP_SOURCE_SEEK,
      ZIP_SOURCE_TELL, ZIP_SOURCE_SUPPORTS, ZIP_SOURCE_BEGIN_WRITE, ZIP_SOURCE_COMMIT_WRITE, ZIP_SOURCE_ROLLBACK_WRITE,
      ZIP_SOURCE_WRITE, ZIP_SOURCE_SEEK_WRITE, ZIP_SOURCE_TELL_WRITE, ZIP_SOURCE_REMOVE)
  }

  override func answer(
    _ command: zip_source_cmd_t, _ data: UnsafeMutableRawPointer?, _ length: Int
  ) throws(ModelError) -> Int64 {
    switch command {
    case ZIP_SOURCE_STAT: return Self.fillStat(data, size: 0)
    case ZIP_SOURCE_WRITE:
      try file.write(UnsafeRawBufferPointer(start: data, count: length))
      return Int64(length)
    case ZIP_SOURCE_TELL_WRITE: return Int64(file.position)
    case ZIP_SOURCE_SEEK_WRITE:
      guard let seek = data?.assumingMemoryBound(to: zip_source_args_seek_t.self).pointee, seek.whence != SEEK_END else { return -1 }
      try file.seek(to: Int(seek.offset) + (seek.whence == SEEK_CUR ? file.position : 0))
      return 0
    case ZIP_SOURCE_OPEN, ZIP_SOURCE_CLOSE, ZIP_SOURCE_READ, ZIP_SOURCE_TELL: return 0
    default: return 0
    }
  }
}

/// One entry's content, which libzip pulls, while another thread hashes it.
final class EntrySource: ZipSource {
  private let content: ByteRope
  private let hashing: HashingThread
  private let didRead: (Int) throws(ModelError) -> Void
  private let willBegin: () throws(ModelError) -> Void
  private var reader: ByteRopeReader?
  private var rest = UnsafeRawBufferPointer(start: nil, count: 0)
  /// Known when everything was read.
  private(set) var digest: String?

  /// `willBegin` runs when the entry's header is written, `didRead` with the bytes that were read since it last ran.
  init(
    _ content: ByteRope, hashing: HashingThread, willBegin: @escaping () throws(ModelError) -> Void,
    didRead: @escaping (Int) throws(ModelError) -> Void
  ) {
    self.content = content
    self.hashing = hashing
    self.willBegin = willBegin
    self.didRead = didRead
  }

  /// After a failure libzip's closing call goes unanswered, and the thread may still read what the reader lent.
  deinit { hashing.wait() }

  override var supported: Int64 {
    Self.mask(ZIP_SOURCE_OPEN, ZIP_SOURCE_READ, ZIP_SOURCE_CLOSE, ZIP_SOURCE_STAT, ZIP_SOURCE_ERROR, ZIP_SOURCE_FREE)
  }

  override func answer(
    _ command: zip_source_cmd_t, _ data: UnsafeMutableRawPointer?, _ length: Int
  ) throws(ModelError) -> Int64 {
    switch command {
    case ZIP_SOURCE_STAT: return Self.fillStat(data, size: content.byteCount)
    case ZIP_SOURCE_OPEN:
      reader = try ByteRopeReader(content)
      return 0
    case ZIP_SOURCE_READ:
      guard let data else { return -1 }
      return Int64(try read(UnsafeMutableRawBufferPointer(start: data, count: length)))
    case ZIP_SOURCE_CLOSE:
      hashing.wait()
      reader = nil
      return 0
    default: return 0
    }
  }

  private var hasBegun = false

  private func read(_ target: UnsafeMutableRawBufferPointer) throws(ModelError) -> Int {
    if !hasBegun {
      hasBegun = true
      try willBegin()
    }
    var done = 0
    while done < target.count {
      if rest.isEmpty {
        hashing.wait()
        guard let run = try reader?.next() else {
          if digest == nil { digest = try hashing.finish() }
          break
        }
        try didRead(run.count)
        hashing.begin(run)
        rest = run
      }
      let count = min(rest.count, target.count - done)
      UnsafeMutableRawBufferPointer(rebasing: target[done...]).copyMemory(from: UnsafeRawBufferPointer(rebasing: rest[..<count]))
      rest = UnsafeRawBufferPointer(rebasing: rest[count...])
      done += count
    }
    return done
  }
}

/// An entry whose content is made when its turn has come: what was written before it is known by then.
final class LateSource: ZipSource {
  private let make: () throws(ModelError) -> [UInt8]
  /// True when every entry before this one was read: libzip may ask for the size earlier, and is then told nothing.
  private let isDue: () -> Bool
  private var content: [UInt8]?
  private var position = 0

  init(isDue: @escaping () -> Bool, make: @escaping () throws(ModelError) -> [UInt8]) {
    self.isDue = isDue
    self.make = make
  }

  override var supported: Int64 {
    Self.mask(ZIP_SOURCE_OPEN, ZIP_SOURCE_READ, ZIP_SOURCE_CLOSE, ZIP_SOURCE_STAT, ZIP_SOURCE_ERROR, ZIP_SOURCE_FREE)
  }

  override func answer(
    _ command: zip_source_cmd_t, _ data: UnsafeMutableRawPointer?, _ length: Int
  ) throws(ModelError) -> Int64 {
    switch command {
    case ZIP_SOURCE_STAT:
      if content == nil, isDue() { content = try make() }
      return Self.fillStat(data, size: content?.count)
    case ZIP_SOURCE_READ:
      guard let data, let content else { return -1 }
      let count = min(length, content.count - position)
      content.withUnsafeBytes {
        UnsafeMutableRawBufferPointer(start: data, count: count)
          .copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[position..<position + count]))
      }
      position += count
      return Int64(count)
    default: return 0
    }
  }
}
