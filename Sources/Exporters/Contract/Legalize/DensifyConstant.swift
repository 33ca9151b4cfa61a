import Diagnostics
import GraphIR
import Rewriting
import Tensors

/// A constant given by coordinates becomes a dense one, for targets that have no sparse tensors.
///
///     %w = Constant@17() {sparse_value: sparse [6, 8] (…)}   →   %w = const f32[6,8] …
package struct DensifyConstant: RewriteRule {
  /// Bytes of the largest tensor that is written out: a few coordinates can span any shape.
  private static let sizeLimit = 1 << 28

  package init() {}

  package func rewrite(_ root: Matched<ForeignOperator>, _ edit: inout Edit) throws(NoMatch) {
    try require(root.op.name == "Constant" && root.op.domain.isEmpty, "not a constant")
    guard let attribute = root.op.namedAttributes.first(where: { $0.name == "sparse_value" }), case .sparse(let sparse) = attribute.value else {
      throw NoMatch("the constant is not sparse")
    }
    let element = sparse.values.element
    guard element.bitWidth % 8 == 0, element != .string, let count = sparse.shape.elementCount, let size = element.byteCount(elements: count),
      size <= Self.sizeLimit
    else { throw NoMatch("the tensor is too large, or its elements are not whole bytes") }
    let dense = try edit.computing { () throws(ModelError) in try sparse.dense() }
    edit.replace(root.result, with: edit.constant(dense))
    edit.retireRoot()
  }
}

extension SparseTensor {
  /// All elements, those not listed being zero. Throws `typeMismatch` for a place outside the shape.
  fileprivate func dense() throws(ModelError) -> Tensor {
    let strides = shape.strides
    let width = values.element.bitWidth / 8
    let numbers = try indices.integers()
    guard numbers.count == values.count * (indices.rank == 1 ? 1 : shape.count) else {
      throw ModelError(.unsupported, "\(numbers.count) indices for \(values.count) values")
    }
    var bytes = OwnedBytes(zeroed: (shape.elementCount ?? 0) * width)
    try values.withUnsafeBytes { (source) throws(ModelError) in
      try bytes.withUnsafeMutableBytes { (target) throws(ModelError) in
        for index in 0..<values.count {
          var place = 0
          if indices.rank == 1 {
            place = numbers[index]
          } else {
            for axis in shape.indices {
              let coordinate = numbers[index * shape.count + axis]
              guard coordinate >= 0, coordinate < shape[axis] else { throw ModelError(.unsupported, "a coordinate outside the tensor") }
              place += coordinate * strides[axis]
            }
          }
          guard place >= 0, place < target.count / max(width, 1) else { throw ModelError(.unsupported, "a place outside the tensor") }
          for byte in 0..<width { target[place * width + byte] = source[index * width + byte] }
        }
      }
    }
    return try Tensor(values.element, shape, bytes: bytes)
  }
}
