import Diagnostics
import GraphIR
import Tensors

/// The normalised sum of a word's, its position's and its segment's embedding.
///
/// `ids`, `segments` and `mask` are `[B, S]`, the tables `[rows, D]`. Results: `[B, S, D]`; how many elements of each row of `mask` are
/// 1, `[B]`, zero without a mask; the sum before normalisation.
public struct EmbedLayerNormalization: Evaluable {
  public enum Operand: Int, OperandSlot {
    case ids, segments, words, positions, segmentTable, gamma, beta, mask, positionIDs
    public var arity: Arity {
      switch self {
      case .segments, .segmentTable, .mask, .positionIDs: .optional
      default: .one
      }
    }
  }
  public static let name = "EmbedLayerNormalization"
  public static let domain = "com.microsoft"
  public static let since = 1
  public static let results: [Arity] = [.one, .optional, .optional]
  public static let attributes: [AttributeSpec<Self>] = [.float("epsilon", \.epsilon), .optionalInt("mask_index_type", \.maskIndexType)]
  public var epsilon: Float = 1e-12
  /// 1 when the second result is a vector; means nothing when running.
  public var maskIndexType: Int?
  public init() {}

  public func infer(_ operands: Operands<Operand, Fact>) throws(ModelError) -> [Fact] {
    let (ids, words) = try (operands.one(.ids), operands.one(.words))
    try require(ids, "an integer") { $0.isInteger }
    try requireRank(ids, 2...2, "ids")
    for (slot, name) in [(Operand.words, "words"), (.positions, "positions"), (.segmentTable, "segment table")] {
      try requireRank(operands[slot], 2...2, name)
    }
    let element = try commonElement([words, operands[.positions], operands[.segmentTable], operands[.gamma], operands[.beta]])
    let shape = ids.shape.map { $0 + [words.shape?[1] ?? .unknown] }
    guard let element else { return [.unknown, .tensor(.int32, [ids.shape?[0] ?? .unknown]), .unknown] }
    return [.tensor(element, shape), .tensor(.int32, [ids.shape?[0] ?? .unknown]), .tensor(element, shape)]
  }

  public func evaluate(_ operands: Operands<Operand, Tensor>) throws(ModelError) -> [Tensor] {
    let (ids, words) = try (operands.one(.ids), operands.one(.words))
    guard ids.rank == 2, words.rank == 2 else { throw ModelError(.typeMismatch, "ids of rank \(ids.rank)") }
    let (batch, length) = (ids.shape[0], ids.shape[1])
    let wide = try words.converted(to: .float32)
    var sum = try rows(of: wide, ids.integers()).reshaped(to: [batch, length, words.shape[1]])
    let positions = try operands.one(.positions).converted(to: .float32)
    let places = try operands[.positionIDs].map { (ids: Tensor) throws(ModelError) in try ids.integers() } ?? Array(0..<length)
    guard places.count == length || places.count == batch * length else {
      throw ModelError(.typeMismatch, "\(places.count) positions for \(batch) rows of \(length)")
    }
    sum = try calculate(.add, sum, rows(of: positions, places).reshaped(to: [places.count / max(length, 1), length, positions.shape[1]]))
    if let segments = operands[.segments], let table = try operands[.segmentTable]?.converted(to: .float32) {
      sum = try calculate(.add, sum, rows(of: table, segments.integers()).reshaped(to: [batch, length, table.shape[1]]))
    }
    let y = try standardized(sum, rows: batch * length, epsilon: epsilon).y
    let scaled = try calculate(.multiply, y, operands.one(.gamma).converted(to: .float32))
    let result = try calculate(.add, scaled, operands.one(.beta).converted(to: .float32))
    return [try result.converted(to: words.element), try maskIndex(operands[.mask], batch, length), try sum.converted(to: words.element)]
  }

  /// Throws `invalidGraph` for an index outside the table.
  private func rows(of table: Tensor, _ indices: [Int]) throws(ModelError) -> Tensor {
    guard table.rank == 2, indices.allSatisfy({ $0 >= 0 && $0 < table.shape[0] }) else {
      throw ModelError(.invalidGraph, "an index outside an embedding table of shape \(table.shape)")
    }
    return try table.taking(indices, axis: 0)
  }

  private func maskIndex(_ mask: Tensor?, _ batch: Int, _ length: Int) throws(ModelError) -> Tensor {
    guard let mask else { return try Tensor(.int32, [batch], elements: [Int32](repeating: 0, count: batch)) }
    guard mask.shape == [batch, length] else { throw ModelError(.typeMismatch, "mask of shape \(mask.shape)") }
    let values = try mask.integers()
    let counts = (0..<batch).map { row in Int32(values[row * length..<(row + 1) * length].count { $0 == 1 }) }
    return try Tensor(.int32, [batch], elements: counts)
  }
}
