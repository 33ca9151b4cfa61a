import Diagnostics
import GraphIR
import Operators
import Tensors

/// How far two tensors, one of them the reference, are from each other.
public struct Agreement: Sendable, Codable, Equatable {
  public var name: String
  /// Largest absolute difference.
  public var maxAbsolute: Double
  /// Largest difference relative to the reference's element, where that is not 0.
  public var maxRelative: Double
  /// Cosine of the angle between the two, as vectors; 1 for two zero vectors.
  public var cosine: Double
  /// Elements outside the tolerance.
  public var mismatches: Int
  public var count: Int
  /// What differs beyond numbers: element type, shape, the places of NaN or infinity.
  public var structural: String?
  public var isEqual: Bool
  /// The share of rows along the last axis whose largest element is at the same place; `nil` where there are no such rows.
  public var topOne: Double?
  /// Which indices differ and yet point at equal elements; `nil` where there are none.
  public var ties: String?

  public static func structural(_ name: String, _ text: String) -> Agreement {
    Agreement(name: name, maxAbsolute: .nan, maxRelative: .nan, cosine: .nan, mismatches: 0, count: 0, structural: text, isEqual: false)
  }
}

/// When two results count as equal.
///
/// 32- and 64-bit floats: `|a − b| ≤ relative·|b| + absolute·max|b| + floor`, element by element, NaN and infinities in the same
/// places. Narrower floats: cosine at least 0.999. Everything else: equal.
public struct Tolerance: Sendable {
  public var relative = 1e-3
  public var absolute = 1e-5
  public var narrowCosine = 0.999
  public var floor = 0.0
  /// Compares wide floats by the cosine too.
  public var comparesAngles = false
  public init() {}

  /// Throws what reading the tensors throws.
  public func compare(_ a: Tensor, with reference: Tensor, name: String) throws(ModelError) -> Agreement {
    guard a.element == reference.element else {
      return .structural(name, "element type \(a.element.rawValue), expected \(reference.element.rawValue)")
    }
    guard a.shape == reference.shape else { return .structural(name, "shape \(a.shape), expected \(reference.shape)") }
    if a.element.isFloatingPoint {
      let (x, y) = (try a.doubles(), try reference.doubles())
      var result = compare(x, y, name: name, isWide: !comparesAngles && (a.element == .float32 || a.element == .float64))
      result.topOne = topOne(x, y, rowLength: a.rank > 0 ? a.shape[a.rank - 1] : 0)
      return result
    }
    let same = try a.isIdentical(to: reference)
    if a.element.isInteger, !same {
      var result = compare(try a.doubles(), try reference.doubles(), name: name, isWide: true)
      (result.isEqual, result.structural) = (false, nil)
      return result
    }
    return Agreement(
      name: name, maxAbsolute: same ? 0 : .nan, maxRelative: same ? 0 : .nan, cosine: same ? 1 : .nan,
      mismatches: same ? 0 : 1, count: a.count, structural: same ? nil : "elements differ", isEqual: same)
  }

  /// The same for any value: one agreement for each tensor in it. Throws what reading the tensors throws.
  public func compare(_ a: RuntimeValue, with reference: RuntimeValue, name: String) throws(ModelError) -> [Agreement] {
    switch (a, reference) {
    case (.tensor(let a), .tensor(let b)): return [try compare(a, with: b, name: name)]
    case (.optional(nil), .optional(nil)): return []
    case (.optional(let a?), .optional(let b?)): return try compare(a, with: b, name: name)
    case (.sequence(let a), .sequence(let b)) where a.count == b.count:
      var all: [Agreement] = []
      for (index, (x, y)) in zip(a, b).enumerated() { all += try compare(x, with: y, name: "\(name)[\(index)]") }
      return all
    case (.map(let keys, let a), .map(let others, let b)) where a.count == b.count:
      return try [compare(keys, with: others, name: "\(name) keys")] + compare(.sequence(a), with: .sequence(b), name: name)
    default: return [.structural(name, "\(a.typeText), expected \(reference.typeText)")]
    }
  }

  private func topOne(_ a: [Double], _ b: [Double], rowLength: Int) -> Double? {
    guard rowLength > 1, !a.isEmpty else { return nil }
    func best(_ row: ArraySlice<Double>) -> Int {
      row.indices.reduce(row.startIndex) { row[$1] > row[$0] ? $1 : $0 } - row.startIndex
    }
    var equal = 0
    for start in stride(from: 0, to: a.count, by: rowLength) {
      if best(a[start..<start + rowLength]) == best(b[start..<start + rowLength]) { equal += 1 }
    }
    return Double(equal * rowLength) / Double(a.count)
  }

  private func compare(_ a: [Double], _ b: [Double], name: String, isWide: Bool) -> Agreement {
    let scale = b.reduce(0) { $1.isFinite ? max($0, abs($1)) : $0 }
    var result = Agreement(
      name: name, maxAbsolute: 0, maxRelative: 0, cosine: 1, mismatches: 0, count: a.count, structural: nil, isEqual: true)
    var dot = 0.0, squareA = 0.0, squareB = 0.0
    for (x, y) in zip(a, b) {
      guard x.isFinite, y.isFinite else {
        let same = (x.isNaN && y.isNaN) || x == y
        if !same { result.structural = "NaN or infinity in different places" }
        continue
      }
      let difference = abs(x - y)
      result.maxAbsolute = max(result.maxAbsolute, difference)
      if y != 0 { result.maxRelative = max(result.maxRelative, difference / abs(y)) }
      if difference > relative * abs(y) + absolute * scale + floor { result.mismatches += 1 }
      dot += x * y
      squareA += x * x
      squareB += y * y
    }
    if squareA > 0 || squareB > 0 { result.cosine = dot / max((squareA * squareB).squareRoot(), .leastNormalMagnitude) }
    result.isEqual = result.structural == nil && (isWide ? result.mismatches == 0 : result.cosine >= narrowCosine)
    return result
  }
}
