import Diagnostics
import GraphIR
import Tensors

/// Replaces one value of `x`, which may be NaN, by another: one for all features, or one for each along axis 1.
///
/// Floats are replaced by `imputed_value_floats`, integers by `imputed_value_int64s`.
public struct Imputer: Evaluable {
  public typealias Operand = FeatureOperand
  public static let name = "Imputer"
  public static let domain = "ai.onnx.ml"
  public static let since = 1
  public static let attributes: [AttributeSpec<Self>] = [
    .floats("imputed_value_floats", \.imputedValueFloats), .ints("imputed_value_int64s", \.imputedValueInt64s),
    .float("replaced_value_float", \.replacedValueFloat), .int("replaced_value_int64", \.replacedValueInt64),
  ]
  public var imputedValueFloats: [Float]?
  public var imputedValueInt64s: [Int]?
  public var replacedValueFloat: Float = 0
  public var replacedValueInt64 = 0
  public init() {}

  public func infer(_ operands: Operands<FeatureOperand, Fact>) throws(ModelError) -> [Fact] {
    let x = try operands.one(.x)
    try requireFeatures(x)
    return [Fact(type: x.type)]
  }

  public func evaluate(_ operands: Operands<FeatureOperand, Tensor>) throws(ModelError) -> [Tensor] {
    let x = try operands.one(.x)
    let isFloat = x.element.isFloatingPoint
    let count = isFloat ? imputedValueFloats?.count ?? 0 : imputedValueInt64s?.count ?? 0
    let columns = x.rank < 2 ? x.count : x.shape[1...].reduce(1, *)
    guard count > 0, count == 1 || count == columns else {
      throw ModelError(.typeMismatch, "\(count) values for features of \(x.shape)")
    }
    if isFloat {
      let (values, old) = ((imputedValueFloats ?? []).map(Double.init), Double(replacedValueFloat))
      let replaced = try x.doubles().enumerated().map { $1 == old || $1.isNaN && old.isNaN ? values[$0 % count] : $1 }
      return [try Tensor(.float64, x.shape, elements: replaced).converted(to: x.element)]
    }
    let values = imputedValueInt64s ?? []
    let replaced = try x.integers().enumerated().map { Int64($1 == replacedValueInt64 ? values[$0 % count] : $1) }
    return [try Tensor(.int64, x.shape, elements: replaced).converted(to: x.element)]
  }
}
