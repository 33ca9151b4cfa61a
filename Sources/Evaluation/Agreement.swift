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
  /// How far the reference moves by itself when what it rounds to steps moves in its last digits, where that is why it counts as equal.
  public var steps: Double?

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
    if a.element == .float32 { return try compareFloats(a, reference, Float.self, name) }
    if a.element.isFloatingPoint {
      let wide = (try a.converted(to: .float64), try reference.converted(to: .float64))
      return try compareFloats(wide.0, wide.1, Double.self, name, isNarrow: a.element != .float64)
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

  /// The elements where they lie: large tensors are not copied.
  private func compareFloats<T: BinaryFloatingPoint & BitwiseCopyable>(
    _ a: Tensor, _ reference: Tensor, _ type: T.Type, _ name: String, isNarrow: Bool = false
  ) throws(ModelError) -> Agreement {
    try a.withElements(as: type) { (x) throws(ModelError) in
      try reference.withElements(as: type) { (y) throws(ModelError) in
        var result = compare(x, y, name: name, isWide: !comparesAngles && !isNarrow)
        result.topOne = topOne(x, y, rowLength: a.rank > 0 ? a.shape[a.rank - 1] : 0)
        return result
      }
    }
  }

  private func topOne<Row: RandomAccessCollection<T>, T: BinaryFloatingPoint>(_ a: Row, _ b: Row, rowLength: Int) -> Double? where Row.Index == Int {
    guard rowLength > 1, !a.isEmpty else { return nil }
    func best(_ row: Row, _ start: Int) -> Int {
      (start..<start + rowLength).reduce(start) { row[$1] > row[$0] ? $1 : $0 }
    }
    var equal = 0
    for start in stride(from: 0, to: a.count, by: rowLength) where best(a, start) == best(b, start) { equal += 1 }
    return Double(equal * rowLength) / Double(a.count)
  }

  private func compare<Elements: RandomAccessCollection<T>, T: BinaryFloatingPoint>(
    _ a: Elements, _ b: Elements, name: String, isWide: Bool
  ) -> Agreement where Elements.Index == Int {
    let scale = b.reduce(0) { $1.isFinite ? max($0, abs(Double($1))) : $0 }
    var result = Agreement(
      name: name, maxAbsolute: 0, maxRelative: 0, cosine: 1, mismatches: 0, count: a.count, structural: nil, isEqual: true)
    var dot = 0.0, squareA = 0.0, squareB = 0.0
    for index in a.indices {
      let (x, y) = (Double(a[index]), Double(b[index]))
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
