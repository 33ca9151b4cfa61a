import Diagnostics
import GraphIR
import Tensors

/// The operands one after the other along `axis`; the other sizes agree.
public struct Concat: Evaluable {
  public typealias Operand = VariadicOperand
  public static let name = "Concat"
  public static let since = 13
  public static let attributes: [AttributeSpec<Self>] = [.int("axis", \.axis)]
  public var axis = 0
  public init() {}

  public init(axis: Int) { self.axis = axis }

  public func infer(_ operands: Operands<VariadicOperand, Fact>) throws(ModelError) -> [Fact] {
    guard !operands.items.isEmpty else { throw ModelError(.invalidGraph, "has no operands") }
    guard let element = try commonElement(operands.items) else { return [.unknown] }
    let known = operands.items.compactMap { $0?.shape }
    guard let first = known.first else { return [.tensor(element, nil)] }
    let along = try normalizedAxis(axis, rank: first.count)
    var sum: Dim? = known.count == operands.items.count ? 0 : nil
    var shape = first
    for other in known {
      guard other.count == first.count else { throw ModelError(.typeMismatch, "ranks \(first.count) and \(other.count) differ") }
      for index in shape.indices where index != along { shape[index] = try unified(shape[index], other[index], axis: index) }
      sum = other[along] == .unknown ? nil : sum.map { $0 + other[along] }
    }
    shape[along] = sum ?? .unknown
    return [Fact.tensor(element, shape).with(elements: elements(operands.items))]
  }

  private func unified(_ a: Dim, _ b: Dim, axis: Int) throws(ModelError) -> Dim {
    if let x = a.number, let y = b.number, x != y { throw ModelError(.typeMismatch, "sizes \(x) and \(y) of axis \(axis) differ") }
    return a.number != nil ? a : b.number != nil ? b : a
  }

  private func elements(_ facts: [Fact?]) -> [Dim]? {
    var all: [Dim] = []
    for fact in facts {
      guard let elements = fact?.expressions, fact?.shape?.count == 1 else { return nil }
      all += elements
    }
    return all
  }

  public func evaluate(_ operands: Operands<VariadicOperand, Tensor>) throws(ModelError) -> [Tensor] {
    [try concatenated(operands.items.compactMap { $0 }, axis: axis)]
  }
}
