import Diagnostics
import GraphIR
import Tensors

/// The sizes of the operand's axes from `start` to before `end`, as a vector. Axes outside are clamped.
///
/// Named `ShapeOf` because `Shape` is the type of a tensor's sizes.
public struct ShapeOf: Evaluable {
  public typealias Operand = UnaryOperand
  public static let name = "Shape"
  public static let since = 25
  public static let attributes: [AttributeSpec<Self>] = [.optionalInt("end", \.end), .int("start", \.start)]
  public var start = 0
  public var end: Int?
  public init() {}

  private func range(rank: Int) -> Range<Int> {
    func clamped(_ axis: Int) -> Int { min(max(axis < 0 ? axis + rank : axis, 0), rank) }
    let first = clamped(start)
    return first..<max(first, end.map(clamped) ?? rank)
  }

  public func infer(_ operands: Operands<UnaryOperand, Fact>) throws(ModelError) -> [Fact] {
    guard let shape = try operands.one(.x).shape else { return [.tensor(.int64, [.unknown])] }
    let sizes = Array(shape[range(rank: shape.count)])
    if sizes.contains(.unknown) { return [.tensor(.int64, [.number(sizes.count)])] }
    return [.vector(sizes)]
  }

  public func evaluate(_ operands: Operands<UnaryOperand, Tensor>) throws(ModelError) -> [Tensor] {
    let x = try operands.one(.x)
    return [try .integers(Array(x.shape[range(rank: x.rank)]))]
  }
}

/// The number of the operand's elements, as a scalar.
public struct Size: Evaluable {
  public typealias Operand = UnaryOperand
  public static let name = "Size"
  public static let since = 25
  public init() {}

  public func infer(_ operands: Operands<UnaryOperand, Fact>) throws(ModelError) -> [Fact] {
    let shape = try operands.one(.x).shape
    guard let shape, !shape.contains(.unknown) else { return [.tensor(.int64, [])] }
    return [.tensor(.int64, [], elements: [shape.product])]
  }

  public func evaluate(_ operands: Operands<UnaryOperand, Tensor>) throws(ModelError) -> [Tensor] {
    [try .scalar(operands.one(.x).count)]
  }
}
