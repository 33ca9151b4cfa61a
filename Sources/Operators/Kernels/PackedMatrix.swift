import CNumerics
import Diagnostics
import GraphIR
import Tensors

/// The right operand of products of 32-bit floats, laid out once for the kernel that multiplies by it.
package struct PackedMatrix: Sendable {
  package let rows: Int
  package let columns: Int
  private let panels: Tensor

  /// Takes `[rows, columns]`, or `[columns, rows]` when `isTransposed`. Throws `typeMismatch` for anything else, `limitExceeded`.
  package init(_ matrix: Tensor, isTransposed: Bool = false) throws(ModelError) {
    guard matrix.element == .float32, matrix.rank == 2, matrix.count > 0 else {
      throw ModelError(.typeMismatch, "\(matrix.element.rawValue)\(matrix.shape) where a matrix is expected")
    }
    let (rows, columns) = isTransposed ? (matrix.shape[1], matrix.shape[0]) : (matrix.shape[0], matrix.shape[1])
    try checkedCount(.float32, [rows, columns + 16])
    panels = try matrix.withElements(as: Float.self) { (from) throws(ModelError) in
      try Tensor(.float32, [fn_gemm_packed_size(rows, columns)], filling: Float.self) { to in
        guard let source = from.baseAddress, let target = to.baseAddress else { return }
        fn_gemm_pack_f32(rows, columns, source, isTransposed ? 1 : columns, isTransposed ? rows : 1, target)
      }
    }
    (self.rows, self.columns) = (rows, columns)
  }

  /// `x` `[…, rows]` times the matrix plus `bias` `[columns]`, and then `steps`, of which one may add `added`, of the result's shape.
  ///
  /// Throws `typeMismatch` when shapes or element types do not fit, `limitExceeded`.
  package func product(_ x: Tensor, bias: Tensor?, steps: [fn_dnn_step], added: Tensor?) throws(ModelError) -> Tensor {
    let shape = Array(x.shape.dropLast()) + [columns]
    guard x.element == .float32, x.shape.last == rows, bias?.shape ?? [columns] == [columns], bias?.element ?? .float32 == .float32,
      added?.shape ?? shape == shape, added?.element ?? .float32 == .float32,
      added != nil || steps.allSatisfy({ $0.kind != FN_DNN_SUM })
    else { throw ModelError(.typeMismatch, "the product of \(x.shape) and [\(rows), \(columns)]") }
    try checkedCount(.float32, shape)
    return try x.withElements(as: Float.self) { (x) throws(ModelError) in
      try withElements(of: bias) { (bias) throws(ModelError) in
        try withElements(of: added) { (added) throws(ModelError) in
          try Tensor(.float32, shape, filling: Float.self) { (to) throws(ModelError) in
            guard let x = x.baseAddress, let target = to.baseAddress, !to.isEmpty else { return }
            try multiply(SharedSource(address: x), SharedPointer(address: target), rows: to.count / columns, bias, steps, added)
          }
        }
      }
    }
  }

  private func withElements<R>(
    of tensor: Tensor?, _ body: (UnsafePointer<Float>?) throws(ModelError) -> R
  ) throws(ModelError) -> R {
    guard let tensor else { return try body(nil) }
    return try tensor.withElements(as: Float.self) { (elements) throws(ModelError) in try body(elements.baseAddress) }
  }

  private func multiply(
    _ x: SharedSource<Float>, _ y: SharedPointer<Float>, rows m: Int, _ bias: UnsafePointer<Float>?, _ steps: [fn_dnn_step],
    _ added: UnsafePointer<Float>?
  ) throws(ModelError) {
    let (n, k) = (columns, rows)
    let isLarge = Double(m) * Double(n) * Double(k) > 5e5
    // More pieces than threads, so that one that comes late does less.
    let byRow = m >= 96 || m >= n
    let (whole, unit) = byRow ? (m, 6) : (n, 16)
    let piece = isLarge ? max(unit, (whole / 4 + unit - 1) / unit * unit) : whole
    try panels.withElements(as: Float.self) { (elements) throws(ModelError) in
      guard let panels = elements.baseAddress.map(SharedSource.init) else { return }
      let addends = SharedAddends(bias: bias, added: added)
      concurrently((whole + piece - 1) / piece, isLarge: isLarge) { index in
        let range = index * piece..<min(whole, (index + 1) * piece)
        let scratch = UnsafeMutablePointer<Float>.allocate(capacity: fn_gemm_scratch())
        defer { scratch.deallocate() }
        let first = byRow ? range.lowerBound : 0
        steps.withUnsafeBufferPointer { steps in
          var ending = fn_ending(
            bias: addends.bias, added: addends.added.map { $0 + first * n }, steps: steps.baseAddress, count: Int32(steps.count))
          fn_gemm_packed_f32(
            byRow ? range.count : m, n, k, byRow ? 0 : range.lowerBound, byRow ? n : range.upperBound, x.address + first * k, k,
            panels.address, &ending, y.address + first * n, n, scratch)
        }
      }
    }
  }
}

/// What several threads add, if there is anything.
private struct SharedAddends: @unchecked Sendable {
  let bias: UnsafePointer<Float>?
  let added: UnsafePointer<Float>?
}

/// `steps` at each element of 32-bit floats; `added` has the shape of `x`. Throws `typeMismatch`.
package func takeSteps(_ steps: [fn_dnn_step], on x: Tensor) throws(ModelError) -> Tensor {
  guard x.element == .float32, steps.allSatisfy({ $0.kind != FN_DNN_SUM }) else {
    throw ModelError(.typeMismatch, "steps on \(x.element.rawValue)")
  }
  return try x.withElements(as: Float.self) { (from) throws(ModelError) in
    try Tensor(.float32, x.shape, filling: Float.self) { to in
      guard let source = from.baseAddress.map(SharedSource.init), let place = to.baseAddress.map(SharedPointer.init) else { return }
      inPieces(of: from.count) { start, count in
        steps.withUnsafeBufferPointer {
          fn_steps_f32($0.baseAddress, Int32($0.count), nil, source.address + start, place.address + start, count)
        }
      }
    }
  }
}

/// Element-wise work divided among threads where there is enough of it.
func inPieces(of count: Int, _ body: @Sendable (_ start: Int, _ count: Int) -> Void) {
  let piece = 1 << 14
  concurrently((count + piece - 1) / piece, isLarge: count > 4 * piece) { index in
    body(index * piece, min(piece, count - index * piece))
  }
}
