import Diagnostics
import GraphIR
import Tensors

/// What becomes of an element and its update.
public enum ScatterReduction: String, CaseIterable, Sendable { case none, add, mul, max, min }

public enum ScatterOperand: Int, OperandSlot { case data, indices, updates }

/// `data` with elements replaced by, or combined with, `updates`, at positions given as in `GatherElements`.
public struct ScatterElements: Evaluable {
  public typealias Operand = ScatterOperand
  public static let name = "ScatterElements"
  public static let since = 18
  public static let attributes: [AttributeSpec<Self>] = [.int("axis", \.axis), .choice("reduction", \.reduction)]
  public var axis = 0
  public var reduction = ScatterReduction.none
  public init() {}

  public func infer(_ operands: Operands<ScatterOperand, Fact>) throws(ModelError) -> [Fact] {
    let data = try operands.one(.data)
    _ = try commonElement([data, operands.one(.updates)])
    if let rank = data.shape?.count { _ = try normalizedAxis(axis, rank: rank) }
    return [Fact(type: data.type)]
  }

  public func evaluate(_ operands: Operands<ScatterOperand, Tensor>) throws(ModelError) -> [Tensor] {
    let (data, indices, updates) = try (operands.one(.data), operands.one(.indices), operands.one(.updates))
    guard updates.shape == indices.shape, updates.element == data.element else {
      throw ModelError(.typeMismatch, "updates of \(updates.shape) at indices of \(indices.shape)")
    }
    let places = try elementPlaces(of: indices, in: data.shape, axis: axis)
    return [try scatter(data, updates, places, sliceSize: 1, reduction)]
  }
}

/// `data` with slices replaced by, or combined with, `updates`, at positions given as in `GatherND`.
public struct ScatterND: Evaluable {
  public typealias Operand = ScatterOperand
  public static let name = "ScatterND"
  public static let since = 18
  public static let attributes: [AttributeSpec<Self>] = [.choice("reduction", \.reduction)]
  public var reduction = ScatterReduction.none
  public init() {}

  public func infer(_ operands: Operands<ScatterOperand, Fact>) throws(ModelError) -> [Fact] {
    let data = try operands.one(.data)
    _ = try commonElement([data, operands.one(.updates)])
    return [Fact(type: data.type)]
  }

  public func evaluate(_ operands: Operands<ScatterOperand, Tensor>) throws(ModelError) -> [Tensor] {
    let (data, indices, updates) = try (operands.one(.data), operands.one(.indices), operands.one(.updates))
    guard let depth = indices.shape.last, depth <= data.rank, updates.element == data.element,
      updates.shape == indices.shape.dropLast() + data.shape[depth...]
    else { throw ModelError(.typeMismatch, "updates of \(updates.shape) at indices of \(indices.shape) for \(data.shape)") }
    let places = try slicePlaces(indices, depth: depth, in: Array(data.shape[..<depth]))
    return [try scatter(data, updates, places, sliceSize: data.shape[depth...].reduce(1, *), reduction)]
  }
}

/// Puts consecutive slices of `updates` at `places`, which count slices of `data`.
private func scatter(
  _ data: Tensor, _ updates: Tensor, _ places: [Int], sliceSize: Int, _ reduction: ScatterReduction
) throws(ModelError) -> Tensor {
  let function: Arithmetic
  switch reduction {
  case .none:
    return try moving([data, updates]) { (tensors) throws(ModelError) in
      [try placed(tensors[1], on: tensors[0], places, sliceSize)]
    }[0]
  case .add: function = .add
  case .mul: function = .multiply
  case .max: function = .maximum
  case .min: function = .minimum
  }
  // One round for each time that a place comes up again, so that every update meets the result of those before.
  var rounds: [[Int]] = []
  var seen: [Int: Int] = [:]
  for (index, place) in places.enumerated() {
    let round = seen[place, default: 0]
    seen[place] = round + 1
    if round == rounds.count { rounds.append([]) }
    rounds[round].append(index)
  }
  // Small floats are rounded once, at the end.
  var result = try data.widened()
  let slices = try updates.widened().reshaped(to: [places.count, sliceSize])
  for round in rounds {
    let targets = round.map { places[$0] }
    let old = try result.reshaped(to: [sliceSize == 0 ? 0 : data.count / sliceSize, sliceSize]).taking(targets, axis: 0)
    let new = try calculate(function, old, slices.taking(round, axis: 0))
    result = try placed(new, on: result, targets, sliceSize)
  }
  return try result.converted(to: data.element)
}

private func placed(_ updates: Tensor, on data: Tensor, _ places: [Int], _ sliceSize: Int) throws(ModelError) -> Tensor {
  let size = sliceSize * data.element.bitWidth / 8
  var bytes = OwnedBytes(uninitialized: data.byteCount)
  try data.withUnsafeBytes { (old) throws(ModelError) in
    try updates.withUnsafeBytes { (new) throws(ModelError) in
      bytes.withUnsafeMutableBytes { to in
        guard !old.isEmpty, let target = to.baseAddress else { return }
        to.copyMemory(from: old)
        guard !new.isEmpty, let source = new.baseAddress else { return }
        for (index, place) in places.enumerated() {
          (target + place * size).copyMemory(from: source + index * size, byteCount: size)
        }
      }
    }
  }
  return try Tensor(data.element, data.shape, bytes: bytes)
}
