import Diagnostics
import GraphIR
import Tensors

/// A support vector machine's choice for each row of features `x` `[N, F]`, and scores.
///
/// Every pair of classes has a decision function; the class with most wins is chosen. Results: labels `[N]` and scores `[N, S]`: one
/// score a class when there are probabilities (`prob_a`, `prob_b`) or no support vectors, else one a pair of classes, or two for one pair.
public struct SVMClassifier: Evaluable {
  public typealias Operand = FeatureOperand
  public static let name = "SVMClassifier"
  public static let domain = "ai.onnx.ml"
  public static let since = 1
  public static let results: [Arity] = [.one, .one]
  public static let attributes: [AttributeSpec<Self>] = [
    .ints("classlabels_ints", \.classlabelsInts), .strings("classlabels_strings", \.classlabelsStrings),
    .floats("coefficients", \.coefficients), .floats("kernel_params", \.kernelParams), .choice("kernel_type", \.kernelType),
    .choice("post_transform", \.postTransform), .floats("prob_a", \.probA), .floats("prob_b", \.probB), .floats("rho", \.rho),
    .floats("support_vectors", \.supportVectors), .ints("vectors_per_class", \.vectorsPerClass),
  ]
  public var classlabelsInts: [Int]?
  public var classlabelsStrings: [[UInt8]]?
  /// `[classes - 1, vectors]`; `[classes, F]` without support vectors.
  public var coefficients: [Float]?
  /// gamma, coef0 and degree.
  public var kernelParams: [Float]?
  public var kernelType = SupportVectorKernel.linear
  public var postTransform = PostTransform.none
  /// The slope of each pair's probability, and its offset.
  public var probA: [Float]?
  public var probB: [Float]?
  public var rho: [Float]?
  public var supportVectors: [Float]?
  public var vectorsPerClass: [Int]?
  public init() {}

  private var hasVectors: Bool { vectorsPerClass?.contains { $0 != 0 } ?? false }
  private var hasProbabilities: Bool { !(probA ?? []).isEmpty }

  private func scoreCount(_ classes: Int) -> Int {
    guard hasVectors, !hasProbabilities else { return classes }
    return classes > 2 ? classes * (classes - 1) / 2 : 2
  }

  public func infer(_ operands: Operands<FeatureOperand, Fact>) throws(ModelError) -> [Fact] {
    let x = try operands.one(.x)
    try requireFeatures(x)
    let labels = try requireLabels(classlabelsStrings, classlabelsInts)
    guard labels.count < 65_536 else { throw ModelError(.limitExceeded, "\(labels.count) classes") }
    return [.tensor(labels.element, [x.sampleCount]), .tensor(.float32, [x.sampleCount, .number(scoreCount(labels.count))])]
  }

  public func evaluate(_ operands: Operands<FeatureOperand, Tensor>) throws(ModelError) -> [Tensor] {
    let x = try FeatureRows(operands.one(.x))
    let labels = try requireLabels(classlabelsStrings, classlabelsInts)
    guard labels.count < 65_536 else { throw ModelError(.limitExceeded, "\(labels.count) classes") }
    let classes = labels.count
    let rows = hasVectors ? try votedRows(x, classes) : try linearRows(x, classes)
    let columns = scoreCount(classes)
    let scores = rows.flatMap { row in (row.scores + [Double](repeating: 0, count: max(0, columns - row.scores.count))).map { Float($0) } }
    return [try labels.tensor(rows.map(\.choice)), try Tensor(.float32, [x.rows, columns], elements: scores)]
  }

  /// Without support vectors: a row of coefficients a class, one offset for all.
  private func linearRows(_ x: FeatureRows, _ classes: Int) throws(ModelError) -> [(choice: Int, scores: [Double])] {
    guard let offset = rho?.first else { throw ModelError(.invalidGraph, "is missing", at: Place(attribute: "rho")) }
    let coefficients = coefficients ?? []
    let isPositive = coefficients.allSatisfy { $0 >= 0 }
    let products = try x.products(with: coefficients, count: classes, offsets: [Float](repeating: offset, count: classes))
    return (0..<x.rows).map { row in
      let scores = products[row * classes..<(row + 1) * classes].map(Double.init)
      var choice = largestPosition(scores)
      if classes == 2, !hasProbabilities, isPositive ? scores[choice] >= 0.5 : scores[choice] > 0 { choice = 1 }
      return (choice, postTransform(scores, second: .absent))
    }
  }

  private func votedRows(_ x: FeatureRows, _ classes: Int) throws(ModelError) -> [(choice: Int, scores: [Double])] {
    let machine = try PairwiseMachine(self, classes: classes)
    let kernels = try machine.vectors.compared(with: x)
    var rows: [(choice: Int, scores: [Double])] = []
    for row in 0..<x.rows {
      let (decisions, votes) = machine.decisions(kernels[row * machine.vectors.count..<(row + 1) * machine.vectors.count])
      let choice = largestPosition(votes.map(Double.init))
      if hasProbabilities {
        let pairs = machine.pairProbabilities(decisions)
        rows.append((choice, postTransform(coupledProbabilities(pairs, classes), second: .absent)))
      } else {
        rows.append((choice, postTransform(decisions, second: classes > 2 ? .absent : postTransform == .none ? .negative : .probability)))
      }
    }
    return rows
  }
}

/// The decision functions of all pairs of classes.
private struct PairwiseMachine {
  let classes: Int
  let vectors: SupportVectors
  let perClass: [Int]
  let starts: [Int]
  let coefficients: [Float]
  let rho: [Float]
  let slopes: [Float]
  let offsets: [Float]

  init(_ op: SVMClassifier, classes: Int) throws(ModelError) {
    self.classes = classes
    perClass = op.vectorsPerClass ?? []
    guard perClass.count == classes, perClass.allSatisfy({ $0 >= 0 && $0 < 1 << 31 }) else {
      throw ModelError(.invalidGraph, "\(perClass.count) numbers for \(classes) classes", at: Place(attribute: "vectors_per_class"))
    }
    var total = 0
    var starts: [Int] = []
    for count in perClass {
      starts.append(total)
      total += count
    }
    self.starts = starts
    vectors = try SupportVectors(op.kernelType, parameters: op.kernelParams, vectors: op.supportVectors ?? [], count: total)
    (coefficients, rho, slopes, offsets) = (op.coefficients ?? [], op.rho ?? [], op.probA ?? [], op.probB ?? [])
    let pairs = classes * (classes - 1) / 2
    guard coefficients.count >= (classes - 1) * total, rho.count >= pairs, slopes.count == offsets.count, slopes.isEmpty || slopes.count >= pairs
    else { throw ModelError(.invalidGraph, "too few coefficients, offsets or probabilities for \(classes) classes and \(total) vectors") }
  }

  /// The value of each pair's decision function, and how many pairs each class wins.
  func decisions(_ kernels: ArraySlice<Float>) -> (values: [Double], votes: [Int]) {
    var values: [Double] = []
    var votes = [Int](repeating: 0, count: classes)
    for first in 0..<max(classes - 1, 0) {
      for second in first + 1..<classes {
        let sum = weighted(kernels, of: first, row: second - 1) + weighted(kernels, of: second, row: first) + Double(rho[values.count])
        values.append(Double(Float(sum)))
        votes[sum > 0 ? first : second] += 1
      }
    }
    return (values, votes)
  }

  private func weighted(_ kernels: ArraySlice<Float>, of label: Int, row: Int) -> Double {
    (starts[label]..<starts[label] + perClass[label]).reduce(0.0) {
      $0 + Double(coefficients[row * vectors.count + $1] * kernels[kernels.startIndex + $1])
    }
  }

  /// How probable the first of each pair is against the second, `[classes, classes]`.
  func pairProbabilities(_ decisions: [Double]) -> [Double] {
    var result = [Double](repeating: 0, count: classes * classes)
    var pair = 0
    for first in 0..<max(classes - 1, 0) {
      for second in first + 1..<classes {
        let probability = 1 - PostTransform.logistic(decisions[pair] * Double(slopes[pair]) + Double(offsets[pair]))
        result[first * classes + second] = min(max(probability, 1e-7), 1 - 1e-7)
        result[second * classes + first] = 1 - result[first * classes + second]
        pair += 1
      }
    }
    return result
  }
}

/// Probabilities of classes from those of pairs, by the second method of Wu, Lin and Weng (2004), as in LIBSVM.
private func coupledProbabilities(_ pairs: [Double], _ count: Int) -> [Double] {
  var q = [Double](repeating: 0, count: count * count)
  for i in 0..<count {
    for j in 0..<count where j != i {
      q[i * count + i] += pairs[j * count + i] * pairs[j * count + i]
      q[i * count + j] = -pairs[j * count + i] * pairs[i * count + j]
    }
  }
  var p = [Double](repeating: 1 / Double(count), count: count)
  for _ in 0..<100 {
    var products = (0..<count).map { i in (0..<count).reduce(0.0) { $0 + q[i * count + $1] * p[$1] } }
    var whole = zip(p, products).reduce(0.0) { $0 + $1.0 * $1.1 }
    if products.allSatisfy({ abs($0 - whole) < 0.005 / Double(count) }) { break }
    for i in 0..<count {
      let change = (whole - products[i]) / q[i * count + i]
      p[i] += change
      whole = (whole + change * (change * q[i * count + i] + 2 * products[i])) / (1 + change) / (1 + change)
      for j in 0..<count {
        products[j] = (products[j] + change * q[i * count + j]) / (1 + change)
        p[j] /= 1 + change
      }
    }
  }
  return p
}
