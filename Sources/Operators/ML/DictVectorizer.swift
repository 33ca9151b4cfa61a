import Diagnostics
import GraphIR
import Tensors

/// A map's values in the order of a vocabulary, `[1, words]`; zero, or an empty string, for a word that the map does not have.
public struct DictVectorizer: StructuredEvaluable {
  public typealias Operand = UnaryOperand
  public static let name = "DictVectorizer"
  public static let domain = "ai.onnx.ml"
  public static let since = 1
  public static let attributes: [AttributeSpec<Self>] = [
    .ints("int64_vocabulary", \.int64Vocabulary), .strings("string_vocabulary", \.stringVocabulary),
  ]
  public var int64Vocabulary: [Int]?
  public var stringVocabulary: [[UInt8]]?
  public init() {}

  public func infer(_ operands: Operands<UnaryOperand, Fact>) throws(ModelError) -> [Fact] {
    let x = try operands.one(.x)
    let vocabulary = try requireLabels(stringVocabulary, int64Vocabulary)
    guard let type = x.type else { return [.unknown] }
    guard case .map(let key, let value) = type, key == vocabulary.element else {
      throw ModelError(.typeMismatch, "\(type) where a map from \(vocabulary.element.rawValue) is expected")
    }
    guard let element = value?.tensorType?.element else { return [.unknown] }
    return [.tensor(element, [1, .number(vocabulary.count)])]
  }

  public func evaluate(values: Operands<UnaryOperand, RuntimeValue>) throws(ModelError) -> [RuntimeValue] {
    let entries = try MapEntries(values.one(.x))
    let vocabulary = try requireLabels(stringVocabulary, int64Vocabulary)
    let words = try LabelKey.all(vocabulary.tensor(Array(0..<vocabulary.count)))
    let places = Dictionary(entries.keys.enumerated().map { ($1, $0) }) { _, last in last }
    let element = entries.values.element
    let padded = try concatenated([entries.values, zero(element).reshaped(to: [1])], axis: 0)
    let result = try padded.taking(words.map { places[$0] ?? entries.keys.count }, axis: 0)
    return [.tensor(try result.reshaped(to: [1, words.count]))]
  }
}

/// The entries of a map whose values are scalars.
struct MapEntries {
  let keys: [LabelKey]
  /// A vector, one element a key.
  let values: Tensor

  /// Throws `typeMismatch` for anything but a map of scalars.
  init(_ value: RuntimeValue) throws(ModelError) {
    guard case .map(let keys, let values) = value, keys.count == values.count else {
      throw ModelError(.typeMismatch, "a \(value.kind) is given, a map is expected")
    }
    self.keys = try LabelKey.all(keys)
    var scalars: [Tensor] = []
    for value in values { scalars.append(try value.requireTensor().reshaped(to: [1])) }
    self.values = scalars.isEmpty ? try Tensor(.float32, [0], elements: [Float]()) : try concatenated(scalars, axis: 0)
  }
}
