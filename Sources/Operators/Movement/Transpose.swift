import Diagnostics
import GraphIR
import Tensors

/// The axes in another order: axis `i` of the result is axis `perm[i]` of `x`. Without `perm`, in reverse.
public struct Transpose: Evaluable {
  public typealias Operand = UnaryOperand
  public static let name = "Transpose"
  public static let since = 25
  public static let attributes: [AttributeSpec<Self>] = [.ints("perm", \.perm)]
  public var perm: [Int]?
  public init() {}

  public init(perm: [Int]?) { self.perm = perm }

  /// The permutation for a tensor of `rank`. Throws `invalidGraph` when it is none.
  public func permutation(rank: Int) throws(ModelError) -> [Int] {
    guard let perm else { return (0..<rank).reversed() }
    guard perm.sorted() == Array(0..<rank) else {
      throw ModelError(.invalidGraph, "\(perm) is no permutation of \(rank) axes", at: Place(attribute: "perm"))
    }
    return perm
  }

  public func infer(_ operands: Operands<UnaryOperand, Fact>) throws(ModelError) -> [Fact] {
    let x = try operands.one(.x)
    guard let shape = x.shape else { return [try x.reshaped(perm.map { .unknown(rank: $0.count) })] }
    return [try x.reshaped(try permutation(rank: shape.count).map { shape[$0] }).with(elements: x.expressions)]
  }

  public func evaluate(_ operands: Operands<UnaryOperand, Tensor>) throws(ModelError) -> [Tensor] {
    let x = try operands.one(.x)
    return [try x.transposed(permutation(rank: x.rank))]
  }
}
