import CNumerics
import Diagnostics
import GraphIR
import Tensors

/// The matrix product of `MatMul`, for floats and integers. `isTransposed`: whether the last two axes of `b` are to be swapped first.
func matrixProduct(_ a: Tensor, _ b: Tensor, isTransposed: Bool = false) throws(ModelError) -> Tensor {
  if isTransposed, a.element != .float32 || b.rank < 2 {
    if a.element.isFloatingPoint, a.element.bitWidth < 32 {
      return try matrixProduct(a.converted(to: .float32), b.converted(to: .float32), isTransposed: true).converted(to: a.element)
    }
    return try matrixProduct(a, b.transposed(b.rank < 2 ? Array(0..<b.rank) : Array(0..<b.rank - 2) + [b.rank - 1, b.rank - 2]))
  }
  guard a.rank > 0, b.rank > 0, a.element == b.element else {
    throw ModelError(.typeMismatch, "the matrix product of \(a.element.rawValue)\(a.shape) and \(b.element.rawValue)\(b.shape)")
  }
  let left = a.rank == 1 ? [1, a.shape[0]] : a.shape
  var right = b.rank == 1 ? [b.shape[0], 1] : b.shape
  if isTransposed { right.swapAt(right.count - 2, right.count - 1) }
  let (m, k, n) = (left[left.count - 2], left[left.count - 1], right[right.count - 1])
  guard right[right.count - 2] == k else {
    throw ModelError(.typeMismatch, "the matrix product of \(a.shape) and \(b.shape)")
  }
  let batch = try broadcast([Array(left.dropLast(2)), Array(right.dropLast(2))])
  let shape = batch + (a.rank == 1 ? [] : [m]) + (b.rank == 1 ? [] : [n])
  try checkedCount(a.element.bitWidth <= 32 ? .float32 : .float64, shape)
  let aSteps = try batchSteps(Array(left.dropLast(2)), batch, size: m * k)
  let bSteps = try batchSteps(Array(right.dropLast(2)), batch, size: k * n)
  let x = try a.reshaped(to: left)
  let y = isTransposed ? b : try b.reshaped(to: right)
  switch a.element {
  case .float32: return try multiplyFloats(x, y, aSteps, bSteps, m, k, n, isShared: right.count == 2, isTransposed).reshaped(to: shape)
  case .float64: return try multiplyProducts(x, y, aSteps, bSteps, m, k, n, Double.self).reshaped(to: shape)
  case _ where a.element.isFloatingPoint:
    return try matrixProduct(a.converted(to: .float32), b.converted(to: .float32)).converted(to: a.element)
  case _ where a.element.isInteger && a.element.bitWidth <= 32:
    let (wide, other) = (try x.converted(to: .int32), try y.converted(to: .int32))
    return try multiplyProducts(wide, other, aSteps, bSteps, m, k, n, Int32.self).converted(to: a.element).reshaped(to: shape)
  case _ where a.element.isInteger:
    let (wide, other) = (try x.converted(to: .int64), try y.converted(to: .int64))
    return try multiplyNative(wide, other, aSteps, bSteps, m, k, n, Int64.self).converted(to: a.element).reshaped(to: shape)
  default: throw ModelError(.unsupported, "the matrix product of \(a.element.rawValue)")
  }
}

/// Where each matrix of the batch begins in an operand, in elements.
private func batchSteps(_ own: Shape, _ batch: Shape, size: Int) throws(ModelError) -> [Int] {
  let count = try checkedCount(.int64, batch)
  let strides = own.strides
  let shift = batch.count - own.count
  var steps: [Int] = []
  steps.reserveCapacity(count)
  for index in 0..<count {
    var (rest, offset) = (index, 0)
    for axis in batch.indices.reversed() {
      let at = rest % batch[axis]
      rest /= batch[axis]
      if axis >= shift, own[axis - shift] != 1 { offset += at * strides[axis - shift] }
    }
    steps.append(offset * size)
  }
  return steps
}

private func multiplyFloats(
  _ a: Tensor, _ b: Tensor, _ aSteps: [Int], _ bSteps: [Int], _ m: Int, _ k: Int, _ n: Int, isShared: Bool,
  _ isTransposed: Bool
) throws(ModelError) -> Tensor {
  // One matrix on the right for all: the batch on the left is one tall matrix.
  let (m, aSteps, bSteps) = isShared ? (m * aSteps.count, aSteps.isEmpty ? [] : [0], bSteps.isEmpty ? [] : [0]) : (m, aSteps, bSteps)
  return try a.withElements(as: Float.self) { (x) throws(ModelError) in
    try b.withElements(as: Float.self) { (y) throws(ModelError) in
      try Tensor(.float32, [aSteps.count, m, n], filling: Float.self) { to in
        guard let target = to.baseAddress, !to.isEmpty else { return }
        guard k > 0, let x = x.baseAddress, let y = y.baseAddress else { return target.update(repeating: 0, count: to.count) }
        multiply(SharedSource(address: x), SharedSource(address: y), SharedPointer(address: target), aSteps, bSteps, m, k, n, isTransposed)
      }
    }
  }
}

private func multiply(
  _ x: SharedSource<Float>, _ y: SharedSource<Float>, _ z: SharedPointer<Float>, _ aSteps: [Int], _ bSteps: [Int], _ m: Int,
  _ k: Int, _ n: Int, _ isTransposed: Bool
) {
  let (row, column) = isTransposed ? (1, k) : (n, 1)
  let isLarge = Double(aSteps.count * m) * Double(n) * Double(k) > 2e6
  // A single product is cut in two along its longer axis.
  let pieces = isLarge && aSteps.count == 1 ? 2 : 1
  concurrently(aSteps.count * pieces, isLarge: isLarge) { index in
    let (matrix, piece) = (index / pieces, index % pieces)
    let byRow = m >= n
    let (whole, unit) = byRow ? (m, 6) : (n, 16)
    let half = pieces == 1 ? whole : min(whole, (whole / 2 + unit - 1) / unit * unit)
    let range = piece == 0 ? 0..<half : half..<whole
    guard !range.isEmpty else { return }
    let scratch = UnsafeMutablePointer<Float>.allocate(capacity: fn_gemm_scratch())
    defer { scratch.deallocate() }
    let (a, b, c) = (x.address + aSteps[matrix], y.address + bSteps[matrix], z.address + matrix * m * n)
    if byRow {
      fn_gemm_f32(range.count, n, k, a + range.lowerBound * k, k, 1, b, row, column, c + range.lowerBound * n, n, scratch)
    } else {
      fn_gemm_f32(m, range.count, k, a, k, 1, b + range.lowerBound * column, row, column, c + range.lowerBound, n, scratch)
    }
  }
}

private func multiplyProducts<T: ProductElement>(
  _ a: Tensor, _ b: Tensor, _ aSteps: [Int], _ bSteps: [Int], _ m: Int, _ k: Int, _ n: Int, _ type: T.Type
) throws(ModelError) -> Tensor {
  try a.withElements(as: T.self) { (x) throws(ModelError) in
    try b.withElements(as: T.self) { (y) throws(ModelError) in
      try Tensor(a.element, [aSteps.count, m, n], filling: T.self) { z in
        z.update(repeating: T.nought)
        guard let x = x.baseAddress, let y = y.baseAddress, let z = z.baseAddress, m > 0, k > 0, n > 0 else { return }
        let (from, by, to) = (SharedSource(address: x), SharedSource(address: y), SharedPointer(address: z))
        let isLarge = Double(aSteps.count * m) * Double(n) * Double(k) > 2e6
        // A single product is cut in two.
        let pieces = isLarge && aSteps.count == 1 ? 2 : 1
        concurrently(aSteps.count * pieces, isLarge: isLarge) { index in
          let (batch, first, end) = (index / pieces, index % pieces * m / pieces, (index % pieces + 1) * m / pieces)
          let (x, z) = (from.address + aSteps[batch] + first * k, to.address + (batch * m + first) * n)
          if end > first { T.addProduct(end - first, n, k, x, k, 1, by.address + bSteps[batch], n, z, n) }
        }
      }
    }
  }
}

private func multiplyNative<T: ArithmeticElement>(
  _ a: Tensor, _ b: Tensor, _ aSteps: [Int], _ bSteps: [Int], _ m: Int, _ k: Int, _ n: Int, _ type: T.Type
) throws(ModelError) -> Tensor {
  try a.withElements(as: T.self) { (x) throws(ModelError) in
    try b.withElements(as: T.self) { (y) throws(ModelError) in
      try Tensor(a.element, [aSteps.count, m, n], filling: T.self) { z in
        z.update(repeating: T.nought)
        for batch in aSteps.indices {
          for row in 0..<m {
            let target = (batch * m + row) * n
            for inner in 0..<k {
              let factor = x[aSteps[batch] + row * k + inner]
              let source = bSteps[batch] + inner * n
              for column in 0..<n { z[target + column] = T.sum(z[target + column], T.product(factor, y[source + column])) }
            }
          }
        }
      }
    }
  }
}
