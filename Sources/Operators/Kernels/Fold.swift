import CNumerics
import Diagnostics
import GraphIR
import Tensors

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// What a reduction does with the elements that become one.
enum Fold: Sendable {
  case sum, mean, product, maximum, minimum, l1, l2, sumSquare, logSum, logSumExp
}

/// Each element of the result folds the elements along `axes`, which are sorted. The result's shape leaves these axes out.
func reduce(_ fold: Fold, _ data: Tensor, axes: [Int]) throws(ModelError) -> Tensor {
  let reduced = Set(axes)
  let kept = data.shape.indices.filter { !reduced.contains($0) }
  let shape = kept.map { data.shape[$0] }
  if axes.isEmpty, ![.l1, .l2, .sumSquare, .logSum, .logSumExp].contains(fold) { return data }
  let columns = axes.reduce(1) { $0 * data.shape[$1] }
  let rows = shape.reduce(1, *)
  let ordered = try data.transposed(kept + axes)
  let element = data.element
  switch element {
  case .float32:
    return try Tensor(.float64, shape, elements: foldFloats(fold, ordered, rows, columns)).converted(to: .float32)
  case _ where element.isFloatingPoint:
    let wide = try ordered.converted(to: .float64)
    return try Tensor(.float64, shape, elements: foldDoubles(fold, wide, rows, columns)).converted(to: element)
  case .bool where fold == .maximum || fold == .minimum:
    let bytes = try ordered.reinterpreted(as: .uint8)
    let folded = try foldIntegers(fold, bytes, rows, columns, UInt8.self)
    // The least of no bytes is 255, which is no boolean.
    return try Tensor(.uint8, shape, elements: folded.map { min($0, 1) }).reinterpreted(as: .bool)
  case .int64: return try Tensor(element, shape, elements: foldIntegers(fold, ordered, rows, columns, Int64.self))
  case .int32: return try Tensor(element, shape, elements: foldIntegers(fold, ordered, rows, columns, Int32.self))
  case .int16: return try Tensor(element, shape, elements: foldIntegers(fold, ordered, rows, columns, Int16.self))
  case .int8: return try Tensor(element, shape, elements: foldIntegers(fold, ordered, rows, columns, Int8.self))
  case .uint64: return try Tensor(element, shape, elements: foldIntegers(fold, ordered, rows, columns, UInt64.self))
  case .uint32: return try Tensor(element, shape, elements: foldIntegers(fold, ordered, rows, columns, UInt32.self))
  case .uint16: return try Tensor(element, shape, elements: foldIntegers(fold, ordered, rows, columns, UInt16.self))
  case .uint8: return try Tensor(element, shape, elements: foldIntegers(fold, ordered, rows, columns, UInt8.self))
  default: throw ModelError(.unsupported, "a reduction of \(element.rawValue)")
  }
}

private func foldFloats(_ fold: Fold, _ data: Tensor, _ rows: Int, _ columns: Int) throws(ModelError) -> [Double] {
  let code: fn_reduction
  switch fold {
  case .sum, .mean, .logSum: code = FN_SUM
  case .l1: code = FN_SUM_ABS
  case .l2, .sumSquare: code = FN_SUM_SQUARE
  case .maximum: code = FN_LARGEST
  case .minimum: code = FN_SMALLEST
  case .product, .logSumExp: return try foldDoubles(fold, data.converted(to: .float64), rows, columns)
  }
  var result = [Double](repeating: 0, count: rows)
  try data.withElements(as: Float.self) { (from) throws(ModelError) in
    // An empty operand has no address, and nothing is read from it.
    let empty: [Float] = [0]
    empty.withUnsafeBufferPointer { fallback in
      guard let source = from.baseAddress ?? fallback.baseAddress else { return }
      fn_reduce_rows_f32(code, source, rows, columns, &result)
    }
  }
  switch fold {
  case .mean: return result.map { $0 / Double(columns) }
  case .l2: return result.map { $0.squareRoot() }
  case .logSum: return result.map { log($0) }
  default: return result
  }
}

private func foldDoubles(_ fold: Fold, _ data: Tensor, _ rows: Int, _ columns: Int) throws(ModelError) -> [Double] {
  try data.withElements(as: Double.self) { (x) throws(ModelError) in
    (0..<rows).map { (row: Int) -> Double in foldRow(fold, x[row * columns..<(row + 1) * columns]) }
  }
}

private func foldRow(_ fold: Fold, _ x: Swift.Slice<UnsafeBufferPointer<Double>>) -> Double {
  switch fold {
  case .sum: return x.reduce(0, +)
  case .mean: return x.reduce(0, +) / Double(x.count)
  case .product: return x.reduce(1, *)
  case .maximum: return x.reduce(-Double.infinity) { Double.larger($0, $1) }
  case .minimum: return x.reduce(Double.infinity) { Double.smaller($0, $1) }
  case .l1: return x.reduce(0) { $0 + abs($1) }
  case .l2: return x.reduce(0) { $0 + $1 * $1 }.squareRoot()
  case .sumSquare: return x.reduce(0) { $0 + $1 * $1 }
  case .logSum: return log(x.reduce(0, +))
  case .logSumExp:
    let largest = x.reduce(-Double.infinity) { Double.larger($0, $1) }
    guard largest.isFinite else { return largest }
    return log(x.reduce(0) { $0 + exp($1 - largest) }) + largest
  }
}

private func foldIntegers<T: FixedWidthInteger & BitwiseCopyable>(
  _ fold: Fold, _ data: Tensor, _ rows: Int, _ columns: Int, _ type: T.Type
) throws(ModelError) -> [T] {
  var result: [T] = []
  result.reserveCapacity(rows)
  try data.withElements(as: T.self) { (all) throws(ModelError) in
    for row in 0..<rows {
      let x = all[row * columns..<(row + 1) * columns]
      switch fold {
      case .sum: result.append(x.reduce(0, &+))
      case .product: result.append(x.reduce(1, &*))
      case .maximum: result.append(x.max() ?? T.min)
      case .minimum: result.append(x.min() ?? T.max)
      case .l1: result.append(x.reduce(0) { $1 < 0 ? $0 &- $1 : $0 &+ $1 })
      case .sumSquare: result.append(x.reduce(0) { $0 &+ $1 &* $1 })
      case .mean: result.append(try mean(x))
      case .l2, .logSum, .logSumExp:
        var double = OwnedBytes(copyingElements: x.map { Double($0) })
        let folded = double.withElements(as: Double.self) { foldRow(fold, UnsafeBufferPointer($0)[...]) }
        result.append(T(truncatingIfNeeded: folded.isFinite ? Int64(clamping: Int(max(-9e18, min(9e18, folded)))) : 0))
      }
    }
  }
  return result
}

/// The mean of integers, truncated.
private func mean<T: FixedWidthInteger>(_ x: Swift.Slice<UnsafeBufferPointer<T>>) throws(ModelError) -> T {
  guard !x.isEmpty else { throw ModelError(.invalidGraph, "the mean of no integers") }
  let sum = x.reduce(0.0) { $0 + Double($1) }
  return T(exactly: (sum / Double(x.count)).rounded(.towardZero)) ?? T.max
}

/// Softmax along an axis.
func softmax(_ x: Tensor, axis: Int, logarithm: Bool) throws(ModelError) -> Tensor {
  guard x.element == .float32 else {
    guard x.element.isFloatingPoint else { throw ModelError(.typeMismatch, "the softmax of \(x.element.rawValue)") }
    // A sum of so many would be beyond what 16 bits hold.
    if x.element == .float16, x.shape[axis] > 32_768 {
      return try softmax(x.converted(to: .float32), axis: axis, logarithm: logarithm).converted(to: x.element)
    }
    return try softmaxStepwise(x, axis: axis, logarithm: logarithm)
  }
  let outer = x.shape[..<axis].reduce(1, *)
  let inner = x.shape[(axis + 1)...].reduce(1, *)
  return try x.withElements(as: Float.self) { (from) throws(ModelError) in
    try Tensor(.float32, x.shape, filling: Float.self) { to in
      guard !from.isEmpty, let source = from.baseAddress.map(SharedSource.init), let place = to.baseAddress.map(SharedPointer.init)
      else { return }
      let (length, block) = (x.shape[axis], x.shape[axis] * inner)
      // Some rows at a time for each thread.
      let rows = max(1, 16_384 / block)
      concurrently((outer + rows - 1) / rows, isLarge: from.count > 1 << 15) { index in
        let start = index * rows
        fn_softmax_f32(
          source.address + start * block, place.address + start * block, min(rows, outer - start), length, inner, logarithm ? 1 : 0)
      }
    }
  }
}

/// Softmax as ONNX defines it: by operators whose results all have the operand's element type.
private func softmaxStepwise(_ x: Tensor, axis: Int, logarithm: Bool) throws(ModelError) -> Tensor {
  let largest = try reduce(.maximum, x, axes: [axis])
  var shape = x.shape
  shape[axis] = 1
  let shifted = try calculate(.subtract, x, largest.reshaped(to: shape))
  let exponentials = try mapElements(of: shifted, by: Exp())
  let sum = try reduce(.sum, exponentials, axes: [axis]).reshaped(to: shape)
  return logarithm ? try calculate(.subtract, shifted, mapElements(of: sum, by: Log())) : try calculate(.divide, exponentials, sum)
}
