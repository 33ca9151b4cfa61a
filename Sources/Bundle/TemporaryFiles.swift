import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// The temporary files and folders that exist now, so that an interrupted process can take them away.
///
/// A fixed table of C strings that a signal handler may read: no lock, no allocation, no reference counting.
package enum TemporaryFiles {
  private static let capacity = 1 << 14

  private struct Table: @unchecked Sendable {
    /// Addresses of C strings, 0 where there is none.
    let slots: UnsafeMutablePointer<Atomic<UInt>>
    init() {
      slots = .allocate(capacity: TemporaryFiles.capacity)
      for index in 0..<TemporaryFiles.capacity { (slots + index).initialize(to: Atomic(0)) }
    }
  }

  private static let table = Table()
  /// Slots are given in order and reused when all are free, so that what is inside a folder comes after it.
  private static let use = Mutex((next: 0, active: 0))

  /// Notes a path; what it gives back goes to `forget`. A full table notes nothing: then only an error cleans up.
  package static func note(_ path: String) -> Int? {
    use.withLock { use in
      guard use.next < capacity, let copy = strdup(path) else { return nil }
      table.slots[use.next].store(UInt(bitPattern: copy), ordering: .releasing)
      use.next += 1
      use.active += 1
      return use.next - 1
    }
  }

  package static func forget(_ slot: Int?) {
    guard let slot else { return }
    use.withLock { use in
      let address = table.slots[slot].exchange(0, ordering: .acquiringAndReleasing)
      free(UnsafeMutableRawPointer(bitPattern: address))
      use.active -= 1
      if use.active == 0 { use.next = 0 }
    }
  }

  /// Removes everything noted, the newest first. Safe in a signal handler once `removeWhenInterrupted` was called.
  package static func removeAll() {
    for index in stride(from: capacity - 1, through: 0, by: -1) {
      let address = table.slots[index].load(ordering: .acquiring)
      guard let path = UnsafePointer<CChar>(bitPattern: address) else { continue }
      if unlink(path) != 0 { rmdir(path) }
    }
  }

  /// From now on SIGINT, SIGTERM and SIGHUP remove the temporary files and end the process with status 130. A file that grows beyond
  /// the limit for its size is an error like any other, not a signal. Touching a mapped page that somebody cut off the file ends with 5.
  package static func removeWhenInterrupted() {
    _ = table
    signal(SIGXFSZ, SIG_IGN)
    for number in [SIGINT, SIGTERM, SIGHUP] {
      signal(number) { _ in
        TemporaryFiles.removeAll()
        _exit(130)
      }
    }
    signal(SIGBUS) { _ in
      TemporaryFiles.removeAll()
      let message: StaticString = """
        error: a mapped file was cut short while it was read
          note: --copy-weights reads files instead of mapping them

        """
      _ = write(STDERR_FILENO, message.utf8Start, message.utf8CodeUnitCount)
      _exit(5)
    }
  }
}
