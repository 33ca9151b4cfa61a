import Diagnostics

/// An immutable array of elements. A copy is one retain; the bytes may be mapped from a file or still to be computed.
///
/// Elements lie in row-major order, little-endian; those narrower than a byte are packed from the least significant bits.
public struct Tensor: Sendable {
  public let element: ElementType
  public let shape: Shape
  /// The number of elements.
  public let count: Int
  private var storage: Storage

  private enum Storage: Sendable {
    case bytes(ByteStore, offset: Int)
    case strings(StringStore)
  }

  /// Size of the packed elements in bytes; 0 for strings.
  public let byteCount: Int

  private init(_ element: ElementType, _ shape: Shape, count: Int, byteCount: Int, storage: Storage) {
    self.element = element
    self.shape = shape
    self.count = count
    self.byteCount = byteCount
    self.storage = storage
  }

  private static func sizes(_ element: ElementType, _ shape: Shape) throws(ModelError) -> (count: Int, bytes: Int) {
    guard let count = shape.elementCount, let bytes = element.byteCount(elements: count) else {
      throw ModelError(.limitExceeded, "a tensor of \(element.rawValue)\(shape) is too large to address")
    }
    return (count, bytes)
  }

  /// A tensor that points into a mapped file. Throws `malformed` when `range` is not exactly the tensor's size.
  public init(_ element: ElementType, _ shape: Shape, mapped file: FileMapping, range: Range<Int>) throws(ModelError) {
    let (count, bytes) = try Self.sizes(element, shape)
    guard range.count == bytes, range.lowerBound >= 0, range.upperBound <= file.bytes.count else {
      throw ModelError(.malformed, "\(range.count) bytes of data where \(element.rawValue)\(shape) takes \(bytes)")
    }
    let store = ByteStore(.mapped(file, range), byteCount: bytes)
    self.init(element, shape, count: count, byteCount: bytes, storage: .bytes(store, offset: 0))
  }

  /// A tensor of bytes in memory. Throws `malformed` when their number is wrong.
  public init(_ element: ElementType, _ shape: Shape, bytes: consuming OwnedBytes) throws(ModelError) {
    let (count, size) = try Self.sizes(element, shape)
    guard bytes.count == size else {
      throw ModelError(.malformed, "\(bytes.count) bytes of data where \(element.rawValue)\(shape) takes \(size)")
    }
    let store = ByteStore(.owned(bytes), byteCount: size)
    self.init(element, shape, count: count, byteCount: size, storage: .bytes(store, offset: 0))
  }

  /// A tensor whose elements are produced by `compute` each time they are read, and dropped afterwards.
  ///
  /// Its type is known at once. Small results are computed now, since keeping them costs less than keeping the recipe.
  /// `kernels` says how many kernels a reading runs, those of deferred operands included.
  public init(
    deferring element: ElementType, _ shape: Shape, eagerBelow limit: Int = 16_384, kernels: Int = 1,
    compute: @escaping @Sendable () throws(ModelError) -> Tensor
  ) throws(ModelError) {
    let (count, size) = try Self.sizes(element, shape)
    if size < limit || element == .string {
      let tensor = try compute()
      guard tensor.element == element, tensor.shape == shape else {
        throw ModelError(
          .internalInvariant, "a constant is \(tensor.element.rawValue)\(tensor.shape), not \(element.rawValue)\(shape) as inferred")
      }
      self = tensor
    } else {
      let store = ByteStore(.deferred(compute, kernels: max(kernels, 1)), byteCount: size)
      self.init(element, shape, count: count, byteCount: size, storage: .bytes(store, offset: 0))
    }
  }

  /// The same for a computation that fills bytes.
  public init(
    deferred element: ElementType, _ shape: Shape, eagerBelow limit: Int = 16_384,
    compute: @escaping @Sendable () throws(ModelError) -> OwnedBytes
  ) throws(ModelError) {
    try self.init(deferring: element, shape, eagerBelow: limit) { () throws(ModelError) in
      try Tensor(element, shape, bytes: compute())
    }
  }

  /// A tensor of byte strings.
  public init(strings: [[UInt8]], shape: Shape) throws(ModelError) {
    let (count, _) = try Self.sizes(.string, shape)
    guard count == strings.count else {
      throw ModelError(.malformed, "\(strings.count) strings of data where str\(shape) takes \(count)")
    }
    self.init(.string, shape, count: count, byteCount: 0, storage: .strings(StringStore(strings)))
  }

  /// The same elements under another shape of equal size.
  public func reshaped(to shape: Shape) throws(ModelError) -> Tensor {
    guard shape.elementCount == count else {
      throw ModelError(.typeMismatch, "\(self.shape) cannot be reshaped to \(shape)")
    }
    return Tensor(element, shape, count: count, byteCount: byteCount, storage: storage)
  }

  /// The same bytes read as another element type of equal width.
  public func reinterpreted(as other: ElementType) throws(ModelError) -> Tensor {
    guard other.bitWidth == element.bitWidth, element != .string else {
      throw ModelError(.typeMismatch, "\(element.rawValue) cannot be read as \(other.rawValue)")
    }
    return Tensor(other, shape, count: count, byteCount: byteCount, storage: storage)
  }

  public var rank: Int { shape.count }
  public var isScalar: Bool { shape.isEmpty }

  /// True when reading the elements computes them.
  public var isDeferred: Bool {
    if case .bytes(let store, _) = storage { store.isDeferred } else { false }
  }

  /// How many kernels run each time the elements are read; 0 unless they are deferred.
  public var kernelCount: Int {
    if case .bytes(let store, _) = storage { store.kernelCount } else { 0 }
  }

  /// The file range behind the elements, when they are mapped.
  public var mappedRange: (file: FileMapping, range: Range<Int>)? {
    guard case .bytes(let store, let offset) = storage, let (file, range) = store.mappedRange else { return nil }
    let start = range.lowerBound + offset
    return (file, start..<start + byteCount)
  }

  /// Equal for tensors that share storage, element type and shape: the same weight, used twice.
  public var identity: TensorIdentity {
    switch storage {
    case .bytes(let store, let offset):
      TensorIdentity(store: ObjectIdentifier(store), offset: offset, element: element, shape: shape)
    case .strings(let store):
      TensorIdentity(store: ObjectIdentifier(store), offset: 0, element: element, shape: shape)
    }
  }

  /// Where the bytes lie, when they are in memory of our own and nobody else holds them.
  package mutating func soleAddress() -> UnsafeRawPointer? {
    guard case .bytes(let store, let offset) = storage else { return nil }
    storage = .strings(Self.nothing)
    var only = consume store
    let isSole = isKnownUniquelyReferenced(&only)
    let address = isSole ? only.ownedAddress : nil
    storage = .bytes(only, offset: offset)
    return address
  }

  private static let nothing = StringStore([])

  /// Lends the packed bytes. Deferred elements are computed for the occasion.
  public func withUnsafeBytes<R>(_ body: (UnsafeRawBufferPointer) throws(ModelError) -> R) throws(ModelError) -> R {
    switch storage {
    case .bytes(let store, let offset):
      return try store.withUnsafeBytes { (bytes) throws(ModelError) in
        try body(UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + byteCount]))
      }
    case .strings:
      throw ModelError(.typeMismatch, "strings have no packed bytes")
    }
  }

  /// The strings of a `.string` tensor, in row-major order.
  public var strings: [[UInt8]]? {
    if case .strings(let store) = storage { store.elements } else { nil }
  }
}

/// See `Tensor.identity`.
public struct TensorIdentity: Hashable, Sendable {
  let store: ObjectIdentifier
  let offset: Int
  let element: ElementType
  let shape: Shape
}

final class StringStore: Sendable {
  let elements: [[UInt8]]
  init(_ elements: [[UInt8]]) { self.elements = elements }
}
