import Diagnostics
import GraphIR
import Tensors

/// Consecutive parts of `data` along `axis`: of the sizes in `split`, or `num_outputs` equal ones, the last maybe smaller.
public struct Split: Evaluable {
  public enum Operand: Int, OperandSlot {
    case data, split
    public var arity: Arity { self == .data ? .one : .optional }
  }
  public static let name = "Split"
  public static let since = 18
  public static let results: [Arity] = [.variadic(minimum: 1)]
  public static let attributes: [AttributeSpec<Self>] = [.int("axis", \.axis), .optionalInt("num_outputs", \.numOutputs)]
  public var axis = 0
  /// Absent means as many as the node has results.
  public var numOutputs: Int?
  public init() {}

  public func infer(_ operands: Operands<Operand, Fact>) throws(ModelError) -> [Fact] {
    let data = try operands.one(.data)
    let parts = operands[.split] == nil ? numOutputs ?? operands.resultCount : operands.resultCount
    guard let shape = data.shape, parts > 0, parts == operands.resultCount else {
      return [Fact](repeating: try data.reshaped(nil), count: operands.resultCount)
    }
    let along = try normalizedAxis(axis, rank: shape.count)
    let sizes = try sizes(of: shape[along], operands[.split], parts: parts)
    var start: Dim? = 0
    var results: [Fact] = []
    for size in sizes {
      var part = shape
      part[along] = size
      var fact = try data.reshaped(part)
      if let from = start?.number, let count = size.number, let elements = data.expressions, from <= elements.count, count <= elements.count - from {
        fact = fact.with(elements: Array(elements[from..<from + count]))
      }
      start = size == .unknown ? nil : start.map { $0 + size }
      results.append(fact)
    }
    return results
  }

  private func sizes(of whole: Dim, _ split: Fact?, parts: Int) throws(ModelError) -> [Dim] {
    if let split {
      guard let listed = split.expressions else { return .unknown(rank: parts) }
      guard listed.count == parts, listed.allSatisfy({ ($0.number ?? 0) >= 0 }) else {
        throw ModelError(.typeMismatch, "sizes \(listed) for \(parts) results")
      }
      if let sum = listed.reduce(Dim.number(0), +).number, let all = whole.number, sum != all {
        throw ModelError(.typeMismatch, "sizes \(listed) do not add up to \(all)")
      }
      return listed
    }
    guard let size = whole.number else {
      guard whole != .unknown else { return .unknown(rank: parts) }
      let part = whole.ceilDivided(by: .number(parts))
      return (0..<parts).map { $0 < parts - 1 ? part : whole - part * .number(parts - 1) }
    }
    return try equalParts(of: size, parts).map(Dim.number)
  }

  private func equalParts(of size: Int, _ parts: Int) throws(ModelError) -> [Int] {
    let part = size / parts + (size % parts == 0 ? 0 : 1)
    let last = size - part * (parts - 1)
    guard last >= 0 else { throw ModelError(.invalidGraph, "\(size) elements in \(parts) parts of \(part)") }
    return (0..<parts).map { $0 < parts - 1 ? part : last }
  }

  public func evaluate(_ operands: Operands<Operand, Tensor>) throws(ModelError) -> [Tensor] {
    let data = try operands.one(.data)
    let along = try normalizedAxis(axis, rank: data.rank)
    let parts = numOutputs ?? operands.resultCount
    guard parts > 0, parts <= max(operands.resultCount, 1) else {
      throw ModelError(.invalidGraph, "\(parts) parts for \(operands.resultCount) results", at: Place(attribute: "num_outputs"))
    }
    let listed = try operands[.split]?.integers()
    let sizes = if let listed { listed } else { try equalParts(of: data.shape[along], parts) }
    guard sizes.allSatisfy({ $0 >= 0 && $0 <= data.shape[along] }), sizes.count <= max(operands.resultCount, 1),
      sizes.reduce(0, { $0 &+ $1 }) == data.shape[along]
    else { throw ModelError(.typeMismatch, "sizes \(sizes) for axis \(along) of \(data.shape)") }
    var start = 0
    var results: [Tensor] = []
    for size in sizes {
      results.append(try data.part(of: along, from: start, count: size))
      start += size
    }
    return results
  }
}
