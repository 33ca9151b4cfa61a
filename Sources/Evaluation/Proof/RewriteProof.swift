import Diagnostics
import GraphIR
import Operators
import Tensors

/// What of a rewritten graph is the source's by structure, and what remains to be shown by numbers.
///
/// Values of both graphs are put into classes together. Where the result has a value that the source has not, but of the same name
/// and type, the two are *claimed* to be equal, and everything behind them is compared as if they were. A claim is shown by
/// running the window before it: the nodes of both graphs between values already shown equal and the claimed ones. Each window
/// rests on values that come before it in the result's order, so that all claims together give the equality of the outputs.
package struct RewriteProof {
  struct Claim {
    let source: ValueID
    let result: ValueID
  }

  let source: Graph
  let result: Graph
  /// By index of the value.
  let sourceClasses: [Int]
  let resultClasses: [Int]
  /// Classes below are the source's.
  let sourceClassCount: Int
  /// The first of the source's values in each of its classes.
  let firstOfClass: [ValueID?]
  /// Classes that have values in both graphs.
  let sharedClasses: Set<Int>
  let claims: [Claim]
  /// Results of nodes of the rewritten graph: all, and those which are the source's by structure.
  package let valueCount: Int
  package let structuralCount: Int
  package var claimCount: Int { claims.count }

  /// Types of both graphs must have been inferred. `nil` where the inputs and outputs of the two are not the same, by name and default.
  /// Throws `cycle` and what reading constants throws.
  package init?(source: Graph, result: Graph) throws(ModelError) {
    guard try Self.haveSamePorts(source, result) else { return nil }
    var classes = ValueClasses()
    let sourceClasses = try classes.number(source)
    let limit = classes.count
    let byName = Dictionary(
      source.valueIDs.filter { !source[$0].name.isEmpty }.map { (source[$0].name, $0) }, uniquingKeysWith: { first, _ in first })
    var claims: [Claim] = []
    var structural = 0
    resultClasses = try classes.number(result) { value, number in
      guard number >= limit else {
        structural += 1
        return number
      }
      guard let twin = byName[result[value].name], source.constant(twin) == nil, sourceClasses[twin.index] >= 0,
        Self.isComparable(source[twin].type, result[value].type)
      else { return number }
      claims.append(Claim(source: twin, result: value))
      return sourceClasses[twin.index]
    }
    for (a, b) in zip(source.outputs, result.outputs) where sourceClasses[a.index] != resultClasses[b.index] { return nil }
    self.source = source
    self.result = result
    self.sourceClasses = sourceClasses
    self.claims = claims
    sourceClassCount = limit
    var first = [ValueID?](repeating: nil, count: limit)
    for value in source.valueIDs {
      let number = sourceClasses[value.index]
      if number >= 0, first[number] == nil { first[number] = value }
    }
    firstOfClass = first
    sharedClasses = Set(resultClasses.filter { $0 < limit })
    valueCount = result.nodeIDs.reduce(0) { $0 + result[$1].results.count }
    structuralCount = structural
  }

  private static func haveSamePorts(_ a: Graph, _ b: Graph) throws(ModelError) -> Bool {
    guard Set(a.inputs.map { a[$0].name }) == Set(b.inputs.map { b[$0].name }), a.inputs.count == b.inputs.count,
      a.outputs.map({ a[$0].name }) == b.outputs.map({ b[$0].name })
    else { return false }
    let others = Dictionary(b.inputs.map { (b[$0].name, b.defaults[$0]) }, uniquingKeysWith: { first, _ in first })
    for value in a.inputs {
      switch (a.defaults[value], others[a[value].name] ?? nil) {
      case (nil, nil): continue
      case (let x?, let y?): guard try x.isIdentical(to: y) else { return false }
      default: return false
      }
    }
    return true
  }

  private static func isComparable(_ a: ValueType?, _ b: ValueType?) -> Bool {
    guard let a = a?.tensorType, let b = b?.tensorType, a.element == b.element, let x = a.shape, let y = b.shape else { return false }
    return x.count == y.count && zip(x, y).allSatisfy { $0 == $1 || $0.isAnonymous || $1.isAnonymous }
  }
}
