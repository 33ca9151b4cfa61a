import Diagnostics
import GraphIR
import Tensors

/// A matrix: the axes before `axis` become rows, those from it on columns.
public struct Flatten: ViewsOperand {
  public typealias Operand = UnaryOperand
  public static let name = "Flatten"
  public static let since = 25
  public static let attributes: [AttributeSpec<Self>] = [.int("axis", \.axis)]
  public var axis = 1
  public init() {}

  private func split(rank: Int) throws(ModelError) -> Int {
    axis == rank ? rank : axis == 0 ? 0 : try normalizedAxis(axis, rank: rank)
  }

  public func infer(_ operands: Operands<UnaryOperand, Fact>) throws(ModelError) -> [Fact] {
    let x = try operands.one(.x)
    guard let shape = x.shape else { return [try x.reshaped(.unknown(rank: 2))] }
    let at = try split(rank: shape.count)
    return [try x.reshaped([Array(shape[..<at]).product, Array(shape[at...]).product])]
  }

  public func evaluate(_ operands: Operands<UnaryOperand, Tensor>) throws(ModelError) -> [Tensor] {
    let x = try operands.one(.x)
    let at = try split(rank: x.rank)
    guard let rows = Array(x.shape[..<at]).elementCount, let columns = Array(x.shape[at...]).elementCount else {
      throw ModelError(.limitExceeded, "a matrix of shape \(x.shape) flattened at \(at) is too large")
    }
    return [try x.reshaped(to: [rows, columns])]
  }
}
