import Diagnostics

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

extension Tensor {
  /// Lends the elements as `T`, which must have the element type's width; unaligned bytes are copied once.
  @inlinable public func withElements<T: BitwiseCopyable, R>(
    as type: T.Type, _ body: (UnsafeBufferPointer<T>) throws(ModelError) -> R
  ) throws(ModelError) -> R {
    guard MemoryLayout<T>.size * 8 == element.bitWidth else {
      throw ModelError(.internalInvariant, "\(element.rawValue) read as \(T.self)")
    }
    return try withUnsafeBytes { (bytes) throws(ModelError) in
      guard let base = bytes.baseAddress else { return try body(UnsafeBufferPointer(start: nil, count: 0)) }
      if Int(bitPattern: base) % MemoryLayout<T>.alignment == 0 {
        return try body(bytes.bindMemory(to: T.self))
      }
      var aligned = OwnedBytes(copying: bytes)
      return try aligned.withElements(as: T.self) { (buffer) throws(ModelError) in try body(UnsafeBufferPointer(buffer)) }
    }
  }

  /// False where the bytes of some element are not those of the first, as those of 0 and −0. Elements of less than a byte are not looked at.
  package var repeatsFirstElement: Bool {
    let size = element.bitWidth / 8
    guard size > 0, count > 1 else { return true }
    return (try? withUnsafeBytes { (bytes) throws(ModelError) -> Bool in
      guard let base = bytes.baseAddress else { return true }
      return memcmp(base, base + size, bytes.count - size) == 0
    }) ?? false
  }

  /// The elements as an array of `T`, which must have the element type's width.
  @inlinable public func elements<T: BitwiseCopyable>(as type: T.Type) throws(ModelError) -> [T] {
    try withElements(as: T.self) { (buffer) throws(ModelError) in Array(buffer) }
  }

  /// A tensor of `values`, whose type has the width of `element`.
  @inlinable public init<T: BitwiseCopyable>(_ element: ElementType, _ shape: Shape, elements values: [T]) throws(ModelError) {
    guard MemoryLayout<T>.size * 8 == element.bitWidth else {
      throw ModelError(.internalInvariant, "\(element.rawValue) made from \(T.self)")
    }
    try self.init(element, shape, bytes: OwnedBytes(copyingElements: values))
  }

  /// A tensor of `shape` whose elements `fill` writes; `T` must have the element type's width. Throws `limitExceeded` when there is no
  /// room for it, and what `fill` throws.
  @inlinable public init<T: BitwiseCopyable>(
    _ element: ElementType, _ shape: Shape, filling type: T.Type,
    _ fill: (UnsafeMutableBufferPointer<T>) throws(ModelError) -> Void
  ) throws(ModelError) {
    guard let count = shape.elementCount, let size = element.byteCount(elements: count) else {
      throw ModelError(.limitExceeded, "a tensor of \(element.rawValue)\(shape) is too large to address")
    }
    guard MemoryLayout<T>.size * 8 == element.bitWidth else {
      throw ModelError(.internalInvariant, "\(element.rawValue) made from \(T.self)")
    }
    try MemoryRoom.require(size, for: shape, of: element)
    var bytes = OwnedBytes(uninitialized: size)
    try bytes.withElements(as: T.self) { (buffer) throws(ModelError) in try fill(buffer) }
    try self.init(element, shape, bytes: bytes)
  }

  /// A one-dimensional tensor of 64-bit integers, as shapes, axes and pads are.
  public static func integers(_ values: [Int]) throws(ModelError) -> Tensor {
    try Tensor(.int64, [values.count], elements: values.map(Int64.init))
  }

  public static func scalar(_ value: Float) throws(ModelError) -> Tensor {
    try Tensor(.float32, [], elements: [value])
  }

  public static func scalar(_ value: Int) throws(ModelError) -> Tensor {
    try Tensor(.int64, [], elements: [Int64(value)])
  }

  /// Element-wise equality of type, shape and bits.
  public func isIdentical(to other: Tensor) throws(ModelError) -> Bool {
    guard element == other.element, shape == other.shape else { return false }
    if identity == other.identity { return true }
    if let mine = strings, let theirs = other.strings { return mine == theirs }
    return try withUnsafeBytes { (a) throws(ModelError) in
      try other.withUnsafeBytes { (b) throws(ModelError) in
        guard a.count == b.count, let x = a.baseAddress, let y = b.baseAddress else { return a.count == b.count }
        return memcmp(x, y, a.count) == 0
      }
    }
  }
}

extension Tensor {
  /// A hash of the strings, or of up to 64 places of 64 bytes each, spread over the tensor.
  package func sampleHash() throws(ModelError) -> Int {
    if let strings { return strings.hashValue }
    return try withUnsafeBytes { (bytes) throws(ModelError) in
      var hasher = Hasher()
      guard bytes.count > 4096 else {
        hasher.combine(bytes: bytes)
        return hasher.finalize()
      }
      for place in 0..<64 {
        let start = (bytes.count - 64) / 63 * place
        hasher.combine(bytes: UnsafeRawBufferPointer(rebasing: bytes[start..<start + 64]))
      }
      return hasher.finalize()
    }
  }
}
