import Diagnostics
import GraphIR
import Tensors

/// Consecutive parts of a tensor along `axis`, as a sequence: of the sizes in a vector `split`, all of one size with a scalar,
/// the last maybe smaller, or slices of size 1, whose axis goes unless `keepdims`.
public struct SplitToSequence: StructuredEvaluable {
  public enum Operand: Int, OperandSlot {
    case x, split
    public var arity: Arity { self == .split ? .optional : .one }
  }
  public static let name = "SplitToSequence"
  public static let since = 24
  public static let attributes: [AttributeSpec<Self>] = [.int("axis", \.axis), .bool("keepdims", \.keepdims)]
  public var axis = 0
  public var keepdims = true
  public init() {}

  public func infer(_ operands: Operands<Operand, Fact>) throws(ModelError) -> [Fact] {
    let x = try operands.one(.x)
    guard let type = try x.tensorType() else { return [Fact(type: .sequence(nil))] }
    guard var shape = type.shape else { return [Fact(type: .sequence(.tensor(type.element, nil)))] }
    let along = try normalizedAxis(axis, rank: shape.count)
    if let split = operands[.split] {
      let sizes = Set(split.integers ?? [])
      let dividesEvenly = sizes.count == 1 && (split.shape?.count == 1 || shape[along].number.map { n in sizes.allSatisfy { $0 > 0 && n % $0 == 0 } } ?? false)
      shape[along] = dividesEvenly ? sizes.first.map(Dim.number) ?? .unknown : .unknown
    } else if keepdims {
      shape[along] = 1
    } else {
      shape.remove(at: along)
    }
    return [Fact(type: .sequence(.tensor(type.element, shape)))]
  }

  public func evaluate(values: Operands<Operand, RuntimeValue>) throws(ModelError) -> [RuntimeValue] {
    let x = try values.one(.x).requireTensor()
    let along = try normalizedAxis(axis, rank: x.rank)
    let whole = x.shape[along]
    let split = try values[.split]?.requireTensor()
    var sizes = try split?.integers() ?? [Int](repeating: 1, count: whole)
    if let split, split.rank == 0 {
      guard let size = sizes.first, size > 0 else { throw ModelError(.invalidGraph, "parts of size \(sizes)") }
      sizes = stride(from: 0, to: whole, by: size).map { min(size, whole - $0) }
    }
    guard sizes.allSatisfy({ $0 >= 0 && $0 <= whole }), sizes.reduce(0, { $0 &+ $1 }) == whole else {
      throw ModelError(.typeMismatch, "sizes \(sizes) for axis \(along) of \(x.shape)")
    }
    var (start, items): (Int, [RuntimeValue]) = (0, [])
    for size in sizes {
      var part = try x.part(of: along, from: start, count: size)
      if split == nil, !keepdims {
        var shape = part.shape
        shape.remove(at: along)
        part = try part.reshaped(to: shape)
      }
      items.append(.tensor(part))
      start += size
    }
    return [.sequence(items)]
  }
}
