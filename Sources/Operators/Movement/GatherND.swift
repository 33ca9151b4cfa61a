import Diagnostics
import GraphIR
import Tensors

/// The slices of `data` whose first coordinates the last axis of `indices` lists; the first `batch_dims` axes are shared.
public struct GatherND: Evaluable {
  public enum Operand: Int, OperandSlot { case data, indices }
  public static let name = "GatherND"
  public static let since = 13
  public static let attributes: [AttributeSpec<Self>] = [.int("batch_dims", \.batchDims)]
  public var batchDims = 0
  public init() {}

  public func infer(_ operands: Operands<Operand, Fact>) throws(ModelError) -> [Fact] {
    let (data, indices) = try (operands.one(.data), operands.one(.indices))
    guard let shape = data.shape, let places = indices.shape, let depth = places.last?.number else { return [try data.reshaped(nil)] }
    guard batchDims >= 0, batchDims < places.count, depth >= 0, batchDims + depth <= shape.count else {
      throw ModelError(.typeMismatch, "indices of shape \(places) for \(shape) with \(batchDims) batch axes")
    }
    return [try data.reshaped(Array(places.dropLast()) + Array(shape[(batchDims + depth)...]))]
  }

  public func evaluate(_ operands: Operands<Operand, Tensor>) throws(ModelError) -> [Tensor] {
    let (data, indices) = try (operands.one(.data), operands.one(.indices))
    guard let depth = indices.shape.last, batchDims >= 0, batchDims < indices.rank, batchDims + depth <= data.rank,
      data.shape.prefix(batchDims) == indices.shape.prefix(batchDims)
    else { throw ModelError(.typeMismatch, "indices of shape \(indices.shape) for \(data.shape) with \(batchDims) batch axes") }
    let batches = data.shape.prefix(batchDims).reduce(1, *)
    let indexed = Array(data.shape[batchDims..<batchDims + depth])
    let slices = indexed.reduce(1, *)
    let all = try slicePlaces(indices, depth: depth, in: indexed)
    let perBatch = batches == 0 ? 0 : all.count / batches
    let places = all.indices.map { all[$0] + (perBatch == 0 ? 0 : $0 / perBatch * slices) }
    let inner = Array(data.shape[(batchDims + depth)...])
    let taken = try data.reshaped(to: [batches * slices, inner.reduce(1, *)]).taking(places, axis: 0)
    return [try taken.reshaped(to: indices.shape.dropLast() + inner)]
  }
}

/// Which slice each list of `depth` coordinates names.
func slicePlaces(_ indices: Tensor, depth: Int, in shape: Shape) throws(ModelError) -> [Int] {
  let numbers = try indices.integers()
  let strides = shape.strides
  let count = indices.shape.dropLast().reduce(1, *)
  var places = [Int](repeating: 0, count: count)
  for index in 0..<count {
    for axis in 0..<depth { places[index] += try position(numbers[index * depth + axis], size: shape[axis]) * strides[axis] }
  }
  return places
}
