import Diagnostics
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// The memory that this process may have, and how much of it large blocks take.
///
/// A kernel asks before it makes a large result: sizes that only data tell are then refused, instead of ending the process.
public enum MemoryRoom {
  /// Bytes that this process may have: of the machine, or fewer where its limits say so.
  public static let total: Int = {
    var limit = Int.max
    let (pages, size) = (max(sysconf(Int32(_SC_PHYS_PAGES)), 1), max(sysconf(Int32(_SC_PAGESIZE)), 1))
    let (bytes, overflow) = pages.multipliedReportingOverflow(by: size)
    if !overflow { limit = bytes }
    #if os(Linux)
      for resource in [RLIMIT_AS, RLIMIT_DATA] {
        var given = rlimit()
        if getrlimit(__rlimit_resource_t(resource.rawValue), &given) == 0 { limit = min(limit, Int(clamping: given.rlim_cur)) }
      }
    #endif
    return limit
  }()

  /// Bytes of blocks that are pages of their own.
  private static let held = Atomic<Int>(0)

  static func take(_ bytes: Int) { held.add(bytes, ordering: .relaxed) }

  static func giveBack(_ bytes: Int) { held.subtract(bytes, ordering: .relaxed) }

  /// Whether so many bytes may be spent on speed alone: half of the memory stays for what has to be.
  public static func isAmple(for bytes: Int) -> Bool { bytes <= total / 2 - held.load(ordering: .relaxed) }

  /// Throws `limitExceeded` when so many bytes more do not fit, unless a place in the thread's arena is kept for them.
  public static func require(_ bytes: Int, for shape: Shape, of element: ElementType) throws(ModelError) {
    guard bytes >= OwnedBytes.smallestMapped else { return }
    if Arena.current?.expects(bytes) ?? false { return }
    let free = total - held.load(ordering: .relaxed)
    let what = "a tensor of \(element.rawValue)\(shape) is too large to compute: \(bytes) bytes are needed"
    guard bytes <= free else { throw ModelError(.limitExceeded, "\(what), there are \(max(free, 0))") }
    guard isGranted(bytes) else { throw ModelError(.limitExceeded, "\(what), which the system does not give") }
  }

  /// Whether the system gives so many bytes now. The program and the files that are mapped count against its limits, too.
  private static func isGranted(_ bytes: Int) -> Bool {
    guard let trial = OwnedBytes.reserve(bytes) else { return false }
    OwnedBytes.free(trial)
    return true
  }
}
