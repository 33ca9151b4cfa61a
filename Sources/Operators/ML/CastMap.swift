import Diagnostics
import GraphIR
import Tensors

/// A map from integers to strings or floats as a tensor `[1, entries]`, in ascending order of the keys.
///
/// `DENSE` gives the values alone; `SPARSE` gives `max_map` elements, each value at the position that its key says, others being 0.
public struct CastMap: StructuredEvaluable {
  public typealias Operand = UnaryOperand
  public static let name = "CastMap"
  public static let domain = "ai.onnx.ml"
  public static let since = 1
  public static let attributes: [AttributeSpec<Self>] = [
    .choice("cast_to", \.castTo), .choice("map_form", \.mapForm), .int("max_map", \.maxMap),
  ]

  public enum Target: String, CaseIterable, Sendable {
    case float = "TO_FLOAT"
    case string = "TO_STRING"
    case integer = "TO_INT64"

    var element: ElementType {
      switch self {
      case .float: .float32
      case .string: .string
      case .integer: .int64
      }
    }
  }
  public enum Form: String, CaseIterable, Sendable {
    case dense = "DENSE"
    case sparse = "SPARSE"
  }
  public var castTo = Target.float
  public var mapForm = Form.dense
  public var maxMap = 1
  public init() {}

  public func infer(_ operands: Operands<UnaryOperand, Fact>) throws(ModelError) -> [Fact] {
    if let type = try operands.one(.x).type {
      guard case .map(.int64, _) = type else { throw ModelError(.typeMismatch, "\(type) where a map from i64 is expected") }
    }
    return [.tensor(castTo.element, [1, mapForm == .dense ? .unknown : .number(maxMap)])]
  }

  public func evaluate(values: Operands<UnaryOperand, RuntimeValue>) throws(ModelError) -> [RuntimeValue] {
    let entries = try MapEntries(values.one(.x))
    let keys = try entries.keys.map { (key) throws(ModelError) -> Int64 in
      guard case .integer(let number) = key else { throw ModelError(.typeMismatch, "a map whose keys are no integers") }
      return number
    }
    let order = keys.indices.sorted { keys[$0] < keys[$1] }
    let cast = try converted(entries.values)
    if mapForm == .dense { return [.tensor(try cast.taking(order, axis: 0).reshaped(to: [1, order.count]))] }
    guard maxMap > 0, keys.allSatisfy({ $0 >= 0 }) else {
      throw ModelError(.invalidGraph, "a sparse map of \(maxMap) elements with negative keys or none")
    }
    try checkedCount(.int64, [maxMap])
    var places = [Int](repeating: keys.count, count: maxMap)
    for index in order where keys[index] < maxMap { places[Int(keys[index])] = index }
    // Runtimes fill gaps between strings with this text.
    let filler = castTo == .string ? try Tensor(strings: [Array("0.f".utf8)], shape: [1]) : try zero(castTo.element).reshaped(to: [1])
    return [.tensor(try concatenated([cast, filler], axis: 0).taking(places, axis: 0).reshaped(to: [1, maxMap]))]
  }

  private func converted(_ values: Tensor) throws(ModelError) -> Tensor {
    guard castTo == .string, values.element == .float32 else { return try values.converted(to: castTo.element) }
    return try Tensor(strings: values.elements(as: Float.self).map { Array(fixedPoint($0).utf8) }, shape: values.shape)
  }
}

/// A number with six digits after the point.
private func fixedPoint(_ value: Float) -> String {
  guard value.isFinite, abs(value) < 1e12 else { return "\(value)" }
  let scaled = (abs(Double(value)) * 1e6).rounded(.toNearestOrEven)
  let (whole, rest) = (Int(scaled) / 1_000_000, Int(scaled) % 1_000_000)
  let digits = String(rest)
  return (value.sign == .minus ? "-" : "") + "\(whole)." + String(repeating: "0", count: 6 - digits.count) + digits
}
