import Diagnostics
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

  public static func structural(_ name: String, _ text: String) -> Agreement {
    Agreement(name: name, maxAbsolute: .nan, maxRelative: .nan, cosine: .nan, mismatches: 0, count: 0, structural: text, isEqual: false)
  }
}

/// When two results count as equal.
///
/// 32- and 64-bit floats: `|a − b| ≤ relative·|b| + absolute·max|b|`, element by element, NaN and infinities in the same
/// places. Narrower floats: cosine at least 0.999. Everything else: equal.
public struct Tolerance: Sendable {
  public var relative = 1e-3
  public var absolute = 1e-5
  public var narrowCosine = 0.999
  public init() {}

  /// Throws what reading the tensors throws.
  public func compare(_ a: Tensor, with reference: Tensor, name: String) throws(ModelError) -> Agreement {
    guard a.element == reference.element else {
      return .structural(name, "element type \(a.element.rawValue), expected \(reference.element.rawValue)")
    }
    guard a.shape == reference.shape else { return .structural(name, "shape \(a.shape), expected \(reference.shape)") }
    guard a.element.isFloatingPoint else {
      let same = try a.isIdentical(to: reference)
      return Agreement(
        name: name, maxAbsolute: same ? 0 : .nan, maxRelative: same ? 0 : .nan, cosine: same ? 1 : .nan,
        mismatches: same ? 0 : 1, count: a.count, structural: same ? nil : "elements differ", isEqual: same)
    }
    return compare(try a.doubles(), try reference.doubles(), name: name, isWide: a.element == .float32 || a.element == .float64)
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
      if difference > relative * abs(y) + absolute * scale { result.mismatches += 1 }
      dot += x * y
      squareA += x * x
      squareB += y * y
    }
    if squareA > 0 || squareB > 0 { result.cosine = dot / max((squareA * squareB).squareRoot(), .leastNormalMagnitude) }
    result.isEqual = result.structural == nil && (isWide ? result.mismatches == 0 : result.cosine >= narrowCosine)
    return result
  }
}
