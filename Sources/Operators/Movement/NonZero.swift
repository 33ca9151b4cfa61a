import Diagnostics
import GraphIR
import Tensors

/// The coordinates of the elements that are not zero, one column each, in row-major order: `[rank, count]`.
public struct NonZero: Evaluable {
  public typealias Operand = UnaryOperand
  public static let name = "NonZero"
  public static let since = 13
  public init() {}

  public func infer(_ operands: Operands<UnaryOperand, Fact>) throws(ModelError) -> [Fact] {
    [.tensor(.int64, [try operands.one(.x).shape.map { .number($0.count) } ?? .unknown, .unknown])]
  }

  public func evaluate(_ operands: Operands<UnaryOperand, Tensor>) throws(ModelError) -> [Tensor] {
    let x = try operands.one(.x)
    let flags = try x.converted(to: .bool).elements(as: UInt8.self)
    let places = flags.indices.filter { flags[$0] != 0 }
    try checkedCount(.int64, [x.rank, places.count])
    var coordinates = [Int64](repeating: 0, count: x.rank * places.count)
    let strides = x.shape.strides
    for (index, place) in places.enumerated() {
      for axis in x.shape.indices { coordinates[axis * places.count + index] = Int64(place / strides[axis] % x.shape[axis]) }
    }
    return [try Tensor(.int64, [x.rank, places.count], elements: coordinates)]
  }
}
