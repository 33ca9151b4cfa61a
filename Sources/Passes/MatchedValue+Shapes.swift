import GraphIR
import Rewriting
import Tensors

extension MatchedValue {
  /// Equal ranks and equal sizes, numbers or symbols.
  func requireSameShape(as other: MatchedValue) throws(NoMatch) {
    guard try shape() == other.shape() else { throw NoMatch("the shape changes", other.id) }
  }
}

/// What to tell `Reshape` so that an operand of shape `source` gets the shape `target`: numbers, 0 for a size that `source`
/// has at the same axis, -1 for at most one other.
func reshapeTarget(from source: [Dim], to target: [Dim]) throws(NoMatch) -> [Int] {
  var sizes: [Int] = []
  var isOpen = false
  for (axis, dim) in target.enumerated() {
    if let number = dim.number {
      try require(number > 0, "a size is 0")
      sizes.append(number)
    } else if axis < source.count, source[axis] == dim {
      sizes.append(0)
    } else {
      try require(!isOpen, "two sizes are not known")
      isOpen = true
      sizes.append(-1)
    }
  }
  return sizes
}

extension Tensor {
  /// True when every element is `value`. False for types that hold no plain numbers, and for tensors that are large or
  /// still to be computed.
  func isSplat(of value: Double) -> Bool {
    guard count > 0, byteCount <= 1 << 20, !isDeferred, element.isInteger || element.isFloatingPoint || element == .bool else { return false }
    // Most are settled by the first element, without a copy of the others.
    if element == .float32 { return (try? withElements(as: Float.self) { $0.allSatisfy { Double($0) == value } }) ?? false }
    guard let numbers = try? converted(to: .float64).elements(as: Double.self) else { return false }
    return numbers.allSatisfy { $0 == value }
  }
}
