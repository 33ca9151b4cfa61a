import Diagnostics
import GraphIR
import Tensors

/// Quantised tensors, each with its scale and zero point, one after the other along `axis` under one scale and zero point.
///
/// Operands: the result's scale and zero point, then tensor, scale and zero point of each part.
public struct QLinearConcat: Evaluable {
  public enum Operand: Int, OperandSlot {
    case scale, zero, parts
    public var arity: Arity { self == .parts ? .variadic(minimum: 3) : .one }
  }
  public static let name = "QLinearConcat"
  public static let domain = "com.microsoft"
  public static let since = 1
  public static let attributes: [AttributeSpec<Self>] = [.int("axis", \.axis)]
  public var axis = 0
  public init() {}

  public func infer(_ operands: Operands<Operand, Fact>) throws(ModelError) -> [Fact] {
    let parts = Array(operands.all(from: .parts))
    guard parts.count % 3 == 0, parts.count > 0 else {
      throw ModelError(.invalidGraph, "\(parts.count) operands where tensors, scales and zero points are expected")
    }
    let zero = try operands.one(.zero)
    try requireByte(zero)
    let tensors = stride(from: 0, to: parts.count, by: 3).map { parts[$0] }
    for tensor in tensors { try requireByte(tensor) }
    var concat = Concat()
    concat.axis = axis
    let result = try concat.infer(Operands(tensors))[0]
    guard let element = zero.element ?? result.element else { return [.unknown] }
    return [.tensor(element, result.shape)]
  }

  public func evaluate(_ operands: Operands<Operand, Tensor>) throws(ModelError) -> [Tensor] {
    let element = try operands.one(.zero).element
    let target = try operands.quantization(at: 0, element: element)
    var results: [Tensor] = []
    for index in stride(from: 2, to: operands.items.count - 2, by: 3) {
      guard let part = operands.items[index] else { throw ModelError(.invalidGraph, "a part is missing") }
      let own = try operands.quantization(at: index + 1, element: part.element)
      let isSame = part.element == element && own.scale == target.scale && own.zero == target.zero
      results.append(isSame ? part : try target.quantized(own.numbers(part)))
    }
    return [try concatenated(results, axis: axis)]
  }
}
