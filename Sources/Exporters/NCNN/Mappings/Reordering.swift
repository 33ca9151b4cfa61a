import Diagnostics
import GraphIR
import Operators
import Retargeting
import Tensors

/// An operator that leaves the order of elements as it is.
private protocol Renaming: NCNNWritable {}

extension Renaming {
  var takesIntegers: Bool { true }
  func dataOperands(_ node: SubjectNode) -> [Int] { [0] }
  func limits(_ node: SubjectNode) -> Rejection? { node.reshapeLimits() }

  func write(_ node: SubjectNode, _ out: LayerWriter) throws(ModelError) -> [Blob?] {
    [try out.reshape(try out.operand(0), to: try out.sizes(of: node.result(0)))]
  }
}

extension Reshape: Renaming {}
extension Flatten: Renaming {}
extension Squeeze: Renaming {}
extension Unsqueeze: Renaming {}

extension SubjectNode {
  /// Why operand 0 cannot be given the shape of the result.
  func reshapeLimits() -> Rejection? {
    guard let from = layout(ofOperand: 0)?.sizes, let to = layout(ofResult: 0)?.sizes else {
      return Rejection(.dynamicShape, "a shape of unknown rank")
    }
    return reshapeLimits(from, to)
  }

  func reshapeLimits(_ from: [Dim], _ to: [Dim]) -> Rejection? {
    let sources = graph.inputs.compactMap { graph.fact($0).shape.flatMap { MatLayout($0) } }.map { Blob(index: 0, sizes: $0.sizes) }
    guard ReshapePlan(from: from, to: to, sources: sources) == nil else { return nil }
    let (old, new) = (from.map { "\($0)" }.joined(separator: ", "), to.map { "\($0)" }.joined(separator: ", "))
    return Rejection(.dynamicShape, "a reshape from [\(old)] to [\(new)]: several sizes that are not known")
  }
}

/// Axes of size 1 come and go around one `Permute` of the others.
extension Transpose: NCNNWritable {
  var takesIntegers: Bool { true }

  func write(_ node: SubjectNode, _ out: LayerWriter) throws(ModelError) -> [Blob?] {
    guard let shape = node.operand(0)?.shape, let layout = MatLayout(shape), let goal = node.layout(ofResult: 0) else {
      throw ModelError(.notExpressible, "no layout")
    }
    let order = try permutation(rank: shape.count)
    let x = try out.operand(0)
    let moved = goal.axes.map { order[$0] }
    if moved.sorted() == layout.axes { return [try permute(x, moved.compactMap { layout.position(of: $0) }, out)] }
    let core = shape.indices.filter { shape[$0] != 1 }
    let wanted = order.filter(core.contains)
    var blob = x
    if wanted != core {
      blob = try out.reshape(x, to: core.map { shape[$0] })
      blob = try permute(blob, wanted.compactMap { core.firstIndex(of: $0) }, out)
    }
    return [try out.reshape(blob, to: goal.sizes)]
  }

  private func permute(_ x: Blob, _ order: [Int], _ out: LayerWriter) throws(ModelError) -> Blob {
    try out.permute(x, order)
  }
}

extension LayerWriter {
  /// `order` says which axis of the Mat comes first, which second and so on.
  func permute(_ x: Blob, _ order: [Int]) throws(ModelError) -> Blob {
    if order == Array(order.indices) { return x }
    guard let code = permuteCode(order) else { throw ModelError(.notExpressible, "a permutation of \(order.count) axes") }
    return layer("Permute", [x], [(0, .int(code))], sizes: order.map { x.sizes[$0] })
  }
}

/// `Permute` counts the orders of a Mat's axes; each is written here with the innermost axis first.
package func permuteOrders(_ rank: Int) -> [[Int]] {
  let names: [String]
  switch rank {
  case 2: names = ["wh", "hw"]
  case 3: names = ["whc", "hwc", "wch", "cwh", "hcw", "chw"]
  case 4:
    names = [
      "whdc", "hwdc", "wdhc", "dwhc", "hdwc", "dhwc", "whcd", "hwcd", "wchd", "cwhd", "hcwd", "chwd", "wdch", "dwch", "wcdh", "cwdh",
      "dcwh", "cdwh", "hdcw", "dhcw", "hcdw", "chdw", "dchw", "cdhw",
    ]
  default: names = ["w"]
  }
  let letters = matLetters(rank)
  return names.map { name in name.reversed().compactMap { letters.firstIndex(of: $0) } }
}

func permuteCode(_ order: [Int]) -> Int? { permuteOrders(order.count).firstIndex(of: order) }
