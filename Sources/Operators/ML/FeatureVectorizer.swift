import Diagnostics
import GraphIR
import Tensors

/// The operands' features one after the other, `[N, Σ inputdimensions]`, 32-bit; each operand `[N, F]`, or `[F]` for one row, is cut
/// or filled with zeros to its number of `inputdimensions`.
public struct FeatureVectorizer: Evaluable {
  public enum Operand: Int, OperandSlot {
    case parts
    public var arity: Arity { .variadic(minimum: 1) }
  }
  public static let name = "FeatureVectorizer"
  public static let domain = "ai.onnx.ml"
  public static let since = 1
  public static let attributes: [AttributeSpec<Self>] = [.ints("inputdimensions", \.inputdimensions)]
  public var inputdimensions: [Int]?
  public init() {}

  private func sizes(for count: Int) throws(ModelError) -> [Int] {
    let sizes = inputdimensions ?? []
    guard sizes.count == count, sizes.allSatisfy({ $0 >= 0 && $0 < 1 << 31 }) else {
      throw ModelError(.invalidGraph, "\(sizes) for \(count) operands", at: Place(attribute: "inputdimensions"))
    }
    return sizes
  }

  public func infer(_ operands: Operands<Operand, Fact>) throws(ModelError) -> [Fact] {
    let sizes = try sizes(for: operands.items.count)
    let first = operands.items[0] ?? .unknown
    for part in operands.items { try requireFeatures(part ?? .unknown) }
    return [.tensor(.float32, [first.sampleCount, .number(sizes.reduce(0, +))])]
  }

  public func evaluate(_ operands: Operands<Operand, Tensor>) throws(ModelError) -> [Tensor] {
    let parts = operands.items.compactMap { $0 }
    let sizes = try sizes(for: parts.count)
    var columns: [Tensor] = []
    for (part, size) in zip(parts, sizes) {
      let x = try FeatureRows(part)
      try checkedCount(.float32, [x.rows, size])
      let cut = min(x.columns, size)
      let padding = [Float](repeating: 0, count: size - cut)
      let values = (0..<x.rows).flatMap { Array(x.row($0).prefix(cut)) + padding }
      columns.append(try Tensor(.float32, [x.rows, size], elements: values))
    }
    return [try concatenated(columns, axis: 1)]
  }
}
