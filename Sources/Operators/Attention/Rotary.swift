import Diagnostics
import GraphIR
import Tensors

/// Turns pairs of elements of each head by the angle of its position, whose cosines and sines are `[positions, R/2]`.
///
/// Pairs are neighbours when `interleaved`, else an element of the first half of R and one of the second. Beyond R nothing is turned.
struct Rotary {
  let cosines: Tensor
  let sines: Tensor
  let interleaved: Bool

  /// `x` is `[B, N, S, H]`, or `[B, S, N·H]` with N `heads`; `positions` are those of `[B, S]`. The result is of `x`'s element type.
  ///
  /// Throws `typeMismatch` for angles that do not fit and positions beyond them.
  func callAsFunction(_ x: Tensor, heads: Int? = nil, positions: [Int]) throws(ModelError) -> Tensor {
    let (count, length, size) = try sizes(of: x, heads: heads)
    guard cosines.rank == 2, cosines.shape == sines.shape, cosines.shape[1] <= size / 2, positions.count == x.shape[0] * length,
      positions.allSatisfy({ $0 >= 0 && $0 < cosines.shape[0] })
    else { throw ModelError(.typeMismatch, "angles of \(cosines.shape) and \(sines.shape) for \(x.shape), or a position beyond them") }
    let half = cosines.shape[1]
    let (c, s) = (try cosines.floats(), try sines.floats())
    let isApart = x.rank == 4
    let turned = try x.converted(to: .float32).withElements(as: Float.self) { (from) throws(ModelError) in
      try Tensor(.float32, x.shape, filling: Float.self) { to in
        guard !from.isEmpty else { return }
        _ = to.update(fromContentsOf: from)
        for row in 0..<x.shape[0] * count * length {
          let place = isApart ? row / (count * length) * length + row % length : row / count
          turn(to, at: row * size, half, c, s, angle: positions[place] * half)
        }
      }
    }
    return try turned.converted(to: x.element)
  }

  private func turn(
    _ to: UnsafeMutableBufferPointer<Float>, at start: Int, _ half: Int, _ c: [Float], _ s: [Float], angle: Int
  ) {
    for pair in 0..<half {
      let first = start + (interleaved ? 2 * pair : pair)
      let second = first + (interleaved ? 1 : half)
      let (a, b) = (to[first], to[second])
      to[first] = c[angle + pair] * a - s[angle + pair] * b
      to[second] = s[angle + pair] * a + c[angle + pair] * b
    }
  }

  private func sizes(of x: Tensor, heads: Int?) throws(ModelError) -> (heads: Int, length: Int, size: Int) {
    if x.rank == 4 { return (x.shape[1], x.shape[2], x.shape[3]) }
    guard x.rank == 3, let heads, heads > 0, x.shape[2] % heads == 0 else {
      throw ModelError(.typeMismatch, "\(x.shape) in \(heads ?? 0) heads", at: Place(attribute: "num_heads"))
    }
    return (heads, x.shape[1], x.shape[2] / heads)
  }
}
