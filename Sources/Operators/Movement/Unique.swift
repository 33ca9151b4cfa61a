import Diagnostics
import GraphIR
import Tensors

/// The distinct slices along `axis`, or without one the distinct elements of the flattened operand: in ascending order, or
/// when not `sorted` in order of their first appearance.
///
/// Further results: where each first appears, which one each slice of the operand is, and how often each appears.
public struct Unique: Evaluable {
  public typealias Operand = UnaryOperand
  public static let name = "Unique"
  public static let since = 28
  public static let results: [Arity] = [.one, .optional, .optional, .optional]
  public static let attributes: [AttributeSpec<Self>] = [.optionalInt("axis", \.axis), .bool("sorted", \.sorted)]
  public var axis: Int?
  public var sorted = true
  public init() {}

  public func infer(_ operands: Operands<UnaryOperand, Fact>) throws(ModelError) -> [Fact] {
    let x = try operands.one(.x)
    let count = Dim.unknown
    var shape: [Dim]? = [count]
    var inverse: Dim = .unknown
    if let axis {
      shape = x.shape
      if let rank = shape?.count {
        let along = try normalizedAxis(axis, rank: rank)
        inverse = shape?[along] ?? .unknown
        shape?[along] = count
      }
    } else if let sizes = x.shape, !sizes.contains(.unknown) {
      inverse = sizes.product
    }
    return [try x.reshaped(shape), .tensor(.int64, [count]), .tensor(.int64, [inverse]), .tensor(.int64, [count])]
  }

  public func evaluate(_ operands: Operands<UnaryOperand, Tensor>) throws(ModelError) -> [Tensor] {
    let x = try operands.one(.x)
    let source = axis == nil ? try x.reshaped(to: [x.count]) : x
    let along = try normalizedAxis(axis ?? 0, rank: source.rank)
    let rows = try source.transposed([along] + source.shape.indices.filter { $0 != along })
    let groups: [[Int]]
    let width = source.shape[along] == 0 ? 0 : source.count / source.shape[along]
    switch source.element {
    case .string: groups = grouped(rows.strings ?? [], width, source.shape[along]) { $0.lexicographicallyPrecedes($1) }
    case _ where source.element.isFloatingPoint:
      groups = grouped(try rows.doubles(), width, source.shape[along]) { $0 < $1 || ($1.isNaN && !$0.isNaN) }
    case .uint64: groups = grouped(try rows.elements(as: UInt64.self), width, source.shape[along], <)
    default: groups = grouped(try rows.converted(to: .int64).elements(as: Int64.self), width, source.shape[along], <)
    }
    let firsts = groups.map { $0[0] }
    var inverse = [Int](repeating: 0, count: source.shape[along])
    for (index, group) in groups.enumerated() { for place in group { inverse[place] = index } }
    let values = try source.taking(firsts, axis: along)
    return [values, try .integers(firsts), try .integers(inverse), try .integers(groups.map(\.count))]
  }

  /// The positions of equal rows together, ascending within a group.
  private func grouped<T>(_ x: [T], _ width: Int, _ count: Int, _ isLess: (T, T) -> Bool) -> [[Int]] {
    func order(_ a: Int, _ b: Int) -> Int {
      for column in 0..<width {
        if isLess(x[a * width + column], x[b * width + column]) { return -1 }
        if isLess(x[b * width + column], x[a * width + column]) { return 1 }
      }
      return 0
    }
    let places = (0..<count).sorted { a, b in
      let sign = order(a, b)
      return sign < 0 || (sign == 0 && a < b)
    }
    var groups: [[Int]] = []
    for place in places {
      if let last = groups.last, order(last[0], place) == 0 { groups[groups.count - 1].append(place) } else { groups.append([place]) }
    }
    return sorted ? groups : groups.sorted { $0[0] < $1[0] }
  }
}
