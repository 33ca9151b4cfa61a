import Diagnostics

/// The content of a file that is not in memory: pieces of our own, ranges of mapped files, tensors and padding, in order.
///
/// Its size is known before a byte is produced. A copy shares the pieces.
package struct ByteRope: Sendable {
  enum Segment: Sendable {
    case bytes([UInt8])
    case mapped(FileMapping, Range<Int>)
    case tensor(Tensor)
    case zeros(Int)
  }

  private var closed: [Segment] = []
  private var tail: [UInt8] = []
  /// In bytes.
  package private(set) var byteCount = 0

  package init() {}

  package init(_ bytes: [UInt8]) {
    tail = bytes
    byteCount = bytes.count
  }

  package init(_ file: FileMapping, _ range: Range<Int>) { append(file, range) }

  var segments: [Segment] { tail.isEmpty ? closed : closed + [.bytes(tail)] }

  package mutating func append(_ bytes: some Collection<UInt8>) {
    byteCount += bytes.count
    tail.append(contentsOf: bytes)
  }

  package mutating func append(_ bytes: UnsafeRawBufferPointer) {
    byteCount += bytes.count
    tail.append(contentsOf: bytes)
  }

  /// Adds a range of a mapped file, which is read when the rope is.
  package mutating func append(_ file: FileMapping, _ range: Range<Int>) {
    add(.mapped(file, range), range.count)
  }

  /// Adds the packed elements of `tensor`, which must not be of strings; deferred ones are computed when the rope is read.
  package mutating func append(_ tensor: Tensor) {
    if let (file, range) = tensor.mappedRange {
      add(.mapped(file, range), range.count)
    } else {
      add(.tensor(tensor), tensor.byteCount)
    }
  }

  package mutating func append(zeros count: Int) {
    count <= 4096 ? append(repeatElement(0, count: count)) : add(.zeros(count), count)
  }

  package mutating func append(_ other: ByteRope) {
    for segment in other.segments {
      switch segment {
      case .bytes(let bytes): append(bytes)
      case .mapped(_, let range): add(segment, range.count)
      case .tensor(let tensor): add(segment, tensor.byteCount)
      case .zeros(let count): add(segment, count)
      }
    }
  }

  /// Adds zeros until the size is a multiple of `alignment` bytes.
  package mutating func pad(toMultipleOf alignment: Int) {
    append(zeros: (alignment - byteCount % alignment) % alignment)
  }

  private mutating func add(_ segment: Segment, _ count: Int) {
    guard count > 0 else { return }
    if !tail.isEmpty {
      closed.append(.bytes(tail))
      tail = []
    }
    closed.append(segment)
    byteCount += count
  }

  /// The file range that is the whole content, when it is one.
  package var mappedRange: (file: FileMapping, range: Range<Int>)? {
    guard tail.isEmpty, closed.count == 1, case .mapped(let file, let range) = closed[0] else { return nil }
    return (file, range)
  }

  /// Lends the content in order, run by run; see `ByteRopeReader.next`. Throws what `body` or a deferred tensor throws.
  package func forEachRun(_ body: (UnsafeRawBufferPointer) throws(ModelError) -> Void) throws(ModelError) {
    let reader = try ByteRopeReader(self)
    while let run = try reader.next() { try body(run) }
  }

  /// The whole content in memory: for text and tests.
  package func gathered() throws(ModelError) -> [UInt8] {
    var all: [UInt8] = []
    all.reserveCapacity(byteCount)
    try forEachRun { all.append(contentsOf: $0) }
    return all
  }
}
