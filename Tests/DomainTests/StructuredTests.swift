import Diagnostics
import GraphIR
import Operators
import Tensors
import Testing

/// Operators that take or give maps. What is expected is what ONNX Runtime 1.31.1 answers.
@Suite struct StructuredTests {
  private let numbers: [(Int64, Float)] = [(3, 1.5), (0, -2.25), (7, 1e-7)]

  private func map(_ entries: [(Int64, Float)]) throws -> RuntimeValue {
    .map(keys: try Tensor(.int64, [entries.count], elements: entries.map(\.0)), values: try entries.map { .tensor(try Tensor.scalar($0.1)) })
  }

  private func strings(_ values: [String]) -> [[UInt8]] { values.map { Array($0.utf8) } }

  private func text(_ tensor: Tensor) -> [String]? { tensor.strings?.map { String(decoding: $0, as: UTF8.self) } }

  private func cast(_ target: CastMap.Target, _ form: CastMap.Form, _ value: RuntimeValue) throws -> Tensor {
    var op = CastMap()
    (op.castTo, op.mapForm, op.maxMap) = (target, form, 5)
    return try op.evaluate(values: Operands([value]))[0].requireTensor()
  }

  @Test func aMapBecomesItsValuesInTheOrderOfItsKeys() throws {
    let value = try map(numbers)
    #expect(try cast(.float, .dense, value).floats() == [-2.25, 1.5, 1e-7])
    #expect(try cast(.float, .sparse, value).floats() == [-2.25, 0, 0, 1.5, 0])
    #expect(try cast(.integer, .dense, value).integers() == [-2, 1, 0])
    #expect(try cast(.integer, .sparse, value).integers() == [-2, 0, 0, 1, 0])
    #expect(try text(cast(.string, .dense, value)) == ["-2.250000", "1.500000", "0.000000"])
    #expect(try text(cast(.string, .sparse, value)) == ["-2.250000", "0.f", "0.f", "1.500000", "0.f"])
    #expect(try cast(.float, .dense, value).shape == [1, 3])
  }

  @Test func aSparseMapHasNoNegativeKeys() throws {
    #expect(throws: ModelError.self) { try cast(.float, .sparse, map([(-1, 2)])) }
    #expect(try cast(.float, .dense, map([(-1, 2)])).floats() == [2])
  }

  @Test func aVocabularyPicksAMapsValues() throws {
    var words = DictVectorizer()
    words.stringVocabulary = strings(["a", "c", "b"])
    let keys = try Tensor(strings: strings(["b", "z", "a"]), shape: [3])
    let values = try [2, 9, 1].map { RuntimeValue.tensor(try Tensor.scalar(Float($0))) }
    #expect(try words.evaluate(values: Operands([.map(keys: keys, values: values)]))[0].requireTensor().floats() == [1, 0, 2])
    var integers = DictVectorizer()
    integers.int64Vocabulary = [1, 2, 3]
    let result = try integers.evaluate(values: Operands([map([(3, 2), (1, 9)])]))[0].requireTensor()
    #expect(try result.floats() == [9, 0, 2])
    #expect(result.shape == [1, 3])
    #expect(throws: ModelError.self) { try integers.evaluate(values: Operands([.tensor(Tensor.scalar(Float(1)))])) }
  }

  @Test func scoresBecomeMapsRowByRow() throws {
    var zip = ZipMap()
    zip.classlabelsStrings = strings(["u", "v"])
    let scores = try Tensor(.float32, [2, 2], elements: [1, 2, 3, 4] as [Float])
    guard case .sequence(let maps) = try zip.evaluate(values: Operands([.tensor(scores)]))[0] else {
      Issue.record("no sequence")
      return
    }
    #expect(maps.count == 2)
    guard case .map(let keys, let values) = maps[1] else {
      Issue.record("no map")
      return
    }
    #expect(text(keys) == ["u", "v"])
    #expect(try values.map { try $0.requireTensor().floats() } == [[3], [4]])
    #expect(throws: ModelError.self) { try zip.evaluate(values: Operands([.tensor(Tensor(.float32, [1, 3], elements: [1, 2, 3] as [Float]))])) }
  }

  /// As the specification has it; ONNX Runtime takes the first in `LabelEncoder`, and the last in `CategoryMapper`.
  @Test func theLastOfEqualKeysCounts() throws {
    var encoder = LabelEncoder()
    (encoder.keysInt64s, encoder.valuesInt64s) = ([3, 1, 3], [10, 20, 30])
    #expect(try encoder.evaluateTensors([Tensor.integers([3, 1, 4])], resultCount: 1)[0].integers() == [30, 20, -1])
  }
}
