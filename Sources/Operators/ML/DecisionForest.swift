import Diagnostics
import GraphIR
import Tensors

/// How a node of a decision tree compares a feature with its value.
enum BranchMode: String, CaseIterable, Sendable {
  case lessOrEqual = "BRANCH_LEQ"
  case less = "BRANCH_LT"
  case greaterOrEqual = "BRANCH_GTE"
  case greater = "BRANCH_GT"
  case equal = "BRANCH_EQ"
  case notEqual = "BRANCH_NEQ"
  case member = "BRANCH_MEMBER"
  case leaf = "LEAF"

  /// The mode by the number that `TreeEnsemble` gives it.
  init?(code: UInt8) {
    let codes: [BranchMode] = [.lessOrEqual, .less, .greaterOrEqual, .greater, .equal, .notEqual, .member]
    guard Int(code) < codes.count else { return nil }
    self = codes[Int(code)]
  }
}

/// How the weights that several trees give one target become one.
public enum TreeAggregation: String, CaseIterable, Sendable {
  case average = "AVERAGE"
  case sum = "SUM"
  case minimum = "MIN"
  case maximum = "MAX"

  /// The aggregation by the number that `TreeEnsemble` gives it.
  init?(code: Int) {
    guard Self.allCases.indices.contains(code) else { return nil }
    self = Self.allCases[code]
  }
}

/// Decision trees that share one list of nodes.
struct DecisionForest: Sendable {
  struct Node: Sendable {
    var mode: BranchMode
    var feature = 0
    var value = 0.0
    /// For `member`: the values that go to the true branch.
    var members: [Double] = []
    /// Whether a feature that is NaN goes to the true branch.
    var takesMissing = false
    var whenTrue = 0
    var whenFalse = 0
    /// For leaves: what they give.
    var weights: [(target: Int, weight: Double)] = []

    func accepts(_ x: Double) -> Bool {
      if takesMissing, x.isNaN { return true }
      switch mode {
      case .lessOrEqual: return x <= value
      case .less: return x < value
      case .greaterOrEqual: return x >= value
      case .greater: return x > value
      case .equal: return x == value
      case .notEqual: return x != value
      case .member: return members.contains(x)
      case .leaf: return false
      }
    }
  }

  var nodes: [Node] = []
  /// The first node of each tree.
  var roots: [Int] = []

  /// Throws `invalidGraph` for a node that leads nowhere, and for a feature or target that there is not.
  func check(features: Int, targets: Int) throws(ModelError) {
    guard roots.allSatisfy(nodes.indices.contains) else { throw ModelError(.invalidGraph, "a tree without a first node") }
    for node in nodes {
      if node.mode == .leaf {
        guard node.weights.allSatisfy({ $0.target >= 0 && $0.target < targets }) else {
          throw ModelError(.invalidGraph, "a leaf for target \(node.weights.map(\.target)) of \(targets)")
        }
      } else {
        guard nodes.indices.contains(node.whenTrue), nodes.indices.contains(node.whenFalse) else {
          throw ModelError(.invalidGraph, "a branch that leads to no node")
        }
        guard node.feature >= 0, node.feature < features else {
          throw ModelError(.invalidGraph, "a branch by feature \(node.feature) of \(features)")
        }
      }
    }
  }

  /// The leaf that a sample reaches. Throws `invalidGraph` when nodes lead round in a circle.
  func leaf(from root: Int, _ sample: ArraySlice<Double>) throws(ModelError) -> Node {
    var (index, steps) = (root, 0)
    while nodes[index].mode != .leaf {
      index = nodes[index].accepts(sample[sample.startIndex + nodes[index].feature]) ? nodes[index].whenTrue : nodes[index].whenFalse
      steps += 1
      guard steps <= nodes.count else { throw ModelError(.invalidGraph, "the nodes of a tree form a circle") }
    }
    return nodes[index]
  }

  /// What the trees together give each target for a sample; `nil` where no leaf gives anything.
  func scores(
    _ sample: ArraySlice<Double>, targets: Int, by aggregation: TreeAggregation
  ) throws(ModelError) -> [Double?] {
    var scores = [Double?](repeating: nil, count: targets)
    for root in roots {
      for (target, weight) in try leaf(from: root, sample).weights {
        guard let old = scores[target] else {
          scores[target] = weight
          continue
        }
        switch aggregation {
        case .sum, .average: scores[target] = old + weight
        case .minimum: scores[target] = min(old, weight)
        case .maximum: scores[target] = max(old, weight)
        }
      }
    }
    return aggregation == .average ? scores.map { $0.map { $0 / Double(roots.count) } } : scores
  }
}

/// Samples whose features are compared in 64-bit floats; integers are 32-bit floats first, as runtimes have it.
struct TreeSamples {
  let rows: Int
  let columns: Int
  private let values: [Double]

  init(_ x: Tensor) throws(ModelError) {
    rows = x.rank < 2 ? 1 : x.shape[0]
    columns = x.rank < 2 ? x.count : x.shape[1...].reduce(1, *)
    values = try (x.element.isInteger ? x.converted(to: .float32) : x).doubles()
  }

  func row(_ index: Int) -> ArraySlice<Double> { values[index * columns..<(index + 1) * columns] }
}

/// The element type of an ensemble's numbers, doubles of `values` or 32-bit floats.
func ensembleNumbers(_ floats: [Float]?, _ tensor: Tensor?, _ name: String) throws(ModelError) -> [Double] {
  guard let tensor else { return (floats ?? []).map(Double.init) }
  guard (floats ?? []).isEmpty else { throw ModelError(.invalidGraph, "is given twice", at: Place(attribute: name)) }
  return try tensor.doubles()
}
