import Diagnostics
import GraphIR
import Tensors

/// Replaces each element of `x` by the value that belongs to the equal key, or by a default.
///
/// Keys and values are given as strings, integers, floats or tensors; the defaults of the kind of the values counts.
public struct LabelEncoder: Evaluable {
  public typealias Operand = UnaryOperand
  public static let name = "LabelEncoder"
  public static let domain = "ai.onnx.ml"
  public static let since = 4
  public static let attributes: [AttributeSpec<Self>] = [
    .float("default_float", \.defaultFloat), .int("default_int64", \.defaultInt64), .string("default_string", \.defaultString),
    .tensor("default_tensor", \.defaultTensor), .floats("keys_floats", \.keysFloats), .ints("keys_int64s", \.keysInt64s),
    .strings("keys_strings", \.keysStrings), .tensor("keys_tensor", \.keysTensor), .floats("values_floats", \.valuesFloats),
    .ints("values_int64s", \.valuesInt64s), .strings("values_strings", \.valuesStrings), .tensor("values_tensor", \.valuesTensor),
  ]
  public var defaultFloat: Float = -0.0
  public var defaultInt64 = -1
  public var defaultString: String? = "_Unused"
  public var defaultTensor: Tensor?
  public var keysFloats: [Float]?
  public var keysInt64s: [Int]?
  public var keysStrings: [[UInt8]]?
  public var keysTensor: Tensor?
  public var valuesFloats: [Float]?
  public var valuesInt64s: [Int]?
  public var valuesStrings: [[UInt8]]?
  public var valuesTensor: Tensor?
  public init() {}

  /// The keys as a vector.
  private func keys() throws(ModelError) -> Tensor {
    if let keysTensor { return try keysTensor.reshaped(to: [keysTensor.count]) }
    if let keysStrings { return try Tensor(strings: keysStrings, shape: [keysStrings.count]) }
    if let keysInt64s { return try Tensor.integers(keysInt64s) }
    guard let keysFloats else { throw ModelError(.invalidGraph, "no keys are given") }
    return try Tensor(.float32, [keysFloats.count], elements: keysFloats)
  }

  /// The values as a vector, the default at the end.
  private func values() throws(ModelError) -> Tensor {
    if let valuesTensor {
      let flat = try valuesTensor.reshaped(to: [valuesTensor.count])
      return try concatenated([flat, last(of: valuesTensor.element)], axis: 0)
    }
    if let valuesStrings {
      return try Tensor(strings: valuesStrings + [Array((defaultString ?? "").utf8)], shape: [valuesStrings.count + 1])
    }
    if let valuesInt64s { return try Tensor.integers(valuesInt64s + [defaultInt64]) }
    guard let valuesFloats else { throw ModelError(.invalidGraph, "no values are given") }
    return try Tensor(.float32, [valuesFloats.count + 1], elements: valuesFloats + [defaultFloat])
  }

  /// The default for values of a tensor.
  private func last(of element: ElementType) throws(ModelError) -> Tensor {
    if let defaultTensor {
      guard defaultTensor.count == 1, defaultTensor.element == element else {
        throw ModelError(.invalidGraph, "is not one \(element.rawValue)", at: Place(attribute: "default_tensor"))
      }
      return try defaultTensor.reshaped(to: [1])
    }
    if element == .string { return try Tensor(strings: [Array((defaultString ?? "").utf8)], shape: [1]) }
    if element.isFloatingPoint { return try Tensor(.float32, [1], elements: [defaultFloat]).converted(to: element) }
    return try Tensor.integers([defaultInt64]).converted(to: element)
  }

  public func infer(_ operands: Operands<UnaryOperand, Fact>) throws(ModelError) -> [Fact] {
    let x = try operands.one(.x)
    let keyed = keysTensor?.element ?? (keysStrings != nil ? .string : keysInt64s != nil ? .int64 : .float32)
    try require(x, keyed.rawValue) { $0 == keyed }
    let element = valuesTensor?.element ?? (valuesStrings != nil ? .string : valuesInt64s != nil ? .int64 : .float32)
    return [.tensor(element, x.shape)]
  }

  public func evaluate(_ operands: Operands<UnaryOperand, Tensor>) throws(ModelError) -> [Tensor] {
    [try lookedUp(operands.one(.x), keys: keys(), values: values())]
  }
}
