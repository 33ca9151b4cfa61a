import CNumerics
import Diagnostics
import GraphIR
import Tensors

/// Bytes beyond which a kernel refuses to make a tensor, whatever the model asks for.
let byteLimit = 1 << 34

/// The number of elements of `shape`. Throws `limitExceeded` when the tensor would be larger than any result may be, or than there is room.
@discardableResult
func checkedCount(_ element: ElementType, _ shape: Shape, limit: Int = byteLimit) throws(ModelError) -> Int {
  guard shape.count <= 64, let count = shape.elementCount, let bytes = element.byteCount(elements: count), bytes <= limit,
    // Of an empty tensor too, sizes have a product that can be told.
    count <= limit, count > 0 || (shape.map({ max($0, 1) }).elementCount ?? .max) <= 1 << 44
  else { throw ModelError(.limitExceeded, "a tensor of \(element.rawValue)\(shape) is too large to compute") }
  try MemoryRoom.require(bytes, for: shape, of: element)
  return count
}

/// Runs what moves elements without looking at them, for every element type: those narrower than a byte are given one byte
/// each, and strings stand as numbers.
func moving(
  _ tensors: [Tensor], _ move: ([Tensor]) throws(ModelError) -> [Tensor]
) throws(ModelError) -> [Tensor] {
  guard let element = tensors.first?.element else { return try move([]) }
  if element == .string {
    var pool: [[UInt8]] = []
    var numbered: [Tensor] = []
    for tensor in tensors {
      let strings = tensor.strings ?? []
      numbered.append(try Tensor(.int64, tensor.shape, elements: (pool.count..<pool.count + strings.count).map(Int64.init)))
      pool += strings
    }
    return try move(numbered).map { (moved) throws(ModelError) in
      try Tensor(strings: moved.elements(as: Int64.self).map { pool[Int($0)] }, shape: moved.shape)
    }
  }
  guard element.bitWidth < 8 else { return try move(tensors) }
  let bytes = try tensors.map { (tensor) throws(ModelError) in
    try Tensor(.uint8, tensor.shape, elements: tensor.unpacked())
  }
  return try move(bytes).map { (moved) throws(ModelError) in
    try Tensor(element, moved.shape, packing: moved.elements(as: UInt8.self))
  }
}

extension Tensor {
  /// `moving` for one tensor.
  func moved(_ move: (Tensor) throws(ModelError) -> Tensor) throws(ModelError) -> Tensor {
    if element.bitWidth >= 8 { return try move(self) }
    return try moving([self]) { (tensors) throws(ModelError) in [try move(tensors[0])] }[0]
  }

  /// Elements of whole bytes read with `strides` (in elements) from `offset` on, as a tensor of `shape`.
  ///
  /// The caller answers for every position being inside.
  func strided(_ shape: Shape, _ strides: [Int], offset: Int = 0) throws(ModelError) -> Tensor {
    let count = try checkedCount(element, shape)
    let size = element.bitWidth / 8
    var bytes = OwnedBytes(uninitialized: count * size)
    if count > 0 {
      try withUnsafeBytes { (from) throws(ModelError) in
        bytes.withUnsafeMutableBytes { to in
          guard let source = from.baseAddress, let target = to.baseAddress else { return }
          fn_copy_strided(
            Int32(shape.count), shape.map(Int64.init), size, target, shape.strides.map { Int64($0 * size) },
            source + offset * size, strides.map { Int64($0 * size) })
        }
      }
    }
    return try Tensor(element, shape, bytes: bytes)
  }

  /// The axes in another order; `permutation` is one.
  func transposed(_ permutation: [Int]) throws(ModelError) -> Tensor {
    let target = permutation.map { shape[$0] }
    // Moving axes of size 1 moves nothing.
    let moving = permutation.filter { shape[$0] != 1 }
    if moving == moving.sorted() { return try reshaped(to: target) }
    let strides = shape.strides
    return try moved { (tensor) throws(ModelError) in try tensor.strided(target, permutation.map { strides[$0] }) }
  }

  /// Repeated along axes of size 1 to a shape that it broadcasts to.
  func expanded(to target: Shape) throws(ModelError) -> Tensor {
    if target == shape { return self }
    let strides = try broadcastStrides(to: target)
    return try moved { (tensor) throws(ModelError) in try tensor.strided(target, strides) }
  }

  /// Strides in elements for reading along a shape that this one broadcasts to: 0 along repeated axes.
  func broadcastStrides(to target: Shape) throws(ModelError) -> [Int] {
    let shift = target.count - rank
    let own = shape.strides
    guard shift >= 0, shape.indices.allSatisfy({ shape[$0] == 1 || shape[$0] == target[shift + $0] }) else {
      throw ModelError(.typeMismatch, "\(shape) does not broadcast to \(target)")
    }
    return target.indices.map { $0 < shift || shape[$0 - shift] == 1 ? 0 : own[$0 - shift] }
  }

  /// The positions of `ranges` along each axis; they are inside.
  func sliced(_ ranges: [SliceRange]) throws(ModelError) -> Tensor {
    let strides = shape.strides
    let target = ranges.map(\.count)
    if target == shape, ranges.allSatisfy({ $0.step == 1 || $0.count <= 1 }) { return self }
    let offset = target.contains(0) ? 0 : zip(ranges, strides).reduce(0) { $0 + $1.0.start * $1.1 }
    return try moved { (tensor) throws(ModelError) in
      try tensor.strided(target, zip(ranges, strides).map { $0.step * $1 }, offset: offset)
    }
  }

  /// `count` slices along `axis` from `start` on; they are inside.
  func part(of axis: Int, from start: Int, count: Int) throws(ModelError) -> Tensor {
    var ranges = shape.map { SliceRange(start: 0, step: 1, count: $0) }
    ranges[axis] = SliceRange(start: start, step: 1, count: count)
    return try sliced(ranges)
  }

  /// The slices along `axis` at `positions`, which are inside.
  func taking(_ positions: [Int], axis: Int) throws(ModelError) -> Tensor {
    var target = shape
    target[axis] = positions.count
    let count = try checkedCount(element, target)
    return try moved { (tensor) throws(ModelError) in
      let size = tensor.element.bitWidth / 8
      let inner = tensor.shape[(axis + 1)...].reduce(size, *)
      let outer = tensor.shape[..<axis].reduce(1, *)
      let length = tensor.shape[axis]
      var bytes = OwnedBytes(uninitialized: count * size)
      try tensor.withUnsafeBytes { (from) throws(ModelError) in
        bytes.withUnsafeMutableBytes { to in
          guard var target = to.baseAddress, let source = from.baseAddress, inner > 0 else { return }
          for block in 0..<outer {
            for position in positions {
              target.copyMemory(from: source + (block * length + position) * inner, byteCount: inner)
              target += inner
            }
          }
        }
      }
      return try Tensor(tensor.element, target, bytes: bytes)
    }
  }
}

/// The tensors one after the other along `axis`. Throws `typeMismatch` when they do not fit.
func concatenated(_ tensors: [Tensor], axis: Int) throws(ModelError) -> Tensor {
  guard let first = tensors.first else { throw ModelError(.invalidGraph, "nothing to concatenate") }
  let along = try normalizedAxis(axis, rank: first.rank)
  var shape = first.shape
  shape[along] = 0
  for tensor in tensors {
    var other = tensor.shape
    guard tensor.rank == first.rank, tensor.element == first.element else {
      throw ModelError(.typeMismatch, "operands differ in rank or element type")
    }
    shape[along] += other[along]
    other[along] = first.shape[along]
    guard other == first.shape else { throw ModelError(.typeMismatch, "shapes \(first.shape) and \(tensor.shape) do not fit") }
  }
  try checkedCount(first.element, shape)
  if tensors.count == 1 { return first }
  return try moving(tensors) { (parts) throws(ModelError) in [try joined(parts, shape, along)] }[0]
}

private func joined(_ parts: [Tensor], _ shape: Shape, _ axis: Int) throws(ModelError) -> Tensor {
  let element = parts[0].element
  let size = element.bitWidth / 8
  let outer = shape[..<axis].reduce(1, *)
  let row = shape[axis...].reduce(size, *)
  var bytes = OwnedBytes(uninitialized: outer * row)
  var start = 0
  for part in parts {
    let width = part.shape[axis...].reduce(size, *)
    try part.withUnsafeBytes { (from) throws(ModelError) in
      bytes.withUnsafeMutableBytes { to in
        guard let source = from.baseAddress, let target = to.baseAddress, width > 0 else { return }
        for block in 0..<outer { (target + block * row + start).copyMemory(from: source + block * width, byteCount: width) }
      }
    }
    start += width
  }
  return try Tensor(element, shape, bytes: bytes)
}

/// The scalar zero (or false, or empty string) of an element type.
func zero(_ element: ElementType) throws(ModelError) -> Tensor {
  if element == .string { return try Tensor(strings: [[]], shape: []) }
  guard let size = element.byteCount(elements: 1) else { throw ModelError(.internalInvariant, "\(element.rawValue) has no size") }
  return try Tensor(element, [], bytes: OwnedBytes(zeroed: size))
}

/// `a` where `mask`, `b` elsewhere; equal shapes and elements of whole bytes.
func select(_ mask: Tensor, _ a: Tensor, _ b: Tensor) throws(ModelError) -> Tensor {
  let size = a.element.bitWidth / 8
  guard a.element == b.element, mask.element == .bool, mask.count == a.count, a.count == b.count else {
    throw ModelError(.typeMismatch, "operands differ in element type or shape")
  }
  var bytes = OwnedBytes(uninitialized: b.count * size)
  try b.withUnsafeBytes { (source) throws(ModelError) in
    bytes.withUnsafeMutableBytes { to in
      if !source.isEmpty { to.copyMemory(from: source) }
    }
  }
  let chosen = try mask.elements(as: UInt8.self)
  try a.withUnsafeBytes { (from) throws(ModelError) in
    bytes.withUnsafeMutableBytes { to in
      guard let source = from.baseAddress, let target = to.baseAddress else { return }
      for index in 0..<chosen.count where chosen[index] != 0 {
        (target + index * size).copyMemory(from: source + index * size, byteCount: size)
      }
    }
  }
  return try Tensor(a.element, a.shape, bytes: bytes)
}
