import Diagnostics
import GraphIR
import Tensors

/// A new last axis with 1 at the category that an element of `x` is, and 0 elsewhere: 32-bit floats.
///
/// An unknown element gives zeros, or is refused when `zeros` is 0.
public struct OneHotEncoder: Evaluable {
  public typealias Operand = UnaryOperand
  public static let name = "OneHotEncoder"
  public static let domain = "ai.onnx.ml"
  public static let since = 1
  public static let attributes: [AttributeSpec<Self>] = [
    .ints("cats_int64s", \.catsInt64s), .strings("cats_strings", \.catsStrings), .bool("zeros", \.zeros),
  ]
  public var catsInt64s: [Int]?
  public var catsStrings: [[UInt8]]?
  public var zeros = true
  public init() {}

  public func infer(_ operands: Operands<UnaryOperand, Fact>) throws(ModelError) -> [Fact] {
    let x = try operands.one(.x)
    let labels = try requireLabels(catsStrings, catsInt64s)
    if let element = try x.tensorType()?.element, (element == .string) != (labels.element == .string) {
      throw ModelError(.typeMismatch, "categories of another kind than \(element.rawValue)")
    }
    return [.tensor(.float32, x.shape.map { $0 + [.number(labels.count)] })]
  }

  public func evaluate(_ operands: Operands<UnaryOperand, Tensor>) throws(ModelError) -> [Tensor] {
    let x = try operands.one(.x)
    let labels = try requireLabels(catsStrings, catsInt64s)
    let shape = x.shape + [labels.count]
    var result = [Float](repeating: 0, count: try checkedCount(.float32, shape))
    let keys = try LabelKey.all(x.element == .string ? x : x.converted(to: .int64))
    let categories: [LabelKey]
    switch labels {
    case .strings(let strings): categories = strings.map(LabelKey.text)
    case .integers(let integers): categories = integers.map { .integer(Int64($0)) }
    }
    let places = Dictionary(categories.enumerated().map { ($1, $0) }) { _, last in last }
    for (index, key) in keys.enumerated() {
      if let place = places[key] {
        result[index * labels.count + place] = 1
      } else if !zeros {
        throw ModelError(.invalidGraph, "an element is none of the categories")
      }
    }
    return [try Tensor(.float32, shape, elements: result)]
  }
}
