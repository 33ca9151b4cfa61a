internal import CCrypto
import Diagnostics
import Tensors

/// A SHA-256 of bytes that come in pieces.
package struct SHA256: ~Copyable {
  private let context: OpaquePointer

  /// Throws `internalInvariant` when libcrypto refuses: it does so only without memory or by policy.
  package init() throws(ModelError) {
    guard let context = EVP_MD_CTX_new() else { throw Self.refusal }
    guard EVP_DigestInit_ex(context, EVP_sha256(), nil) == 1 else {
      EVP_MD_CTX_free(context)
      throw Self.refusal
    }
    self.context = context
  }

  deinit { EVP_MD_CTX_free(context) }

  package mutating func update(_ bytes: UnsafeRawBufferPointer) {
    _ = EVP_DigestUpdate(context, bytes.baseAddress, bytes.count)
  }

  /// 64 lower-case hexadecimal digits; the next byte begins a new digest.
  package mutating func finish() throws(ModelError) -> String {
    var digest = [UInt8](repeating: 0, count: 32)
    guard EVP_DigestFinal_ex(context, &digest, nil) == 1, EVP_DigestInit_ex(context, EVP_sha256(), nil) == 1 else {
      throw Self.refusal
    }
    let digits = Array("0123456789abcdef".utf8)
    return String(decoding: digest.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
  }

  private static var refusal: ModelError { ModelError(.internalInvariant, "libcrypto refuses SHA-256") }
}

/// Hashes on a thread of its own what is lent to it.
final class HashingThread {
  private struct State {
    var work: UnsafeRawBufferPointer?
    var isStopped = false
  }

  private final class Core: @unchecked Sendable {
    let monitor = Monitor(State())
    /// Of the thread while there is work, of the owner otherwise.
    var digest: SHA256
    init() throws(ModelError) { digest = try SHA256() }

    func run() {
      while let bytes = monitor.wait(until: { state -> UnsafeRawBufferPointer?? in
        if let work = state.work { return .some(work) }
        return state.isStopped ? .some(nil) : nil
      }) {
        digest.update(bytes)
        monitor.change { $0.work = nil }
      }
    }
  }

  private let core: Core
  private let thread: WorkerThread

  /// Throws `io` when no thread can be started.
  init() throws(ModelError) {
    let core = try Core()
    self.core = core
    thread = try WorkerThread(stackSize: 128 << 10) { core.run() }
  }

  deinit {
    core.monitor.change { $0.isStopped = true }
    thread.join()
  }

  /// Begins to hash `bytes`, which must stay until `wait`.
  func begin(_ bytes: UnsafeRawBufferPointer) {
    core.monitor.wait { state -> Void? in
      guard state.work == nil else { return nil }
      state.work = bytes
      return ()
    }
  }

  /// Returns when nothing lent is in use.
  func wait() {
    core.monitor.wait { $0.work == nil ? () : nil }
  }

  /// The digest of everything since the last one.
  func finish() throws(ModelError) -> String {
    wait()
    return try core.digest.finish()
  }
}

/// Hashes whole files on one thread, while others write.
final class FileDigests {
  private struct State {
    var digests: [Result<String, ModelError>] = []
    var isStopped = false
  }

  private let state = Monitor(State())
  private var thread: WorkerThread?

  /// Throws `io` when no thread can be started.
  init(_ files: [FileMapping]) throws(ModelError) {
    guard !files.isEmpty else { return }
    thread = try WorkerThread(stackSize: 128 << 10) { [state] in
      for file in files {
        let digest = Self.digest(of: file, state)
        state.change { $0.digests.append(digest) }
      }
    }
  }

  deinit {
    state.change { $0.isStopped = true }
    thread?.join()
  }

  /// One digest a file, when all are there.
  func results() throws(ModelError) -> [String] {
    thread?.join()
    var all: [String] = []
    for digest in state.change({ $0.digests }) { all.append(try digest.get()) }
    return all
  }

  private static func digest(of file: FileMapping, _ state: Monitor<State>) -> Result<String, ModelError> {
    do {
      var sha = try SHA256()
      var start = 0
      while start < file.bytes.count, !state.change({ $0.isStopped }) {
        let range = start..<min(start + ByteRopeReader.longestRun, file.bytes.count)
        sha.update(UnsafeRawBufferPointer(rebasing: file.bytes[range]))
        file.release(range)
        start = range.upperBound
      }
      return .success(try sha.finish())
    } catch {
      return .failure(error)
    }
  }
}
