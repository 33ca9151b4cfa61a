import Diagnostics
import GraphIR
import Tensors

/// The operand of operators of one operand, `x`, whose rows are samples and whose columns are features.
public typealias FeatureOperand = UnaryOperand

/// Features of samples, row by row. A vector is one row; axes after the second are part of it.
struct FeatureRows {
  let rows: Int
  let columns: Int
  let values: [Float]

  init(_ x: Tensor) throws(ModelError) {
    rows = x.rank < 2 ? 1 : x.shape[0]
    columns = x.rank < 2 ? x.count : x.shape[1...].reduce(1, *)
    values = try x.floats()
  }

  func row(_ index: Int) -> ArraySlice<Float> { values[index * columns..<(index + 1) * columns] }

  /// `Σ feature · weight` of each row with each of `count` rows of weights, plus its offset. Throws `typeMismatch`.
  func products(with weights: [Float], count: Int, offsets: [Float] = []) throws(ModelError) -> [Float] {
    let (size, overflow) = count.multipliedReportingOverflow(by: columns)
    guard !overflow, weights.count == size, offsets.isEmpty || offsets.count == count else {
      throw ModelError(.typeMismatch, "\(weights.count) coefficients and \(offsets.count) offsets for \(count) times \(columns) features")
    }
    let matrix = try Tensor(.float32, [count, columns], elements: weights).transposed([1, 0])
    var result = try matrixProduct(Tensor(.float32, [rows, columns], elements: values), matrix)
    if !offsets.isEmpty { result = try calculate(.add, result, Tensor(.float32, [count], elements: offsets)) }
    return try result.elements(as: Float.self)
  }
}

extension Fact {
  /// The number of samples: one for a vector.
  var sampleCount: Dim {
    guard let shape else { return .unknown }
    return shape.count < 2 ? 1 : shape[0]
  }

  /// The size of the axis that features lie on: the second, or the only one.
  var featureCount: Dim? { shape.flatMap { $0.count < 2 ? $0.first : $0[1] } }
}

/// Refuses what is known not to be a number with native arithmetic.
func requireFeatures(_ x: Fact) throws(ModelError) {
  try require(x, "a number") { $0.isInteger || $0.isFloatingPoint }
  try requireRank(x, 1..., "x")
}

/// Names of classes: strings, or integers.
enum ClassLabels {
  case strings([[UInt8]])
  case integers([Int])

  /// `nil` when neither names any; strings count when both do.
  init?(_ strings: [[UInt8]]?, _ integers: [Int]?) {
    if let strings, !strings.isEmpty {
      self = .strings(strings)
    } else if let integers, !integers.isEmpty {
      self = .integers(integers)
    } else {
      return nil
    }
  }

  var count: Int {
    switch self {
    case .strings(let strings): strings.count
    case .integers(let integers): integers.count
    }
  }

  var element: ElementType {
    if case .strings = self { .string } else { .int64 }
  }

  /// The labels of two classes that are named otherwise or not at all.
  var zeroAndOne: ClassLabels {
    if case .strings = self { .strings([Array("0".utf8), Array("1".utf8)]) } else { .integers([0, 1]) }
  }

  /// A vector of the labels at `choices`. Throws `invalidGraph` for a class without a label.
  func tensor(_ choices: [Int]) throws(ModelError) -> Tensor {
    guard choices.allSatisfy({ $0 >= 0 && $0 < count }) else { throw ModelError(.invalidGraph, "a class has no label") }
    switch self {
    case .strings(let strings): return try Tensor(strings: choices.map { strings[$0] }, shape: [choices.count])
    case .integers(let integers): return try Tensor.integers(choices.map { integers[$0] })
    }
  }
}

/// The labels of a classifier's classes. Throws `invalidGraph` when there are none.
func requireLabels(_ strings: [[UInt8]]?, _ integers: [Int]?) throws(ModelError) -> ClassLabels {
  guard let labels = ClassLabels(strings, integers) else { throw ModelError(.invalidGraph, "no class has a label") }
  return labels
}

/// The position of the first of the largest.
func largestPosition(_ values: some Collection<Double>) -> Int {
  var (best, position, largest) = (0, 0, -Double.infinity)
  for value in values {
    if value > largest { (best, largest) = (position, value) }
    position += 1
  }
  return best
}
