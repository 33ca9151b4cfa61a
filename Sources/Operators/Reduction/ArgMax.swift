import Diagnostics
import GraphIR
import Tensors

/// Where along an axis an extreme element is.
protocol ArgExtreme: Evaluable where Operand == UnaryOperand {
  var axis: Int { get set }
  var keepdims: Bool { get set }
  /// Which of several equal elements counts.
  var selectLastIndex: Bool { get set }
  static var takesLargest: Bool { get }
}

extension ArgExtreme {
  public func infer(_ operands: Operands<UnaryOperand, Fact>) throws(ModelError) -> [Fact] {
    guard var shape = try operands.one(.x).shape else { return [.tensor(.int64, nil)] }
    let along = try normalizedAxis(axis, rank: shape.count)
    if keepdims { shape[along] = 1 } else { shape.remove(at: along) }
    return [.tensor(.int64, shape)]
  }

  public func evaluate(_ operands: Operands<UnaryOperand, Tensor>) throws(ModelError) -> [Tensor] {
    let x = try operands.one(.x)
    let along = try normalizedAxis(axis, rank: x.rank)
    var shape = x.shape
    if keepdims { shape[along] = 1 } else { shape.remove(at: along) }
    let length = x.shape[along]
    guard length > 0 || shape.contains(0) else { throw ModelError(.invalidGraph, "axis \(along) of \(x.shape) has no elements") }
    let order = Array(0..<x.rank).filter { $0 != along } + [along]
    let rows = try x.transposed(order)
    let places: [Int64]
    if x.element.isInteger {
      places = extremes(try rows.converted(to: .int64).elements(as: Int64.self), length) { $0 < $1 }
    } else {
      // A NaN is more extreme than any number.
      places = extremes(try rows.doubles(), length) { Self.takesLargest ? $1 > $0 || ($1.isNaN && !$0.isNaN) : $0 < $1 || ($0.isNaN && !$1.isNaN) }
    }
    return [try Tensor(.int64, shape, elements: places)]
  }

  private func extremes<T>(_ x: [T], _ length: Int, _ isLess: (T, T) -> Bool) -> [Int64] {
    guard length > 0 else { return [] }
    return (0..<x.count / length).map { row in
      var best = 0
      for index in 0..<length where index > 0 {
        let (old, new) = (x[row * length + best], x[row * length + index])
        let isBetter = Self.takesLargest ? isLess(old, new) : isLess(new, old)
        let isWorse = Self.takesLargest ? isLess(new, old) : isLess(old, new)
        if isBetter || (selectLastIndex && !isWorse) { best = index }
      }
      return Int64(best)
    }
  }
}

/// The index of the largest element along `axis`.
public struct ArgMax: ArgExtreme {
  public static let name = "ArgMax"
  public static let since = 13
  public static let attributes: [AttributeSpec<Self>] = [
    .int("axis", \.axis), .bool("keepdims", \.keepdims), .bool("select_last_index", \.selectLastIndex),
  ]
  public var axis = 0
  public var keepdims = true
  public var selectLastIndex = false
  public init() {}
  static var takesLargest: Bool { true }
}

/// The index of the smallest element along `axis`.
public struct ArgMin: ArgExtreme {
  public static let name = "ArgMin"
  public static let since = 13
  public static let attributes: [AttributeSpec<Self>] = [
    .int("axis", \.axis), .bool("keepdims", \.keepdims), .bool("select_last_index", \.selectLastIndex),
  ]
  public var axis = 0
  public var keepdims = true
  public var selectLastIndex = false
  public init() {}
  static var takesLargest: Bool { false }
}
