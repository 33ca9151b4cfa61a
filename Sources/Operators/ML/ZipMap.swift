import Diagnostics
import GraphIR
import Tensors

/// One map from class label to score for each row of scores `x` `[N, classes]`, or for the only row `[classes]`.
public struct ZipMap: StructuredEvaluable {
  public typealias Operand = FeatureOperand
  public static let name = "ZipMap"
  public static let domain = "ai.onnx.ml"
  public static let since = 1
  public static let attributes: [AttributeSpec<Self>] = [
    .ints("classlabels_int64s", \.classlabelsInt64s), .strings("classlabels_strings", \.classlabelsStrings),
  ]
  public var classlabelsInt64s: [Int]?
  public var classlabelsStrings: [[UInt8]]?
  public init() {}

  public func infer(_ operands: Operands<FeatureOperand, Fact>) throws(ModelError) -> [Fact] {
    let x = try operands.one(.x)
    try requireFeatures(x)
    let labels = try requireLabels(classlabelsStrings, classlabelsInt64s)
    if let count = x.featureCount?.number, count != labels.count {
      throw ModelError(.typeMismatch, "\(labels.count) labels for \(count) scores")
    }
    return [Fact(type: .sequence(.map(key: labels.element, value: .tensor(.float32, []))))]
  }

  public func evaluate(values: Operands<FeatureOperand, RuntimeValue>) throws(ModelError) -> [RuntimeValue] {
    let x = try FeatureRows(values.one(.x).requireTensor())
    let labels = try requireLabels(classlabelsStrings, classlabelsInt64s)
    guard x.columns == labels.count else { throw ModelError(.typeMismatch, "\(labels.count) labels for \(x.columns) scores") }
    let keys = try labels.tensor(Array(0..<labels.count))
    var maps: [RuntimeValue] = []
    for row in 0..<x.rows {
      let scores = try x.row(row).map { (score) throws(ModelError) in RuntimeValue.tensor(try Tensor.scalar(score)) }
      maps.append(.map(keys: keys, values: scores))
    }
    return [.sequence(maps)]
  }
}
