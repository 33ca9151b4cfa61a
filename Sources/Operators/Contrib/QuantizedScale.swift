import Diagnostics
import GraphIR
import Tensors

/// Scale and zero point of a whole 8-bit tensor.
struct QuantizedScale {
  let scale: Double
  let zero: Double
  let element: ElementType

  /// Throws `typeMismatch` for more than one scale or zero point.
  init(_ scale: Tensor, _ zero: Tensor?, element: ElementType) throws(ModelError) {
    guard scale.count == 1, zero.map({ $0.count == 1 }) ?? true else {
      throw ModelError(.typeMismatch, "one scale and zero point are expected, not \(scale.shape)")
    }
    self.scale = try scale.doubles()[0]
    self.zero = try zero?.doubles()[0] ?? 0
    self.element = element
  }

  /// `(x - zero) · scale`, in 64-bit floats.
  func numbers(_ x: Tensor) throws(ModelError) -> Tensor {
    let values = try x.doubles().map { ($0 - zero) * scale }
    return try Tensor(.float64, x.shape, elements: values)
  }

  /// `saturate(round(x / scale) + zero)`; ties round to even.
  func quantized(_ x: Tensor) throws(ModelError) -> Tensor {
    let (low, high): (Double, Double) = element == .int8 ? (-128, 127) : (0, 255)
    let values = try x.doubles().map { value -> Int64 in
      let rounded = (Double(Float(value / scale)) + zero).rounded(.toNearestOrEven)
      return rounded.isNaN ? 0 : Int64(min(max(rounded, low), high))
    }
    return try Tensor(.int64, x.shape, elements: values).converted(to: element)
  }
}

/// The scale of the operand at `scale`, the zero point of the operand after it.
extension Operands where Item == Tensor {
  func quantization(at index: Int, element: ElementType) throws(ModelError) -> QuantizedScale {
    guard index < items.count, let scale = items[index] else { throw ModelError(.invalidGraph, "a scale is missing") }
    return try QuantizedScale(scale, index + 1 < items.count ? items[index + 1] : nil, element: element)
  }
}

/// Refuses what is known not to be an 8-bit integer.
func requireByte(_ fact: Fact?) throws(ModelError) {
  try require(fact, "an 8-bit integer") { $0 == .int8 || $0 == .uint8 }
}

/// Refuses a scale that is known to be more than one number.
func requireSingle(_ fact: Fact?, _ name: String) throws(ModelError) {
  try requireRank(fact, 0...1, name)
  if let size = fact?.shape?.first?.number, size != 1 { throw ModelError(.typeMismatch, "operand \"\(name)\" has \(size) elements") }
}
